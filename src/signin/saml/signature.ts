/**
 * One signature: its strict shape, then its verification (XML Signature 1.1; SAML Core 2.0 §5.4). The only importer of
 * xml-crypto, for its exclusive canonicalization; hashes and keys are those of node:crypto. KeyInfo is never read.
 */

import { constants, createHash, type KeyObject, verify, X509Certificate } from 'node:crypto'
import { ExclusiveCanonicalization } from 'xml-crypto'
import type { Hash, SignatureAlgorithm } from './algorithms.ts'
import { DIGEST_ALGORITHMS, ENVELOPED_SIGNATURE, EXCLUSIVE_C14N, SIGNATURE_ALGORITHMS } from './algorithms.ts'
import { Refused, shown } from './diagnosis.ts'
import { strictBase64 } from './scan-base64.ts'
import {
  attribute,
  childElements,
  declarations,
  hasHiddenText,
  named,
  namespacesAround,
  pureText,
  SIGNATURE,
  XMLNS,
} from './xml.ts'

/** A signature of strict shape, nothing of it verified yet. */
export interface SignatureShape {
  readonly element: Element
  /** The element that it covers: its parent. */
  readonly parent: Element
  readonly signedInfo: Element
  /** URIs as they stand in the message. */
  readonly algorithm: string
  readonly digestAlgorithm: string
  /** All of SignedInfo and of the one Reference, in order. */
  readonly canonicalization: string
  readonly transforms: readonly string[]
  readonly signedInfoPrefixes: readonly string[]
  readonly prefixes: readonly string[]
  readonly digest: Buffer
  readonly value: Buffer
}

/** Reads a Signature that stands directly below `parent`. Refuses any other shape with SAML_SIGNATURE_INVALID. */
export function readSignature(element: Element, parent: Element): SignatureShape {
  const [signedInfo, signatureValue, keyInfo, ...others] = childElements(element)
  if (signedInfo === undefined || signatureValue === undefined || others.length > 0) throw illShaped('Signature')
  if (!isPart(signedInfo, 'SignedInfo') || !isPart(signatureValue, 'SignatureValue')) throw illShaped('Signature')
  if (keyInfo !== undefined && !isPart(keyInfo, 'KeyInfo')) throw illShaped('Signature')
  if (hasHiddenText(signedInfo)) throw illShaped('SignedInfo')
  const [method, signatureMethod, reference, ...more] = childElements(signedInfo)
  if (method === undefined || signatureMethod === undefined || reference === undefined || more.length > 0) {
    throw illShaped('SignedInfo')
  }
  if (!isPart(method, 'CanonicalizationMethod') || !isPart(signatureMethod, 'SignatureMethod'))
    throw illShaped('SignedInfo')
  if (childElements(signatureMethod).length > 0) throw illShaped('SignatureMethod')
  return {
    element,
    parent,
    signedInfo,
    algorithm: attribute(signatureMethod, 'Algorithm') ?? '',
    canonicalization: attribute(method, 'Algorithm') ?? '',
    signedInfoPrefixes: readPrefixList(method),
    value: readBase64(signatureValue),
    ...readReference(reference, parent),
  }
}

/** Refuses with SAML_ALGORITHM_REFUSED what is on no list; gives the algorithms that the signature uses. */
export function checkAlgorithms(shape: SignatureShape): {
  readonly signature: SignatureAlgorithm
  readonly digest: Hash
} {
  const signature = SIGNATURE_ALGORITHMS.get(shape.algorithm)
  const digest = DIGEST_ALGORITHMS.get(shape.digestAlgorithm)
  if (signature === undefined) throw unlisted('RSA or ECDSA with SHA-2', shape.algorithm)
  if (digest === undefined) throw unlisted('a SHA-2 digest', shape.digestAlgorithm)
  if (shape.canonicalization !== EXCLUSIVE_C14N) throw unlisted('exclusive canonicalization', shape.canonicalization)
  const [first, second, ...others] = shape.transforms
  if (first !== ENVELOPED_SIGNATURE || second !== EXCLUSIVE_C14N || others.length > 0) {
    throw unlisted(
      'the transforms enveloped-signature and exclusive canonicalization',
      shape.transforms.slice(0, 4).join(', '),
    )
  }
  return { signature, digest }
}

/**
 * The canonical octets that the signature covers, once it has verified with one of the keys. SignedInfo first, so that
 * nothing is transformed for a key that is not trusted. Refuses with SAML_SIGNATURE_INVALID.
 */
