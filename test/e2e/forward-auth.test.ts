/** Forward-auth (contract section 7): what other proxies are answered when they ask whether they may forward. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, beforeEach, describe, test } from 'node:test'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { parse } from 'yaml'

import type { Browser } from '../support/browser.ts'
import { type House, openHouse, signIn } from '../support/house.ts'
import { secretOn } from '../support/other-hosts.ts'
import { ask, sendRaw } from '../support/raw-client.ts'
import { createUser, get, OTTO, operatorOf, SAM, testClock, USER } from '../support/steps.ts'

interface QuestionCase {
  readonly name: string
  readonly method?: string
  readonly path: string
  readonly headers: readonly string[]
  readonly signedIn?: boolean
  readonly host?: 'lic'
  readonly status: number
  readonly code?: string
}

const CASES: readonly QuestionCase[] = parse(
  readFileSync(new URL('../cases/forward-auth.yaml', import.meta.url), 'utf8'),
)

const NAMES = ['operator', 'operator-id', 'name', 'email', 'roles', 'service', 'request-id', 'assertion'].map(
  (name) => `x-gatehouse-${name}`,
)

const clock = testClock()
let house: House
let otto: Browser
let gate = ''
let lic = ''
before(async () => {
  house = await openHouse({ clock })
  gate = new URL(house.url).host
  lic = gate.replace('localhost', 'lic.localhost')
  await createUser(house, OTTO)
  house.server.on('upgrade', (request, socket, head) => house.gateway.handleUpgrade(request, socket, head))
  await reload()
  otto = house.browser()
  await signIn(otto, OTTO, '/app/', house)
  await otto.goto(`http://${lic}/`)
})
after(() => house.close())
beforeEach(() => reload())

const RULES = [
  { methods: ['GET'], path: '/socket', roles: ['administrator'] },
  { methods: ['WEBSOCKET'], path: '/page', roles: ['administrator'] },
  { methods: ['POST'], path: '/**', roles: ['administrator'] },
  { path: '/**', roles: [] },
]

function reload(top: object = {}): Promise<void> {
  const service = { profile: 'web-application', upstream: house.upstream.url }
  const services = [
    { ...service, id: 'app', match: { path: '/app/' }, headers: { 'Remote-User': 'account' }, passive: ['/poll'] },
    { ...service, id: 'open', match: { path: '/open/' }, access: 'public', headers: { 'Remote-Name': 'name' } },
    { ...service, id: 'ruled', match: { path: '/ruled/' }, settings: { rules: RULES } },
    { ...service, id: 'lic', match: { host: 'lic.localhost' } },
  ]
  return house.reload({ top: { services, trustedProxies: ['127.0.0.1/32'], ...top } })
}

const cookieOn = (visitor: Browser, host = gate) => `gatehouse=${secretOn(visitor, `http://${host}`, 'gatehouse')}`

/** A question in the form of Traefik and Caddy. */
function question(
  uri: string,
  {
    method = 'GET',
    host = gate,
    options = '',
    headers = {},
  }: Partial<Record<'method' | 'host' | 'options', string>> & {
    headers?: Record<string, string>
  } = {},
) {
  const told = { 'X-Forwarded-Method': method, 'X-Forwarded-Host': host, 'X-Forwarded-Uri': uri }
  return ask(house.url, `/.gatehouse/auth${options}`, { headers: { Host: 'gatehouse:8080', ...told, ...headers } })
}

