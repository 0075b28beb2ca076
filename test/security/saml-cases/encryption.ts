/** Encrypted messages, valid ones and hostile ones (security.md enc-*). */

import type { ErrorCode } from '../../../src/core/errors.ts'
import { type EncryptOptions, encryptAssertion, encryptedContent } from '../../support/saml/encrypt.ts'
import { attacker, other, own, ownNext, provider } from '../../support/saml/identities.ts'
import type { Circumstances } from '../../support/saml/judge.ts'
import { messageXml, responseXml, type Values } from '../../support/saml/response.ts'
import { sign } from '../../support/saml/sign.ts'

export interface EncryptionCase {
  readonly title: string
  /** The XML with these values in place of the standard ones. */
  readonly make: (values?: Partial<Values>) => string
  readonly circumstances?: Circumstances
}

export interface HostileEncryptionCase extends EncryptionCase {
  readonly code: ErrorCode
  /** The valid message that it is a mutation of; accepted in the same circumstances. */
  readonly twin: EncryptionCase['make']
}

type Change = (xml: string, id: string) => string

const signed: Change = (xml, id) => sign(xml, id, { by: provider })
const unsigned: Change = (xml) => xml
const idOf = ({ assertionId = '_assertion1' }: Partial<Values>) => assertionId

/** A Response whose assertion was changed (signed, when nothing is said) and then encrypted. */
function encrypted(options: Partial<EncryptOptions> = {}, assertion: Change = signed): EncryptionCase['make'] {
  return (values = {}) => encryptAssertion(assertion(responseXml(values), idOf(values)), { to: own, ...options })
}

/** As `encrypted`, with a signature of the Response around it. */
function signedAround(options: Partial<EncryptOptions> = {}, assertion: Change = unsigned): EncryptionCase['make'] {
  return (values) => sign(encrypted(options, assertion)(values), '_response1', { by: provider })
}

/** As `encrypted`, with more than the signed assertion as the plain text. */
function containing(change: (assertion: string) => string): EncryptionCase['make'] {
  return (values = {}) => {
    const plain = ASSERTION.exec(signed(responseXml(values), idOf(values)))?.[0] ?? ''
    const content = encryptedContent(change(plain), { to: own })
    return encrypted()(values).replace(CONTENT, (_all, start, end) => `${start}${content}${end}`)
  }
}

/** A signed assertion with an EncryptedID that holds `plain`. */
function withEncryptedId(options: Partial<EncryptOptions> = {}, plain = NAME_ID): EncryptionCase['make'] {
  return (values) => {
    const content = encryptedContent(plain, { to: own, ...options })
    return messageXml({ values: { ...values, identifier: `<saml:EncryptedID>${content}</saml:EncryptedID>` } })
  }
}

const NAME_ID = '<saml:NameID xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">ann@example.com</saml:NameID>'
const ASSERTION = /(<saml:Assertion)[\s\S]*(<\/saml:Assertion>)/
const CONTENT = /(<saml:EncryptedAssertion[^>]*>)[\s\S]*(<\/saml:EncryptedAssertion>)/
const ENCRYPTED = /<saml:EncryptedAssertion[\s\S]*<\/saml:EncryptedAssertion>/
const CBC: Circumstances = { config: { allowCbc: true } }
const WANTED: Circumstances = {
  config: { want: { signedResponse: false, signedAssertion: true, encryptedAssertion: true } },
}
const RESPONSE_SIGNED: Circumstances = {
  config: { want: { signedResponse: true, signedAssertion: false, encryptedAssertion: true } },
}
/** The start of an assertion that declares its own prefix. */
const SAML_DECLARED = /<saml:Assertion xmlns:saml="[^"]*"/
const foreignKey =
  /<xenc:EncryptedKey[\s\S]*<\/xenc:EncryptedKey>/.exec(encryptedContent('x', { to: other }))?.[0] ?? ''

function flip(at: number) {
  return (octets: Buffer) => {
    const copy = Buffer.from(octets)
    copy.writeUInt8(copy.readUInt8(copy.length - at) ^ 0x55, copy.length - at)
    return copy
  }
}

function after(make: EncryptionCase['make'], change: (xml: string) => string): EncryptionCase['make'] {
  return (values) => change(make(values))
}

