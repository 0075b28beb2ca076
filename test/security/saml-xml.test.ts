/** XML itself: everything that two parsers could read in two ways is refused before any is asked (security.md). */

import assert from 'node:assert/strict'
import test from 'node:test'
import { accepted, hostileTests, refused } from '../support/saml/expect.ts'
import { judgeField } from '../support/saml/judge.ts'
import { encode, messageXml } from '../support/saml/response.ts'
import { XML_CASES } from './saml-cases/xml.ts'

const MALFORMED = 'SAML_MALFORMED'

hostileTests(XML_CASES)

test('bytes that are not UTF-8 are refused', async () => {
  const octets = Buffer.from(messageXml())
  await accepted(octets)
  await refused(Buffer.concat([octets.subarray(0, 10), Buffer.from([0xff]), octets.subarray(10)]), MALFORMED)
  await refused(Buffer.from(messageXml(), 'utf16le'), MALFORMED)
})

test('base64 with other characters, wrong padding or no content is refused', async () => {
  const field = encode(messageXml())
  assert.equal((await judgeField(field)).ok, true)
  for (const bad of [`${field}!`, `*${field}`, field.slice(1), `${field}====`, '', '{}', '<html>', `${field}-_`]) {
    const result = await judgeField(bad)
    assert.equal(result.ok ? 'accepted' : result.refusal.code, MALFORMED)
  }
})

test('base64 in lines and with blanks is taken as it is without them', async () => {
  const field = encode(messageXml())
  for (const wrapped of [
    field.replace(/.{76}/g, '$&\r\n'),
    field.replace(/.{64}/g, '$&\n'),
    ` ${field}\n`,
    field.replace(/.{4}/g, '$&\t'),
  ]) {
    assert.equal((await judgeField(wrapped)).ok, true)
    assert.equal((await judgeField(wrapped.replace(/[A-Za-z]\s*$|=+\s*$/, ''))).ok, false)
  }
})

for (const [title, text] of [
  ['a comment', 'admin@example.com<!--x-->.attacker.example'],
  ['a CDATA section', 'admin@example.com<![CDATA[.attacker.example]]>'],
  ['an empty comment at its start', '<!---->admin@example.com.attacker.example'],
] as const) {
  test(`S-9: a NameID with ${title} is read whole`, async () => {
    const { account } = await accepted(messageXml({ values: { nameId: text } }))
    assert.equal(account, 'admin@example.com.attacker.example')
  })
  test(`S-9: an attribute with ${title} is read whole`, async () => {
    const attributes = `<saml:Attribute Name="mail"><saml:AttributeValue>${text}</saml:AttributeValue></saml:Attribute>`
    const identity = await accepted(messageXml({ values: { attributes } }))
    assert.deepEqual(identity.attributes.get('mail'), ['admin@example.com.attacker.example'])
  })
}

test('a comment put into a signed NameID on the way changes nothing of what is read', async () => {
  const { account } = await accepted(
    messageXml({
      after: (xml) => xml.replace('ann@example.com</saml:NameID>', 'ann<!--x-->@example.com</saml:NameID>'),
    }),
  )
  assert.equal(account, 'ann@example.com')
})
