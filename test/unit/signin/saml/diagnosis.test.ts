import assert from 'node:assert/strict'
import test from 'node:test'
import { refusalOf, shown, shownList } from '../../../../src/signin/saml/diagnosis.ts'
import { HINTS, type HintKey, PRODUCTS } from '../../../../src/signin/saml/hints.ts'
import { attacker } from '../../../support/saml/identities.ts'
import { judge } from '../../../support/saml/judge.ts'
import { ACS, messageXml, minutesFromNow } from '../../../support/saml/response.ts'

/** The refusal of a message; fails when it is accepted. */
async function refusal(options: Parameters<typeof messageXml>[0], circumstances: Parameters<typeof judge>[1] = {}) {
  const result = await judge(messageXml(options), circumstances)
  if (result.ok) assert.fail('accepted')
  return result.refusal
}

for (const key of Object.keys(HINTS) as HintKey[]) {
  test(`the hint "${key}" is written out with a line per product that has one`, () => {
    const { hint } = refusalOf({ code: 'SAML_MALFORMED', hint: key, expected: '', received: '' })
    const entry: Partial<Record<string, string>> = HINTS[key]
    assert.ok(hint.startsWith(HINTS[key].general))
    for (const [product, name] of PRODUCTS) assert.equal(hint.includes(`\n${name}: `), entry[product] !== undefined)
  })
}

test('values of a message are shown cut, with control characters escaped', () => {
  assert.equal(shown(null), 'nothing')
  assert.equal(shown('a\r\nb\u202e'), '"a\\u000d\\u000ab\\u202e"')
  assert.match(shown('x'.repeat(1000)), /^"x{300}… \(1000 characters\)"$/)
  assert.match(shownList(Array.from({ length: 12 }, () => 'x')), / and 2 more$/)
})

test('S-4: the refusal of an algorithm names what is wanted and what came', async () => {
  const { expected, received } = await refusal({ signing: { algorithm: 'rsa-sha1' } })
  assert.match(expected, /rsa-sha256/)
  assert.match(received, /rsa-sha1/)
})

test('S-6: an http answer to an https consumer has a hint of its own', async () => {
  const { hint, expected, received } = await refusal({ values: { recipient: ACS.replace('https:', 'http:') } })
  assert.ok(hint.startsWith(HINTS['destination-scheme'].general))
  assert.match(expected, /https:/)
  assert.match(received, /"http:/)
  assert.ok((await refusal({ values: { recipient: 'https://x.example' } })).hint.startsWith(HINTS.destination.general))
})

test('a clock that is off is told by how much', async () => {
  assert.match((await refusal({ values: { notBefore: minutesFromNow(20) } })).received, /1200 s ahead of our clock/)
  assert.match((await refusal({ values: { notOnOrAfter: minutesFromNow(-20) } })).received, /1200 s behind our clock/)
})

test('a key that does not fit is told from a message that was changed', async () => {
  assert.match((await refusal({ by: attacker })).received, /none of them verifies/)
  const after = (xml: string) => xml.replace('>ann@', '>eve@')
  assert.match((await refusal({ after })).received, /changed after signing/)
})
