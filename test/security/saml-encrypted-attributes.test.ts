/** Attributes that come encrypted (SAML Core 2.0 §2.7.3.2): they count when we can open them, and are never guessed at. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type EncryptOptions, encryptedContent } from '../support/saml/encrypt.ts'
import { accepted, refused } from '../support/saml/expect.ts'
import { attacker, own } from '../support/saml/identities.ts'
import { judge } from '../support/saml/judge.ts'
import { messageXml } from '../support/saml/response.ts'

const SAML = 'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"'
const EMP_NO = { config: { loginAttribute: 'EmpNo' } }

function attribute(name: string, value: string): string {
  return `<saml:Attribute ${SAML} Name="${name}"><saml:AttributeValue>${value}</saml:AttributeValue></saml:Attribute>`
}

function encrypted(content: string, options: Partial<EncryptOptions> = {}): string {
  return `<saml:EncryptedAttribute>${encryptedContent(content, { to: own, ...options })}</saml:EncryptedAttribute>`
}

const message = (attributes: string) => messageXml({ values: { attributes } })

test('an EncryptedAttribute counts like any other, in its place; the login attribute may be one', async () => {
  const xml = message(attribute('groups', 'a') + encrypted(attribute('groups', 'b')) + attribute('groups', 'c'))
  assert.deepEqual((await accepted(xml)).attributes.get('groups'), ['a', 'b', 'c'])
  assert.equal((await accepted(message(encrypted(attribute('EmpNo', '4711'))), EMP_NO)).account, '4711')
})

for (const [title, bad] of [
  ['for somebody else', encrypted(attribute('EmpNo', '4711'), { to: attacker })],
  ['in CBC, which is not allowed', encrypted(attribute('EmpNo', '4711'), { content: 'aes256-cbc' })],
  ['with an altered tag', encrypted(attribute('EmpNo', '4711'), { cipherText: (octets) => octets.subarray(0, -1) })],
  ['with a DOCTYPE inside', encrypted(`<!DOCTYPE x>${attribute('EmpNo', '4711')}`)],
  ['that holds two', encrypted(attribute('EmpNo', '4711') + attribute('EmpNo', '4712'))],
] as const) {
  test(`an EncryptedAttribute ${title} is left out, and a note says so; who needs it is refused`, async () => {
    const beside = attribute('mail', 'ann@example.com')
    const result = await judge(message(beside + bad))
    assert.ok(result.ok)
    assert.deepEqual([...result.identity.attributes.keys()], ['mail'])
    assert.match(result.notes.join('\n'), /^An EncryptedAttribute is left out\. Expected: .+\. Received: .+\.$/)
    assert.equal((await accepted(message(beside + encrypted(attribute('EmpNo', '4711'))), EMP_NO)).account, '4711')
    await refused(message(beside + bad), 'SAML_LOGIN_ATTRIBUTE_MISSING', EMP_NO)
  })
}

test('an EncryptedAttribute that holds no Attribute is none', async () => {
  const nameId = `<saml:NameID ${SAML}>admin@example.com</saml:NameID>`
  const { account, attributes } = await accepted(message(attribute('mail', 'x') + encrypted(nameId)))
  assert.deepEqual([account, [...attributes.keys()]], ['ann@example.com', ['mail']])
})

test('more than 32 EncryptedAttributes are refused unopened', async () => {
  const one = encrypted(attribute('a', '1'))
  const many = (count: number) => Array.from({ length: count }, (_, index) => one.replace('key1', `k${index}`)).join('')
  assert.equal((await accepted(message(many(32)))).attributes.get('a')?.length, 32)
  await refused(message(many(33)), 'SAML_MALFORMED')
})