export function verifySignature(shape: SignatureShape, keys: readonly PublicKey[]): string {
  const { signature, digest } = checkAlgorithms(shape)
  const signedInfo = Buffer.from(canonical(shape.signedInfo, shape.signedInfoPrefixes))
  if (!keys.some((key) => isSignedBy(key, signature, signedInfo, shape.value))) {
    throw new Refused(
      'SAML_SIGNATURE_INVALID',
      'signature',
      `a signature of ${shape.parent.localName} by one of the ${keys.length} pinned keys`,
      'one that none of them verifies',
    )
  }
  const following = shape.element.nextSibling
  shape.parent.removeChild(shape.element)
  const octets = canonical(shape.parent, shape.prefixes)
  shape.parent.insertBefore(shape.element, following)
  if (!createHash(digest).update(octets).digest().equals(shape.digest)) {
    throw new Refused(
      'SAML_SIGNATURE_INVALID',
      'signature',
      `the ${shape.parent.localName} that was signed`,
      'one that was changed after signing',
    )
  }
  return octets
}

/** A key and its type, which costs a call into the engine each time it is asked for. */
export interface PublicKey {
  readonly key: KeyObject
  readonly type: string | undefined
}

const keysByCertificate = new Map<string, PublicKey>()

/**
 * The public keys of certificates in PEM, kept between calls. A certificate's dates and issuer play no part. One that cannot
 * be read, which configuration and metadata refuse, verifies nothing and keeps no other from being tried.
 */
export function publicKeys(certificates: readonly string[]): PublicKey[] {
  if (keysByCertificate.size > 1000) keysByCertificate.clear()
  return certificates.flatMap((pem) => {
    const known = keysByCertificate.get(pem) ?? readKey(pem)
    if (known === undefined) return []
    keysByCertificate.set(pem, known)
    return known
  })
}

function readKey(pem: string): PublicKey | undefined {
  try {
    const key = new X509Certificate(pem).publicKey
    return { key, type: key.asymmetricKeyType }
  } catch {
    return undefined
  }
}

/** In a PrefixList: the default namespace, which then stands wherever it changes, in use or not (Exclusive XML Canonicalization §3). */
const DEFAULT_PREFIX = '#default'

const canonicalizer = exclusiveCanonicalizer()

/** xml-crypto's canonicalization, with names compared by code unit, no namespace told from an unset one, and `#default` known. */
function exclusiveCanonicalizer(): ExclusiveCanonicalization {
  const made = new ExclusiveCanonicalization()
  made.nsCompare = (a: { prefix: string }, b: { prefix: string }) => compare(a.prefix, b.prefix)
  made.attrCompare = (a: Attr, b: Attr) =>
    compare(a.namespaceURI ?? '', b.namespaceURI ?? '') || compare(a.localName, b.localName)
  const renderNs = made.renderNs.bind(made)
  made.renderNs = (node: Element, inScope, defaultNs: string, forPrefix, prefixes: string[]) => {
    const { rendered, newDefaultNs } = renderNs(node, inScope, defaultNs, forPrefix, prefixes)
    const kept = node.prefix !== null && prefixes.includes(DEFAULT_PREFIX) ? attribute(node, 'xmlns') : null
    if (kept === null || kept === defaultNs) return { rendered, newDefaultNs: newDefaultNs ?? '' }
    return { rendered: ` xmlns="${kept}"${rendered}`, newDefaultNs: kept }
  }
  return made
}

function compare(a: string, b: string): 1 | 0 | -1 {
  if (a === b) return 0
  return a < b ? -1 : 1
}

/** Exclusive XML Canonicalization 1.0 of the element, without comments, with the InclusiveNamespaces PrefixList. */
function canonical(element: Element, prefixes: readonly string[]): string {
  const own = new Set(declarations(element).map(([prefix]) => prefix))
  const around = prefixes.length === 0 ? [] : [...namespacesAround(element)]
  const kept = prefixes.includes(DEFAULT_PREFIX) && !own.has('') ? around.find(([prefix]) => prefix === '') : undefined
  // As xml-crypto does with the other prefixes; where it has been the default namespace anyhow, nothing changes.
  if (kept !== undefined) element.setAttributeNS(XMLNS, 'xmlns', kept[1])
  const octets = canonicalizer.process(element, {
    inclusiveNamespacesPrefixList: [...prefixes],
    ancestorNamespaces: around
      .filter(([prefix]) => prefix !== '' && !own.has(prefix))
      .map(([prefix, namespaceURI]) => ({ prefix, namespaceURI })),
  })
  if (octets.length === 0) throw illShaped('canonical form')
  return octets
}

