import assert from 'node:assert/strict'
import { test } from 'node:test'

import { headerValue, pushIdentity } from '../../../src/gateway/identity-headers.ts'
import { dropRules, keptRequestHeaders, pushForwarded } from '../../../src/gateway/request-headers.ts'
import { operator, session } from '../../support/gateway.ts'
import { fc } from '../../support/properties.ts'

const RULES = dropRules([{ headers: { 'Remote-User': 'account' } }, { headers: { 'X-Dept': 'attribute:dept' } }])
const NOBODY = { trusted: false, passAuthorization: false }

function kept(rawHeaders: readonly string[], options = NOBODY): readonly string[] {
  return keptRequestHeaders(rawHeaders, RULES, options)
}

const DROPPED = [
  'X-Gatehouse-Operator',
  'X-Gatehouse-Assertion',
  'X-Gatehouse-Passive',
  'X-Gatehouse',
  'Remote-User',
  'X-Dept',
  'X-HTTP-Method',
  'X-HTTP-Method-Override',
  'X-Method-Override',
  'X-Original-URL',
  'X-Original-URI',
  'X-Rewrite-URL',
  'X-Real-IP',
  'True-Client-IP',
  'Proxy',
  'Proxy-Authorization',
  'Proxy-Connection',
  'Forwarded',
  'X-Forwarded-For',
  'X-Forwarded-User',
  'X-Forwarded-Host',
  'Keep-Alive',
  'TE',
  'Trailer',
  'Transfer-Encoding',
  'Upgrade',
  'HTTP2-Settings',
  'Connection',
  'Expect',
  'Host',
]

for (const name of DROPPED) {
  test(`G-4: ${name} of a client is dropped in every spelling`, () => {
    const spellings = [
      name,
      name.toLowerCase(),
      name.toUpperCase(),
      name.replaceAll('-', '_'),
      name.replace('-', '_').toLowerCase(),
      name.replaceAll('-', '.'),
    ]
    for (const spelling of spellings) {
      assert.deepEqual(
        kept(['A', '1', spelling, 'forged', 'B', '2', spelling, 'again']),
        ['A', '1', 'B', '2'],
        spelling,
      )
    }
  })
}

test('G-4: in whatever mixture of case and separators, no client value arrives under an identity name', () => {
  const spelled = fc.constantFrom(...DROPPED).chain((name) =>
    fc
      .array(fc.tuple(fc.boolean(), fc.constantFrom('-', '_', '.', '~')), {
        minLength: name.length,
        maxLength: name.length,
      })
      .map((choices) =>
        [...name]
          .map((letter, index) => {
            const [upper, separator] = choices[index] ?? [false, '-']
            return letter === '-' ? separator : upper ? letter.toUpperCase() : letter.toLowerCase()
          })
          .join(''),
      ),
  )
  fc.assert(
    fc.property(spelled, (name) => assert.deepEqual(kept([name, 'forged', 'Accept', '*/*']), ['Accept', '*/*'])),
  )
})

test('what is kept keeps its order, its spelling and its repetitions', () => {
  const raw = ['ACCEPT', 'a', 'x-b', '1', 'X-B', '2', 'x_custom', 'y', 'X-Forwarded', 'z']
  assert.deepEqual(kept(raw), raw)
})

test('another spelling of a field with a meaning of its own is dropped', () => {
  assert.deepEqual(
    kept(['Content_Length', '5', 'Content-Length', '5', 'COOKIE', 'a=1', 'Coo-kie', 'x', 'Authoriza_tion', 'y']),
    ['COOKIE', 'a=1', 'Coo-kie', 'x', 'Authoriza_tion', 'y'],
  )
})

test('headers that Connection names go, whichever comes first, in any spelling and over several lines', () => {
  const raw = [
    'X-A',
    '1',
    'Connection',
    'close, x-a',
    'X-B',
    '2',
    'connection',
    'X_C',
    'x-c',
    '3',
    'X-A',
    '4',
    'Accept',
    'z',
  ]
  assert.deepEqual(kept(raw), ['X-B', '2', 'Accept', 'z'])
})

test('own cookies are taken out of Cookie, and an empty rest sends none', () => {
  assert.deepEqual(kept(['Cookie', 'a=1; __Host-gatehouse=s; gatehouse_expires=9; b=2']), ['Cookie', 'a=1; b=2'])
  assert.deepEqual(kept(['Cookie', '__Host-gatehouse=s']), [])
})

test('Authorization passes only where the service wants it, and never one of our tokens', () => {
  const passing = { trusted: false, passAuthorization: true }
  assert.deepEqual(kept(['Authorization', 'Bearer x']), [])
  assert.deepEqual(kept(['Authorization', 'Bearer x'], passing), ['Authorization', 'Bearer x'])
  for (const own of ['Bearer gh_x', 'gh_x', 'bearer  gh_x', 'Token GH_x'])
    assert.deepEqual(kept(['Authorization', own], passing), [], own)
})

