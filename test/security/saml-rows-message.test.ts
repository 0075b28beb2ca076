/** Takes each row that a message meets before it is believed out of the verifier, and each claim, and shows what then gets in. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { instant } from '../../src/core/time.ts'
import { ADMISSION_ROWS, checkAdmission, checkMeaning } from '../../src/signin/saml/checks.ts'
import { MESSAGE_ROWS, type MessageRow } from '../../src/signin/saml/checks-message.ts'
import type { TraceRow } from '../../src/store/ports.ts'
import { encryptAssertion } from '../support/saml/encrypt.ts'
import { attacker, own, provider } from '../support/saml/identities.ts'
import { type Circumstances, meaningInput, providersIn, verifyInput } from '../support/saml/judge.ts'
import { encode, messageXml, NOW, responseXml } from '../support/saml/response.ts'
import { sign } from '../support/saml/sign.ts'
import { type Cut, verifierWith } from '../support/saml/without-row.ts'

const EVIL = 'admin@example.com'
const WANT = { signedResponse: false, signedAssertion: true, encryptedAssertion: false }

interface Witness {
  /** What the row is in the source, and what stands there without it. */
  readonly cuts: readonly Cut[]
  /** A message that this row refuses. */
  readonly xml: () => string
  readonly circumstances?: Circumstances
  /** Who gets in without the row; or the later row that refuses then. */
  readonly left: { readonly account: string } | { readonly row: string }
}

const verify = (text: string, by: string): Cut => ({ file: 'verify.ts', text, by })
const ann = { account: 'ann@example.com' }
const evil = { account: EVIL }
const asEvil = (xml: string) => xml.replace('>ann@example.com</saml:NameID>', `>${EVIL}</saml:NameID>`)

const WITNESSES: Readonly<Record<MessageRow, Witness>> = {
  'size and base64': {
    cuts: [
      {
        file: 'scan-base64.ts',
        text: 'if (samlResponse.length > MAX_FIELD_CHARACTERS) throw',
        by: 'if (samlResponse === "") throw',
      },
      {
        file: 'scan-base64.ts',
        text: 'if (octets.length > MAX_MESSAGE_BYTES) throw',
        by: 'if (octets.length < 0) throw',
      },
    ],
    xml: () => messageXml({ after: (xml) => xml.replace('<samlp:Status>', `${' '.repeat(300 * 1024)}<samlp:Status>`) }),
    left: ann,
  },
  'strict XML within the limits': {
    cuts: [
      verify('import type { TraceRow }', "import { DOMParser } from '@xmldom/xmldom'\nimport type { TraceRow }"),
      verify('parseXml(octets)', "new DOMParser().parseFromString(octets.toString(), 'text/xml').documentElement"),
    ],
    xml: () => messageXml({ after: (xml) => `<!DOCTYPE x [<!ENTITY y "z">]>${xml}` }),
    left: ann,
  },
  'one Response, one assertion, unique IDs': {
    cuts: [
      {
        file: 'verify-structure.ts',
        text: 'for (const element of descendants(root)) {',
        by: 'for (const element of []) {',
      },
    ],
    xml: () =>
      messageXml({
        after: (xml) =>
          xml.replace(
            '<saml:Assertion',
            `<samlp:Extensions>${asEvil(responseXml()).replace('_response1', '_r2').replace('_assertion1', '_a2')}</samlp:Extensions><saml:Assertion`,
          ),
      }),
    left: ann,
  },
  'algorithms on the allow-list': {
    cuts: [verify('for (const shape of signatures) checkAlgorithms(shape)', '')],
    xml: () => messageXml({ signing: { algorithm: 'rsa-md5' } }),
    left: { row: 'algorithms as strong as the provider demands' },
  },
  'issuer is a configured provider': {
    cuts: [verify('if (provider !== undefined) return provider', 'return provider ?? providers[0]')],
    xml: () => messageXml({ values: { responseIssuer: 'https://unknown.example.com' } }),
    left: { row: 'issuer of Response and assertion' },
  },
  'algorithms as strong as the provider demands': {
    cuts: [verify('checkStrength(shapes, provider))', 'undefined)')],
    xml: () => messageXml({ signing: { algorithm: 'rsa-sha1' } }),
    left: ann,
  },
  'encrypted where wanted': {
    cuts: [verify('checkEncrypted(structure, provider))', 'undefined)')],
    xml: () => messageXml(),
    circumstances: { config: { want: { ...WANT, encryptedAssertion: true } } },
    left: ann,
  },
  'signed where wanted': {
    cuts: [verify('checkSigned(structure, provider))', 'undefined)')],
    xml: () => asEvil(responseXml()),
    left: evil,
  },
  'signature by a pinned key': {
    cuts: [{ file: 'signature.ts', text: 'if (!keys.some(', by: 'if (false && keys.some(' }],
    xml: () => messageXml({ by: attacker, before: asEvil }),
    left: evil,
  },
  decryption: {
    cuts: [
      {
        file: 'decrypt.ts',
        text: '[decipher.update(cipherText.subarray(12, -16)), decipher.final()]',
        by: '[decipher.update(cipherText.subarray(12, -16))]',
      },
    ],
    xml: alteredCipherText,
    left: { row: 'the same again inside the encryption' },
  },
  'the same again inside the encryption': {
    cuts: [
      verify(
        'verifyInside(signed, decrypted, provider, keys))',
        'decrypted?.plain.element ?? verifyInside(signed, decrypted, provider, keys))',
      ),
    ],
    xml: () => encryptAssertion(asEvil(responseXml()), { to: own }),
    left: evil,
  },
  'signed content has one meaning': {
    cuts: [{ file: 'read-message.ts', text: 'if (others.length > 0) throw', by: 'if (others.length < 0) throw' }],
    xml: () =>
      messageXml({
        before: (xml) => xml.replace('</saml:NameID>', `</saml:NameID><saml:NameID>${EVIL}</saml:NameID>`),
      }),
    left: ann,
  },
}

