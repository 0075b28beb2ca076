/**
 * One EncryptedAssertion or EncryptedID: its algorithms, then its decryption (XML Encryption 1.1). The only importer of
 * xml-encryption, which opens the RSA-OAEP key with any pair of digest and mask; AES is that of node:crypto.
 * Encryption proves no origin: what comes out is judged like any other message.
 */

import { createDecipheriv } from 'node:crypto'
import { decryptKeyInfo } from 'xml-encryption'
import type { ContentAlgorithm } from './algorithms.ts'
import { CONTENT_ALGORITHMS, KEY_ALGORITHMS, OAEP_DIGESTS, OAEP_MASKS, OAEP_MGF1P } from './algorithms.ts'
import { Refused, shown } from './diagnosis.ts'
import { decodeUtf8, parseXmlText } from './scan.ts'
import { strictBase64 } from './scan-base64.ts'
import { malformed, readDeclaration } from './scan-tokens.ts'
import {
  attribute,
  childElements,
  children,
  ENCRYPTION,
  ENCRYPTION11,
  named,
  namespacesAround,
  onlyChild,
  pureText,
  SIGNATURE,
} from './xml.ts'

/** Keys for several recipients may stand beside ours; each costs one private-key operation per key of ours. */
const MAX_ENCRYPTED_KEYS = 8

/** Something encrypted, with allowed algorithms; nothing of it decrypted yet. */
export interface EncryptedShape {
  readonly element: Element
  /** What the plain text takes the place of: it stands in the namespaces around this. */
  readonly data: Element
  readonly content: ContentAlgorithm
  readonly contentAlgorithm: string
  readonly cipherText: Buffer
  readonly keys: readonly EncryptedKey[]
}

interface EncryptedKey {
  readonly algorithm: string
  readonly digest: string | null
  readonly mask: string | null
  readonly label: string | null
  readonly cipherText: Buffer
}

/** Reads `element`. Refuses another shape with SAML_MALFORMED and other algorithms with SAML_ALGORITHM_REFUSED. */
export function readEncrypted(element: Element): EncryptedShape {
  const data = onlyChild(element, ENCRYPTION, 'EncryptedData')
  if (data === undefined) throw malformed(`EncryptedData in ${element.localName}`, 'none')
  const contentAlgorithm = methodOf(data).algorithm
  const content = CONTENT_ALGORITHMS.get(contentAlgorithm)
  if (content === undefined) throw unlisted('AES-GCM', contentAlgorithm)
  const keyInfo = onlyChild(data, SIGNATURE, 'KeyInfo')
  const inside = keyInfo === undefined ? [] : children(keyInfo, ENCRYPTION, 'EncryptedKey')
  const keys = [...inside, ...children(element, ENCRYPTION, 'EncryptedKey')]
  if (keys.length === 0 || keys.length > MAX_ENCRYPTED_KEYS) {
    throw malformed(`between one and ${MAX_ENCRYPTED_KEYS} EncryptedKey`, `${keys.length}`)
  }
  return { element, data, content, contentAlgorithm, cipherText: cipherTextOf(data), keys: keys.map(readEncryptedKey) }
}

/**
 * The one element that was encrypted, parsed by the same scan in the namespaces around it. Every key is tried. Whatever goes
 * wrong is SAML_DECRYPTION_FAILED in the same words, so that nobody learns how far a forged text came.
 */
export function decryptElement(shape: EncryptedShape, decryptionKeys: readonly string[]): Element {
  for (const encryptedKey of shape.keys) {
    for (const key of decryptionKeys) {
      const element = tryDecrypt(shape, encryptedKey, key)
      if (element !== undefined) return element
    }
  }
  throw new Refused(
    'SAML_DECRYPTION_FAILED',
    'decryption',
    `something that one of our ${decryptionKeys.length} decryption keys opens`,
    `${shape.element.localName} with ${shape.keys.length} encrypted keys, none of which gave it`,
  )
}

function tryDecrypt(shape: EncryptedShape, encryptedKey: EncryptedKey, key: string): Element | undefined {
  try {
    const contentKey = openKey(encryptedKey, key)
    if (contentKey.length !== shape.content.keyLength) return undefined
    const text = decodeUtf8(openContent(shape.content, contentKey, shape.cipherText))
    return parseInContext(text, shape.data)
  } catch {
    // Not ours, altered or not XML: all the same to the caller, and deliberately not told apart.
    return undefined
  }
}