test('a trusted proxy may say more by Forwarded and X-Forwarded-*, in their own spelling', () => {
  const trusting = { trusted: true, passAuthorization: false }
  const raw = [
    'Forwarded',
    'for=1.2.3.4',
    'X-Forwarded-Port',
    '443',
    'X_Forwarded_Port',
    '1',
    'X-Real-IP',
    '1.2.3.4',
    'X-Forwarded-For',
    '1.2.3.4',
  ]
  assert.deepEqual(kept(raw, trusting), ['Forwarded', 'for=1.2.3.4', 'X-Forwarded-Port', '443'])
})

const CLIENT = { peer: '10.0.0.2', trusted: false, address: '10.0.0.2', scheme: null, host: 'gw.test' }

test('X-Forwarded-* starts afresh behind an untrusted peer', () => {
  const headers: string[] = []
  pushForwarded(headers, {
    client: CLIENT,
    scheme: 'https',
    prefix: '/app',
    before: { for: '6.6.6.6', prefix: '/evil' },
  })
  assert.deepEqual(headers, [
    'X-Forwarded-For',
    '10.0.0.2',
    'X-Forwarded-Proto',
    'https',
    'X-Forwarded-Host',
    'gw.test',
    'X-Forwarded-Prefix',
    '/app',
  ])
})

test('X-Forwarded-For and -Prefix go on from what a trusted proxy sent', () => {
  const headers: string[] = []
  pushForwarded(headers, {
    client: { ...CLIENT, trusted: true },
    scheme: 'https',
    prefix: '/app',
    before: { for: '192.0.2.1', prefix: '/outer/' },
  })
  assert.deepEqual([headers[1], headers[7]], ['192.0.2.1, 10.0.0.2', '/outer/app'])
})

test('a prefix that is no plain path is not gone on from', () => {
  for (const prefix of ['//evil.test', '/..', '/a/../b', '/./a', 'a', '/a b', '/%2e%2e', '/a;b']) {
    const headers: string[] = []
    pushForwarded(headers, {
      client: { ...CLIENT, trusted: true },
      scheme: 'https',
      prefix: '',
      before: { for: undefined, prefix },
    })
    assert.ok(!headers.includes('X-Forwarded-Prefix'), prefix)
  }
})

const NAMES = [
  'X-Gatehouse-Operator',
  'X-Gatehouse-Operator-Id',
  'X-Gatehouse-Name',
  'X-Gatehouse-Email',
  'X-Gatehouse-Roles',
  'X-Gatehouse-Service',
  'X-Gatehouse-Request-Id',
]

test('the identity headers are always sent, empty without an identity', () => {
  const headers: string[] = []
  pushIdentity(headers, { id: 'app', headers: { 'Remote-User': 'account' } }, 'r-1', undefined)
  assert.deepEqual(headers, [
    ...NAMES.flatMap((name) => [name, { 'X-Gatehouse-Service': 'app', 'X-Gatehouse-Request-Id': 'r-1' }[name] ?? '']),
    'Remote-User',
    '',
  ])
})

test('the identity headers say who it is, and so do the names that the service knows', () => {
  const headers: string[] = []
  const known = {
    'Remote-User': 'account',
    'X-Id': 'id',
    'X-Name': 'name',
    'X-Mail': 'email',
    'X-Roles': 'roles',
    'X-Dept': 'attribute:dept',
    'X-None': 'attribute:none',
  }
  const identity = {
    operator: operator(),
    session: session({ attributes: [['dept', ['a,b', 'Käse']]] }),
    roles: ['a', 'web-application:user'],
    assertion: 'jwt',
  }
  pushIdentity(headers, { id: 'app', headers: known }, 'r-1', identity)
  const values = headers.filter((_, index) => index % 2 === 1)
  assert.deepEqual(values, [
    'ann@example.com',
    'op-1',
    'Ann %C3%84',
    '',
    'a,web-application:user',
    'app',
    'r-1',
    'jwt',
    'ann@example.com',
    'op-1',
    'Ann %C3%84',
    '',
    'a,web-application:user',
    'a%2Cb,K%C3%A4se',
    '',
  ])
})

test('a header value is printable ASCII and decodes to what it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (value) => {
      const encoded = headerValue(value)
      assert.match(encoded, /^[\x20-\x7e]*$/)
      assert.equal(decodeURIComponent(encoded), value)
    }),
  )
  assert.equal(headerValue('a\r\nX: 100%'), 'a%0D%0AX: 100%25')
  assert.equal(headerValue('\ud800'), '%EF%BF%BD')
})
