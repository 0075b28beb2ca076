/**
 * Hostile requests as bytes on a connection, against the whole gateway behind its real listener. Each case is refused, or
 * the service sees nothing of what it forges; its twin passes in the same test, so that no case is refused for another
 * reason than its own.
 */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import { refuseMalformed } from '../../../src/gateway/raw-refusal.ts'
import { type Listener, openListener } from '../../../src/http/listener.ts'
import { type Echo, echoed } from '../../support/echo-upstream.ts'
import { type House, openHouse, signIn } from '../../support/house.ts'
import { type HttpCase, type RawRequest, readHttpCases, textOf } from '../../support/http-cases.ts'
import { freePort } from '../../support/process.ts'
import { sendRaw } from '../../support/raw-client.ts'
import { cookieOf, createUser, get, OTTO } from '../../support/steps.ts'

type Seen = Pick<Echo, 'method' | 'url' | 'rawHeaders'>

/** Longer than any answer takes; only connections that stay open wait for it. */
const PATIENCE_MILLISECONDS = 2000
const CASES = readHttpCases()

let house: House
/** A gateway of its own to which this machine is a trusted proxy. */
let behindProxy: House
const listeners: Listener[] = []
const ports = { plain: 0, trusted: 0 }
const values = new Map<string, string>()
before(async () => {
  house = await openHouse({ top: {} })
  behindProxy = await openHouse()
  for (const [each, trustedProxies] of [
    [house, []],
    [behindProxy, ['127.0.0.1/32']],
  ] as const) {
    await each.reload({ top: { services: servicesOf(each), trustedProxies } })
  }
  ports.plain = await listen(house)
  ports.trusted = await listen(behindProxy)
  await fillValues()
})
after(async () => {
  await Promise.all(listeners.map((each) => each.drain()))
  await Promise.all([house.close(), behindProxy.close()])
})

function servicesOf({ upstream }: House): readonly object[] {
  const service = { profile: 'web-application', upstream: upstream.url }
  return [
    { ...service, id: 'open', match: { path: '/open/' }, access: 'public' },
    { ...service, id: 'app', match: { path: '/app/' }, headers: { 'Remote-User': 'account' }, public: ['/free/**'] },
    { ...service, id: 'maybe', match: { path: '/maybe/' }, access: 'optional' },
    { ...service, id: 'pass', match: { path: '/pass/' }, access: 'public', passAuthorization: true },
    {
      ...service,
      id: 'loose',
      match: { path: '/loose/' },
      access: 'public',
      pathRules: { encodedSlash: 'allow', pathParameters: 'allow' },
    },
    { ...service, id: 'lic', match: { host: 'lic.localhost' } },
  ]
}

async function listen(each: House): Promise<number> {
  const port = await freePort()
  const { gateway } = each
  const handlers = {
    ...gateway,
    handleMalformed: refuseMalformed,
    connectionLimits: () => ({ perAddress: 0, isExempt: () => false }),
    connectionsLimited: () => {},
  }
  listeners.push(await openListener({ host: '127.0.0.1', port, tls: null }, handlers))
  return port
}

/** What the placeholders stand for. */
async function fillValues(): Promise<void> {
  await createUser(house, OTTO)
  const visitor = house.browser()
  await signIn(visitor, OTTO, '/app/', house)
  const secret = cookieOf(visitor, 'gatehouse') ?? ''
  const echo: Echo = (await get(house, '/app/', visitor)).body
  const inner = `GET /open/probe HTTP/1.1\r\nHost: ${new URL(house.url).host}\r\n\r\n`
  const { port } = house
  const known = { secret, short: secret.slice(0, -2), token: echoed(echo, 'x-gatehouse-assertion')[0] ?? '', port }
  for (const [name, value] of Object.entries({ ...known, inner, long: 'a'.repeat(17_000) })) {
    values.set(`{${name}}`, String(value))
  }
  values.set('{inner.length}', String(inner.length))
}

function fillFor(each: House): (text: string) => string {
  const { host } = new URL(each.url)
  return (text) => {
    const filled = text.replaceAll('lic.{gate}', `lic.${host}`).replaceAll('{gate}', host)
    return filled.replace(/\{[a-z.]+\}/g, (name) => values.get(name) ?? name)
  }
}

interface Outcome {
  readonly text: string
  readonly status: number
  readonly seen: readonly Seen[]
}

