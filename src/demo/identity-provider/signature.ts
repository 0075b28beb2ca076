/** Enveloped signatures as SAML wants them (SAML Core 2.0 §5.4): RSA-SHA256, exclusive canonicalization. */

import { SignedXml } from 'xml-crypto'

export interface SigningKeys {
  /** PEM text. */
  readonly key: string
  /** PEM text. */
  readonly cert: string
}

const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#'

/** `document` with its root element signed; the Signature stands after the root's Issuer, where the schema wants it. */
export function signElement(document: string, { key, cert }: SigningKeys): string {
  const signed = new SignedXml({
    privateKey: key,
    publicCert: cert,
    signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: EXCLUSIVE,
  })
  signed.addReference({
    xpath: '/*',
    digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256',
    transforms: ['http://www.w3.org/2000/09/xmldsig#enveloped-signature', EXCLUSIVE],
  })
  signed.computeSignature(document, {
    prefix: 'ds',
    location: { reference: "/*/*[local-name(.)='Issuer']", action: 'after' },
  })
  return signed.getSignedXml()
}
