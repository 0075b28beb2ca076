/** Encrypts an element of a message, with any pair of algorithms, good or bad. */

import { constants, createCipheriv, publicEncrypt, randomBytes, X509Certificate } from 'node:crypto'
import type { Identity } from './identities.ts'
import { encryptOaep, type OaepOptions } from './oaep.ts'

const ENC = 'http://www.w3.org/2001/04/xmlenc#'
const ENC11 = 'http://www.w3.org/2009/xmlenc11#'
const SIG = 'http://www.w3.org/2000/09/xmldsig#'

const CONTENTS = {
  'aes128-gcm': { uri: `${ENC11}aes128-gcm`, cipher: 'aes-128-gcm', length: 16 },
  'aes192-gcm': { uri: `${ENC11}aes192-gcm`, cipher: 'aes-192-gcm', length: 24 },
  'aes256-gcm': { uri: `${ENC11}aes256-gcm`, cipher: 'aes-256-gcm', length: 32 },
  'aes128-cbc': { uri: `${ENC}aes128-cbc`, cipher: 'aes-128-cbc', length: 16 },
  'aes192-cbc': { uri: `${ENC}aes192-cbc`, cipher: 'aes-192-cbc', length: 24 },
  'aes256-cbc': { uri: `${ENC}aes256-cbc`, cipher: 'aes-256-cbc', length: 32 },
  'tripledes-cbc': { uri: `${ENC}tripledes-cbc`, cipher: 'des-ede3-cbc', length: 24 },
} as const

const LABEL = Buffer.from('a label')
const DIGESTS = { sha1: `${SIG}sha1`, sha256: `${ENC}sha256`, sha512: `${ENC}sha512` } as const
const MGF1P = `${ENC}rsa-oaep-mgf1p`
const OAEP11 = `${ENC11}rsa-oaep`

/** Both SHA-1, where nothing is said. */
const SHA1: OaepOptions = { digest: 'sha1', mask: 'sha1' }

const digestMethod = (digest: keyof typeof DIGESTS) => `<ds:DigestMethod Algorithm="${DIGESTS[digest]}"/>`
const mgf = (mask: string) => `<xenc11:MGF xmlns:xenc11="${ENC11}" Algorithm="${ENC11}mgf1${mask}"/>`
const params = (text: string) => `<xenc:OAEPparams>${text}</xenc:OAEPparams>`

/** What stands in EncryptionMethod, and what is done; `oaep` null: PKCS #1 v1.5. */
interface KeyMethod {
  readonly algorithm: string
  readonly parameters: string
  readonly oaep: OaepOptions | null
}

function key11(digest: keyof typeof DIGESTS, mask: string): KeyMethod {
  return { algorithm: OAEP11, parameters: digestMethod(digest) + mgf(mask), oaep: { digest, mask } }
}

const KEYS = {
  'oaep-mgf1p': { algorithm: MGF1P, parameters: '', oaep: SHA1 },
  'oaep-mgf1p-sha1': { algorithm: MGF1P, parameters: digestMethod('sha1'), oaep: SHA1 },
  'oaep-mgf1p-sha256': { algorithm: MGF1P, parameters: digestMethod('sha256'), oaep: { ...SHA1, digest: 'sha256' } },
  'oaep-mgf1p-label': {
    algorithm: MGF1P,
    parameters: params(LABEL.toString('base64')),
    oaep: { ...SHA1, label: LABEL },
  },
  'oaep-mgf1p-empty-label': { algorithm: MGF1P, parameters: params(''), oaep: SHA1 },
  oaep11: { algorithm: OAEP11, parameters: '', oaep: SHA1 },
  'oaep11-digest-alone': { algorithm: OAEP11, parameters: digestMethod('sha256'), oaep: { ...SHA1, digest: 'sha256' } },
  'oaep11-mask-alone': { algorithm: OAEP11, parameters: mgf('sha256'), oaep: { ...SHA1, mask: 'sha256' } },
  'oaep11-sha1': key11('sha1', 'sha1'),
  'oaep11-sha1-sha256': key11('sha1', 'sha256'),
  'oaep11-sha256': key11('sha256', 'sha256'),
  'oaep11-sha256-sha1': key11('sha256', 'sha1'),
  'oaep11-sha256-sha512': key11('sha256', 'sha512'),
  'oaep11-sha512-sha384': key11('sha512', 'sha384'),
  'rsa-1_5': { algorithm: `${ENC}rsa-1_5`, parameters: '', oaep: null },
} as const satisfies Record<string, KeyMethod>

export interface EncryptOptions {
  readonly to: Identity
  readonly content?: keyof typeof CONTENTS
  readonly key?: keyof typeof KEYS
  readonly beside?: boolean
  /** EncryptedKeys for others, in XML, put first. */
  readonly before?: string
  /** Changes the cipher text of the content. */
  readonly cipherText?: (octets: Buffer) => Buffer
}

/** The content of an EncryptedAssertion or EncryptedID that holds `plain`. */
export function encryptedContent(plain: string, options: EncryptOptions): string {
  const content = CONTENTS[options.content ?? 'aes256-gcm']
  const { algorithm, parameters, oaep }: KeyMethod = KEYS[options.key ?? 'oaep-mgf1p']
  const contentKey = randomBytes(content.length)
  const octets = encryptBytes(Buffer.from(plain), content.cipher, contentKey)
  const cipherText = options.cipherText?.(octets) ?? octets
  const publicKey = new X509Certificate(options.to.certificate).publicKey
  const wrapped =
    oaep === null
      ? publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, contentKey)
      : encryptOaep(publicKey, contentKey, oaep)
  const method = `<xenc:EncryptionMethod Algorithm="${algorithm}">${parameters}</xenc:EncryptionMethod>`
  const encryptedKey = `<xenc:EncryptedKey xmlns:xenc="${ENC}" xmlns:ds="${SIG}" Id="key1">${method}${cipherData(wrapped)}</xenc:EncryptedKey>`
  const inside = options.beside === true ? `<ds:RetrievalMethod Type="${ENC}EncryptedKey" URI="#key1"/>` : encryptedKey
  const keyInfo = `<ds:KeyInfo xmlns:ds="${SIG}">${options.before ?? ''}${inside}</ds:KeyInfo>`
  const data = `<xenc:EncryptedData xmlns:xenc="${ENC}" Type="${ENC}Element"><xenc:EncryptionMethod Algorithm="${content.uri}"/>${keyInfo}${cipherData(cipherText)}</xenc:EncryptedData>`
  return options.beside === true ? data + encryptedKey : data
}

/** `xml` with its assertion encrypted. */
export function encryptAssertion(xml: string, options: EncryptOptions): string {
  return xml.replace(
    /<saml:Assertion[\s\S]*<\/saml:Assertion>/,
    (plain) =>
      `<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${encryptedContent(plain, options)}</saml:EncryptedAssertion>`,
  )
}

function cipherData(octets: Buffer): string {
  return `<xenc:CipherData><xenc:CipherValue>${octets.toString('base64')}</xenc:CipherValue></xenc:CipherData>`
}

function encryptBytes(plain: Buffer, cipher: string, key: Buffer): Buffer {
  if (cipher.endsWith('gcm')) {
    const iv = randomBytes(12)
    const made = createCipheriv(cipher as 'aes-256-gcm', key, iv)
    return Buffer.concat([iv, made.update(plain), made.final(), made.getAuthTag()])
  }
  const iv = randomBytes(cipher.startsWith('des') ? 8 : 16)
  const made = createCipheriv(cipher, key, iv)
  return Buffer.concat([iv, made.update(plain), made.final()])
}
