import assert from 'node:assert/strict'
import { test } from 'node:test'

import { checkPathRules, checkTarget, type PathRules } from '../../../src/gateway/request-form.ts'
import { fc } from '../../support/properties.ts'

const STRICT = { encodedSlash: 'refuse', pathParameters: 'refuse' } as const
const OPEN = { encodedSlash: 'allow', pathParameters: 'allow' } as const

function verdict(raw: string, rules: PathRules = STRICT): string {
  const target = checkTarget(raw)
  return target.ok ? (checkPathRules(target.value, rules) ?? 'passes') : target.error
}

const PASSES = [
  '/',
  '/a',
  '/a/',
  '/a/b.c',
  '/.well-known/x',
  '/a/..b',
  '/a/.../b',
  '/a/b..',
  '/a?x=1',
  '/a?//../%2f;\\',
  '/a?%00%zz',
  '/api/1.0/instances/~/features',
  '/a%20b',
  '/%C3%A4rger',
  '/%F0%9F%98%80',
  '/100%25',
  '/100%25done',
  '/a:b@c',
  '/%7Euser',
  '/app/%2e%2ehidden',
  '/a+b',
  "/(x)'!*$&,=",
  '/a%2520b',
  '/a|b',
  '/[x]',
  '/%E2%84%A2',
]

const REFUSED: readonly (readonly [string, string])[] = [
  ['', 'not-origin-form'],
  ['*', 'not-origin-form'],
  ['http://x/', 'not-origin-form'],
  ['x:80', 'not-origin-form'],
  ['?a', 'not-origin-form'],
  ['//', 'segment'],
  ['//x', 'segment'],
  ['/a//b', 'segment'],
  ['///a', 'segment'],
  ['/.', 'segment'],
  ['/..', 'segment'],
  ['/./a', 'segment'],
  ['/a/..', 'segment'],
  ['/a/../b', 'segment'],
  ['/a/.', 'segment'],
  ['/%2e', 'segment'],
  ['/a/%2E%2e/b', 'segment'],
  ['/a/.%2e', 'segment'],
  ['/a/%2e%2e%2fb', 'segment'],
  ['/a/..%2fb', 'segment'],
  ['/a/%252e%252e/b', 'segment'],
  ['/a/%252e%252e%252fb', 'segment'],
  ['/a/%25252e%25252e/b', 'segment'],
  ['/a/..%20/b', 'segment'],
  ['/a/..;/b', 'segment'],
  ['/a/..;x=1/b', 'segment'],
  ['/a/.;/b', 'segment'],
  ['/a/;x/b', 'segment'],
  ['/a/..%3b/b', 'segment'],
  ['/a%2f%2fb', 'segment'],
  ['/%2fevil', 'segment'],
  ['/a/..%ef%bc%8fb', 'segment'],
  ['/a/%ef%bc%8e%ef%bc%8e/b', 'segment'],
  ['/a/%e2%80%a5/b', 'segment'],
  ['/a%2fb', 'encoded-slash'],
  ['/a%2Fb', 'encoded-slash'],
  ['/a%252fb', 'encoded-slash'],
  ['/a;x', 'path-parameter'],
  ['/a;', 'path-parameter'],
  ['/a;.css', 'path-parameter'],
  ['/a%3bx', 'path-parameter'],
  ['/a%253bx', 'path-parameter'],
  ['/a\\b', 'character'],
  ['/a%5cb', 'character'],
  ['/a/..%5cb', 'character'],
  ['/a%255cb', 'character'],
  ['/a%00', 'character'],
  ['/a%0d%0aX', 'character'],
  ['/a%2500', 'character'],
  ['/a%7f', 'character'],
  ['/a%c2%85', 'character'],
  ['/a\u0001', 'character'],
  ['/a b', 'character'],
  ['/a#b', 'character'],
  ['/a?b#c', 'character'],
  ['/a\u00ff', 'character'],
  ['/a?\u00e4', 'character'],
  ['/a?\t', 'character'],
  ['/a?\u007f', 'character'],
  ['/a%', 'escape'],
  ['/a%z', 'escape'],
  ['/a%zz', 'escape'],
  ['/a%2', 'escape'],
  ['/%u002e', 'escape'],
  ['/a%25252525252e', 'escape'],
  ['/%ff', 'not-utf-8'],
  ['/%c0%ae%c0%ae/a', 'not-utf-8'],
  ['/%c0%af', 'not-utf-8'],
  ['/%e0%80%af', 'not-utf-8'],
  ['/%ed%a0%80', 'not-utf-8'],
  ['/%c3', 'not-utf-8'],
  ['/%c3%2f%a4', 'not-utf-8'],
]

for (const raw of PASSES) {
  test(`G-6: the target ${raw} passes as it is`, () => {
    const mark = raw.indexOf('?')
    const target = checkTarget(raw)
    assert.ok(target.ok)
    assert.equal(target.value.path + target.value.query, raw)
    assert.equal(target.value.path.length, mark === -1 ? raw.length : mark)
    assert.equal(verdict(raw), 'passes')
  })
}

for (const [raw, reason] of REFUSED) {
  test(`G-6: the target ${JSON.stringify(raw)} is refused for its ${reason}`, () => {
    assert.equal(verdict(raw), reason)
  })
}

test('path rules open %2F and ;x, but nothing that hides behind them', () => {
  for (const raw of ['/a%2fb', '/a%252fb', '/a;x', '/a;x=1/b%2Fc', '/a%3bx'])
    assert.equal(verdict(raw, OPEN), 'passes', raw)
  for (const raw of ['/a/..%2fb', '/a/..;/b', '/a%2f%2fb', '/a%2f..', '/a/;x/b', '/a%5cb'])
    assert.notEqual(verdict(raw, OPEN), 'passes', raw)
})

test('each path rule opens its own form only', () => {
  const slash = { encodedSlash: 'allow', pathParameters: 'refuse' } as const
  assert.equal(verdict('/a%2fb;x', slash), 'path-parameter')
})

test('the decoded views show what an upstream may make of the path', () => {
  const target = checkTarget('/%61dmin%2Fx;v=1/%2562')
  assert.ok(target.ok)
  assert.deepEqual(
    { literal: target.value.literal, plain: target.value.plain },
    { literal: '/admin%2Fx;v=1/%62', plain: '/admin/x/b' },
  )
})

test('whatever passes stays inside the path when it is decoded, resolved and decoded again', () => {
  const piece = fc.constantFrom(
    '/',
    '.',
    '..',
    '%2e',
    '%2E',
    '%252e',
    '%2f',
    '%252f',
    ';',
    '%3b',
    '%5c',
    '\\',
    'a',
    '%61',
    '%c0%ae',
    '%00',
    '%',
    '%ef%bc%8e',
    '?',
    '#',
    ' ',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const target = checkTarget(`/base/${pieces.join('')}`)
      if (!target.ok) return
      const once = decodeURIComponent(target.value.path)
      for (const view of [target.value.path, once, once.replace(/;[^/]*/g, ''), target.value.plain]) {
        const resolved = new URL(view.replace(/[?#]/g, '_'), 'http://gw.test').pathname
        assert.ok(resolved === '/base' || resolved.startsWith('/base/'), view)
        assert.ok(!view.includes('//') && !view.includes('\\'), view)
      }
    }),
    { numRuns: 5000 },
  )
})
