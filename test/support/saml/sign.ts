/** Signs an element of a message. Not our verifier's code: SignedInfo is written in canonical form, so nothing canonicalizes it. */

import { constants, createHash, createHmac, sign as signBytes } from 'node:crypto'
import { DOMParser } from '@xmldom/xmldom'
import { ExclusiveCanonicalization } from 'xml-crypto'
import type { Identity } from './identities.ts'

export const SIG = 'http://www.w3.org/2000/09/xmldsig#'
export const C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#'
export const ENVELOPED = `${SIG}enveloped-signature`
const MORE = 'http://www.w3.org/2001/04/xmldsig-more#'
const PSS = 'http://www.w3.org/2007/05/xmldsig-more#'
const ENC = 'http://www.w3.org/2001/04/xmlenc#'

export const ALGORITHMS = {
  'rsa-sha1': `${SIG}rsa-sha1`,
  'rsa-md5': `${MORE}rsa-md5`,
  'rsa-sha256': `${MORE}rsa-sha256`,
  'rsa-sha384': `${MORE}rsa-sha384`,
  'rsa-sha512': `${MORE}rsa-sha512`,
  'pss-sha256': `${PSS}sha256-rsa-MGF1`,
  'pss-sha512': `${PSS}sha512-rsa-MGF1`,
  'ecdsa-sha256': `${MORE}ecdsa-sha256`,
  'ecdsa-sha384': `${MORE}ecdsa-sha384`,
  'ecdsa-sha512': `${MORE}ecdsa-sha512`,
  'hmac-sha256': `${MORE}hmac-sha256`,
} as const
export const DIGESTS = {
  sha1: `${SIG}sha1`,
  sha256: `${ENC}sha256`,
  sha384: `${MORE}sha384`,
  sha512: `${ENC}sha512`,
} as const

export interface SignOptions {
  readonly by: Identity
  readonly algorithm?: keyof typeof ALGORITHMS
  readonly digest?: keyof typeof DIGESTS
  readonly prefixList?: readonly { prefix: string; namespace: string }[]
  /** Replaces the Transforms element's content. */
  readonly transforms?: string
  readonly canonicalization?: string
  readonly uri?: string
  /** Changes SignedInfo before it is signed. */
  readonly signedInfo?: (canonical: string) => string
  /** Changes the finished Signature. */
  readonly signature?: (xml: string) => string
  readonly keyInfo?: string
  /** Put before the Signature element. */
  readonly indent?: string
}

/** `xml` with a signature in the element that has the ID, after its Issuer. */
export function sign(xml: string, id: string, options: SignOptions): string {
  const {
    algorithm = 'rsa-sha256',
    digest = 'sha256',
    prefixList = [],
    canonicalization = C14N,
    uri = `#${id}`,
  } = options
  const inclusive =
    prefixList.length === 0
      ? ''
      : `<ec:InclusiveNamespaces xmlns:ec="${C14N}" PrefixList="${prefixList.map(({ prefix }) => prefix).join(' ')}"></ec:InclusiveNamespaces>`
  const transforms =
    options.transforms ??
    `<ds:Transform Algorithm="${ENVELOPED}"></ds:Transform><ds:Transform Algorithm="${C14N}">${inclusive}</ds:Transform>`
  const digestValue = createHash(digest)
    .update(canonicalOf(xml, id, prefixList))
    .digest('base64')
  const reference = `<ds:Reference URI="${uri}"><ds:Transforms>${transforms}</ds:Transforms><ds:DigestMethod Algorithm="${DIGESTS[digest]}"></ds:DigestMethod><ds:DigestValue>${digestValue}</ds:DigestValue></ds:Reference>`
  const written = `<ds:SignedInfo xmlns:ds="${SIG}"><ds:CanonicalizationMethod Algorithm="${canonicalization}"></ds:CanonicalizationMethod><ds:SignatureMethod Algorithm="${ALGORITHMS[algorithm]}"></ds:SignatureMethod>${reference}</ds:SignedInfo>`
  const signedInfo = options.signedInfo?.(written) ?? written
  const value = signatureValue(signedInfo, algorithm, options.by)
  const plain = `<ds:Signature xmlns:ds="${SIG}">${signedInfo.replace(` xmlns:ds="${SIG}"`, '')}<ds:SignatureValue>${value}</ds:SignatureValue>${options.keyInfo ?? ''}</ds:Signature>`
  return insertSignature(xml, id, (options.indent ?? '') + (options.signature?.(plain) ?? plain))
}

/** Puts `signature` after the Issuer of the element with the ID. */
export function insertSignature(xml: string, id: string, signature: string): string {
  const element = xml.indexOf(`ID="${id}"`)
  const issuerEnd = /<\/(?:[\w.-]+:)?Issuer\s*>/g
  issuerEnd.lastIndex = element
  const end = issuerEnd.exec(xml)
  if (element < 0 || end === null) throw new Error(`no Issuer after ID ${id}`)
  const at = end.index + end[0].length
  return xml.slice(0, at) + signature + xml.slice(at)
}

/** Those of XML 1.0; the parser's default is XML 1.1. */
const LINE_ENDS = { locator: {}, normalizeLineEndings: (text: string) => text.replace(/\r\n?/g, '\n') }

function canonicalOf(xml: string, id: string, prefixList: readonly { prefix: string; namespace: string }[]): string {
  const document = new DOMParser(LINE_ENDS).parseFromString(xml, 'text/xml')
  const all = document.getElementsByTagName('*')
  for (let index = 0; index < all.length; index += 1) {
    const element = all[index]
    if (element?.getAttribute('ID') !== id) continue
    return new ExclusiveCanonicalization().process(element, {
      inclusiveNamespacesPrefixList: prefixList.map(({ prefix }) => prefix),
      ancestorNamespaces: prefixList.map(({ prefix, namespace }) => ({ prefix, namespaceURI: namespace })),
    })
  }
  throw new Error(`no element with ID ${id}`)
}

function signatureValue(
  signedInfo: string,
  algorithm: keyof typeof ALGORITHMS,
  { key, certificate }: Identity,
): string {
  const [family, hash = ''] = algorithm.split('-')
  const octets = Buffer.from(signedInfo)
  if (family === 'hmac') return createHmac(hash, certificate).update(octets).digest('base64')
  if (family === 'ecdsa') return signBytes(hash, octets, { key, dsaEncoding: 'ieee-p1363' }).toString('base64')
  if (family === 'pss') {
    const padding = constants.RSA_PKCS1_PSS_PADDING
    return signBytes(hash, octets, { key, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }).toString('base64')
  }
  return signBytes(hash, octets, key).toString('base64')
}
