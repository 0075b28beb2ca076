import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import type { ServiceConfig } from '../../../src/config/config.ts'
import { sha256 } from '../../../src/core/hash.ts'
import { type Echo, echoed, echoUpstream } from '../../support/echo-upstream.ts'
import { operator, service, session, testGateway } from '../../support/gateway.ts'
import { ask, sendRaw } from '../../support/raw-client.ts'

const upstream = await echoUpstream()
const at = (over: Partial<ServiceConfig>) => service({ upstream: [upstream.url], ...over })
const SERVICES = [
  at({
    id: 'app',
    match: { path: '/app/', host: null },
    public: ['/open/**', '/one/*'],
    passive: ['/poll'],
    headers: { 'Remote-User': 'account' },
    allowedOrigins: ['https://friend.test'],
  }),
  at({ id: 'free', match: { path: '/free/', host: null }, access: 'public' }),
  at({ id: 'maybe', match: { path: '/maybe/', host: null }, access: 'optional' }),
  at({
    id: 'kept',
    match: { path: '/kept/', host: null },
    keepPrefix: true,
    access: 'public',
    preserveHost: true,
    passAuthorization: true,
    upstream: [`${upstream.url}/base`],
  }),
  at({
    id: 'slashes',
    match: { path: '/slashes/', host: null },
    access: 'public',
    pathRules: { encodedSlash: 'allow', pathParameters: 'allow' },
  }),
  at({ id: 'lic', match: { path: null, host: 'lic.test' }, access: 'required' }),
]
const gateway = await testGateway({ services: SERVICES })
const waiting = await testGateway({ services: SERVICES, wait: true })
const disabled = await testGateway({ services: SERVICES, operator: operator({ enabled: false }) })
const roleless = await testGateway({ services: SERVICES, operator: operator({ grants: [] }) })
const gone = await testGateway({ services: SERVICES, session: session({ operatorId: 'nobody' }) })

before(() => assert.notEqual(upstream.url, ''))
after(async () => {
  await Promise.all([gateway, waiting, disabled, roleless, gone].map((each) => each.close()))
  await upstream.close()
})

const SIGNED_IN = { Cookie: `a=1; ${gateway.cookie}; b=2` }
const PAGE = { Accept: 'text/html' }

for (const [kind, each] of [
  ['at hand', gateway],
  ['to be read', waiting],
] as const) {
  test(`with facts ${kind}, a signed-in request reaches the upstream under its identity and nothing else of ours`, async () => {
    const cookie = `a=1; ${each.cookie}; b=2`
    const answer = await ask(each.url, '/app/x/y?z=%2F', {
      headers: { Cookie: cookie, 'X-Gatehouse-Operator': 'evil', Remote_User: 'evil' },
    })
    assert.equal(answer.status, 200)
    const echo: Echo = JSON.parse(answer.body)
    assert.equal(echo.url, '/x/y?z=%2F')
    assert.deepEqual(echoed(echo, 'x-gatehouse-operator'), ['ann@example.com'])
    assert.deepEqual(echoed(echo, 'x-gatehouse-name'), ['Ann %C3%84'])
    assert.deepEqual(echoed(echo, 'x-gatehouse-email'), [''])
    assert.deepEqual(echoed(echo, 'x-gatehouse-roles'), ['web-application:user'])
    assert.deepEqual(echoed(echo, 'x-gatehouse-service'), ['app'])
    assert.deepEqual(echoed(echo, 'x-gatehouse-assertion'), ['test.identity.token'])
    assert.deepEqual(echoed(echo, 'remote-user'), ['ann@example.com'])
    assert.deepEqual(echoed(echo, 'remote_user'), [])
    assert.deepEqual(echoed(echo, 'cookie'), ['a=1; b=2'])
    assert.deepEqual(echoed(echo, 'x-forwarded-for'), ['127.0.0.1'])
    assert.deepEqual(echoed(echo, 'x-forwarded-proto'), ['https'])
    assert.deepEqual(echoed(echo, 'x-forwarded-host'), ['gw.test'])
    assert.deepEqual(echoed(echo, 'x-forwarded-prefix'), ['/app'])
    assert.deepEqual(echoed(echo, 'host'), [new URL(upstream.url).host])
    assert.match(echoed(echo, 'x-gatehouse-request-id')[0] ?? '', /^[0-9a-f-]{36}$/)
    assert.equal(answer.headers['cache-control'], 'private, no-cache')
    assert.match(String(answer.headers['set-cookie']), /^gatehouse_expires=\d+;/)
  })
}

