/** Hosts, health, readiness and metrics (contract sections 2 and 3). */

import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { send } from '../support/browser/wire.ts'
import { type House, openHouse, signIn } from '../support/house.ts'
import { ask, sendRaw } from '../support/raw-client.ts'
import { ADA, cookieHeader, get } from '../support/steps.ts'

let house: House
before(async () => {
  house = await openHouse()
})
after(() => house.close())
beforeEach(() => house.reload({}))

const asked = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  ask(house.url, path, { method, headers: { Host: new URL(house.url).host, ...headers } })

describe('other hosts', () => {
  for (const path of [
    '/.gatehouse/session',
    '/.gatehouse/login',
    '/.gatehouse/saml/metadata',
    '/.gatehouse/metrics',
    '/app/',
  ]) {
    test(`${path} under another Host is 421`, async () => {
      for (const Host of ['evil.example', 'localhost', `127.0.0.1:${house.port}`]) {
        const answer = await asked(path, { Host })
        assert.equal(answer.status, 421, Host)
        assert.equal(JSON.parse(answer.body).code, 'MISDIRECTED')
      }
    })
  }

  test('a Host in capitals is ours', async () => {
    assert.equal((await asked('/.gatehouse/session', { Host: `LOCALHOST:${house.port}` })).status, 401)
  })

  test('X-Forwarded-Host counts when a trusted proxy sends it, on both planes', async () => {
    const headers = { Host: '10.0.0.1', 'X-Forwarded-Host': new URL(house.url).host }
    for (const path of ['/.gatehouse/session', '/app/']) {
      assert.equal((await asked(path, headers)).status, 421)
    }
    await house.reload({ top: { trustedProxies: ['127.0.0.1'] } })
    for (const path of ['/.gatehouse/session', '/app/']) {
      assert.equal((await asked(path, headers)).status, 401)
      assert.equal((await asked(path, { 'X-Forwarded-Host': 'evil.example' })).status, 421)
    }
  })
})

test('the default port may stand in Host', async () => {
  const secure = await openHouse({ https: true })
  try {
    const host = new URL(secure.url).host
    for (const [path, status] of [
      ['/.gatehouse/saml/metadata', 200],
      ['/app/', 401],
    ] as const) {
      const answer = await send({
        url: new URL(path, secure.url),
        method: 'GET',
        headers: { host: `${host}:443`, accept: '*/*' },
        body: undefined,
        port: secure.port,
        ca: secure.certificate,
      })
      assert.equal(answer.status, status)
    }
  } finally {
    await secure.close()
  }
})

describe('health', () => {
  const FORWARDED = [
    ['Forwarded', 'for=192.0.2.1'],
    ['X-Forwarded-For', '192.0.2.1'],
    ['X-Forwarded-Anything', 'x'],
    ['X-Real-IP', '127.0.0.1'],
  ] as const

  test('healthz and readyz answer any Host', async () => {
    for (const path of ['/.gatehouse/healthz', '/.gatehouse/readyz']) {
      assert.equal((await asked(path, { Host: 'whatever.example' })).status, 200)
    }
  })

  test('healthz and readyz answer HTTP/1.0 without a Host, and nobody who sends two', async () => {
    for (const path of ['/.gatehouse/healthz', '/.gatehouse/readyz']) {
      assert.match(await sendRaw(house.port, `GET ${path} HTTP/1.0\r\n\r\n`), /^HTTP\/1\.1 200 /)
      const { host } = new URL(house.url)
      for (const hosts of [`Host: ${host}\r\nHost: evil.example`, `Host: ${host}\r\nHost: ${host}`]) {
        const answer = await sendRaw(house.port, `GET ${path} HTTP/1.1\r\n${hosts}\r\n\r\n`)
        assert.match(answer, /^HTTP\/1\.1 400 /, path)
      }
    }
  })

  test('readyz tells a local caller what there is to know', async () => {
    const { status, body } = await get(house, '/.gatehouse/readyz')
    assert.equal(status, 200)
    assert.partialDeepStrictEqual(body, { ready: true, store: 'ok', draining: false, alarms: [] })
    assert.ok(body.notices.some((notice: string) => notice.includes('ADMIN_SHARES_ORIGIN')))
  })

  for (const [name, value] of FORWARDED) {
    test(`with ${name} readyz is bare and metrics is 404`, async () => {
      const ready = await asked('/.gatehouse/readyz', { [name]: value })
      assert.deepEqual([ready.status, ready.body], [200, 'ready\n'])
      assert.equal((await asked('/.gatehouse/metrics', { [name]: value })).status, 404)
    })
  }

  test('readyz is 503 while the store is away and while it drains', async () => {
    house.failures.fail('ping')
    const away = await asked('/.gatehouse/readyz')
    house.failures.fail(null)
    assert.equal(away.status, 503)
    assert.equal(JSON.parse(away.body).store, 'unavailable')
    house.gateway.startDraining()
    const answer = await asked('/.gatehouse/readyz', { 'X-Real-IP': 'x' })
    assert.deepEqual([answer.status, answer.body, answer.headers.connection], [503, 'not ready\n', 'close'])
    assert.equal((await asked('/.gatehouse/healthz')).status, 200)
    await house.restart()
    assert.equal((await asked('/.gatehouse/readyz')).status, 200)
  })

  test('metrics count requests and sign-ins and name the configuration', async () => {
    const visitor = house.browser()
    await signIn(visitor, ADA, '/app/', house)
    const { status, body, headers } = await asked('/.gatehouse/metrics')
    assert.equal(status, 200)
    assert.match(headers['content-type'] ?? '', /^text\/plain; version=0\.0\.4/)
    assert.match(body, /gatehouse_sign_ins_total\{provider="demo",outcome="signed-in"\} 1/)
    assert.match(body, /gatehouse_request_duration_seconds_count\{service="app",class="2xx"\} 1/)
    const hash = () => /gatehouse_config_info\{hash="([^"]+)"\} 1/
    const [, before] = hash().exec(body) ?? []
    await house.reload({ top: { session: { timeoutMinutes: 77 } } })
    const [, now] = hash().exec((await asked('/.gatehouse/metrics')).body) ?? []
    assert.ok(before && now && before !== now)
  })
})

