/** The examples of config/examples with the real nginx and the real Caddy: sign-in, decisions, and what arrives upstream. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import { send } from '../support/browser/wire.ts'
import type { Browser } from '../support/browser.ts'
import { type Echo, echoed } from '../support/echo-upstream.ts'
import { secretOn, signInAt, way } from '../support/other-hosts.ts'
import { GATE, LIC, openProxiedHouse, type ProxiedHouse, type ProxyName, programOf } from '../support/proxies.ts'
import { createUser, OTTO, SAM, USER } from '../support/steps.ts'

const NAMES = ['operator', 'operator-id', 'name', 'email', 'roles', 'service', 'request-id', 'assertion'].map(
  (name) => `x-gatehouse-${name}`,
)

for (const proxy of ['nginx', 'caddy'] as const) {
  const program = programOf(proxy)
  describe(`behind ${proxy}`, { skip: program === undefined ? `${proxy} is not installed` : false }, () => {
    behind(proxy, program ?? '')
  })
}

function behind(proxy: ProxyName, program: string): void {
  let proxied: ProxiedHouse
  let otto: Browser
  before(async () => {
    proxied = await openProxiedHouse(proxy, program)
    await createUser(proxied.house, OTTO)
    otto = proxied.browser()
    await signInAt(otto, `https://${GATE}/app/`, OTTO)
    await otto.goto(`https://${LIC}/`)
  })
  after(() => proxied.close())

  const cookieOn = (host: string) => `__Host-gatehouse=${secretOn(otto, `https://${host}`)}`

  function ask(
    path: string,
    {
      host = GATE,
      method = 'GET',
      headers = {},
      body,
    }: { host?: string; method?: string; headers?: Record<string, string>; body?: string } = {},
  ) {
    const { port, house } = proxied
    const url = new URL(`https://${host}/`)
    const reply = send({ url, method, headers, body, port, ca: house.certificate, path })
    return reply
  }

  const echoOf = async (path: string, options: Parameters<typeof ask>[1] = {}): Promise<Echo> => {
    const cookie = cookieOn(options.host ?? GATE)
    const answer = await ask(path, { ...options, headers: { cookie, ...options.headers } })
    assert.equal(answer.status, 200, `${answer.text} ${proxied.output()}`)
    return JSON.parse(answer.text)
  }

  test('a page navigation is led to sign-in and back to the page', async () => {
    const visitor = proxied.browser()
    const first = await visitor.goto(`https://${GATE}/app/deep?x=1&y=2`)
    assert.equal(first.hops[0]?.status, 302)
    const login = new URL(first.hops[0]?.headers.location ?? '')
    assert.equal(login.searchParams.get('return_to'), '/app/deep?x=1&y=2')
    await visitor.submitForm(first, { button: OTTO })
    const page = await visitor.submitForm()
    assert.equal(page.url.href, `https://${GATE}/app/deep?x=1&y=2`)
    assert.equal(JSON.parse(page.text).url, '/app/deep?x=1&y=2')
  })

  test('a host of a service is handed the session', async () => {
    const visitor = proxied.browser()
    const page = await signInAt(visitor, `https://${LIC}/x?y`, OTTO)
    assert.deepEqual(way(page).slice(-2), [`303 https://${LIC}/.gatehouse/handoff`, `200 https://${LIC}/x`])
    assert.deepEqual(echoed(JSON.parse(page.text), 'x-gatehouse-service'), ['lic'])
  })

  test('G-4: every identity header arrives once, as the gateway says it', async () => {
    const echo = await echoOf('/app/x')
    for (const name of NAMES) assert.equal(echoed(echo, name).length, 1, name)
    assert.deepEqual(echoed(echo, 'x-gatehouse-operator'), [OTTO])
    assert.deepEqual(echoed(echo, 'x-gatehouse-roles'), [USER])
    assert.deepEqual(echoed(echo, 'x-gatehouse-service'), ['app'])
    assert.equal(echoed(echo, 'x-gatehouse-assertion')[0]?.split('.').length, 3)
  })

  test('G-4: what a client says of itself never arrives, in any spelling, with a session and without', async () => {
    const spellings = NAMES.flatMap((name) => [
      name,
      name.toUpperCase(),
      name.replaceAll('-', '_'),
      name.replace('-', '_'),
      name.replace(/-(?=[^-]*$)/, '_'),
      name.replace('gatehouse-', 'gatehouse_'),
    ])
    for (const spelling of new Set(spellings)) {
      for (const path of ['/app/x', '/open/x']) {
        const echo = await echoOf(path, { headers: { [spelling]: 'forged', 'remote-user': 'kept' } })
        assert.ok(!echo.rawHeaders.includes('forged'), `${spelling} on ${path}`)
        assert.deepEqual(echoed(echo, 'remote-user'), ['kept'])
      }
    }
  })

  test('headers that tell of another request do not arrive, and change nothing', async () => {
    const headers = {
      'X-HTTP-Method-Override': 'DELETE',
      'X-Method-Override': 'DELETE',
      'X-HTTP-Method': 'DELETE',
      'X-Original-URL': '/open/x',
      'X-Original-URI': '/open/x',
      'X-Original-Method': 'GET',
      'X-Original-Host': GATE,
      'X-Rewrite-URL': '/open/x',
      'X-Forwarded-Uri': '/open/x',
      'X-Forwarded-Method': 'GET',
      'X-Forwarded-Host': 'evil.example',
      Forwarded: 'host=evil.example',
    }
    assert.equal((await ask('/app/x', { headers })).status, 401)
    const echo = await echoOf('/app/x', { headers })
    assert.equal(echo.url, '/app/x')
    for (const value of ['DELETE', '/open/x', 'evil.example', 'host=evil.example']) {
      assert.ok(!echo.rawHeaders.includes(value), value)
    }
  })

  test('the cookie of the session does not arrive, all others do', async () => {
    for (const header of [`a=1; ${cookieOn(GATE)}; b=2`, `${cookieOn(GATE)}; a=1;b=2`, `a=1;b=2;${cookieOn(GATE)}`]) {
      const [cookie = ''] = echoed(await echoOf('/app/x', { headers: { cookie: header } }), 'cookie')
      assert.ok(!cookie.includes('gatehouse'), cookie)
      assert.deepEqual(cookie.split(/[; ]+/).filter(Boolean), ['a=1', 'b=2'])
    }
  })

  test('the countdown cookie reaches the browser', async () => {
    const answer = await ask('/app/x', { headers: { cookie: cookieOn(GATE) } })
    assert.match(String(answer.headers['set-cookie']), /gatehouse_expires=\d+; Path=\/; SameSite=Lax; Secure/)
  })

  test('a body passes whole, and the method with it', async () => {
    const echo = await echoOf('/app/save', {
      method: 'PUT',
      body: 'x'.repeat(100_000),
      headers: { origin: `https://${GATE}` },
    })
    assert.deepEqual([echo.method, echo.body.bytes], ['PUT', 100_000])
  })

  test('scripts and programs without a session are told by 401, page navigations are sent on', async () => {
    const statusFor = async (headers: Record<string, string>) => (await ask('/app/x', { headers })).status
    assert.equal(await statusFor({}), 401)
    assert.equal(await statusFor({ accept: 'application/json' }), 401)
    assert.equal(await statusFor({ accept: 'text/html', 'sec-fetch-mode': 'cors' }), 401)
    assert.equal(await statusFor({ accept: 'text/html,*/*;q=0.1' }), 302)
    assert.equal(await statusFor({ accept: 'text/html', 'sec-fetch-mode': 'navigate' }), 302)
    const answer = await ask('/app/x?y', { headers: { accept: 'application/json' } })
    assert.equal(JSON.parse(answer.text).signIn, '/.gatehouse/login?return_to=%2Fapp%2Fx%3Fy')
  })

  test('an unsafe request of another site is refused and does not arrive', async () => {
    const before = proxied.house.upstream.seen.length
    const headers = { cookie: cookieOn(GATE), origin: 'https://evil.example' }
    const answer = await ask('/app/save', { method: 'POST', body: 'x', headers })
    assert.equal(answer.status, 403)
    assert.match(answer.text, /CROSS_ORIGIN/)
    assert.equal(proxied.house.upstream.seen.length, before)
  })

  test('what belongs to no service is not there', async () => {
    const before = proxied.house.upstream.seen.length
    const answer = await ask('/nothing', { headers: { cookie: cookieOn(GATE) } })
    assert.equal(answer.status, 404)
    assert.equal(proxied.house.upstream.seen.length, before)
  })

  test('an operator without a role there sees why', async () => {
    const { house } = proxied
    const roles = [{ role: USER, service: 'lic' }]
    await house.gateway.directory.create({ account: SAM, provider: 'demo', displayName: null, roles }, null)
    const sam = proxied.browser()
    const page = await signInAt(sam, `https://${GATE}/app/`, SAM)
    assert.equal(page.status, 403)
    assert.match(page.text, /Sign In Failure/)
  })

  for (const path of [
    '/open/../app/x',
    '/open/%2e%2e/app/x',
    '/open/..%2fapp/x',
    '/open//app/x',
    '/open/..;/app/x',
    '/open/%252e%252e/app/x',
    '/open\\..\\app',
    '/app%2fx',
  ]) {
    test(`G-6: ${path} does not arrive`, async () => {
      const before = proxied.house.upstream.seen.length
      const answer = await ask(path)
      assert.notEqual(answer.status, 200)
      assert.equal(proxied.house.upstream.seen.length, before)
    })
  }

  test('a client cannot ask for itself', async () => {
    const told = { 'X-Original-Method': 'GET', 'X-Original-Host': GATE, 'X-Original-URI': '/app/x' }
    for (const path of [
      '/.gatehouse/auth',
      '/.gatehouse/auth/app/x',
      '/.gatehouse/%61uth',
      '/.gatehouse/auth?deny=403',
    ]) {
      const answer = await ask(path, { headers: { cookie: cookieOn(GATE), ...told } })
      assert.ok([400, 404].includes(answer.status), `${path}: ${answer.status}`)
      assert.equal(answer.headers['x-gatehouse-assertion'], undefined)
    }
  })

  test('a public service is open, without identity', async () => {
    const answer = await ask('/open/x')
    assert.equal(answer.status, 200)
    assert.ok(echoed(JSON.parse(answer.text), 'x-gatehouse-operator').every((value) => value === ''))
  })

  test('a WebSocket handshake of another site is refused', async () => {
    const headers = {
      cookie: cookieOn(GATE),
      origin: 'https://evil.example',
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    }
    assert.equal((await ask('/app/x', { headers })).status, 403)
  })

  test('after sign-out nothing is open any more', async () => {
    const visitor = proxied.browser()
    await signInAt(visitor, `https://${GATE}/app/`, OTTO)
    const cookie = `__Host-gatehouse=${secretOn(visitor, `https://${GATE}`)}`
    assert.equal((await ask('/app/x', { headers: { cookie } })).status, 200)
    await visitor.goto(`https://${GATE}/.gatehouse/logout`)
    assert.notEqual((await ask('/app/x', { headers: { cookie } })).status, 200)
  })
}