test('the companion cookie is not sent again while it is right', async () => {
  const first = await ask(gateway.url, '/app/', { headers: SIGNED_IN })
  const companion = String(first.headers['set-cookie']).split(';')[0]
  const second = await ask(gateway.url, '/app/', { headers: { Cookie: `${gateway.cookie}; ${companion}` } })
  assert.equal(second.headers['set-cookie'], undefined)
})

test('public services and paths are forwarded without identity, even under a session', async () => {
  for (const path of ['/free/x', '/app/open/', '/app/open/a/b', '/app/one/a']) {
    const answer = await ask(gateway.url, path, { headers: SIGNED_IN })
    assert.equal(answer.status, 200, path)
    const echo: Echo = JSON.parse(answer.body)
    assert.deepEqual(echoed(echo, 'x-gatehouse-operator'), [''], path)
    assert.deepEqual(echoed(echo, 'x-gatehouse-assertion'), [], path)
    assert.deepEqual(echoed(echo, 'cookie'), ['a=1; b=2'], path)
    assert.equal(answer.headers['cache-control'], undefined, path)
  }
})

test('an optional service gets the identity if there is one', async () => {
  for (const [each, account] of [
    [gateway, 'ann@example.com'],
    [roleless, ''],
    [disabled, ''],
  ] as const) {
    const answer = await ask(each.url, '/maybe/', { headers: { Cookie: each.cookie } })
    assert.deepEqual(echoed(JSON.parse(answer.body), 'x-gatehouse-operator'), [account])
  }
  const anonymous = await ask(gateway.url, '/maybe/')
  assert.deepEqual(echoed(JSON.parse(anonymous.body), 'x-gatehouse-operator'), [''])
})

test('keepPrefix, preserveHost, passAuthorization and a base path are honoured', async () => {
  const answer = await ask(gateway.url, '/kept/x?y', { headers: { Authorization: 'Bearer x' } })
  const echo: Echo = JSON.parse(answer.body)
  assert.equal(echo.url, '/base/kept/x?y')
  assert.deepEqual(echoed(echo, 'host'), ['gw.test'])
  assert.deepEqual(echoed(echo, 'authorization'), ['Bearer x'])
  assert.deepEqual(echoed(echo, 'x-forwarded-prefix'), [])
})

test('without a session a page navigation is sent to sign in and back', async () => {
  const answer = await ask(gateway.url, '/app/x?a=b&c', { headers: PAGE })
  assert.equal(answer.status, 302)
  assert.equal(answer.headers.location, '/.gatehouse/login?return_to=%2Fapp%2Fx%3Fa%3Db%26c')
  assert.equal(answer.headers['cache-control'], 'no-store')
})

test('on a host of its own the way to sign in leads over the public URL, with the hash of a nonce that is left there', async () => {
  const answer = await ask(gateway.url, '/x?y', { headers: { ...PAGE, Host: 'lic.test' } })
  assert.equal(answer.status, 302)
  const way = 'https://gw.test/.gatehouse/login?return_to=https%3A%2F%2Flic.test%2Fx%3Fy&handoff='
  const location = String(answer.headers.location)
  assert.ok(location.startsWith(way), location)
  const [cookie = ''] = answer.headers['set-cookie'] ?? []
  const nonce = /^__Host-gatehouse_handoff=([\w-]{43}); Max-Age=1800; Path=\/; HttpOnly; Secure; SameSite=Lax$/.exec(
    cookie,
  )
  assert.equal(location.slice(way.length), sha256(nonce?.[1] ?? ''), cookie)
})

test('a cookie of the public host opens nothing on another host', async () => {
  const answer = await ask(gateway.url, '/x', { headers: { Host: 'lic.test', Cookie: gateway.cookie } })
  assert.equal(answer.status, 401)
  assert.equal(JSON.parse(answer.body).signIn, '/.gatehouse/login?return_to=%2Fx')
})

test('without a session scripts are told by 401, with the way to sign in', async () => {
  const answer = await ask(gateway.url, '/app/x')
  assert.equal(answer.status, 401)
  assert.equal(answer.headers['www-authenticate'], 'Session realm="gatehouse"')
  const problem = JSON.parse(answer.body)
  assert.equal(problem.code, 'SESSION_REQUIRED')
  assert.equal(problem.signIn, '/.gatehouse/login?return_to=%2Fapp%2Fx')
})

