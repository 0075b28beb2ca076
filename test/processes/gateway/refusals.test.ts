/** What keeps the gateway from starting: one line each on standard error, exit 2, nothing started. */

import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import Database from 'better-sqlite3'
import { generate } from 'selfsigned'
import { stringify } from 'yaml'
import { type Ended, freePort, gatehouse, isTaken, PROGRAM, startProgram } from '../../support/process.ts'
import { openProcessHouse, type ProcessHouse, serviceOf } from './house.ts'

const UPSTREAM = 'http://127.0.0.1:9'
const DEMO = 'urn:gatehouse:demo:identity-provider'

let house: ProcessHouse
let keys: { private: string; cert: string }
before(async () => {
  house = await openProcessHouse()
  keys = await generate([{ name: 'commonName', value: 'localhost' }], { keySize: 2048, algorithm: 'sha256' })
})
after(() => house.close())

function linesOf(text: string): string[] {
  assert.ok(text.endsWith('\n'), 'the last line is finished')
  return text.slice(0, -1).split('\n')
}

/** Writes `content` into a folder of its own beside `files`, and runs the command on it. */
async function run(
  command: 'serve' | 'check-config',
  content: Readonly<Record<string, unknown>>,
  files: Readonly<Record<string, string>> = {},
): Promise<Ended & { left: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-refused-'))
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
    const base = { publicUrl: 'http://localhost:9', listen: { port: await freePort() }, dataDir: 'data' }
    await writeFile(join(folder, 'gatehouse.yaml'), stringify({ ...base, ...content }))
    const ended = await gatehouse([command, '--config', join(folder, 'gatehouse.yaml')])
    return { ...ended, left: await readdir(folder) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const inline = (over: Readonly<Record<string, unknown>> = {}) => ({
  entityId: 'https://idp.example/saml',
  ssoUrl: 'https://idp.example/sso',
  certificates: [keys.cert],
  ...over,
})

/** Name, content, and what each line of the refusal says. */
const MISTAKES: readonly {
  name: string
  content: () => Record<string, unknown>
  files?: () => Record<string, string>
  says: readonly RegExp[]
}[] = [
  {
    name: 'a key file that is missing',
    content: () => ({ listen: { port: 1, tls: { key: 'gone.key', cert: 'tls.crt' } } }),
    files: () => ({ 'tls.crt': keys.cert }),
    says: [/^listen\.tls\.key \(gone\.key\): the file cannot be read \(ENOENT\); must be a readable file$/],
  },
  {
    name: 'a key that does not fit its certificate',
    content: () => ({ serviceProvider: { signing: { key: 'other.key', cert: 'sp.crt' } } }),
    files: () => ({ 'other.key': OTHER_KEY, 'sp.crt': keys.cert }),
    says: [/^serviceProvider\.signing\.key \(other\.key\): does not fit its certificate; must be /],
  },
  {
    name: 'unreadable metadata',
    content: () => ({ identityProviders: [{ id: 'okta', metadata: { file: 'idp.xml' } }] }),
    files: () => ({ 'idp.xml': '<EntityDescriptor' }),
    says: [/^identityProviders\[0\]\.metadata\.file \(idp\.xml\): is not well-formed XML/],
  },
  {
    name: 'a store that this version does not have',
    content: () => ({ stores: { directory: 'postgres://db/gatehouse', sessions: 'sqlite' } }),
    says: [/^stores\.directory \(postgres:\/\/db\/gatehouse\): is not in this version; must be sqlite or memory$/],
  },
  {
    name: 'an unknown profile',
    content: () => ({ services: [serviceOf(UPSTREAM, { profile: 'flexnet' })] }),
    says: [/^services\[0\]\.profile \(flexnet\): there is no such profile; there are: .*web-application/],
  },
  {
    name: 'ids that stand twice and matches that overlap',
    content: () => ({ services: [serviceOf(UPSTREAM), serviceOf(UPSTREAM)] }),
    says: [
      /^services\[1\]\.id \(app\): is the id of another service; ids must differ$/,
      /^services\[1\]\.match\.path \(\/app\/\): another service has the same match/,
    ],
  },
  {
    name: 'the demo provider, by its file, for a public address',
    content: () => ({
      publicUrl: 'https://licences.example.com',
      identityProviders: [{ id: 'demo', metadata: { file: 'idp.xml' } }],
    }),
    files: () => ({ 'idp.xml': house.provider.metadata() }),
    says: [/^identityProviders\[0\]\.metadata\.file \(idp\.xml\): .*demo identity provider.*localhost$/],
  },
  {
    name: 'the demo provider, written inline, for a public address',
    content: () => ({
      publicUrl: 'https://licences.example.com',
      identityProviders: [{ id: 'demo', metadata: inline({ entityId: DEMO }) }],
    }),
    says: [/^identityProviders\[0\]\.metadata\.entityId \(urn:gatehouse:demo:identity-provider\): .*localhost$/],
  },
  {
    name: 'two providers of one entityId, one of them in a file',
    content: () => ({
      identityProviders: [
        { id: 'a', metadata: inline({ entityId: DEMO }) },
        { id: 'b', metadata: { file: 'idp.xml' } },
        { id: 'c', metadata: { file: 'idp.xml' } },
      ],
    }),
    files: () => ({ 'idp.xml': house.provider.metadata() }),
    says: [1, 2].map(
      (at) =>
        new RegExp(`^identityProviders\\[${at}\\]\\.metadata\\.file \\(idp\\.xml\\): has the entityId of another`),
    ),
  },
]

const OTHER_KEY = (await generate([{ name: 'commonName', value: 'x' }], { keySize: 2048 })).private

/** Twelve mistakes, each in a part of its own. */
const TWELVE = {
  publicUrl: 'http://licences.example.com',
  listen: { port: 70_000 },
  lisen: {},
  session: { timeoutMinutes: -1, idpExpiry: 'lax' },
  signIn: { defaultIdp: 'nobody' },
  identityProviders: [{ id: 'Bad Id', metadata: { file: 'gone.xml' } }],
  services: [
    { id: 'a', profile: 'nope', match: { path: 'a' }, upstream: 'ftp://x' },
    { id: 'b', profile: 'web-application', match: { path: '/b/' }, upstream: UPSTREAM, access: 'sometimes' },
  ],
}
const TWELVE_KEYS = [
  'identityProviders[0].id',
  'identityProviders[0].metadata.file',
  'lisen',
  'listen.port',
  'publicUrl',
  'services[0].match.path',
  'services[0].profile',
  'services[0].upstream',
  'services[1].access',
  'session.idpExpiry',
  'session.timeoutMinutes',
  'signIn.defaultIdp',
]

describe('a configuration with mistakes', { concurrency: 2 }, () => {
  for (const { name, content, files, says } of MISTAKES) {
    it(`is refused for ${name}`, async () => {
      const { code, stdout, stderr } = await run('check-config', content(), files?.())
      assert.equal(code, 2)
      assert.equal(stdout, '')
      const lines = linesOf(stderr)
      assert.equal(lines.length, says.length, stderr)
      for (const [index, pattern] of says.entries()) assert.match(lines[index] ?? '', pattern)
    })
  }

  for (const command of ['check-config', 'serve'] as const) {
    it(`gives one line a mistake, all at once, and makes nothing (${command})`, async () => {
      const { code, stdout, stderr, left } = await run(command, TWELVE)
      assert.deepEqual([code, stdout], [2, ''])
      const keysOf = linesOf(stderr).map((line) => line.split(/ \(|: /, 1)[0])
      assert.deepEqual(keysOf.toSorted(), TWELVE_KEYS)
      assert.deepEqual(left, ['gatehouse.yaml'])
    })
  }

  it('is refused for a TLS certificate that is over', async () => {
    const past = { notBeforeDate: new Date('2020-01-01'), notAfterDate: new Date('2021-01-01') }
    const over = await generate([{ name: 'commonName', value: 'x' }], { keySize: 2048, algorithm: 'sha256', ...past })
    const tls = { listen: { port: 1, tls: { key: 'k.pem', cert: 'c.pem' } } }
    const { code, stderr } = await run('serve', tls, { 'k.pem': over.private, 'c.pem': over.cert })
    assert.equal(code, 2)
    assert.match(
      stderr,
      /^listen\.tls\.cert \(c\.pem\): the certificate expired at 2021-01-01T.+; must be valid now\n$/,
    )
  })
})

describe('a place that cannot be used', { concurrency: 2 }, () => {
  const refused = (ended: Ended, line: RegExp) => {
    assert.deepEqual([ended.code, ended.stdout], [2, ''])
    assert.equal(linesOf(ended.stderr).length, 1, ended.stderr)
    assert.match(ended.stderr, line)
  }

  it('a port in use', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    try {
      refused(
        await run('serve', { listen: { port } }),
        /^listen \(127\.0\.0\.1:\d+\): the port is in use; must be .+\n$/,
      )
    } finally {
      server.close()
    }
  })

  it('an address of another machine', async () => {
    const elsewhere = { listen: { host: '192.0.2.1', port: await freePort() } }
    refused(
      await run('serve', elsewhere),
      /^listen \(192\.0\.2\.1:\d+\): cannot be had \(EADDRNOTAVAIL\); must be .+\n$/,
    )
  })

  it('a data directory below a file', async () => {
    const below = await run('serve', { dataDir: 'file/data' }, { file: '' })
    refused(below, /^dataDir \(\/.+\/file\/data\): cannot be written \(.+\); must be a writable folder\n$/)
  })

  for (const [name, make] of Object.entries({
    'a folder': async (file: string): Promise<void> => void (await mkdir(file)),
    'no database': (file: string): Promise<void> => writeFile(file, 'hello '.repeat(1000)),
    'the database of another program': async (file: string): Promise<void> =>
      void new Database(file).exec('create table t (a)').close(),
  })) {
    it(`a store that is ${name}`, async () => {
      const folder = await mkdtemp(join(tmpdir(), 'gatehouse-store-'))
      const file = join(folder, 'gatehouse.db')
      await make(file)
      const ended = await run('serve', { dataDir: folder })
      await rm(folder, { recursive: true })
      refused(ended, new RegExp(`^${file.replaceAll('.', '\\.')}\\b.*\\n$`))
    })
  }
})

describe('a disk that is full', { concurrency: 2 }, () => {
  // Blocks of 512 bytes: nothing fits; the keys do, the store does not; the beginning of the store does.
  for (const blocks of [0, 8, 64]) {
    it(`from ${blocks} blocks on is named in one line, and with room the same place is taken`, async () => {
      const folder = await mkdtemp(join(tmpdir(), 'gatehouse-full-'))
      const port = await freePort()
      const file = join(folder, 'gatehouse.yaml')
      await writeFile(file, stringify({ publicUrl: `http://localhost:${port}`, listen: { port }, dataDir: 'data' }))
      const limited = ['-c', `ulimit -f ${blocks}; exec "$0" "$@"`, process.execPath]
      const args = ['serve', '--config', file]
      const { code, stdout, stderr } = await startProgram('/bin/sh', [...limited, PROGRAM, ...args], {}).ended
      assert.deepEqual([code, stdout, linesOf(stderr).length], [2, '', 1], stderr)
      assert.match(stderr, /^\/.+\/data\/(?:keys\/identity\.key|gatehouse\.db): .*(?:too large|disk I\/O error)/)
      const running = startProgram(process.execPath, [PROGRAM, ...args], {})
      await running.says('"event":"listening"', 60)
      running.signal('SIGTERM')
      assert.equal((await running.ended).code, 0)
      await rm(folder, { recursive: true })
    })
  }
})

describe('one gateway for one data directory', () => {
  it('refuses a second one, which takes nothing away from the first', async () => {
    const first = await house.serve()
    await house.write({ listen: { port: await freePort() } })
    const second = await house.run('serve')
    assert.deepEqual([second.code, second.stdout], [2, ''])
    assert.match(second.stderr, /^dataDir \(.+\): another gateway process is running on it; must be .+\n$/)
    await house.write()
    assert.equal((await fetch(`${house.url}/.gatehouse/healthz`)).status, 200)
    assert.equal((await house.run('reload')).code, 0)
    first.signal('SIGTERM')
    assert.equal((await first.ended).code, 0)
  })

  it('refuses a store that a newer version wrote', async () => {
    const db = new Database(join(house.folder, 'data/gatehouse.db'))
    db.exec("insert into kysely_migration (name, timestamp) values ('9999-later', '2030-01-01')")
    db.close()
    const { code, stdout, stderr } = await house.run('serve')
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, /^\/.+gatehouse\.db was written by a newer version of Gatehouse\n$/)
    assert.equal(await isTaken(house.port), false)
  })
})

it('authorization: off is served only with --i-know', async () => {
  const content = { services: [serviceOf(UPSTREAM, { authorization: 'off' })] }
  const checked = await run('check-config', content)
  assert.equal(checked.code, 0)
  assert.match(checked.stderr, /^AUTHORIZATION_OFF: .*\bapp$/m)
  const { code, stderr } = await run('serve', content)
  assert.equal(code, 2)
  assert.match(stderr, /^services\[0\]\.authorization \(off\): .*; must be on, or start with --i-know\n$/)
})