export const VALID_ENCRYPTED: readonly EncryptionCase[] = [
  ...(['aes128-gcm', 'aes192-gcm', 'aes256-gcm'] as const).flatMap((content) =>
    (['oaep-mgf1p', 'oaep11-sha256'] as const).flatMap((key) =>
      [false, true].map((beside) => ({
        title: `${content} with ${key}, its key ${beside ? 'beside' : 'inside'} the data, opens`,
        make: encrypted({ content, key, beside }),
      })),
    ),
  ),
  ...(
    [
      'oaep-mgf1p-sha1',
      'oaep-mgf1p-sha256',
      'oaep-mgf1p-label',
      'oaep-mgf1p-empty-label',
      'oaep11',
      'oaep11-digest-alone',
      'oaep11-mask-alone',
      'oaep11-sha1',
      'oaep11-sha1-sha256',
      'oaep11-sha256-sha1',
      'oaep11-sha256-sha512',
      'oaep11-sha512-sha384',
    ] as const
  ).map((key) => ({ title: `a key by ${key} opens`, make: encrypted({ key }) })),
  {
    title: 'an assertion whose prefix is declared around the encryption alone opens',
    make: encrypted({}, (xml, id) => signed(xml, id).replace(SAML_DECLARED, '<saml:Assertion')),
  },
  {
    title: 'a signed Response around an assertion whose prefix is declared around the encryption alone opens',
    make: signedAround({}, (xml) => xml.replace(SAML_DECLARED, '<saml:Assertion')),
    circumstances: RESPONSE_SIGNED,
  },
  {
    title: 'a key beside data that names none opens',
    make: after(encrypted({ beside: true }), (xml) => xml.replace(/<ds:KeyInfo[\s\S]*<\/ds:KeyInfo>/, '')),
  },
  {
    title: 'an XML declaration and line breaks around the assertion inside do no harm',
    make: containing((plain) => `<?xml version="1.0" encoding="UTF-8"?>\n${plain}\n`),
  },
  {
    title: 'comments about the assertion inside do no harm',
    make: containing((plain) => `<!-- a -->${plain}<!-- b -->`),
  },
  { title: 'S-10: an assertion encrypted for the next key opens', make: encrypted({ to: ownNext }) },
  {
    title: 'a key for somebody else beside ours does no harm',
    make: encrypted({ before: foreignKey.replace('key1', 'key0') }),
  },
  { title: 'an assertion that is wanted encrypted and is opens', make: encrypted(), circumstances: WANTED },
  ...([128, 192, 256] as const).map((bits) => ({
    title: `AES-${bits}-CBC opens with allowCbc`,
    make: encrypted({ content: `aes${bits}-cbc` }),
    circumstances: CBC,
  })),
  {
    title: 'an unsigned assertion opens in a Response signed over its encrypted form',
    make: signedAround(),
    circumstances: RESPONSE_SIGNED,
  },
  { title: 'a signed assertion opens in a Response signed over its encrypted form', make: signedAround({}, signed) },
  { title: 'an EncryptedID in the signed assertion opens', make: withEncryptedId() },
  { title: 'an EncryptedID with its key beside the data opens', make: withEncryptedId({ beside: true }) },
]

function hostile(
  title: string,
  code: ErrorCode,
  make: EncryptionCase['make'],
  { twin = encrypted(), circumstances = {} }: { twin?: EncryptionCase['make']; circumstances?: Circumstances } = {},
): HostileEncryptionCase {
  return { title, code, make, twin, circumstances }
}

const cbc = { twin: encrypted({ content: 'aes256-cbc' }), circumstances: CBC }

/** What stands around the signed assertion inside the encryption, or in its place. */
const CONTENTS: readonly (readonly [title: string, change: (assertion: string) => string])[] = [
  ['text behind the assertion inside', (plain) => `${plain}x`],
  ['an element behind the assertion inside', (plain) => `${plain}<x/>`],
  ['two assertions inside', (plain) => plain + plain],
  ['a DOCTYPE before the assertion inside', (plain) => `<!DOCTYPE x [<!ENTITY y "z">]>${plain}`],
  ['a processing instruction before the assertion inside', (plain) => `<?x y?>${plain}`],
  ['an XML declaration of version 1.1 inside', (plain) => `<?xml version="1.1"?>${plain}`],
  ['another encoding in the XML declaration inside', (plain) => `<?xml version="1.0" encoding="UTF-16"?>${plain}`],
  ['an end tag for what stands around inside', (plain) => `</context><context>${plain}`],
  ['an assertion in CDATA inside', (plain) => `<![CDATA[${plain}]]>`],
  [
    'an encrypted assertion inside',
    (plain) => `<saml:EncryptedAssertion>${encryptedContent(plain, { to: own })}</saml:EncryptedAssertion>`,
  ],
  ['nothing inside', () => ''],
]