test('without a session another method from a page gets a 401 page that offers sign-in', async () => {
  const answer = await ask(gateway.url, '/app/x', { method: 'POST', headers: PAGE, body: 'x' })
  assert.equal(answer.status, 401)
  assert.match(String(answer.headers['content-type']), /^text\/html/)
  assert.match(answer.body, /href="\/\.gatehouse\/login"/)
})

test('S-15: the page that asked is where that sign-in leads back to, if it is of the same origin', async () => {
  const offered = async (referer: string) => {
    const answer = await ask(gateway.url, '/app/x', {
      method: 'POST',
      headers: { ...PAGE, Referer: referer },
      body: 'x',
    })
    return /href="(\/\.gatehouse\/login[^"]*)"/.exec(answer.body)?.[1]
  }
  assert.equal(await offered('https://gw.test/app/form?a=b'), '/.gatehouse/login?return_to=%2Fapp%2Fform%3Fa%3Db')
  assert.equal(await offered('https://other.test/app/form'), '/.gatehouse/login')
  assert.equal(await offered('nonsense'), '/.gatehouse/login')
})

test('the session of a disabled or deleted operator is over', async () => {
  for (const each of [disabled, gone]) {
    assert.equal((await ask(each.url, '/app/x', { headers: { Cookie: each.cookie } })).status, 401)
  }
})

test('a role-less operator gets Sign In Failure and the upstream is not contacted', async () => {
  const before = upstream.seen.length
  const answer = await ask(roleless.url, '/app/x', { headers: { ...PAGE, Cookie: roleless.cookie } })
  assert.equal(answer.status, 403)
  assert.match(answer.body, /Sign In Failure/)
  assert.equal(upstream.seen.length, before)
})

test('one of our tokens is judged alone, and the cookie does not stand in for it', async () => {
  const answer = await ask(gateway.url, '/app/x', { headers: { ...SIGNED_IN, Authorization: 'Bearer gh_x' } })
  assert.equal(answer.status, 401)
})

test('an unsafe request from another site is refused, from our own or an allowed origin it passes', async () => {
  const post = async (headers: Record<string, string>) =>
    (await ask(gateway.url, '/app/x', { method: 'POST', headers: { ...SIGNED_IN, ...headers } })).status
  assert.equal(await post({ Origin: 'https://evil.test' }), 403)
  assert.equal(await post({ 'Sec-Fetch-Site': 'cross-site' }), 403)
  assert.equal(await post({ Origin: 'https://gw.test' }), 200)
  assert.equal(await post({ Origin: 'https://friend.test' }), 200)
  assert.equal(await post({}), 200)
})

test('forwarded requests count as actions, passive ones and refused ones do not', async () => {
  const counted = async (path: string, headers: Record<string, string> = {}) => {
    const before = gateway.actions.length
    await ask(gateway.url, path, { headers: { ...SIGNED_IN, ...headers } })
    return gateway.actions.length - before
  }
  assert.equal(await counted('/app/x'), 1)
  assert.equal(await counted('/app/poll'), 0)
  assert.equal(await counted('/app/x', { 'X-Gatehouse-Passive': '1' }), 0)
  assert.equal(await counted('/app//x'), 0)
  assert.equal(await counted('/free/x'), 0)
})

test('a service path without its final slash is redirected for GET and HEAD, and is nothing for other methods', async () => {
  const answer = await ask(gateway.url, '/app?x=1')
  assert.deepEqual([answer.status, answer.headers.location], [308, '/app/?x=1'])
  assert.equal((await ask(gateway.url, '/app', { method: 'HEAD' })).status, 308)
  assert.equal((await ask(gateway.url, '/app', { method: 'POST' })).status, 404)
})

const REFUSED: readonly (readonly [path: string, status: number])[] = [
  ['/nothing', 404],
  ['/.gatehouse/x', 404],
  ['/.gatehouse', 404],
  ['/%2egatehouse/x', 404],
  ['/free/../app/x', 400],
  ['/free/%2e%2e/app/x', 400],
  ['/free//x', 400],
  ['/free/%252e%252e/app', 400],
  ['/%61pp/x', 400],
  ['/%2561pp/x', 400],
  ['/free%2fx', 400],
  ['/free/x;y', 400],
  ['/slashes%2fx', 400],
  ['/slashes;x/y', 400],
  ['/slashes/..%2f..%2fapp/x', 400],
  ['/slashes/..;/app', 400],
  ['/app/one/a%2fb', 400],
  ['*', 400],
  ['http://gw.test/free/x', 400],
]

