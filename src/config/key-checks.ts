/** What a private key or certificate must be. Each check returns what is wrong, or nothing. */

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { type Clock, instant, isoTime } from '../core/time.ts'

const RSA_BITS = 2048
const EC_BITS = 256

/** Sizes of the named curves that OpenSSL knows and that are in use for SAML and TLS. */
const CURVE_BITS: Readonly<Record<string, number>> = {
  prime256v1: 256,
  secp256k1: 256,
  brainpoolP256r1: 256,
  secp384r1: 384,
  brainpoolP384r1: 384,
  secp521r1: 521,
  brainpoolP512r1: 512,
}

/** OpenSSL's names of P-256, P-384 and P-521. */
const PROVIDER_CURVES: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1'])

/** The private key of a PEM text; undefined when it is not one, or is encrypted. */
export function parsePrivateKey(pem: string): KeyObject | undefined {
  if (!/-----BEGIN (?:RSA |EC )?PRIVATE KEY-----/.test(pem)) return undefined
  try {
    return createPrivateKey(pem)
  } catch {
    return undefined
  }
}

/** The first certificate of a PEM text; undefined when there is none. */
export function parseCertificate(pem: string): X509Certificate | undefined {
  return pem.includes('-----BEGIN CERTIFICATE-----') ? certificateOf(pem) : undefined
}

/** The certificate in base64, as metadata has it (X509Certificate); undefined when there is none. */
export function parseBase64Certificate(base64: string): X509Certificate | undefined {
  return certificateOf(Buffer.from(base64, 'base64'))
}

/** What makes `key` too weak, or null. */
export function weakness(key: KeyObject, { rsaOnly = false }: { rsaOnly?: boolean } = {}): string | null {
  const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {}
  const type = key.asymmetricKeyType ?? 'unknown'
  const allowed = rsaOnly
    ? `must be RSA of at least ${RSA_BITS} bits`
    : `must be RSA of at least ${RSA_BITS} bits or EC of at least ${EC_BITS}`
  if (type === 'rsa') return modulusLength >= RSA_BITS ? null : `is an RSA key of ${modulusLength} bits; ${allowed}`
  if (type !== 'ec' || rsaOnly) return `is a key of type ${type}; ${allowed}`
  return (CURVE_BITS[namedCurve] ?? 0) >= EC_BITS ? null : `is an EC key on ${namedCurve}; ${allowed}`
}

/** What makes the key of an identity provider unusable, or null: too weak, or on another curve than SAML's ECDSA has. */
export function unfitForProvider(key: KeyObject): string | null {
  const curve = key.asymmetricKeyDetails?.namedCurve
  const foreign = curve !== undefined && !PROVIDER_CURVES.has(curve)
  return weakness(key) ?? (foreign ? `is an EC key on ${curve}; must be on P-256, P-384 or P-521` : null)
}

/** What is wrong with the period in which `certificate` is valid, or null. */
export function overdue(certificate: X509Certificate, clock: Clock): string | null {
  const now = clock.now()
  const from = instant(certificate.validFromDate.getTime())
  const until = instant(certificate.validToDate.getTime())
  if (now < from) return `the certificate is not valid before ${isoTime(from)}; must be valid now`
  return now > until ? `the certificate expired at ${isoTime(until)}; must be valid now` : null
}

/** Whether `key` is a private key on P-256. */
export function isP256(key: KeyObject): boolean {
  return key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
}

function certificateOf(source: string | Buffer): X509Certificate | undefined {
  try {
    const certificate = new X509Certificate(source)
    // A key that OpenSSL cannot read shows only when it is asked for.
    return certificate.publicKey.type === 'public' ? certificate : undefined
  } catch {
    return undefined
  }
}
