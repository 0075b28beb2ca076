/** That titles are found and set against the list; what this file quotes as examples is not counted. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { behavioursPage, findProofs, proofsInCases, proofsInTests, readSystems, unknownIds } from './behaviours.ts'

const ROOT = join(import.meta.dirname, '../..')
const LIST = readSystems(readFileSync(join(import.meta.dirname, 'ids.yaml'), 'utf8'))

test('the list holds every behaviour of the seven systems, each with a short title', () => {
  const ids = LIST.flatMap((system) => Object.keys(system.ids))
  const counts = { S: 24, G: 18, F: 22, N: 16, O: 23, W: 22, C: 25 }
  const all = Object.entries(counts).flatMap(([letter, count]) =>
    Array.from({ length: count }, (_, i) => `${letter}-${i + 1}`),
  )
  assert.deepEqual(ids, all)
  for (const { title } of LIST.flatMap((system) => Object.values(system.ids))) {
    assert.ok(title.split(' ').length <= 12, title)
  }
})

test('no title of a test names a behaviour that is not in the list', () => {
  const proofs = findProofs(ROOT)
  assert.ok(proofs.length > 0)
  assert.deepEqual(unknownIds(LIST, proofs), [])
})

test('titles with ids are found in every kind of quote; skipped tests and ids elsewhere do not count', () => {
  const text = [
    "test('S-6: it\\'s refused', () => {})",
    'it(\n  "N-4, N-6: two at once", () => {})',
    'test(`G-6: $' + '{JSON.stringify({ a: `b` })} is refused`, () => {})',
    "test.skip('S-1: not yet', () => {})",
    "test('nothing about S-2: at all', () => {})",
    "best('S-3: no test', () => {})",
  ].join('\n')
  assert.deepEqual(
    proofsInTests('a.test.ts', text).map(({ ids, title }) => [ids.join(), title]),
    [
      ['S-6', "it's refused"],
      ['N-4,N-6', 'two at once'],
      ['G-6', '… is refused'],
    ],
  )
})

test('titles with ids are found in cases at any depth', () => {
  const text =
    'cases:\n  - { title: "O-3: admin alone", expect: deny }\n  - { name: "C-1: a cell" }\n  - { id: "S-1: none" }'
  assert.deepEqual(
    proofsInCases('test/cases/a.yaml', text).map(({ ids }) => ids[0]),
    ['O-3', 'C-1'],
  )
})

test('the page tells proven, planned and later behaviours apart, and escapes what Markdown would read', () => {
  const systems = readSystems(
    '- { system: X, ids: { S-1: { title: One }, S-2: { title: Two }, S-3: { title: Three, plan: later, why: no API },' +
      ' S-4: { title: Four, plan: part, why: no API } } }',
  )
  const proofs = [{ ids: ['S-1', 'S-4'], title: 'a|b <c>', file: 'test/unit/a.test.ts' }]
  const page = behavioursPage(systems, proofs)
  assert.match(page, /^2 of 4 have tests\.$/m)
  const listed = '[unit/a.test.ts](../test/unit/a.test.ts): a\\|b &lt;c>'
  assert.deepEqual(page.trimEnd().split('\n').slice(-4), [
    `| S-1 | One | ${listed} |`,
    '| S-2 | Two | not delivered |',
    '| S-3 | Three | not delivered; later: no API |',
    `| S-4 | Four | in part (no API): ${listed} |`,
  ])
})

test('a title with an id that is not in the list is named with its file', () => {
  const proofs = [{ ids: ['S-99'], title: 'more', file: 'test/a.test.ts' }]
  assert.deepEqual(unknownIds(LIST, proofs), ['test/a.test.ts: “more” names S-99, which is not in the list'])
})