/** All failures from the key to what is inside: one answer, whatever went wrong (padding oracle). */
export const UNDECRYPTABLE: readonly HostileEncryptionCase[] = [
  hostile('an assertion for somebody else', 'SAML_DECRYPTION_FAILED', encrypted({ to: attacker })),
  hostile('an altered tag', 'SAML_DECRYPTION_FAILED', encrypted({ cipherText: flip(1) })),
  hostile(
    'a tag of twelve bytes',
    'SAML_DECRYPTION_FAILED',
    encrypted({ cipherText: (octets) => octets.subarray(0, -4) }),
  ),
  hostile('altered text', 'SAML_DECRYPTION_FAILED', encrypted({ cipherText: flip(40) })),
  ...CONTENTS.map(([title, change]) => hostile(title, 'SAML_DECRYPTION_FAILED', containing(change))),
  hostile(
    'a tag without its last byte',
    'SAML_DECRYPTION_FAILED',
    encrypted({ cipherText: (all) => all.subarray(0, -1) }),
  ),
  hostile(
    'IV and tag around nothing',
    'SAML_DECRYPTION_FAILED',
    encrypted({ cipherText: (all) => Buffer.concat([all.subarray(0, 12), all.subarray(-16)]) }),
  ),
  hostile('text cut short', 'SAML_DECRYPTION_FAILED', encrypted({ cipherText: (octets) => octets.subarray(0, 20) })),
  hostile(
    'altered CBC padding',
    'SAML_DECRYPTION_FAILED',
    encrypted({ content: 'aes256-cbc', cipherText: flip(17) }),
    cbc,
  ),
  hostile(
    'half a CBC block',
    'SAML_DECRYPTION_FAILED',
    encrypted({ content: 'aes256-cbc', cipherText: (octets) => octets.subarray(0, -7) }),
    cbc,
  ),
  hostile(
    'good padding around no XML',
    'SAML_DECRYPTION_FAILED',
    encrypted({ content: 'aes256-cbc' }, (xml) => xml.replace(ASSERTION, '$1 xmlns:saml="urn:x">&no;$2')),
    cbc,
  ),
  hostile(
    'good padding around no assertion',
    'SAML_DECRYPTION_FAILED',
    encrypted({ content: 'aes256-cbc' }, (xml) => xml.replace(ASSERTION, '$1 xmlns:saml="urn:x">x$2')),
    cbc,
  ),
  hostile(
    'a DOCTYPE inside',
    'SAML_DECRYPTION_FAILED',
    encrypted({}, (xml, id) => signed(xml, id).replace('</saml:Issuer><ds', '</saml:Issuer><!DOCTYPE x><ds')),
  ),
  ...(['ID', 'Id', 'xml:id'] as const).map((name) =>
    hostile(
      `an assertion inside whose ID stands outside as ${name} too`,
      'SAML_DECRYPTION_FAILED',
      after(encrypted(), (xml) =>
        xml.replace('<samlp:Status>', `<samlp:Extensions><x ${name}="_assertion1"/></samlp:Extensions><samlp:Status>`),
      ),
      {
        twin: after(encrypted(), (xml) =>
          xml.replace('<samlp:Status>', `<samlp:Extensions><x ${name}="_other"/></samlp:Extensions><samlp:Status>`),
        ),
      },
    ),
  ),
  hostile(
    'good padding around a bad signature',
    'SAML_SIGNATURE_INVALID',
    encrypted({ content: 'aes256-cbc' }, (xml, id) =>
      signed(xml, id).replace('>ann@example.com</saml:NameID>', '>admin@example.com</saml:NameID>'),
    ),
    cbc,
  ),
  hostile(
    'an encrypted assertion that an attacker signed',
    'SAML_SIGNATURE_INVALID',
    encrypted({}, (xml, id) => sign(xml, id, { by: attacker })),
  ),
  hostile('an encrypted assertion that nobody signed', 'SAML_SIGNATURE_MISSING', encrypted({}, unsigned), {
    twin: signedAround(),
  }),
  hostile(
    'a weak signature inside the encryption',
    'SAML_ALGORITHM_REFUSED',
    encrypted({}, (xml, id) => sign(xml, id, { by: provider, algorithm: 'rsa-sha1' })),
  ),
  hostile('an unsigned assertion inside where a signed one is wanted', 'SAML_SIGNATURE_MISSING', signedAround(), {
    twin: signedAround({}, signed),
    circumstances: { config: { want: { signedResponse: true, signedAssertion: true, encryptedAssertion: true } } },
  }),
]

