/** Random changes of signed messages: whatever is still accepted says exactly what was signed. */

import assert from 'node:assert/strict'
import test from 'node:test'
import { checkMeaning } from '../../src/signin/saml/checks.ts'
import { fc } from '../support/properties.ts'
import { encryptAssertion } from '../support/saml/encrypt.ts'
import { own, provider } from '../support/saml/identities.ts'
import { type Circumstances, meaningInput } from '../support/saml/judge.ts'
import { encode, messageXml, responseXml } from '../support/saml/response.ts'
import { sign } from '../support/saml/sign.ts'

const RUNS = 3000

/** Pieces that have led parsers, canonicalizers and readers apart. */
const PIECES = [
  '<!---->',
  '<!--x-->',
  '<![CDATA[x]]>',
  '<![CDATA[]]>',
  '<?x?>',
  '<x/>',
  '<saml:Assertion ID="_e"/>',
  '</saml:Assertion>',
  '</saml:NameID>',
  '<saml:NameID>admin@example.com</saml:NameID>',
  ' ID="_assertion1"',
  ' Id="_e"',
  ' xmlns:saml="urn:x"',
  ' xmlns="urn:x"',
  ' xmlns:xml="urn:x"',
  ' xmlnsa="b"',
  ' xmlns:q="urn:q" xmlns:r="urn:q" q:a="1" r:a="2"',
  '&#x61;',
  '&amp;',
  '&x;',
  '\r',
  '\n',
  '\t',
  ' ',
  '\u0085',
  '\u2028',
  '\u00a0',
  '\ufeff',
  '\u0000',
  'a',
  '"',
  "'",
  '>',
  '<',
  '/',
  '=',
  '#',
]

const change = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  drop: fc.constantFrom(0, 0, 1, 2, 5, 30),
  piece: fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 3 })),
})

function apply(xml: string, changes: readonly { at: number; drop: number; piece: string }[]): string {
  return changes.reduce((text, { at, drop, piece }) => {
    const start = Math.floor(at * text.length)
    return text.slice(0, start) + piece + text.slice(start + drop)
  }, xml)
}

function judged(xml: string, circumstances: Circumstances) {
  const result = checkMeaning(meaningInput(encode(xml), circumstances))
  if (!result.ok) return result.refusal.received.includes('the check itself failed') ? result.refusal : null
  const { account, nameId, attributes, sessionNotOnOrAfter, authnContext } = result.identity
  return { account, nameId, attributes: [...attributes], sessionNotOnOrAfter, authnContext }
}

const MESSAGES = {
  'a signed assertion': messageXml(),
  'a signed Response': messageXml({ signed: 'response' }),
  'both signed': messageXml({ signed: 'both' }),
  'an encrypted assertion': encryptAssertion(sign(responseXml(), '_assertion1', { by: provider }), { to: own }),
}

for (const [title, xml] of Object.entries(MESSAGES)) {
  test(`${title}, changed at random, is refused or says what was signed`, () => {
    const original = judged(xml, {})
    assert.ok(original !== null)
    let accepted = 0
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const seen = judged(apply(xml, changes), {})
        if (seen === null) return
        accepted += 1
        assert.deepEqual(seen, original)
      }),
      { numRuns: RUNS },
    )
    assert.ok(accepted > 0 && accepted < RUNS, 'changes that matter and changes that do not')
  })
}
