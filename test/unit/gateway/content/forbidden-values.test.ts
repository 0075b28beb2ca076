/** Whatever shape an answer has: no forbidden value is in the output, in any spelling, and all that is not hidden is. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { filterSeeing, type Rules, shown } from '../../../support/content.ts'
import { fc } from '../../../support/properties.ts'

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

/** Cannot come about by chance, and would be found in any spelling that keeps its letters. */
const FORBIDDEN = 'zqxjk'
const forbidden = fc.oneof(
  fc.constantFrom(`${FORBIDDEN}-9999`, `"${FORBIDDEN}"`, `\\${FORBIDDEN}\n`, `007${FORBIDDEN}`, `=${FORBIDDEN}(1,2)`),
  fc.constantFrom('', 'ä😀').map((more): Json => [[{ x: `${FORBIDDEN}${more}` }], { y: FORBIDDEN }]),
)
const spelling = fc.constantFrom('pakId', 'PAK_ID', 'pak-id', 'Pak id', 'pakid')
const hiddenSpelling = fc.constantFrom('secret', 'SECRET', 'se_cret')
const plainName = fc.constantFrom('a', 'b', 'pak', 'id', 'total1', 'x y', '', 'ü', '__proto__x')
const plain = fc.oneof(
  fc.string(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
)

/** A document, and what has to be shown of it. */
interface Pair {
  readonly given: Json
  readonly expected: Json
}

const same = (value: Json): Pair => ({ given: value, expected: value })
const member = (tie: fc.Arbitrary<Pair>): fc.Arbitrary<readonly [string, Pair | undefined, Json]> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.tuple(plainName, tie).map(([name, pair]) => [name, pair, null] as const) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(spelling, forbidden)
        .map(([name, value]) => [name, { given: value, expected: maskOf(value) }, null] as const),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(hiddenSpelling, forbidden).map(([name, value]) => [name, undefined, value] as const),
    },
  )

function maskOf(value: Json): Json {
  return typeof value === 'string' ? '*'.repeat(Array.from(value).length) : '****'
}

const { document } = fc.letrec<{ document: Pair; list: Pair; object: Pair }>((tie) => ({
  document: fc.oneof({ maxDepth: 6 }, plain.map(same), tie('list'), tie('object')),
  list: fc.array(tie('document'), { maxLength: 4 }).map((pairs) => ({
    given: pairs.map(({ given }) => given),
    expected: pairs.map(({ expected }) => expected),
  })),
  object: fc.uniqueArray(member(tie('document')), { maxLength: 6, selector: ([name]) => name }).map((members) => ({
    given: Object.fromEntries(members.map(([name, pair, hidden]) => [name, pair === undefined ? hidden : pair.given])),
    expected: Object.fromEntries(
      members.flatMap(([name, pair]) => (pair === undefined ? [] : [[name, pair.expected]])),
    ),
  })),
}))

/** JSON with some of its letters escaped and white space between tokens. */
function spelt(json: string, every: number, indent: string): string {
  const text = JSON.stringify(JSON.parse(json), null, indent)
  let count = 0
  return text.replace(/"(?:[^"\\]|\\.)*"/g, (string) =>
    string.replace(/\\.|[a-z]/gi, (letter) => {
      count += 1
      const isLetter = letter.length === 1 && count % every === 0
      return isLetter ? `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}` : letter
    }),
  )
}

const RULES: Rules = { masks: [{ names: ['pakId'], keepLast: 0 }], removals: [['secret']] }

const cut = fc.integer({ min: 1, max: 50 })
const every = fc.integer({ min: 1, max: 4 })
const indent = fc.constantFrom('', ' ', '\t')

function holdsNothingForbidden(out: string): void {
  assert.ok(!out.toLowerCase().includes(FORBIDDEN), out)
  assert.ok(!/\\u00[4-7]/.test(out), 'letters stay escaped, and could hide something')
}

test('of any document every forbidden value is masked or gone, and all else is as it was', async () => {
  await fc.assert(
    fc.asyncProperty(document, every, indent, cut, async ({ given, expected }, each, space, partBytes) => {
      const out = await shown(spelt(JSON.stringify(given), each, space), { rules: RULES, partBytes })
      holdsNothingForbidden(out)
      assert.deepEqual(JSON.parse(out), JSON.parse(JSON.stringify(expected)))
    }),
    { numRuns: 300 },
  )
})

test('of any list the items that may not be seen are gone, and all others are as they were', async () => {
  const item = fc.tuple(fc.boolean(), document)
  await fc.assert(
    fc.asyncProperty(fc.array(item, { maxLength: 8 }), every, indent, cut, async (items, each, space, partBytes) => {
      const { filter } = filterSeeing(['seen'])
      const devices = items.map(([isSeen, { given }]) =>
        isSeen ? { deviceId: 'seen', given } : { x: `${FORBIDDEN}`, given, 'device-id': FORBIDDEN },
      )
      const text = spelt(JSON.stringify({ n: items.length, devices }), each, space)
      const out = await shown(text, { rules: { ...RULES, filters: [filter] }, partBytes })
      holdsNothingForbidden(out)
      const expected = items.flatMap(([isSeen, { expected: given }]) => (isSeen ? [{ deviceId: 'seen', given }] : []))
      assert.deepEqual(JSON.parse(out), JSON.parse(JSON.stringify({ n: items.length, devices: expected })))
    }),
    { numRuns: 200 },
  )
})

test('wherever hidden objects stand in a document, they are gone with all that is in them', async () => {
  const { filter } = filterSeeing(['seen'], { everywhere: true, places: [] })
  const { tree } = fc.letrec<{ tree: Pair; node: Pair }>((tie) => ({
    tree: fc.oneof({ maxDepth: 5 }, plain.map(same), fc.array(tie('node'), { maxLength: 4 }).map(listOf), tie('node')),
    node: fc
      .tuple(fc.constantFrom('seen', FORBIDDEN, null), fc.array(fc.tuple(plainName, tie('tree')), { maxLength: 4 }))
      .map(([id, members]) => nodeOf(id, new Map(members))),
  }))
  await fc.assert(
    fc.asyncProperty(tree, cut, async (pair, partBytes) => {
      const out = await shown(JSON.stringify({ root: pair.given, z: 1 }), { rules: { filters: [filter] }, partBytes })
      holdsNothingForbidden(out)
      assert.deepEqual(
        JSON.parse(out),
        pair.expected === GONE ? { z: 1 } : { root: JSON.parse(JSON.stringify(pair.expected)), z: 1 },
      )
    }),
    { numRuns: 300 },
  )
})

/** Stands for what is left out. */
const GONE: Json = { gone: true }

function listOf(pairs: readonly Pair[]): Pair {
  return {
    given: pairs.map(({ given }) => given),
    expected: pairs.flatMap(({ expected }) => (expected === GONE ? [] : [expected])),
  }
}

function nodeOf(id: string | null, members: ReadonlyMap<string, Pair>): Pair {
  const own = id === null ? [] : ([['deviceId', id]] as const)
  const kept = [...members].filter(([, { expected }]) => expected !== GONE)
  return {
    given: Object.fromEntries([...[...members].map(([name, { given }]) => [name, given] as const), ...own]),
    expected:
      id === FORBIDDEN
        ? GONE
        : Object.fromEntries([...kept.map(([name, { expected }]) => [name, expected] as const), ...own]),
  }
}