export const HOSTILE_ENCRYPTED: readonly HostileEncryptionCase[] = [
  hostile(
    'nine keys for others are refused unread',
    'SAML_MALFORMED',
    encrypted({ before: Array.from({ length: 9 }, (_, index) => foreignKey.replace('key1', `k${index}`)).join('') }),
  ),
  hostile('AES-CBC is refused without allowCbc', 'SAML_ALGORITHM_REFUSED', encrypted({ content: 'aes256-cbc' })),
  hostile('RSA-1_5 is refused', 'SAML_ALGORITHM_REFUSED', encrypted({ key: 'rsa-1_5' }), { circumstances: CBC }),
  hostile('triple DES is refused', 'SAML_ALGORITHM_REFUSED', encrypted({ content: 'tripledes-cbc' }), {
    circumstances: CBC,
  }),
  hostile(
    'a plain assertion is refused where encryption is wanted',
    'SAML_ENCRYPTION_MISSING',
    (values = {}) => messageXml({ values }),
    { circumstances: WANTED },
  ),
  hostile(
    'a CipherReference is refused, and nothing fetched',
    'SAML_MALFORMED',
    after(encrypted(), (xml) =>
      xml.replaceAll(
        /<xenc:CipherValue>[^<]*<\/xenc:CipherValue>/g,
        '<xenc:CipherReference URI="file:///etc/passwd"/>',
      ),
    ),
  ),
  hostile(
    'a key that stands outside the encrypted assertion, where RetrievalMethod names it, is not looked for',
    'SAML_MALFORMED',
    after(encrypted({ beside: true }), (xml) => {
      const [key = ''] = /<xenc:EncryptedKey[\s\S]*<\/xenc:EncryptedKey>/.exec(xml) ?? []
      return xml.replace(key, '').replace('<samlp:Status>', `<samlp:Extensions>${key}</samlp:Extensions><samlp:Status>`)
    }),
    { twin: encrypted({ beside: true }) },
  ),
  hostile(
    'two encrypted assertions are refused',
    'SAML_MALFORMED',
    after(encrypted(), (xml) => xml.replace(ENCRYPTED, (one) => one + one.replaceAll('key1', 'key2'))),
  ),
  hostile(
    'a forged assertion beside the encrypted one is refused',
    'SAML_MALFORMED',
    after(encrypted(), (xml) => xml.replace(ENCRYPTED, (one) => one + (ASSERTION.exec(responseXml())?.[0] ?? ''))),
  ),
  hostile(
    'an encrypted assertion that was changed inside a signed Response is refused',
    'SAML_SIGNATURE_INVALID',
    after(signedAround(), (xml) => xml.replace(ENCRYPTED, ENCRYPTED.exec(encrypted({}, unsigned)())?.[0] ?? '')),
    { twin: signedAround() },
  ),
  hostile('an EncryptedID for somebody else is refused', 'SAML_DECRYPTION_FAILED', withEncryptedId({ to: attacker }), {
    twin: withEncryptedId(),
  }),
  ...[
    ['an assertion', ASSERTION.exec(responseXml())?.[0] ?? ''],
    ['a NameID of another namespace', '<NameID xmlns="urn:x">ann@example.com</NameID>'],
    ['a NameID with an element in it', NAME_ID.replace('ann', '<x/>ann')],
    ['an EncryptedID', `<saml:EncryptedID>${encryptedContent(NAME_ID, { to: own })}</saml:EncryptedID>`],
  ].map(([what, plain = '']) =>
    hostile(`an EncryptedID that holds ${what} is refused`, 'SAML_MALFORMED', withEncryptedId({}, plain), {
      twin: withEncryptedId(),
    }),
  ),
  hostile(
    'an EncryptedID that was put in after signing is refused',
    'SAML_SIGNATURE_INVALID',
    after(withEncryptedId(), (xml) => {
      const other = encryptedContent(NAME_ID.replace('ann', 'admin'), { to: own })
      return xml.replace(/(<saml:EncryptedID>)[\s\S]*(<\/saml:EncryptedID>)/, (_all, start, end) => start + other + end)
    }),
    { twin: withEncryptedId() },
  ),
  hostile('an EncryptedID in CBC is refused', 'SAML_ALGORITHM_REFUSED', withEncryptedId({ content: 'aes256-cbc' }), {
    twin: withEncryptedId(),
  }),
]
