/** What the trace says came instead: the value that is to be mended, not another one. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { judge } from '../support/saml/judge.ts'
import { ACS, type MessageOptions, messageXml } from '../support/saml/response.ts'

const PROTOCOL = 'urn:oasis:names:tc:SAML:2.0:protocol'
const CONFIRMATION = /<saml:SubjectConfirmation .*<\/saml:SubjectConfirmation>/
const HOLDER = 'urn:oasis:names:tc:SAML:2.0:cm:holder-of-key'
const attribute = (name: string) => `<saml:Attribute Name="${name}"><saml:AttributeValue/></saml:Attribute>`
const confirmations = (change: (one: string) => string): MessageOptions => ({
  before: (xml) => xml.replace(CONFIRMATION, change),
})

interface TextCase {
  readonly title: string
  readonly options: MessageOptions
  readonly expected: string
  readonly received: string
}

const CASES: readonly TextCase[] = [
  {
    title: 'a Response of SAML 1.1: its namespace',
    options: { after: (xml) => xml.replace(PROTOCOL, 'urn:oasis:names:tc:SAML:1.0:protocol') },
    expected: `Response of ${PROTOCOL}`,
    received: 'Response of "urn:oasis:names:tc:SAML:1.0:protocol"',
  },
  {
    title: 'an identifier that occurs twice: the identifier',
    options: { after: (xml) => xml.replace('ID="_response1"', 'ID="_assertion1"') },
    expected: 'identifiers that occur once',
    received: '"_assertion1" twice',
  },
  {
    title: 'an XML declaration: all of it, and no more',
    options: { after: (xml) => `<?xml version="1.0" encoding="UTF-16"?>${xml}` },
    expected: 'an XML declaration with version 1.0 and UTF-8',
    received: '"<?xml version="1.0" encoding="UTF-16"?>"',
  },
  {
    title: 'a reference to no character: as it stands there',
    options: { after: (xml) => xml.replace('>ann@', '>&#xFFFE;@') },
    expected: 'references to XML characters',
    received: '&#xFFFE;',
  },
  {
    title: 'a wrong Recipient behind a confirmation without one: the Recipient',
    options: confirmations(
      (one) =>
        `<saml:SubjectConfirmation Method="${HOLDER}"/>${one.replace(ACS, 'https://old.example.com/.gatehouse/saml/acs')}`,
    ),
    expected: `Recipient "${ACS}"`,
    received: '"https://old.example.com/.gatehouse/saml/acs"',
  },
  {
    title: 'no bearer: the methods and what they lack',
    options: confirmations(
      (one) => one.replace(/Method="[^"]*"/, `Method="${HOLDER}"`) + one.replace(/ NotOnOrAfter="[^"]*"/, ''),
    ),
    expected: 'a bearer confirmation with NotOnOrAfter',
    received: `"${HOLDER}", "urn:oasis:names:tc:SAML:2.0:cm:bearer without NotOnOrAfter"`,
  },
  {
    title: 'no InResponseTo in the assertion: that',
    options: { values: { inResponseTo: null } },
    expected: 'InResponseTo "_request1"',
    received: 'nothing in the assertion',
  },
  {
    title: 'an AuthnInstant that is no time: the text',
    options: { values: { authnInstant: '2030-01-31T08:00:00' } },
    expected: 'AuthnInstant as xs:dateTime with a zone',
    received: '"2030-01-31T08:00:00"',
  },
  {
    title: 'an empty NameID: that it is empty',
    options: { values: { nameId: '' } },
    expected: 'one value of "NameID" (loginAttribute)',
    received: '"NameID" without a value',
  },
  {
    title: 'no NameID: the attributes, one of which loginAttribute could name',
    options: { values: { identifier: '', attributes: attribute('mail') + attribute('uid') } },
    expected: 'one value of "NameID" (loginAttribute)',
    received: 'none; the attributes are "mail", "uid"',
  },
  {
    title: 'no NameID and no attributes: that',
    options: { values: { identifier: '', attributes: '' } },
    expected: 'one value of "NameID" (loginAttribute)',
    received: 'none, and no attributes',
  },
]

describe('the trace names what came', () => {
  for (const { title, options, expected, received } of CASES) {
    test(title, async () => {
      const result = await judge(messageXml(options))
      assert.ok(!result.ok, 'accepted')
      assert.deepEqual([result.refusal.expected, result.refusal.received], [expected, received])
    })
  }

  test('a login attribute without a value: that it is there', async () => {
    const options: MessageOptions = { values: { attributes: attribute('EmpNo') } }
    const result = await judge(messageXml(options), { config: { loginAttribute: 'EmpNo' } })
    assert.ok(!result.ok, 'accepted')
    assert.equal(result.refusal.received, '"EmpNo" without a value')
  })
})
