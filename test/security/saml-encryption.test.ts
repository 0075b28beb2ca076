/** Encryption: every allowed form opens, nothing else does, all failures are one, and it proves no origin (security.md enc-*). */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { publicCode } from '../../src/signin/saml/causes.ts'
import { accepted, refused } from '../support/saml/expect.ts'
import { judge } from '../support/saml/judge.ts'
import { HOSTILE_ENCRYPTED, UNDECRYPTABLE, VALID_ENCRYPTED } from './saml-cases/encryption.ts'

for (const { title, make, circumstances } of VALID_ENCRYPTED) {
  test(title, async () => {
    assert.equal((await accepted(make(), circumstances)).account, 'ann@example.com')
  })
}

for (const { title, code, make, twin, circumstances } of HOSTILE_ENCRYPTED) {
  test(title, async () => {
    await accepted(twin(), circumstances)
    await refused(make(), code, circumstances)
  })
}

describe('every failure between the key and the signature inside is the same to the outside, and told apart in the trace', () => {
  for (const { title, code, make, twin, circumstances } of UNDECRYPTABLE) {
    test(title, async () => {
      await accepted(twin(), circumstances)
      const result = await judge(make(), circumstances)
      assert.ok(!result.ok, 'accepted')
      assert.deepEqual([result.refusal.code, publicCode(result)], [code, 'SAML_DECRYPTION_FAILED'])
    })
  }
})
