/** Encryption: every allowed form opens, nothing else does, all failures are one, and it proves no origin (security.md enc-*). */

import assert from 'node:assert/strict'
import test from 'node:test'
import { type EncryptOptions, encryptAssertion, encryptedContent } from '../support/saml/encrypt.ts'
import { accepted, refused } from '../support/saml/expect.ts'
import { attacker, other, own, ownNext, provider } from '../support/saml/identities.ts'
import { judge } from '../support/saml/judge.ts'
import { messageXml, responseXml } from '../support/saml/response.ts'
import { sign } from '../support/saml/sign.ts'

function encrypted(
  options: Partial<EncryptOptions> = {},
  assertion: (xml: string) => string = (xml) => sign(xml, '_assertion1', { by: provider }),
) {
  return encryptAssertion(assertion(responseXml()), { to: own, ...options })
}

for (const content of ['aes128-gcm', 'aes192-gcm', 'aes256-gcm'] as const) {
  for (const key of ['oaep-mgf1p', 'oaep11-sha256'] as const) {
    for (const beside of [false, true]) {
      test(`${content} with ${key}, its key ${beside ? 'beside' : 'inside'} the data, opens`, async () => {
        assert.equal((await accepted(encrypted({ content, key, beside }))).account, 'ann@example.com')
      })
    }
  }
}

test('S-10: an assertion encrypted for the next key opens', async () => {
  await accepted(encrypted({ to: ownNext }))
})

test('a key for somebody else beside ours does no harm', async () => {
  const foreign = /<xenc:EncryptedKey[\s\S]*<\/xenc:EncryptedKey>/.exec(encryptedContent('x', { to: other }))?.[0] ?? ''
  await accepted(encrypted({ before: foreign.replace('key1', 'key0') }))
  await refused(
    encrypted({ before: Array.from({ length: 9 }, (_, index) => foreign.replace('key1', `k${index}`)).join('') }),
    'SAML_MALFORMED',
  )
})

test('AES-CBC opens with allowCbc only', async () => {
  for (const content of ['aes128-cbc', 'aes256-cbc'] as const) {
    await accepted(encrypted({ content }), { config: { allowCbc: true } })
    await refused(encrypted({ content }), 'SAML_ALGORITHM_REFUSED')
  }
})

test('RSA-1_5 and triple DES are refused', async () => {
  await accepted(encrypted(), { config: { allowCbc: true } })
  await refused(encrypted({ key: 'rsa-1_5' }), 'SAML_ALGORITHM_REFUSED', { config: { allowCbc: true } })
  await refused(encrypted({ content: 'tripledes-cbc' }), 'SAML_ALGORITHM_REFUSED', { config: { allowCbc: true } })
})

test('an unsigned assertion opens in a Response that is signed over its encrypted form', async () => {
  const xml = encrypted({}, (plain) => plain)
  await accepted(sign(xml, '_response1', { by: provider }))
  await refused(xml, 'SAML_SIGNATURE_MISSING')
  await refused(sign(xml, '_response1', { by: provider }), 'SAML_SIGNATURE_MISSING', {
    config: { want: { signedResponse: true, signedAssertion: true, encryptedAssertion: true } },
  })
})

test('an encrypted assertion that an attacker signed is refused', async () => {
  await accepted(encrypted())
  await refused(
    encrypted({}, (xml) => sign(xml, '_assertion1', { by: attacker })),
    'SAML_SIGNATURE_INVALID',
  )
})

test('a weak signature inside the encryption is refused', async () => {
  await refused(
    encrypted({}, (xml) => sign(xml, '_assertion1', { by: provider, algorithm: 'rsa-sha1' })),
    'SAML_ALGORITHM_REFUSED',
  )
})

test('a plain assertion is refused where encryption is wanted', async () => {
  const config = { want: { signedResponse: false, signedAssertion: true, encryptedAssertion: true } }
  await accepted(encrypted(), { config })
  await refused(messageXml(), 'SAML_ENCRYPTION_MISSING', { config })
})

test('two encrypted assertions are refused', async () => {
  const xml = encrypted()
  await refused(
    xml.replace(
      /<saml:EncryptedAssertion[\s\S]*<\/saml:EncryptedAssertion>/,
      (one) => one + one.replaceAll('key1', 'key2'),
    ),
    'SAML_MALFORMED',
  )
})

test('every failure of decryption is the same to the outside: wrong key, altered text, bad padding, no XML, no assertion', async () => {
  const circumstances = { config: { allowCbc: true } }
  const flip = (at: number) => (octets: Buffer) => {
    const copy = Buffer.from(octets)
    copy.writeUInt8(copy.readUInt8(copy.length - at) ^ 0x55, copy.length - at)
    return copy
  }
  const failures = [
    encrypted({ to: attacker }),
    encrypted({ cipherText: flip(1) }),
    encrypted({ cipherText: flip(40) }),
    encrypted({ cipherText: (octets) => octets.subarray(0, 20) }),
    encrypted({ content: 'aes256-cbc', cipherText: flip(17) }),
    encrypted({ content: 'aes256-cbc', cipherText: (octets) => octets.subarray(0, -7) }),
    encrypted({}, (xml) => xml.replace(/(<saml:Assertion)[\s\S]*(<\/saml:Assertion>)/, '$1 xmlns:saml="urn:x">&no;$2')),
    encrypted({}, (xml) => xml.replace(/(<saml:Assertion)[\s\S]*(<\/saml:Assertion>)/, '$1 xmlns:saml="urn:x">x$2')),
    encrypted({}, (xml) =>
      sign(xml, '_assertion1', { by: provider }).replace('</saml:Issuer><ds', '</saml:Issuer><!DOCTYPE x><ds'),
    ),
  ]
  await accepted(encrypted({ content: 'aes256-cbc' }), circumstances)
  for (const [index, xml] of failures.entries()) {
    const result = await judge(xml, circumstances)
    assert.equal(result.ok ? 'accepted' : result.refusal.code, 'SAML_DECRYPTION_FAILED', `failure ${index}`)
  }
})

test('an EncryptedID in the signed assertion opens, an altered one does not', async () => {
  const nameId = '<saml:NameID xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">bob@example.com</saml:NameID>'
  const message = (options: Partial<EncryptOptions>) =>
    messageXml({
      values: {
        identifier: `<saml:EncryptedID>${encryptedContent(nameId, { to: own, ...options })}</saml:EncryptedID>`,
      },
    })
  assert.equal((await accepted(message({}))).account, 'bob@example.com')
  assert.equal((await accepted(message({ beside: true }))).account, 'bob@example.com')
  await refused(message({ to: attacker }), 'SAML_DECRYPTION_FAILED')
  await refused(message({ content: 'aes256-cbc' }), 'SAML_ALGORITHM_REFUSED')
})
