import assert from 'node:assert/strict'
import { performance } from 'node:perf_hooks'
import { test } from 'node:test'

import { anyPathPattern, pathPattern } from '../../../src/gateway/path-pattern.ts'
import { fc } from '../../support/properties.ts'

const CASES: readonly { pattern: string; yes: readonly string[]; no: readonly string[] }[] = [
  { pattern: '/', yes: ['/'], no: ['/a', ''] },
  { pattern: '/a', yes: ['/a'], no: ['/a/', '/ab', '/A'] },
  { pattern: '/a/*', yes: ['/a/b', '/a/'], no: ['/a', '/a/b/c', '/a/b/'] },
  { pattern: '/a/**', yes: ['/a/', '/a/b', '/a/b/c/'], no: ['/a', '/ab'] },
  { pattern: '/*.css', yes: ['/x.css', '/.css', '/a.css.css'], no: ['/a/x.css', '/x.cssx'] },
  { pattern: '/**/x', yes: ['//x', '/a/x', '/a/b/x', '/x/x'], no: ['/x', '/a/xy'] },
  { pattern: '/a*b*c', yes: ['/abc', '/aXbYc', '/abbcc'], no: ['/a/bc', '/acb'] },
  { pattern: '/v?.[0]+(x)', yes: ['/v?.[0]+(x)'], no: ['/v1.0x', '/vv0xx'] },
  { pattern: '/***', yes: ['/', '/a/b'], no: [''] },
  { pattern: '**', yes: ['', '/', '/a/b'], no: [] },
]

for (const { pattern, yes, no } of CASES) {
  test(`the pattern ${pattern} matches what it says and nothing else`, () => {
    for (const path of yes) assert.ok(pathPattern(pattern)(path), path)
    for (const path of no) assert.ok(!pathPattern(pattern)(path), path)
  })
}

test('a list matches when one of its patterns does, and an empty one never', () => {
  assert.ok(anyPathPattern(['/x', '/a/*'])('/a/b'))
  assert.ok(!anyPathPattern([])('/'))
})

test('patterns agree with a naive evaluation', () => {
  const naive = (pattern: string) =>
    new RegExp(
      `^${pattern.replace(/\*\*|\*|[^*]/g, (part) => (part === '**' ? '[^]*' : part === '*' ? '[^/]*' : `\\${part}`.replace(/^\\([a-z])/, '$1')))}$`,
    )
  const text = fc.array(fc.constantFrom('/', 'a', 'b'), { maxLength: 8 }).map((parts) => `/${parts.join('')}`)
  const pattern = fc
    .array(fc.constantFrom('/', 'a', 'b', '*', '**'), { maxLength: 6 })
    .map((parts) => `/${parts.join('')}`)
  fc.assert(
    fc.property(pattern, text, (each, path) => {
      assert.equal(pathPattern(each)(path), naive(each).test(path))
    }),
    { numRuns: 3000 },
  )
})

test('a path made to backtrack takes no longer', () => {
  const matches = pathPattern(`/${'*a'.repeat(20)}b`)
  const started = performance.now()
  assert.ok(!matches(`/${'a'.repeat(20_000)}`))
  assert.ok(performance.now() - started < 2000)
})