/** With GCM's counter mode a changed bit of the text is a changed bit inside; only the tag shows it. */
function alteredCipherText(): string {
  const plain = sign(responseXml(), '_assertion1', { by: provider })
  const at = plain.indexOf('ann@example.com</saml:NameID>') - plain.indexOf('<saml:Assertion')
  return encryptAssertion(plain, {
    to: own,
    cipherText(octets) {
      octets.writeUInt8(octets.readUInt8(12 + at) ^ 1, 12 + at)
      return octets
    },
  })
}

function failedRow(rows: readonly TraceRow[]): string | undefined {
  return rows.find(({ outcome }) => outcome === 'failed')?.check
}

describe('message rows', () => {
  for (const { name } of MESSAGE_ROWS) {
    const { cuts, xml, circumstances = {}, left } = WITNESSES[name]
    const ending = 'account' in left ? `${left.account} gets in` : `the row "${left.row}" still refuses`
    test(`without the row "${name}" ${ending}`, async () => {
      const field = encode(xml())
      const input = meaningInput(field, circumstances)
      const whole = checkMeaning(input)
      assert.equal(whole.ok ? 'accepted' : failedRow(whole.rows), name)
      const without = (await verifierWith(cuts))(verifyInput(field, providersIn(circumstances)))
      const result = checkMeaning({ ...input, outcome: structuredClone(without) })
      assert.deepEqual(result.ok ? { account: result.identity.account } : { row: failedRow(result.rows) }, left)
    })
  }

  test('the verifier without any cut refuses and accepts as the real one', async () => {
    const same = await verifierWith([])
    for (const [xml, ok] of [
      [messageXml(), true],
      [asEvil(messageXml()), false],
    ] as const) {
      assert.equal(same(verifyInput(encode(xml), providersIn({}))).ok, ok)
    }
  })

  test('a cut whose text is not in the source is an error, not a row that nothing misses', async () => {
    await assert.rejects(verifierWith([verify('no such text', '')]), /has not exactly one/)
  })
})

describe('claims', () => {
  /** Claims in memory, where those that begin with `free` always succeed. */
  function claims(free: string) {
    const made = new Set<string>()
    return async (key: string) => key.startsWith(free) || (!made.has(key) && made.add(key) !== undefined)
  }
  const request = (id: string) => ({ id, provider: 'idp', returnTo: '/', issuedAt: instant(NOW), fromTile: false })
  const message = (assertionId: string, id: string) => {
    const field = encode(messageXml({ values: { assertionId, inResponseTo: id, responseInResponseTo: id } }))
    const meaning = checkMeaning(meaningInput(field, { request: request(id) }))
    assert.ok(meaning.ok)
    return meaning
  }
  const cases = {
    'request answered once': { key: 'request:', second: message('_assertion2', '_request1') },
    'assertion ID not used before': { key: 'assertion:', second: message('_assertion1', '_request2') },
  }
  for (const { name } of ADMISSION_ROWS) {
    test(`without the row "${name}" a second message gets in`, async () => {
      const { key, second } = cases[name]
      for (const free of ['none of them', key]) {
        const claim = claims(free)
        assert.ok((await checkAdmission(message('_assertion1', '_request1'), claim)).ok)
        const again = await checkAdmission(second, claim)
        assert.equal(again.ok ? 'accepted' : failedRow(again.rows), free === key ? 'accepted' : name)
      }
    })
  }
})