/** xml-encryption reads the parameters from XML; it is given checked values only. */
function openKey({ algorithm, digest, mask, label, cipherText }: EncryptedKey, key: string): Buffer {
  const parameters = [
    label === null ? '' : `<OAEPparams>${label}</OAEPparams>`,
    digest === null ? '' : `<DigestMethod Algorithm="${digest}"/>`,
    mask === null ? '' : `<MGF Algorithm="${mask}"/>`,
  ]
  const method = `<EncryptionMethod Algorithm="${algorithm}">${parameters.join('')}</EncryptionMethod>`
  const cipher = `<CipherData><CipherValue>${cipherText.toString('base64')}</CipherValue></CipherData>`
  return decryptKeyInfo(`<KeyInfo><EncryptedKey>${method}${cipher}</EncryptedKey></KeyInfo>`, { key })
}

function openContent({ cipher, mode }: ContentAlgorithm, key: Buffer, cipherText: Buffer): Buffer {
  if (mode === 'gcm') {
    const decipher = createDecipheriv(cipher, key, cipherText.subarray(0, 12), {
      authTagLength: 16,
    } as object) as GcmDecipher
    decipher.setAuthTag(cipherText.subarray(-16))
    return Buffer.concat([decipher.update(cipherText.subarray(12, -16)), decipher.final()])
  }
  const decipher = createDecipheriv(cipher, key, cipherText.subarray(0, 16))
  decipher.setAutoPadding(false)
  const padded = Buffer.concat([decipher.update(cipherText.subarray(16)), decipher.final()])
  const padding = padded.at(-1) ?? 0
  if (padding < 1 || padding > 16) throw new Error('padding')
  return padded.subarray(0, -padding)
}

function parseInContext(text: string, around: Element): Element {
  const scope = [...namespacesAround(around)].filter(([prefix]) => prefix !== 'xml')
  const declared = scope.map(([prefix, name]) => `${prefix === '' ? 'xmlns' : `xmlns:${prefix}`}="${name}"`)
  const context = parseXmlText(`<context ${declared.join(' ')}>${readDeclaration(text)}</context>`)
  const [element, ...others] = childElements(context)
  const outside = Array.from(context.childNodes).some(
    (node) => node !== element && node.nodeType !== node.COMMENT_NODE && (node.nodeValue ?? '').trim() !== '',
  )
  if (element === undefined || others.length > 0 || outside) throw malformed('one element', 'another content')
  return element
}

function readEncryptedKey(element: Element): EncryptedKey {
  const { algorithm, method } = methodOf(element)
  if (!KEY_ALGORITHMS.has(algorithm)) throw unlisted('RSA-OAEP', algorithm)
  const digest = parameter(method, SIGNATURE, 'DigestMethod', OAEP_DIGESTS)
  const mask = parameter(method, ENCRYPTION11, 'MGF', OAEP_MASKS)
  if (mask !== null && algorithm === OAEP_MGF1P) throw unlisted('no MGF with rsa-oaep-mgf1p', mask)
  const label = onlyChild(method, ENCRYPTION, 'OAEPparams')
  return {
    algorithm,
    digest,
    mask,
    label: label === undefined ? null : readLabel(label),
    cipherText: cipherTextOf(element),
  }
}

/** In base64; an empty element is the empty label that holds without one. */
function readLabel(element: Element): string | null {
  const text = pureText(element)
  if (text?.trim() === '') return null
  const octets = strictBase64(text ?? '')
  if (octets === undefined) throw malformed('OAEPparams in base64', 'others')
  return octets.toString('base64')
}

function parameter(method: Element, namespace: string, name: string, allowed: ReadonlySet<string>): string | null {
  const element = onlyChild(method, namespace, name)
  if (element === undefined) return null
  const algorithm = attribute(element, 'Algorithm') ?? ''
  if (!allowed.has(algorithm)) throw unlisted(`${name} of RSA-OAEP among ${[...allowed].join(', ')}`, algorithm)
  return algorithm
}

function methodOf(element: Element): { readonly method: Element; readonly algorithm: string } {
  const method = onlyChild(element, ENCRYPTION, 'EncryptionMethod')
  if (method === undefined) throw unlisted(`an EncryptionMethod in ${element.localName}`, null)
  return { method, algorithm: attribute(method, 'Algorithm') ?? '' }
}

function cipherTextOf(element: Element): Buffer {
  const data = onlyChild(element, ENCRYPTION, 'CipherData')
  const [value, ...others] = data === undefined ? [] : childElements(data)
  if (value === undefined || others.length > 0 || !named(value, ENCRYPTION, 'CipherValue')) {
    throw malformed(`one CipherValue in ${element.localName}`, 'another content')
  }
  const octets = strictBase64(pureText(value) ?? '')
  if (octets === undefined) throw malformed('CipherValue in base64', 'others')
  return octets
}

function unlisted(expected: string, received: string | null): Refused {
  return new Refused('SAML_ALGORITHM_REFUSED', 'algorithm', expected, shown(received))
}

type GcmDecipher = import('node:crypto').DecipherGCM