function isSignedBy(key: PublicKey, algorithm: SignatureAlgorithm, signed: Buffer, value: Buffer): boolean {
  try {
    return verifies(key, algorithm, signed, value)
  } catch {
    // A key for RSASSA-PSS may be bound to one hash (RFC 4055 §3.1); another is an error to OpenSSL, and here one key of several.
    return false
  }
}

function verifies({ key, type }: PublicKey, algorithm: SignatureAlgorithm, signed: Buffer, value: Buffer): boolean {
  switch (algorithm.family) {
    case 'rsa':
      // Without options: the padding is RSASSA-PKCS1-v1_5 then, and Node.js recognizes the key at once, not by two errors.
      return type === 'rsa' && verify(algorithm.hash, signed, key, value)
    case 'rsa-pss':
      return (
        (type === 'rsa' || type === 'rsa-pss') &&
        verify(
          algorithm.hash,
          signed,
          { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
          value,
        )
      )
    case 'ecdsa':
      return type === 'ec' && verify(algorithm.hash, signed, { key, dsaEncoding: 'ieee-p1363' }, value)
  }
}

function readReference(reference: Element, parent: Element) {
  if (!isPart(reference, 'Reference')) throw illShaped('SignedInfo')
  const id = attribute(parent, 'ID')
  const uri = attribute(reference, 'URI')
  if (id === null || id === '' || uri !== `#${id}`) {
    throw new Refused(
      'SAML_SIGNATURE_INVALID',
      'shape',
      `a Reference to ${shown(`#${id ?? ''}`)}, its own parent`,
      shown(uri),
    )
  }
  const parts = childElements(reference)
  const transforms = parts.length === 3 ? parts[0] : undefined
  const [digestMethod, digestValue] = parts.slice(-2)
  if (transforms === undefined || digestMethod === undefined || digestValue === undefined) throw illShaped('Reference')
  if (
    !isPart(transforms, 'Transforms') ||
    !isPart(digestMethod, 'DigestMethod') ||
    !isPart(digestValue, 'DigestValue')
  ) {
    throw illShaped('Reference')
  }
  const listed = childElements(transforms)
  if (listed.length > 2 || !listed.every((each) => isPart(each, 'Transform'))) {
    throw unlisted('the transforms enveloped-signature and exclusive canonicalization', `${listed.length} transforms`)
  }
  return {
    digestAlgorithm: attribute(digestMethod, 'Algorithm') ?? '',
    transforms: listed.map((each) => attribute(each, 'Algorithm') ?? ''),
    prefixes: listed.flatMap(readPrefixList),
    digest: readBase64(digestValue),
  }
}

/** The PrefixList of the one InclusiveNamespaces that a canonicalization may have. */
function readPrefixList(method: Element): string[] {
  const [inclusive, ...others] = childElements(method)
  if (inclusive === undefined) return []
  if (
    others.length > 0 ||
    !named(inclusive, EXCLUSIVE_C14N, 'InclusiveNamespaces') ||
    childElements(inclusive).length > 0
  ) {
    throw unlisted('InclusiveNamespaces and no other parameter', inclusive.localName)
  }
  const prefixes = (attribute(inclusive, 'PrefixList') ?? '').split(/[ \t\n\r]+/).filter((prefix) => prefix !== '')
  if (prefixes.length > 64) throw unlisted('a PrefixList of at most 64', `${prefixes.length}`)
  return prefixes
}

function readBase64(element: Element): Buffer {
  const text = childElements(element).length === 0 ? pureText(element) : undefined
  const octets = text === undefined ? undefined : strictBase64(text)
  if (octets === undefined) throw illShaped(element.localName)
  return octets
}

function isPart(element: Element, name: string): boolean {
  return named(element, SIGNATURE, name)
}

function illShaped(where: string): Refused {
  return new Refused('SAML_SIGNATURE_INVALID', 'shape', `a ${where} as SAML Core 2.0 §5.4 has it`, 'another shape')
}

function unlisted(expected: string, received: string): Refused {
  return new Refused('SAML_ALGORITHM_REFUSED', 'algorithm', expected, shown(received))
}