for (const [path, status] of REFUSED) {
  test(`G-6: ${path} answers ${status} and reaches no upstream`, async () => {
    const before = upstream.seen.length
    const text = await sendRaw(gateway.port, `GET ${path} HTTP/1.1\r\nHost: gw.test\r\nConnection: close\r\n\r\n`)
    assert.match(text, new RegExp(`^HTTP/1.1 ${status} `))
    assert.equal(upstream.seen.length, before)
  })
}

test('path rules of a service let %2F and ;x through, byte for byte', async () => {
  const answer = await ask(gateway.url, '/slashes/a%2Fb;v=1/%2561')
  assert.equal(JSON.parse(answer.body).url, '/a%2Fb;v=1/%2561')
})

test('nothing is served behind an odd request on the same connection', async () => {
  const before = upstream.seen.length
  const text = await sendRaw(
    gateway.port,
    'GET /free//x HTTP/1.1\r\nHost: gw.test\r\n\r\nGET /free/x HTTP/1.1\r\nHost: gw.test\r\n\r\n',
  )
  assert.equal(text.match(/HTTP\/1\.1 /g)?.length, 1)
  assert.equal(upstream.seen.length, before)
})

const HOSTS: readonly (readonly [header: string, status: number])[] = [
  ['Host: gw.test\r\n', 200],
  ['Host: GW.test\r\n', 200],
  ['Host: gw.test:443\r\n', 200],
  ['Host: evil.test\r\n', 421],
  ['Host: gw.test:444\r\n', 421],
  ['Host: gw.test@evil.test\r\n', 421],
  ['Host: gw.test.\r\n', 421],
  ['Host: gw.test\r\nHost: gw.test\r\n', 400],
  ['', 400],
  ['Host:\r\n', 421],
  ['Host: evil.test\r\nX-Forwarded-Host: gw.test\r\n', 421],
]

for (const [header, status] of HOSTS) {
  test(`a request with ${JSON.stringify(header)} answers ${status}`, async () => {
    const text = await sendRaw(gateway.port, `GET /free/x HTTP/1.1\r\n${header}Connection: close\r\n\r\n`)
    assert.match(text, new RegExp(`^HTTP/1.1 ${status} `))
  })
}

const ODD: readonly (readonly [name: string, text: string, status: RegExp])[] = [
  ['TRACE', 'TRACE /free/x HTTP/1.1\r\nHost: gw.test\r\nConnection: close\r\n\r\n', /^HTTP\/1.1 405 /],
  ['CONNECT', 'CONNECT gw.test:443 HTTP/1.1\r\nHost: gw.test\r\n\r\n', /^HTTP\/1.1 405 /],
  [
    'a WebSocket handshake',
    'GET /free/x HTTP/1.1\r\nHost: gw.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    /^HTTP\/1.1 400 /,
  ],
  [
    'an h2c upgrade',
    'GET /free/x HTTP/1.1\r\nHost: gw.test\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n',
    /^HTTP\/1.1 400 /,
  ],
  [
    'a coding besides chunked',
    'POST /free/x HTTP/1.1\r\nHost: gw.test\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
    /^HTTP\/1.1 400 /,
  ],
  [
    'both framings',
    'POST /free/x HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    /^HTTP\/1.1 400 /,
  ],
  [
    'two Authorization headers',
    'GET /free/x HTTP/1.1\r\nHost: gw.test\r\nAuthorization: a\r\nAuthorization: gh_b\r\n\r\n',
    /^HTTP\/1.1 400 /,
  ],
]

for (const [name, text, status] of ODD) {
  test(`${name} is refused and reaches no upstream`, async () => {
    const before = upstream.seen.length
    assert.match(await sendRaw(gateway.port, text), status)
    assert.equal(upstream.seen.length, before)
  })
}

test('one line is logged for a request, without its query, and its status is counted', async () => {
  const before = gateway.logged.length
  await ask(gateway.url, '/app/x?secret=1', { headers: SIGNED_IN })
  await new Promise((resolve) => setImmediate(resolve))
  const lines = gateway.logged.slice(before).filter(([event]) => event === 'request')
  assert.equal(lines.length, 1)
  const fields = lines[0]?.[1]
  assert.deepEqual(
    [fields?.['path'], fields?.['service'], fields?.['operator'], fields?.['status']],
    ['/app/x', 'app', 'op-1', 200],
  )
  assert.deepEqual(gateway.observed.at(-1), { service: 'app', status: 200, code: null, seconds: 0 })
  assert.ok(!JSON.stringify(gateway.logged).includes('secret'))
})
