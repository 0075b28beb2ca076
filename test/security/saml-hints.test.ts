/** Where to mend a refusal: each text has a message that leads to it, through the real table. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { instant } from '../../src/core/time.ts'
import { CHECKS } from '../../src/signin/saml/checks.ts'
import { HINTS, type Hint, PRODUCTS } from '../../src/signin/saml/hints.ts'
import { type Circumstances, judgeField } from '../support/saml/judge.ts'
import { encode, messageXml, NOW } from '../support/saml/response.ts'
import { HINT_CASES, type HintCase } from './saml-cases/hints.ts'

async function failing({ field, circumstances, again }: HintCase) {
  const claimed = new Set<string>()
  const first = await judgeField(field(), { ...circumstances, claimed })
  if (again === undefined) return first
  assert.ok(first.ok)
  const id = again.inResponseTo ?? '_request1'
  const request = { id, provider: 'idp', returnTo: '/', issuedAt: instant(NOW), fromTile: false }
  const second: Circumstances = { ...circumstances, claimed, request }
  return judgeField(encode(messageXml({ values: again })), second)
}

describe('a text for each mistake', () => {
  for (const each of HINT_CASES) {
    test(`"${each.row}" leads to the text "${each.hint}", with both values and a line per product`, async () => {
      const result = await failing(each)
      assert.ok(!result.ok, 'accepted')
      const failed = result.rows.find(({ outcome }) => outcome === 'failed')
      assert.equal(failed?.check, each.row)
      assert.ok(failed.expected && failed.received)
      assert.ok(CHECKS.find(({ name }) => name === each.row)?.codes.includes(result.refusal.code))
      const hint: Hint = HINTS[each.hint]
      const [general, ...lines] = (failed.hint ?? '').split('\n')
      assert.equal(general, hint.general)
      const places = PRODUCTS.map(([key, name]) => `${name}: ${hint[key]}`)
      assert.deepEqual(lines, places)
    })
  }

  test('no text is without a case, and no row', () => {
    const hints = new Set<string>(HINT_CASES.map(({ hint }) => hint))
    assert.deepEqual(
      Object.keys(HINTS).filter((key) => !hints.has(key)),
      [],
    )
    const rows = new Set(HINT_CASES.map(({ row }) => row))
    assert.deepEqual(
      CHECKS.filter(({ name }) => !rows.has(name)),
      [],
    )
  })

  test('every text tells for all five products where to look, in one line each', () => {
    for (const [key, hint] of Object.entries<Hint>(HINTS)) {
      for (const line of [hint.general, ...PRODUCTS.map(([product]) => hint[product])])
        assert.match(line, /^\S.+\S$/, key)
    }
  })
})
