/** SIGHUP and `gatehouse reload`: check, then swap; a bad file changes nothing. */

import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { connect } from 'node:tls'
import { generate } from 'selfsigned'
import { DEMO_ACCOUNTS } from '../../../src/demo/accounts.ts'
import { eventually, freePort, gatehouse, isTaken, type Running } from '../../support/process.ts'
import { openProcessHouse, type ProcessHouse, serviceOf } from './house.ts'

const UPSTREAM = 'http://127.0.0.1:9'
const ADMIN = DEMO_ACCOUNTS[0]?.account ?? ''

interface Detail {
  readonly alarms: readonly { code: string; detail: string }[]
}

async function readyz(url: string): Promise<Detail> {
  return JSON.parse(await (await fetch(`${url}/.gatehouse/readyz`)).text())
}

const codes = ({ alarms }: Detail) => alarms.map(({ code }) => code).toSorted()

describe('a gateway that reads its configuration again', () => {
  let house: ProcessHouse
  let running: Running
  before(async () => {
    house = await openProcessHouse()
    running = await house.serve()
  })
  after(() => house.close())

  const pidFile = () => join(house.folder, 'data/gatehouse.pid')
  const statusOf = async (path: string) => (await fetch(`${house.url}${path}`)).status
  const both = (over = {}) => [
    serviceOf(house.upstream.url),
    serviceOf(UPSTREAM, { id: 'new', match: { path: '/new/' }, ...over }),
  ]

  it('has its pid in the data directory', async () => {
    assert.equal(await readFile(pidFile(), 'utf8'), `${running.pid}\n`)
  })

  it('serves a new service after gatehouse reload, and its sessions go on', async () => {
    const visitor = await house.signIn(ADMIN)
    assert.equal(await statusOf('/new/'), 404)
    await house.write({ services: both({ access: 'public' }) })
    const { code, stdout, stderr } = await house.run('reload')
    assert.deepEqual([code, JSON.parse(stdout), stderr], [0, { pid: running.pid }, ''])
    await eventually(
      () => statusOf('/new/'),
      (status) => status === 502,
    )
    assert.equal((await visitor.goto(`${house.url}/app/x`)).status, 200)
  })

  it('keeps everything for a bad file, raises an alarm, and the command names the problems', async () => {
    await house.write({ services: both({ access: 'sometimes' }) })
    const { code, stdout, stderr } = await house.run('reload')
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, /^services\[1\]\.access \(sometimes\): must be one of: required, optional, public\n$/)
    await eventually(
      () => readyz(house.url),
      (detail) => codes(detail).includes('RELOAD_FAILED'),
    )
    assert.match((await readyz(house.url)).alarms[0]?.detail ?? '', /services\[1\]\.access/)
    assert.equal(await statusOf('/new/'), 502)
  })

  it('does not let authorization: off in by a reload', async () => {
    await house.write({ services: both({ authorization: 'off' }) })
    running.signal('SIGHUP')
    await eventually(
      () => readyz(house.url),
      ({ alarms }) => alarms.some(({ detail }) => detail.includes('--i-know')),
    )
    assert.equal(await statusOf('/new/'), 502)
  })

  it('puts what it can in force, and says that the listener needs a restart', async () => {
    const port = await freePort()
    await house.write({ listen: { port }, services: [serviceOf(house.upstream.url)] })
    assert.equal((await house.run('reload')).code, 0)
    await eventually(
      () => statusOf('/new/'),
      (status) => status === 404,
    )
    assert.deepEqual(codes(await readyz(house.url)), ['RESTART_NEEDED'])
    assert.equal(await isTaken(port), false)
  })

  it('refuses another publicUrl as a whole', async () => {
    await house.write({ publicUrl: `http://127.0.0.1:${house.port}`, services: both() })
    running.signal('SIGHUP')
    const alarmed = (detail: Detail) => codes(detail).join() === 'RELOAD_FAILED,RESTART_NEEDED'
    await eventually(() => readyz(house.url), alarmed)
    assert.equal(await statusOf('/new/'), 404)
  })

  it('is without alarms after a good file, also when the signal comes many times at once', async () => {
    await house.write({ services: both({ access: 'public' }) })
    for (let time = 0; time < 5; time += 1) running.signal('SIGHUP')
    await eventually(
      () => readyz(house.url),
      ({ alarms }) => alarms.length === 0,
    )
    assert.equal(await statusOf('/new/'), 502)
  })

  it('answers every request while the signal comes again and again', async () => {
    const statuses = new Set<number>()
    let over = false
    const asking = Array.from({ length: 4 }, async () => {
      while (!over) statuses.add(await statusOf('/app/x'))
    })
    for (let time = 0; time < 30; time += 1) {
      await house.write({ services: both({ access: 'public', id: `new-${time % 2}` }) })
      running.signal('SIGHUP')
      await new Promise((resolve) => setTimeout(resolve, 30))
    }
    over = true
    await Promise.all(asking)
    assert.deepEqual([...statuses], [401])
    await eventually(
      () => readyz(house.url),
      ({ alarms }) => alarms.length === 0,
    )
  })

  it('takes its pid file away at the end; then there is nothing to reload', async () => {
    running.signal('SIGTERM')
    running.signal('SIGHUP')
    assert.equal((await running.ended).code, 0)
    await assert.rejects(readFile(pidFile()), { code: 'ENOENT' })
    const { code, stderr } = await house.run('reload')
    assert.equal(code, 1)
    assert.match(stderr, /^no gateway is running on \/.+\/data\n$/)
  })

  it('never signals the process that has the pid of a gateway that was killed', async () => {
    const bystander = house.provider
    await writeFile(pidFile(), `${process.pid}\n`)
    assert.equal((await house.run('reload')).code, 1)
    assert.ok(bystander.server.listening)
  })
})

describe('a listener with TLS', () => {
  it('serves a replaced certificate after a reload, without an alarm', async () => {
    const house = await openProcessHouse()
    try {
      const first = await putCertificate(house, 'first')
      const url = `https://localhost:${house.port}`
      await house.write({ publicUrl: url, listen: { port: house.port, tls: { key: 'tls.key', cert: 'tls.crt' } } })
      const running = await house.serve()
      assert.equal(await servedName(house.port), first)
      const second = await putCertificate(house, 'second')
      running.signal('SIGHUP')
      await eventually(
        () => servedName(house.port),
        (name) => name === second,
      )
      await running.says('"event":"reloaded"')
      const metrics = await gatehouse(['config', 'show', '--config', house.configFile])
      assert.match(metrics.stdout, /"listen\.tls\.key",\s+"value": "\(secret\)"/)
      running.signal('SIGTERM')
      const { code, stderr } = await running.ended
      assert.equal(code, 0)
      assert.doesNotMatch(stderr, /refused|failed|restart/)
    } finally {
      await house.close()
    }
  })
})

async function putCertificate({ folder }: ProcessHouse, name: string): Promise<string> {
  const made = await generate([{ name: 'commonName', value: name }], { keySize: 2048, algorithm: 'sha256' })
  await writeFile(join(folder, 'tls.key'), made.private)
  await writeFile(join(folder, 'tls.crt'), made.cert)
  return name
}

/** The common name of the certificate that a new connection is shown. */
function servedName(port: number): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      const name: unknown = socket.getPeerCertificate().subject.CN
      socket.destroy()
      resolve(typeof name === 'string' ? name : undefined)
    })
    socket.once('error', reject)
  })
}
