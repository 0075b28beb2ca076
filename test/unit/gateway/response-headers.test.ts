import assert from 'node:assert/strict'
import { test } from 'node:test'

import { responseHeaders } from '../../../src/gateway/response-headers.ts'

const PLAIN = { strippedPrefix: '', upstreamOrigin: 'http://up:7070', upstreamBasePath: '', underSession: false }
const APP = { ...PLAIN, strippedPrefix: '/app' }
const BASED = { ...APP, upstreamBasePath: '/base' }
const SESSION = { ...PLAIN, underSession: true }

for (const name of [
  'X-Gatehouse-Operator',
  'x_gatehouse_roles',
  'Service-Worker-Allowed',
  'Clear-Site-Data',
  'Alt-Svc',
  'alt-svc',
  'Keep-Alive',
  'Transfer-Encoding',
  'Upgrade',
  'Trailer',
  'Proxy-Authenticate',
  'Connection',
  'TE',
]) {
  test(`${name} of an upstream is dropped`, () => {
    assert.deepEqual(responseHeaders(200, ['A', '1', name, 'x', 'a', '2'], PLAIN), ['A', '1', 'a', '2'])
  })
}

test('headers that Connection names are dropped', () => {
  assert.deepEqual(responseHeaders(200, ['X-A', '1', 'Connection', 'x-a, close', 'B', '2'], PLAIN), ['B', '2'])
})

test('a 204 carries no Content-Length, everything else keeps it', () => {
  assert.deepEqual(responseHeaders(204, ['Content-Length', '0'], PLAIN), [])
  assert.deepEqual(responseHeaders(304, ['Content-Length', '7'], PLAIN), ['Content-Length', '7'])
})

for (const cookie of [
  'gatehouse=x',
  '__Host-gatehouse=x',
  '__HOST-GATEHOUSE_req_1=x',
  'Gatehouse_expires=1',
  ' gatehouse=x',
  '=gatehouse=x',
  '= __Host-gatehouse=x',
  '__Secure-gatehouse=x',
  'gatehouse',
  'a=1; Domain=example.com',
  'a=1; path=/; DOMAIN=x',
  'a=1;domain=',
  'a=1; domain = x',
  'a=1; Domain',
]) {
  test(`the cookie ${JSON.stringify(cookie)} of an upstream does not reach the browser`, () => {
    assert.deepEqual(responseHeaders(200, ['Set-Cookie', cookie, 'set-cookie', 'b=2'], PLAIN), ['set-cookie', 'b=2'])
  })
}

test('other cookies stay as they are, each in its line', () => {
  const raw = [
    'Set-Cookie',
    'a=1; Path=/; HttpOnly',
    'Set-Cookie',
    'my-gatehouse=2; SameSite=None',
    'Set-Cookie',
    'c=domain=x',
  ]
  assert.deepEqual(responseHeaders(200, raw, PLAIN), raw)
})

const CACHE: readonly (readonly [string, string])[] = [
  ['public', 'private'],
  ['public, max-age=60', 'private, max-age=60'],
  ['max-age=60, s-maxage=600', 'private, max-age=60'],
  ['PUBLIC, S-MaxAge=1, private', 'private'],
  ['max-age=60', 'max-age=60'],
  ['no-store', 'no-store'],
  ['no-cache="a, public", max-age=1', 'no-cache="a, public", max-age=1'],
  ['x-publicity=1', 'x-publicity=1'],
]

for (const [given, sent] of CACHE) {
  test(`under a session Cache-Control: ${given} becomes ${sent}`, () => {
    assert.deepEqual(responseHeaders(200, ['Cache-Control', given], SESSION), ['Cache-Control', sent])
    assert.deepEqual(responseHeaders(200, ['Cache-Control', given], PLAIN), ['Cache-Control', given])
  })
}

test('under a session an answer without Cache-Control is private', () => {
  assert.deepEqual(responseHeaders(200, [], SESSION), ['Cache-Control', 'private, no-cache'])
  assert.deepEqual(responseHeaders(200, ['Cache-Control', 'public', 'Connection', 'cache-control'], SESSION), [
    'Cache-Control',
    'private, no-cache',
  ])
  assert.deepEqual(responseHeaders(200, [], PLAIN), [])
})

const LOCATIONS: readonly (readonly [rules: typeof PLAIN, given: string, sent: string])[] = [
  [APP, '/x', '/app/x'],
  [APP, '/x?y=/z#f', '/app/x?y=/z#f'],
  [APP, 'http://up:7070/x?a#b', '/app/x?a#b'],
  [APP, 'HTTP://UP:7070', '/app/'],
  [APP, '//up:7070/x', '/app/x'],
  [APP, 'x/y', 'x/y'],
  [APP, '?a', '?a'],
  [APP, 'https://up:7070/x', 'https://up:7070/x'],
  [APP, 'http://up/x', 'http://up/x'],
  [APP, 'https://elsewhere.test/x', 'https://elsewhere.test/x'],
  [APP, '//elsewhere.test/x', '//elsewhere.test/x'],
  [APP, '/\\elsewhere.test/x', '/\\elsewhere.test/x'],
  [APP, 'http://user@up:7070/x', 'http://user@up:7070/x'],
  [APP, 'http://up:7070@evil.test/x', 'http://up:7070@evil.test/x'],
  [APP, 'mailto:x', 'mailto:x'],
  [PLAIN, '/x', '/x'],
  [PLAIN, 'http://up:7070/x', '/x'],
  [PLAIN, 'http://up:7070//evil.test/x', 'http://up:7070//evil.test/x'],
  [BASED, '/base/x', '/app/x'],
  [BASED, '/base', '/app/'],
  [BASED, '/base?x', '/app/?x'],
  [BASED, '/basement', '/basement'],
  [BASED, '/other', '/other'],
]

for (const [rules, given, sent] of LOCATIONS) {
  test(`Location: ${given} becomes ${sent} (prefix ${rules.strippedPrefix || 'none'}, base ${rules.upstreamBasePath || 'none'})`, () => {
    assert.deepEqual(responseHeaders(302, ['Location', given, 'Content-Location', given], rules), [
      'Location',
      sent,
      'Content-Location',
      sent,
    ])
  })
}

test('Refresh and the Path of cookies get the prefix back', () => {
  const cases: readonly (readonly [name: string, given: string, sent: string])[] = [
    ['Refresh', '5; url=/x', '5; url=/app/x'],
    ['Refresh', '0;URL="/x"', '0;URL="/app/x"'],
    ['Refresh', '5', '5'],
    ['Refresh', '5; url=https://elsewhere.test/', '5; url=https://elsewhere.test/'],
    ['Set-Cookie', 'a=1; Path=/; HttpOnly', 'a=1; Path=/app/; HttpOnly'],
    ['Set-Cookie', 'a=1; path=/x', 'a=1; path=/app/x'],
    ['Set-Cookie', 'a=1; HttpOnly', 'a=1; HttpOnly'],
    ['Set-Cookie', '__Host-a=1; Path=/; Secure', '__Host-a=1; Path=/; Secure'],
  ]
  for (const [name, given, sent] of cases) assert.deepEqual(responseHeaders(200, [name, given], APP), [name, sent])
})
