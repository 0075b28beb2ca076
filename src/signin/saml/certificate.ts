/** Signing certificates of identity providers: trusted for their key alone, so self-signed and expired ones are usable. */

import { X509Certificate } from 'node:crypto'

import { failed, ok, type Result } from '../../core/result.ts'

const MIN_RSA_BITS = 2048
/** OpenSSL's names of P-256, P-384 and P-521 (RFC 5480 §2.1.1.1). */
const CURVES = new Set(['prime256v1', 'secp384r1', 'secp521r1'])

/**
 * The certificate in PEM, DER or base64 text, with a key of at least RSA 2048 bits or on P-256, P-384 or P-521; otherwise
 * one line that names it (SAML2int SDP-MD06, SDP-MD07). Its dates do not count (IIP-MD12).
 */
export function readCertificate(source: string): Result<X509Certificate, string> {
  const certificate = parse(source)
  if (certificate === undefined) return failed('a signing certificate is not an X.509 certificate in base64')
  const weakness = keyProblem(certificate)
  return weakness === undefined ? ok(certificate) : failed(`signing certificate ${nameOf(certificate)}: ${weakness}`)
}

/**
 * Those of one X509Data that stand for a key of the provider: without the ones that issued another of them. A chain is
 * there to be looked at (XML Signature §4.4.4); its authority's key signs no assertion.
 */
export function withoutIssuers(certificates: readonly X509Certificate[]): readonly X509Certificate[] {
  return certificates.filter((candidate) => !certificates.some((other) => issued(candidate, other)))
}

function parse(source: string): X509Certificate | undefined {
  const pem = source.includes('-----BEGIN')
  const text = pem ? source : source.replace(/\s+/g, '')
  if (!pem && !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined
  try {
    return new X509Certificate(pem ? text : Buffer.from(text, 'base64'))
  } catch {
    // OpenSSL's reason says nothing that a reader of the metadata could use.
    return undefined
  }
}

function keyProblem(certificate: X509Certificate): string | undefined {
  let key: X509Certificate['publicKey']
  try {
    key = certificate.publicKey
  } catch {
    return 'its key cannot be read'
  }
  const details = key.asymmetricKeyDetails
  if (key.asymmetricKeyType === 'rsa' || key.asymmetricKeyType === 'rsa-pss') {
    const bits = details?.modulusLength ?? 0
    return bits < MIN_RSA_BITS ? `RSA key of ${bits} bits, at least ${MIN_RSA_BITS} are required` : undefined
  }
  if (key.asymmetricKeyType === 'ec') {
    const curve = details?.namedCurve ?? 'unknown'
    return CURVES.has(curve) ? undefined : `EC key on ${curve}, P-256, P-384 or P-521 is required`
  }
  return `key of type ${key.asymmetricKeyType}, RSA or EC is required`
}

function nameOf(certificate: X509Certificate): string {
  const subject = certificate.subject?.replace(/[\r\n]+/g, ', ') ?? ''
  return `"${subject}" (SHA-256 ${certificate.fingerprint256.slice(0, 23)}…)`
}

function issued(issuer: X509Certificate, certificate: X509Certificate): boolean {
  // A renewed self-signed certificate of the same key verifies the older one too, but is no authority above it.
  if (issuer.publicKey.equals(certificate.publicKey)) return false
  return certificate.verify(issuer.publicKey)
}
