/** Takes each row of meaning out of the check table in turn and shows what then gets in: no row is there for nothing. */

import assert from 'node:assert/strict'
import test from 'node:test'
import { ERRORS } from '../../src/core/errors.ts'
import { CHECKS, checkMeaning, MEANING_CHECKS } from '../../src/signin/saml/checks.ts'
import { MESSAGE_ROWS } from '../../src/signin/saml/checks-message.ts'
import { type Circumstances, meaningInput } from '../support/saml/judge.ts'
import { encode, type MessageOptions, messageXml, minutesFromNow, type Values } from '../support/saml/response.ts'

interface Witness {
  readonly values?: Partial<Values>
  readonly before?: MessageOptions['before']
  readonly circumstances?: Circumstances
}

/** For each row a message that this row alone refuses. */
const WITNESSES: Readonly<Record<string, Witness>> = {
  'status Success': { values: { status: 'urn:oasis:names:tc:SAML:2.0:status:Responder' } },
  'version 2.0': { values: { version: '1.1' } },
  'issuer of Response and assertion': { values: { assertionIssuer: 'https://other.example.com/metadata' } },
  'Destination is our assertion consumer': { values: { destination: 'https://other.example.com/acs' } },
  'Recipient is our assertion consumer': { values: { recipient: 'https://other.example.com/acs' } },
  'bearer confirmation': { values: { method: 'urn:oasis:names:tc:SAML:2.0:cm:holder-of-key' } },
  'conditions present and understood': { values: { conditions: '<x:Geo xmlns:x="urn:x"/>' } },
  'time window': { values: { notOnOrAfter: minutesFromNow(-60) } },
  audience: { values: { audience: 'https://other.example.com' } },
  'answer to this browser’s request': { values: { inResponseTo: '_other', responseInResponseTo: '_other' } },
  'authentication statement': { before: (xml) => xml.replace(/ AuthnInstant="[^"]*"/, '') },
  'session at the provider not over': { values: { sessionNotOnOrAfter: minutesFromNow(-30) } },
  'authentication context': { before: (xml) => xml.replace(/<saml:AuthnContext>.*<\/saml:AuthnContext>/, '') },
  'login attribute': { values: { nameId: 'a&#10;b' } },
  'account inside accountDomains': { circumstances: { config: { accountDomains: ['example.org'] } } },
  'entry rule': { circumstances: { config: { entry: { attribute: 'groups', anyOf: ['users'] } } } },
}

/** Rows on whose subject a later row depends as well; without them that one refuses. */
const BACKED_BY: Readonly<Record<string, string>> = {
  'Recipient is our assertion consumer': 'SAML_CONFIRMATION_INVALID',
  'bearer confirmation': 'SAML_REQUEST_UNKNOWN',
}

for (const check of MEANING_CHECKS) {
  test(`without the row "${check.name}" a message gets further that it refuses`, () => {
    const witness = WITNESSES[check.name]
    assert.ok(witness !== undefined, 'a row without a case')
    const { values = {}, before, circumstances } = witness
    const field = encode(messageXml({ values, ...(before === undefined ? {} : { before }) }))
    const input = meaningInput(field, circumstances)
    const whole = checkMeaning(input)
    assert.equal(whole.ok ? 'accepted' : whole.rows.find(({ outcome }) => outcome === 'failed')?.check, check.name)
    const without = checkMeaning(
      input,
      MEANING_CHECKS.filter((each) => each !== check),
    )
    assert.equal(without.ok ? undefined : without.refusal.code, BACKED_BY[check.name])
  })
}

test('every row has a name of its own and codes of the catalogue', () => {
  assert.equal(new Set(CHECKS.map(({ name }) => name)).size, CHECKS.length)
  assert.equal(CHECKS.length, MESSAGE_ROWS.length + MEANING_CHECKS.length + 2)
  for (const { codes } of CHECKS) for (const code of codes) assert.ok(code in ERRORS)
})
