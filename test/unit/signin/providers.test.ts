import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, before, beforeEach, describe, it } from 'node:test'

import { fetch } from 'undici'

import type { IdentityProviderConfig } from '../../../src/config/config.ts'
import { type Alarms, alarms as newAlarms } from '../../../src/core/alarms.ts'
import { silentLog } from '../../../src/core/log.ts'
import { DEMO_ENTITY_ID } from '../../../src/core/names.ts'
import { seconds } from '../../../src/core/time.ts'
import type { Fetch } from '../../../src/signin/saml/metadata-fetch.ts'
import { type ProviderRegistry, providerRegistry } from '../../../src/signin/saml/providers.ts'
import { entity, keyDescriptor, providerConfig, settableClock, type TestKey, testKey } from './idp-metadata.ts'

let one: TestKey
let two: TestKey
let dir: string
let alarms: Alarms
let server: Server
let answer: RequestListener
let url: string
const clock = settableClock('2026-11-22T00:00:00Z')
const open: ProviderRegistry[] = []

before(async () => {
  one = await testKey('one')
  two = await testKey('two')
})

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'gatehouse-providers-'))
  clock.set('2026-11-22T00:00:00Z')
  alarms = newAlarms({ clock })
  server = createServer((request, response) => answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metadata`
})

afterEach(async () => {
  for (const registry of open.splice(0)) registry.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  rmSync(dir, { recursive: true })
})

function registry(
  identityProviders: readonly IdentityProviderConfig[],
  { origin = 'https://gate.example.com', fetching = fetch as Fetch }: { origin?: string; fetching?: Fetch } = {},
): ProviderRegistry {
  const made = providerRegistry({
    config: {
      identityProviders,
      publicUrl: { origin, host: new URL(origin).host, secure: origin.startsWith('https') },
    },
    dataDir: dir,
    clock,
    log: silentLog,
    alarms,
    fetch: fetching,
    fetchDeadline: seconds(0.5),
  })
  open.push(made)
  return made
}

const text = (entityId: string, key = one, attributes = ''): string =>
  entity({ entityId, keys: keyDescriptor([key.cert]), attributes })

function fromFile(id: string, content: string): IdentityProviderConfig {
  return providerConfig({ id, metadata: { kind: 'file', file: `/etc/${id}.xml`, text: content } })
}

const fromUrl = (id: string, at = url): IdentityProviderConfig =>
  providerConfig({ id, metadata: { kind: 'url', url: at } })

const serve =
  (content: string | Buffer, status = 200): RequestListener =>
  (_request, response) =>
    response.writeHead(status).end(content)

const codes = (): string[] => alarms.list().map(({ code, subject }) => `${code} ${subject}`)
const ids = (made: ProviderRegistry): string[] => made.list().map(({ config }) => config.id)

describe('providers from files and from the configuration', () => {
  it('S-11: are usable at once and found by id and by exact entityID', () => {
    const inline = providerConfig({
      id: 'b',
      metadata: {
        kind: 'inline',
        entityId: 'urn:b',
        ssoUrl: 'https://b.example.com',
        sloUrl: null,
        certificates: [two.cert],
      },
    })
    const made = registry([fromFile('a', text('urn:a')), inline])
    assert.deepEqual(ids(made), ['a', 'b'])
    assert.equal(made.byId('b')?.metadata.entityId, 'urn:b')
    assert.equal(made.byEntityId('urn:a')?.config.id, 'a')
    assert.equal(made.byEntityId('urn:A'), undefined)
    assert.deepEqual(codes(), [])
  })

  it('a provider whose file is broken is absent, with an alarm that names the file; others go on', () => {
    const made = registry([fromFile('broken', '<x>'), fromFile('a', text('urn:a'))])
    assert.deepEqual(ids(made), ['a'])
    assert.deepEqual(codes(), ['METADATA_MISSING broken'])
    assert.match(alarms.list()[0]?.detail ?? '', /broken\.xml/)
  })

  it('of two providers with one entityID the later is refused', () => {
    const made = registry([fromFile('a', text('urn:same')), fromFile('b', text('urn:same', two))])
    assert.deepEqual(ids(made), ['a'])
    assert.equal(made.byId('b'), undefined)
    assert.equal(made.byEntityId('urn:same')?.config.id, 'a')
    assert.deepEqual(codes(), ['METADATA_DUPLICATE b'])
  })

  it('metadata is not used any more once its validUntil is over', async () => {
    const made = registry([fromFile('a', text('urn:a', one, 'validUntil="2026-11-22T01:00:00Z"'))])
    assert.deepEqual(ids(made), ['a'])
    clock.set('2026-11-22T01:00:00Z')
    assert.deepEqual(ids(made), [])
    assert.equal(made.byEntityId('urn:a'), undefined)
    await made.refresh()
    assert.deepEqual(codes(), ['METADATA_MISSING a'])
  })

  it('the demo identity provider is refused unless publicUrl is on localhost', () => {
    assert.deepEqual(ids(registry([fromFile('demo', text(DEMO_ENTITY_ID))])), [])
    assert.deepEqual(ids(registry([fromFile('demo', text(DEMO_ENTITY_ID))], { origin: 'http://localhost:8080' })), [
      'demo',
    ])
  })
})

describe('providers from a URL', () => {
  it('S-11: are fetched at start, and the last good copy serves while the URL is down, with an alarm until it is back', async () => {
    answer = serve(text('urn:a'))
    const first = registry([fromUrl('a')])
    assert.deepEqual(ids(first), [])
    assert.deepEqual(codes(), ['METADATA_MISSING a'])
    await first.start()
    assert.deepEqual(ids(first), ['a'])
    assert.deepEqual(codes(), [])

    answer = serve('down', 503)
    const second = registry([fromUrl('a')])
    assert.deepEqual(ids(second), ['a'])
    await second.start()
    assert.deepEqual(ids(second), ['a'])
    assert.deepEqual(codes(), ['METADATA_STALE a'])
    assert.match(alarms.list()[0]?.detail ?? '', /status 503/)

    answer = serve(text('urn:a', two))
    await second.refresh()
    assert.deepEqual(codes(), [])
    assert.notDeepEqual(second.byId('a')?.metadata.certificates, first.byId('a')?.metadata.certificates)
    assert.deepEqual(readdirSync(join(dir, 'metadata')), ['a.xml'])
  })

  it('S-11: another entityID is refused with both values, and the last good copy goes on', async () => {
    answer = serve(text('urn:a'))
    const made = registry([fromUrl('a')])
    await made.start()
    const kept = readFileSync(join(dir, 'metadata', 'a.xml'), 'utf8')
    answer = serve(text('urn:evil', two))
    await made.refresh()
    assert.equal(made.byId('a')?.metadata.entityId, 'urn:a')
    assert.equal(made.byEntityId('urn:evil'), undefined)
    assert.deepEqual(codes(), ['METADATA_REFUSED a'])
    assert.match(alarms.list()[0]?.detail ?? '', /urn:evil.*urn:a/)
    assert.equal(readFileSync(join(dir, 'metadata', 'a.xml'), 'utf8'), kept)
  })

  it('a broken document is refused and the last good copy goes on', async () => {
    answer = serve(text('urn:a'))
    const made = registry([fromUrl('a')])
    await made.start()
    answer = serve('<html>maintenance</html>')
    await made.refresh()
    assert.deepEqual(ids(made), ['a'])
    assert.deepEqual(codes(), ['METADATA_REFUSED a'])
  })

  it('the copy of another URL does not stand in, nor bind the provider to its entityID', async () => {
    answer = serve(text('urn:a'))
    await registry([fromUrl('a')]).start()
    answer = serve(text('urn:b', two))
    const moved = registry([fromUrl('a', url.replace('/metadata', '/metadat2'))])
    assert.deepEqual(ids(moved), [])
    await moved.start()
    assert.equal(moved.byId('a')?.metadata.entityId, 'urn:b')
  })

  it('with nothing at hand the gateway starts all the same', async () => {
    answer = serve('', 404)
    const made = registry([fromUrl('a'), fromFile('b', text('urn:b'))])
    await made.start()
    assert.deepEqual(ids(made), ['b'])
    assert.deepEqual(codes(), ['METADATA_MISSING a'])
  })

  for (const [what, how, reason] of [
    ['does not end in time', (_request, response) => void response.writeHead(200).write('<'), /within 0.5 seconds/],
    ['is larger than 5 MiB', serve(Buffer.alloc(5 * 1024 * 1024 + 1, 32)), /more than 5 MiB/],
    ['is not UTF-8', serve(Buffer.from([0x3c, 0xff, 0xfe])), /not UTF-8/],
    [
      'redirects to plain http',
      (_request, response) => void response.writeHead(302, { location: url }).end(),
      /not https/,
    ],
    ['redirects by 303', (_request, response) => void response.writeHead(303, { location: url }).end(), /status 303/],
    ['redirects nowhere', (_request, response) => void response.writeHead(302).end(), /without a usable Location/],
    ['breaks off', (request) => void request.socket.destroy(), /fetch failed/],
  ] as [string, RequestListener, RegExp][]) {
    it(`an answer that ${what} is a failure`, async () => {
      answer = how
      await registry([fromUrl('a')]).start()
      assert.match(alarms.list()[0]?.detail ?? '', reason)
    })
  }

  it('follows three redirects to https, by 301, 302 and 307, and not a fourth', async () => {
    const asked: string[] = []
    const redirecting =
      (count: number): Fetch =>
      async (target) => {
        asked.push(target)
        const left = count - (asked.length - 1)
        const status = [301, 302, 307][left % 3] ?? 0
        const headers = new Headers(left > 0 ? { location: `/hop${left}` } : {})
        return { status: left > 0 ? status : 200, headers, body: new Blob([text('urn:a')]).stream() }
      }
    const made = registry([fromUrl('a', 'https://idp.example.com/start')], { fetching: redirecting(3) })
    await made.start()
    assert.deepEqual(ids(made), ['a'])
    assert.equal(asked.at(-1), 'https://idp.example.com/hop1')
    asked.length = 0
    await registry([fromUrl('b', 'https://idp.example.com/start')], { fetching: redirecting(4) }).start()
    assert.match(alarms.list().find(({ subject }) => subject === 'b')?.detail ?? '', /more than 3 times/)
    assert.equal(asked.length, 4)
  })

  it('after close nothing that was under way changes anything', async () => {
    let arrived = (): void => {}
    const asked = new Promise<void>((resolve) => {
      arrived = resolve
    })
    answer = () => arrived()
    const made = registry([fromUrl('a')])
    const before = alarms.list()
    const starting = made.start()
    await asked
    made.close()
    await starting
    assert.deepEqual(alarms.list(), before)
  })
})