async function exchange(request: RawRequest, behind = ''): Promise<Outcome> {
  const each = request.trusted === true ? behindProxy : house
  const fill = fillFor(each)
  const before = each.upstream.seen.length
  const port = request.trusted === true ? ports.trusted : ports.plain
  const sent = textOf(request, fill, { close: behind === '' }) + fill(behind)
  const text = await sendRaw(port, sent, PATIENCE_MILLISECONDS)
  return { text, status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1]), seen: each.upstream.seen.slice(before) }
}

const PROBE = 'GET /open/probe HTTP/1.1\r\nHost: {gate}\r\nConnection: close\r\n\r\n'
const isProbe = ({ url }: Seen) => url === '/probe'

async function checkHostile({ request, answer = 400, last, reaches, hides, shows }: HttpCase): Promise<void> {
  const allowed = [answer].flat()
  const isLast = last ?? allowed.includes(400)
  const { text, status, seen } = await exchange(request, isLast ? PROBE : '')
  assert.ok(allowed.includes(status), `answered ${text.slice(0, 300)}`)
  assert.ok(!seen.some(isProbe), 'what came behind it was served')
  if (isLast) assert.equal(text.match(/^HTTP\/1\.1 /gm)?.length, 1, 'more than one answer')
  const forwarded = allowed.includes(200) || reaches === true
  assert.ok(seen.length <= (forwarded ? 1 : 0), `the service saw ${JSON.stringify(seen)}`)
  for (const each of seen) checkSeen(each, request, { hides, shows })
}

function checkSeen(
  { rawHeaders }: Seen,
  { signedIn, target = '' }: RawRequest,
  { hides, shows }: { hides: string | undefined; shows: string | undefined },
): void {
  const fill = fillFor(house)
  if (hides !== undefined) assert.ok(!rawHeaders.some((text) => text.includes(fill(hides))), rawHeaders.join(' | '))
  if (shows !== undefined)
    assert.ok(
      rawHeaders.some((text) => text.includes(fill(shows))),
      rawHeaders.join(' | '),
    )
  if (signedIn === true && target.startsWith('/app/')) {
    assert.deepEqual(echoed({ rawHeaders }, 'x-gatehouse-operator'), [OTTO])
    assert.deepEqual(echoed({ rawHeaders }, 'remote-user'), [OTTO])
    assert.equal(echoed({ rawHeaders }, 'x-gatehouse-assertion').length, 1)
  }
}

async function checkTwin({ shows, ...request }: HttpCase['twin']): Promise<void> {
  const { text, status, seen } = await exchange(request)
  assert.equal(status, 200, `the twin was answered ${text.slice(0, 300)}`)
  const { method = 'GET', target = '' } = request
  const path = target.replace(/^\/(?:open|app|maybe|pass|loose)(?=\/)/, '')
  assert.deepEqual(
    seen.map((each) => [each.method, each.url]),
    [[method, path]],
  )
  for (const each of seen) {
    const fill = fillFor(request.trusted === true ? behindProxy : house)
    checkSeen(each, request, { hides: undefined, shows: shows === undefined ? undefined : fill(shows) })
  }
}

for (const [file, cases] of CASES) {
  describe(file, () => {
    for (const each of cases) {
      test(each.name, async () => {
        await checkHostile(each)
        await checkTwin(each.twin)
      })
    }
  })
}

test('what is no request is answered so that nobody keeps it or takes it for something else', async () => {
  for (const [status, text] of [
    [400, 'GET / HTTP/1.1\nHost: x\n\n'],
    [431, `GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(40_000)}\r\n\r\n`],
    [405, 'CONNECT gw.test:443 HTTP/1.1\r\nHost: gw.test\r\n\r\n'],
  ] as const) {
    const answer = await sendRaw(ports.plain, text, PATIENCE_MILLISECONDS)
    assert.ok(answer.startsWith(`HTTP/1.1 ${status} `), answer)
    assert.match(answer, /\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n/)
  }
})

test('there are at least 150 cases, and no two of a file have one name', () => {
  const all = [...CASES].flatMap(([file, cases]) => cases.map(({ name }) => `${file}: ${name}`))
  assert.ok(all.length >= 150, `${all.length}`)
  assert.equal(new Set(all).size, all.length)
})
