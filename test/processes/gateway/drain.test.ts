/** The end of a gateway process: what was begun is finished, what was acknowledged is there afterwards. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { DEMO_ACCOUNTS } from '../../../src/demo/accounts.ts'
import { eventually, gatehouse, isTaken, type Running } from '../../support/process.ts'
import { openProcessHouse, type ProcessHouse, serviceOf } from './house.ts'

const ADMIN = DEMO_ACCOUNTS[0]?.account ?? ''

let house: ProcessHouse
before(async () => {
  house = await openProcessHouse()
  await house.write({ services: [serviceOf(house.upstream.url), serviceOf(house.upstream.url, PUBLIC)] })
})
after(() => house.close())

const PUBLIC = { id: 'open', match: { path: '/open/' }, access: 'public' }

interface Line {
  readonly socket: Socket
  /** Everything that came back, once the connection is over; `after` in milliseconds from its beginning. */
  readonly over: Promise<{ text: string; after: number }>
}

/** A connection to the gateway with `text` sent on it. */
async function open(text: string): Promise<Line> {
  const socket = connect(house.port, '127.0.0.1')
  const start = performance.now()
  let received = ''
  socket.setEncoding('utf8').on('data', (part: string) => {
    received += part
  })
  // A reset is an ending like any other.
  socket.on('error', () => {})
  const over = once(socket, 'close').then(() => ({ text: received, after: performance.now() - start }))
  await once(socket, 'connect')
  socket.write(text)
  return { socket, over }
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost:${house.port}\r\n`

describe('a gateway that is told to stop', () => {
  it('answers what is under way, says 503 to readyz, and takes nothing new', async () => {
    const running = await house.serve()
    const slow = await open(`${get('/open/delay?ms=1200')}\r\n`)
    const streamed = await open(`${get('/open/stream?chunks=6&ms=150')}\r\n`)
    const idle = await open(`${get('/.gatehouse/healthz')}\r\n`)
    await once(idle.socket, 'data')
    const probe = await open(get('/.gatehouse/readyz'))
    const silent = await open('')
    await new Promise((resolve) => setTimeout(resolve, 200))
    const told = performance.now()
    running.signal('SIGTERM')
    await running.says('"event":"stopping"')
    await eventually(
      () => isTaken(house.port),
      (taken) => !taken,
    )
    probe.socket.write('\r\n')
    assert.match((await probe.over).text, /^HTTP\/1\.1 503 .*"draining": true/s)
    await Promise.all([idle.over, silent.over])
    const { text } = await slow.over
    assert.match(text, /^HTTP\/1\.1 200 .*\r\nConnection: close\r\n.*"url":"\/delay\?ms=1200"/is)
    assert.match((await streamed.over).text, /chunk 5\n/)
    assert.equal((await running.ended).code, 0)
    assert.ok(performance.now() - told < 4000, 'it does not wait for connections that ask for nothing')
  })

  it('finishes what is under way however often SIGTERM and SIGHUP come', async () => {
    const running = await house.serve()
    const slow = await open(`${get('/open/delay?ms=1000')}\r\n`)
    await new Promise((resolve) => setTimeout(resolve, 200))
    for (let time = 0; time < 5; time += 1) {
      running.signal('SIGTERM')
      running.signal('SIGHUP')
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    assert.match((await slow.over).text, /^HTTP\/1\.1 200 .*"url":"\/delay\?ms=1000"/s)
    assert.equal((await running.ended).code, 0)
  })

  it('ends at once on a SIGINT that comes a second after the first', async () => {
    const running = await house.serve()
    const slow = await open(`${get('/open/delay?ms=4000')}\r\n`)
    await new Promise((resolve) => setTimeout(resolve, 200))
    running.signal('SIGINT')
    running.signal('SIGINT')
    await new Promise((resolve) => setTimeout(resolve, 1300))
    assert.equal(slow.socket.destroyed, false)
    running.signal('SIGINT')
    assert.equal((await running.ended).code, 1)
    await slow.over
  })
})

describe('sessions and accounts', () => {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    it(`sessions are there after ${signal} and a new start`, async () => {
      const before = await house.serve()
      const visitor = await house.signIn(ADMIN)
      const created = await house.run('operators', 'create', `${signal.toLowerCase()}@demo.example`)
      assert.equal(created.code, 0)
      await stop(before, signal)
      const again = await house.serve()
      assert.equal((await visitor.goto(`${house.url}/app/x`)).status, 200)
      const shown = await house.run('operators', 'show', `${signal.toLowerCase()}@demo.example`)
      assert.deepEqual(JSON.parse(shown.stdout), JSON.parse(created.stdout))
      await stop(again, 'SIGTERM')
    })
  }
})

async function stop(running: Running, signal: NodeJS.Signals): Promise<void> {
  running.signal(signal)
  const { code } = await running.ended
  assert.equal(code, signal === 'SIGKILL' ? null : 0)
}

it('a bad request is answered as a problem document, before there is a request at all', async () => {
  const running = await house.serve()
  const answers = await Promise.all(
    ['NOT HTTP\r\n\r\n', 'GET / HTTP/1.1\r\n\r\n', `${get('/')}Bad Header: x\r\n\r\n`].map(open),
  )
  for (const { over } of answers) {
    const { text } = await over
    assert.match(text, /^HTTP\/1\.1 400 Bad Request\r\n.*application\/problem\+json.*"code":"BAD_REQUEST"/s)
  }
  const tunnel = await open(`CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n`)
  assert.match((await tunnel.over).text, /^HTTP\/1\.1 405 /)
  const large = await open(`${get('/')}X-Large: ${'x'.repeat(40_000)}\r\n\r\n`)
  assert.match((await large.over).text, /^HTTP\/1\.1 431 /)
  await stop(running, 'SIGTERM')
  const { code } = await gatehouse(['check-config', '--config', house.configFile])
  assert.equal(code, 0)
})