describe('Questions over the wire', () => {
  for (const { name, method = 'GET', path, headers, signedIn = true, host, status, code } of CASES) {
    test(`${name}: ${status}`, async () => {
      const fill = (text: string) => text.replaceAll('{gate}', gate).replaceAll('{lic}', lic)
      const cookie = signedIn ? [`Cookie: ${cookieOn(otto, host === 'lic' ? lic : gate)}`] : []
      const lines = [`${method} ${path} HTTP/1.1`, ...headers.map(fill), ...cookie]
      const close = headers.some((line) => line.startsWith('Connection:')) ? [] : ['Connection: close']
      const answer = await sendRaw(house.port, `${[...lines, ...close].join('\r\n')}\r\n\r\n`)
      assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `))
      if (code !== undefined) assert.ok(answer.includes(`"code":"${code}"`), answer)
      if (status === 400) assert.match(answer, /"code":"BAD_(REQUEST|TARGET)"/)
      if (status !== 200) assert.doesNotMatch(answer, /^x-gatehouse-/im)
    })
  }
})

describe('200', () => {
  test('carries every identity header, and those that the service knows', async () => {
    const answer = await question('/app/x', { headers: { Cookie: cookieOn(otto) } })
    const operator = await operatorOf(house, OTTO)
    const values = Object.fromEntries(NAMES.map((name) => [name.slice(12), answer.headers[name]]))
    const { assertion, 'request-id': requestId, ...facts } = values
    assert.deepEqual(facts, {
      operator: OTTO,
      'operator-id': operator?.id,
      name: 'Otto Operator (demo)',
      email: OTTO,
      roles: USER,
      service: 'app',
    })
    assert.equal(answer.headers['remote-user'], OTTO)
    assert.match(String(requestId), /^[0-9a-f-]{36}$/)
    const jwks = await get(house, '/.gatehouse/jwks.json')
    const expected = { issuer: house.url, audience: 'app', typ: 'gatehouse-identity+jwt' }
    const { payload } = await jwtVerify(String(assertion), createLocalJWKSet(jwks.body), expected)
    assert.equal(payload.sub, operator?.id)
    assert.deepEqual([answer.body, answer.headers['cache-control']], ['', 'no-store'])
  })

  test('carries them empty where nobody is known', async () => {
    const answer = await question('/open/x')
    for (const name of [...NAMES, 'remote-name']) assert.ok(name in answer.headers, name)
    const known = ['x-gatehouse-service', 'x-gatehouse-request-id']
    for (const name of NAMES.filter((each) => !known.includes(each))) assert.equal(answer.headers[name], '', name)
    assert.equal(answer.headers['x-gatehouse-service'], 'open')
  })

  test('brings the countdown of the session along, until the browser has it', async () => {
    const answer = await question('/app/x', { headers: { Cookie: cookieOn(otto) } })
    const [line = ''] = answer.headers['set-cookie'] ?? []
    assert.match(line, /^gatehouse_expires=\d+; Path=\/; SameSite=Lax$/)
    const again = await question('/app/x', { headers: { Cookie: `${cookieOn(otto)}; ${line.split(';')[0]}` } })
    assert.equal(again.headers['set-cookie'], undefined)
  })

  test('counts as an action, a passive one and a refusal do not', async () => {
    const lastActivity = async () => (await get(house, '/.gatehouse/session', cookieOn(otto))).body.lastActivityAt
    const moved = async (uri: string, headers: Record<string, string> = {}, method = 'GET') => {
      const earlier = await lastActivity()
      clock.advance({ seconds: 1 })
      await question(uri, { method, headers: { Cookie: cookieOn(otto), ...headers } })
      return (await lastActivity()) !== earlier
    }
    assert.equal(await moved('/app/x'), true)
    assert.equal(await moved('/app/poll'), false)
    assert.equal(await moved('/app/x', { 'X-Gatehouse-Passive': '1' }), false)
    assert.equal(await moved('/open/x'), false)
    assert.equal(await moved('/nothing'), false)
    assert.equal(await moved('/app/x', { Origin: 'https://evil.example' }, 'POST'), false)
  })
})

describe('Without a session', () => {
  test('the answer is 401 with the way to sign in', async () => {
    const answer = await question('/app/x?y')
    assert.equal(answer.status, 401)
    assert.equal(answer.headers['www-authenticate'], 'Session realm="gatehouse"')
    assert.equal(JSON.parse(answer.body).signIn, '/.gatehouse/login?return_to=%2Fapp%2Fx%3Fy')
  })

  test('unauthenticated=redirect makes it 302 to sign-in, with the whole address', async () => {
    const answer = await question('/app/x?y', { options: '?unauthenticated=redirect' })
    assert.equal(answer.status, 302)
    assert.equal(answer.headers.location, `${house.url}/.gatehouse/login?return_to=%2Fapp%2Fx%3Fy`)
    assert.equal(answer.headers['set-cookie'], undefined)
  })

  test('on another host the redirect leaves a nonce, and the way leads back there', async () => {
    const out = await question('/x?y', { host: lic, options: '?unauthenticated=redirect' })
    assert.equal(out.status, 302)
    const location = new URL(String(out.headers.location))
    assert.equal(location.searchParams.get('return_to'), `http://${lic}/x?y`)
    const [nonce = ''] = out.headers['set-cookie'] ?? []
    assert.match(nonce, /^gatehouse_handoff=[\w-]{43};/)
    const back = await get(house, location.pathname + location.search, cookieOn(otto))
    assert.equal(back.status, 303)
    const handoff = new URL(back.headers['location'] ?? '')
    assert.equal(handoff.host, lic)
    const headers = { Host: lic, Cookie: nonce.split(';')[0] ?? '' }
    const arrived = await ask(house.url, handoff.pathname + handoff.search, { headers })
    const secret = /gatehouse=[\w-]{54}/.exec(String(arrived.headers['set-cookie']))?.[0] ?? ''
    assert.equal((await question('/x?y', { host: lic, headers: { Cookie: secret } })).status, 200)
  })

  test('the secret of one host opens nothing that is asked about another', async () => {
    assert.equal((await question('/x', { host: lic, headers: { Cookie: cookieOn(otto, gate) } })).status, 401)
    assert.equal((await question('/app/x', { headers: { Cookie: cookieOn(otto, lic) } })).status, 401)
  })
})

describe('Who may ask', () => {
  test('nobody, while no proxy is trusted', async () => {
    await reload({ trustedProxies: [] })
    const answer = await question('/open/x', { headers: { Cookie: cookieOn(otto) } })
    assert.equal(answer.status, 400)
    assert.equal(JSON.parse(answer.body).code, 'BAD_REQUEST')
  })

  test('nobody but a trusted proxy, whatever the request says of itself', async () => {
    await reload({ trustedProxies: ['192.0.2.0/24'] })
    const headers = { 'X-Forwarded-For': '192.0.2.1', Cookie: cookieOn(otto) }
    assert.equal((await question('/open/x', { headers })).status, 400)
    const envoy = { Host: gate, 'X-Forwarded-For': '192.0.2.1' }
    assert.equal((await ask(house.url, '/.gatehouse/auth/open/x', { headers: envoy })).status, 400)
  })
})

test('an operator without a role there is refused as at the first door, by a page where one is wanted', async () => {
  const roles = [{ role: USER, service: 'app' }]
  await house.gateway.directory.create({ account: SAM, provider: 'demo', displayName: null, roles }, null)
  const sam = house.browser()
  await signIn(sam, SAM, '/app/', house)
  await sam.goto(`http://${lic}/`)
  const headers = { Accept: 'text/html', Cookie: cookieOn(sam, lic) }
  const answer = await question('/x', { host: lic, options: '?deny=403&unauthenticated=redirect', headers })
  assert.equal(answer.status, 403)
  assert.match(answer.body, /Sign In Failure/)
  assert.equal((await question('/app/x', { headers: { Cookie: cookieOn(sam) } })).status, 200)
})

test('the connection of the proxy outlives a refusal', async () => {
  const ask404 = `GET /.gatehouse/auth HTTP/1.1\r\nHost: x\r\nX-Forwarded-Method: GET\r\nX-Forwarded-Host: ${gate}\r\nX-Forwarded-Uri: /nothing\r\n`
  const answers = await sendRaw(house.port, `${ask404}\r\n${ask404}Connection: close\r\n\r\n`)
  assert.equal(answers.match(/^HTTP\/1\.1 404 /gm)?.length, 2)
})

test('the paths beside it are none of its own', async () => {
  for (const path of ['/.gatehouse/authx', '/.gatehouse/Auth', '/.gatehouse/auth;x']) {
    const answer = await ask(house.url, path, { headers: { Host: gate } })
    assert.ok([400, 404].includes(answer.status), `${path} ${answer.status}`)
    assert.doesNotMatch(answer.body, /trusted/)
  }
})

test('O-17: a guest passes at his own service alone; others are led to the choice, or told that a session is needed', async () => {
  const openlm = { profile: 'openlm', upstream: house.upstream.url }
  const services = [
    { ...openlm, id: 'lm', match: { path: '/lm/' }, guest: true },
    { ...openlm, id: 'lm2', match: { path: '/lm2/' } },
  ]
  await reload({ services })
  const visitor = house.browser()
  await visitor.goto(`${house.url}/lm/api/dashboard`)
  await visitor.submitForm(visitor.page(), { button: 'Continue as guest' })
  const cookie = cookieOn(visitor)
  const asked = (uri: string, sent: string, options = '') =>
    question(uri, { options, headers: { Cookie: sent, Accept: 'text/html' } })
  const passed = await asked('/lm/api/dashboard', cookie)
  assert.equal(passed.status, 200)
  assert.equal(passed.headers['x-gatehouse-roles'], 'openlm:guest_role')
  assert.equal((await asked('/lm/api/panels/licenses', cookie)).status, 404)
  assert.equal((await asked('/lm2/api/dashboard', cookie)).status, 401)
  const led = async (uri: string) => String((await asked(uri, '', '?unauthenticated=redirect')).headers['location'])
  assert.match(await led('/lm/api/dashboard'), /&guest=1$/)
  assert.doesNotMatch(await led('/lm2/api/dashboard'), /guest/)
})