describe('pages and answers of our own', () => {
  test('everything but jwks, metadata and static files is no-store, under a strict policy', async () => {
    const cookie = cookieHeader(house.browser())
    for (const path of [
      '/.gatehouse/login',
      '/.gatehouse/session',
      '/.gatehouse/nothing',
      '/.gatehouse/healthz',
      '/.gatehouse/readyz',
      '/.gatehouse/logout',
    ]) {
      const { headers } = await asked(path, { Cookie: cookie, Accept: 'text/html' })
      assert.equal(headers['cache-control'], 'no-store', path)
      assert.match(String(headers['content-security-policy']), /^default-src 'none';/, path)
      assert.equal(headers['x-content-type-options'], 'nosniff', path)
      assert.equal(headers['x-frame-options'], 'DENY', path)
    }
    for (const path of ['/.gatehouse/jwks.json', '/.gatehouse/saml/metadata', '/.gatehouse/static/gatehouse.css']) {
      const { status, headers } = await asked(path)
      assert.equal(status, 200, path)
      assert.doesNotMatch(String(headers['cache-control']), /no-store/, path)
    }
  })

  test('TRACE is answered 405 at every address', async () => {
    for (const path of ['session', 'saml/acs', 'saml/slo', 'healthz', 'static/gatehouse.css', 'nothing']) {
      const { status, headers } = await asked(`/.gatehouse/${path}`, {}, 'TRACE')
      assert.deepEqual([status, headers.allow], [405, 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'], path)
    }
  })

  test('a condition that a static file does not meet is answered 412, and a part is answered with the whole', async () => {
    const file = '/.gatehouse/static/gatehouse.css'
    for (const [name, value] of [
      ['If-Match', '"another"'],
      ['If-Unmodified-Since', 'Mon, 01 Jan 1990 00:00:00 GMT'],
    ] as const) {
      const { status, body } = await asked(file, { [name]: value })
      assert.deepEqual([status, JSON.parse(body).code], [412, 'PRECONDITION_FAILED'], name)
    }
    const { body: whole } = await asked(file)
    for (const Range of ['bytes=0-9', 'bytes=99999999-', 'bytes=0-1,2-3']) {
      const { status, body } = await asked(file, { Range })
      assert.deepEqual([status, body], [200, whole], Range)
    }
  })

  test('what is not there is the constant 404, however it is asked for', async () => {
    const one = await asked('/.gatehouse/nothing')
    const other = await asked('/.gatehouse/static/../../package.json')
    assert.equal(one.status, 404)
    assert.equal(other.status, 400)
    assert.equal((await asked('/.gatehouse/static/nothing.js')).status, 404)
    assert.equal((await asked('/.gatehouse/login', {}, 'PUT')).status, 404)
    assert.equal((await asked('/.gatehouse')).body, one.body)
  })

  test('a reload under an open stream returns at once, and the stream goes on', async () => {
    const visitor = house.browser()
    await signIn(visitor, ADA, '/app/', house)
    const stream = asked('/app/stream?chunks=6&ms=200', { Cookie: cookieHeader(visitor) })
    while (!house.upstream.seen.some(({ url }) => url.startsWith('/stream'))) await new Promise(setImmediate)
    const started = process.hrtime.bigint()
    await house.reload({ top: { session: { timeoutMinutes: 60 } } })
    assert.ok(process.hrtime.bigint() - started < 900_000_000n)
    assert.match((await stream).body, /chunk 5/)
  })
})
