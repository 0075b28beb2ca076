/** Hostile signatures: coverage, shape, keys, algorithms, transforms (security.md). */

import { createHash, X509Certificate } from 'node:crypto'
import type { HostileCase } from '../../support/saml/expect.ts'
import { attacker, curve256, curve384, other, provider } from '../../support/saml/identities.ts'
import { C14N, ENVELOPED, SIG, type SignOptions, sign } from '../../support/saml/sign.ts'

const INVALID = 'SAML_SIGNATURE_INVALID'
const REFUSED = 'SAML_ALGORITHM_REFUSED'
const SIGNATURE = /<ds:Signature [\s\S]*?<\/ds:Signature>/
const certificateText = (pem: string) => pem.replace(/-----[^-]+-----|\s/g, '')

function signing(title: string, code: HostileCase['code'], options: Partial<SignOptions>): HostileCase {
  return { title, code, hostile: { signing: options } }
}

function altered(title: string, code: HostileCase['code'], after: (xml: string) => string): HostileCase {
  return { title, code, hostile: { after } }
}

function transform(title: string, transforms: string): HostileCase {
  return signing(title, REFUSED, { transforms })
}

const DIGEST_VALUE = /<ds:DigestValue>[^<]*<\/ds:DigestValue>/
const EMPTY_DIGEST = createHash('sha256').digest('base64')

/** The assertion changed after signing, and the digest that would fit it where a careless search finds it first. */
function smuggled(xml: string, where: 'StatusDetail' | 'Extensions'): string {
  const forged = xml.replace('>ann@example.com</saml:NameID>', '>admin@example.com</saml:NameID>')
  const unsigned = forged.replace(SIGNATURE, '')
  const right = DIGEST_VALUE.exec(sign(unsigned, '_assertion1', { by: attacker }))?.[0] ?? ''
  const hidden = `<samlp:${where}>${right.replace('<ds:DigestValue', `<ds:DigestValue xmlns:ds="${SIG}"`)}</samlp:${where}>`
  return where === 'Extensions'
    ? forged.replace('<samlp:Status>', `${hidden}<samlp:Status>`)
    : forged.replace('</samlp:Status>', `${hidden}</samlp:Status>`)
}

function rsaKeyValue(certificate: string): string {
  const { n = '', e = '' } = new X509Certificate(certificate).publicKey.export({ format: 'jwk' })
  const base64 = (text: string) => Buffer.from(text, 'base64url').toString('base64')
  return `<ds:RSAKeyValue><ds:Modulus>${base64(n)}</ds:Modulus><ds:Exponent>${base64(e)}</ds:Exponent></ds:RSAKeyValue>`
}

const enveloped = `<ds:Transform Algorithm="${ENVELOPED}"></ds:Transform>`
const exclusive = `<ds:Transform Algorithm="${C14N}"></ds:Transform>`

export const SIGNATURE_CASES: readonly HostileCase[] = [
  { title: 'an unsigned message is refused', code: 'SAML_SIGNATURE_MISSING', hostile: { signed: 'none' } },
  altered('a message whose signature was taken out is refused', 'SAML_SIGNATURE_MISSING', (xml) =>
    xml.replace(SIGNATURE, ''),
  ),
  altered('an empty Signature element is refused', INVALID, (xml) =>
    xml.replace(SIGNATURE, '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>'),
  ),
  altered('a Signature in another namespace is refused', INVALID, (xml) =>
    xml.replace('xmlns:ds="http://www.w3.org/2000/09/xmldsig#"', 'xmlns:ds="urn:other"'),
  ),
  altered('an empty SignatureValue is refused', INVALID, (xml) => xml.replace(/(<ds:SignatureValue>)[^<]*/, '$1')),
  altered('a changed NameID is refused', INVALID, (xml) =>
    xml.replace('>ann@example.com</saml:NameID>', '>admin@example.com</saml:NameID>'),
  ),
  altered('a changed attribute is refused', INVALID, (xml) =>
    xml.replace('>ann@example.com</saml:AttributeValue>', '>x</saml:AttributeValue>'),
  ),
  altered('a changed NotOnOrAfter is refused', INVALID, (xml) => xml.replaceAll('08:05:00', '09:05:00')),
  {
    title: 'a change in a signed Response is refused',
    code: INVALID,
    twin: { signed: 'response' },
    hostile: { after: (xml) => xml.replace('>ann@example.com</saml:NameID>', '>admin@example.com</saml:NameID>') },
  },
  {
    title: 'a bad signature of the assertion inside a well signed Response is refused',
    code: INVALID,
    twin: { signed: 'both' },
    hostile: { between: (xml) => xml.replace('>ann@example.com</saml:NameID>', '>admin@example.com</saml:NameID>') },
  },
  {
    title: 'a bad signature of the Response around a well signed assertion is refused',
    code: INVALID,
    twin: { signed: 'both' },
    hostile: { after: (xml) => xml.replace('Version="2.0"', 'Version="2.0" Consent="x"') },
  },
  {
    title: 'a Response signed where the assertion must be signed is refused',
    code: 'SAML_SIGNATURE_MISSING',
    twin: { signed: 'both' },
    circumstances: { config: { want: { signedResponse: true, signedAssertion: true, encryptedAssertion: false } } },
    hostile: { signed: 'response' },
  },
  {
    title: 'an assertion signed where the Response must be signed is refused',
    code: 'SAML_SIGNATURE_MISSING',
    twin: { signed: 'both' },
    circumstances: { config: { want: { signedResponse: true, signedAssertion: true, encryptedAssertion: false } } },
    hostile: { signed: 'assertion' },
  },
  altered('two signatures of one assertion are refused', INVALID, (xml) => xml.replace(SIGNATURE, (one) => one + one)),
  altered('a copy of the signature deeper in the signed element is refused', INVALID, (xml) => {
    const copy = SIGNATURE.exec(xml)?.[0] ?? ''
    return xml.replace('</saml:AttributeValue>', `${copy}</saml:AttributeValue>`)
  }),
  altered('content hidden in an Object of the signature is refused', INVALID, (xml) =>
    xml.replace('</ds:Signature>', '<ds:Object/></ds:Signature>'),
  ),
  altered('two SignedInfo elements are refused', INVALID, (xml) =>
    xml.replace(/<ds:SignedInfo>[\s\S]*<\/ds:SignedInfo>/, (one) => one + one),
  ),
  altered('a SignedInfo inside another element is refused', INVALID, (xml) =>
    xml.replace(/<ds:SignedInfo>[\s\S]*<\/ds:SignedInfo>/, (one) => `<ds:Object>${one}</ds:Object>`),
  ),
  altered('a second SignedInfo for another digest, behind the one that was signed, is refused', INVALID, (xml) =>
    xml.replace('</ds:SignatureValue>', (end) => {
      const [signed = ''] = /<ds:SignedInfo>[\s\S]*<\/ds:SignedInfo>/.exec(xml) ?? []
      return end + signed.replace(DIGEST_VALUE, `<ds:DigestValue>${EMPTY_DIGEST}</ds:DigestValue>`)
    }),
  ),
  altered('two DigestValue elements are refused', INVALID, (xml) =>
    xml.replace(/<ds:DigestValue>[^<]*<\/ds:DigestValue>/, (one) => one + one),
  ),
  altered('a comment in DigestValue is refused', INVALID, (xml) =>
    xml.replace('<ds:DigestValue>', '<ds:DigestValue><!--x-->'),
  ),
  altered('a CDATA section in DigestValue is refused', INVALID, (xml) =>
    xml.replace(/<ds:DigestValue>([^<]*)/, '<ds:DigestValue><![CDATA[$1]]>'),
  ),
  altered('a comment in SignedInfo is refused', INVALID, (xml) =>
    xml.replace('<ds:Reference', '<!--x--><ds:Reference'),
  ),
  altered('a comment in SignatureValue is refused', INVALID, (xml) =>
    xml.replace('<ds:SignatureValue>', '<ds:SignatureValue><!--x-->'),
  ),
  signing('a SignedInfo without Reference is refused', INVALID, {
    signedInfo: (text) => text.replace(/<ds:Reference[\s\S]*<\/ds:Reference>/, ''),
  }),
  signing('two References are refused', INVALID, {
    signedInfo: (text) => text.replace(/<ds:Reference[\s\S]*<\/ds:Reference>/, (one) => one + one),
  }),
  signing('an empty Reference URI is refused', INVALID, { uri: '' }),
  signing('an XPointer is refused', INVALID, { uri: "#xpointer(id('_assertion1'))" }),
  signing('an external Reference is refused', INVALID, { uri: 'http://127.0.0.1:1/x' }),
  signing('a Reference to a file is refused', INVALID, { uri: 'file:///etc/passwd' }),
  signing('a Reference to the Response on the assertion is refused', INVALID, { uri: '#_response1' }),
  signing('a Reference to nothing is refused', INVALID, { uri: '#_nothing' }),
  { title: 'an attacker’s key is refused', code: INVALID, hostile: { by: attacker } },
  {
    title: 'an attacker’s key with his certificate in KeyInfo is refused',
    code: INVALID,
    hostile: {
      by: attacker,
      signing: {
        keyInfo: `<ds:KeyInfo><ds:X509Data><ds:X509Certificate>${certificateText(attacker.certificate)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>`,
      },
    },
  },
  {
    title: 'an attacker’s key with the provider’s certificate in KeyInfo is refused',
    code: INVALID,
    hostile: {
      by: attacker,
      signing: {
        keyInfo: `<ds:KeyInfo><ds:X509Data><ds:X509Certificate>${certificateText(provider.certificate)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>`,
      },
    },
  },
  ...(
    [
      ['RSAKeyValue', `<ds:KeyValue>${rsaKeyValue(attacker.certificate)}</ds:KeyValue>`],
      ['RetrievalMethod', '<ds:RetrievalMethod URI="http://127.0.0.1:1/key"/>'],
      ['KeyName', '<ds:KeyName>/etc/passwd</ds:KeyName>'],
    ] as const
  ).map(
    ([name, content]): HostileCase => ({
      title: `an attacker’s key named by ${name} is refused`,
      code: INVALID,
      hostile: { by: attacker, signing: { keyInfo: `<ds:KeyInfo>${content}</ds:KeyInfo>` } },
    }),
  ),
  {
    title: 'a forged assertion whose digest is smuggled into StatusDetail is refused (CVE-2024-45409)',
    code: INVALID,
    hostile: { after: (xml) => smuggled(xml, 'StatusDetail') },
  },
  {
    title: 'a forged assertion whose digest is smuggled into Extensions is refused',
    code: INVALID,
    hostile: { after: (xml) => smuggled(xml, 'Extensions') },
  },
  {
    title:
      'a digest of nothing, for a canonicalization that fails on a relative namespace, is refused (CVE-2025-66568)',
    code: INVALID,
    hostile: {
      signing: { signedInfo: (text) => text.replace(DIGEST_VALUE, `<ds:DigestValue>${EMPTY_DIGEST}</ds:DigestValue>`) },
      after: (xml) =>
        xml
          .replace('<saml:Assertion ', '<saml:Assertion xmlns:void="1" ')
          .replace('>ann@example.com</saml:NameID>', '>admin@example.com</saml:NameID>'),
    },
  },
  {
    title: 'a digest of nothing on an assertion of this provider is refused',
    code: INVALID,
    hostile: {
      signing: { signedInfo: (text) => text.replace(DIGEST_VALUE, `<ds:DigestValue>${EMPTY_DIGEST}</ds:DigestValue>`) },
    },
  },
  { title: 'another configured provider’s key is refused', code: INVALID, hostile: { by: other } },
  {
    title: 'an ECDSA key that is not pinned is refused',
    code: INVALID,
    hostile: { by: curve256, signing: { algorithm: 'ecdsa-sha256' } },
  },
  {
    title: 'an RSA signature under the name of ECDSA is refused',
    code: INVALID,
    circumstances: { certificates: [provider.certificate, curve384.certificate] },
    hostile: { signing: { signedInfo: (text) => text.replace('rsa-sha256', 'ecdsa-sha256') } },
  },
  signing('HMAC with the certificate as key is refused', REFUSED, { algorithm: 'hmac-sha256' }),
  signing('HMAC cut to no bits at all is refused (CVE-2009-0217)', INVALID, {
    algorithm: 'hmac-sha256',
    signedInfo: (text) =>
      text.replace('</ds:SignatureMethod>', '<ds:HMACOutputLength>0</ds:HMACOutputLength></ds:SignatureMethod>'),
    signature: (text) => text.replace(/(<ds:SignatureValue>)[^<]*/, '$1AAAA'),
  }),
  altered('a signature relabelled as another hash is refused', INVALID, (xml) =>
    xml.replace('rsa-sha256', 'rsa-sha512'),
  ),
  signing('RSA-SHA1 is refused by default', REFUSED, { algorithm: 'rsa-sha1' }),
  signing('a SHA-1 digest is refused by default', REFUSED, { digest: 'sha1' }),
  signing('RSA-MD5 is refused', REFUSED, { algorithm: 'rsa-md5' }),
  {
    title: 'S-4: RSA-SHA256 is refused where minimumSignature is rsa-sha512',
    code: REFUSED,
    twin: { signing: { algorithm: 'rsa-sha512', digest: 'sha512' } },
    circumstances: { config: { minimumSignature: 'rsa-sha512' } },
    hostile: { signing: { algorithm: 'rsa-sha256', digest: 'sha512' } },
  },
  {
    title: 'S-4: a SHA-256 digest is refused where minimumSignature is rsa-sha512',
    code: REFUSED,
    twin: { signing: { algorithm: 'rsa-sha512', digest: 'sha512' } },
    circumstances: { config: { minimumSignature: 'rsa-sha512' } },
    hostile: { signing: { algorithm: 'rsa-sha512', digest: 'sha256' } },
  },
  transform(
    'an XPath transform is refused',
    `${enveloped}<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"></ds:Transform>`,
  ),
  transform(
    'an XSLT transform is refused',
    `<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"></ds:Transform>${exclusive}`,
  ),
  transform(
    'a base64 transform is refused',
    `${enveloped}<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#base64"></ds:Transform>`,
  ),
  transform(
    'canonicalization with comments is refused',
    `${enveloped}<ds:Transform Algorithm="${C14N}WithComments"></ds:Transform>`,
  ),
  transform(
    'an algorithm named constructor is refused',
    `${enveloped}<ds:Transform Algorithm="constructor"></ds:Transform>`,
  ),
  transform(
    'an algorithm named __proto__ is refused',
    `${enveloped}<ds:Transform Algorithm="__proto__"></ds:Transform>`,
  ),
  transform('three transforms are refused', enveloped + exclusive + exclusive),
  transform('a hundred transforms are refused', enveloped + exclusive.repeat(100)),
  transform('one transform twice is refused', enveloped + enveloped),
  transform('transforms in the wrong order are refused', exclusive + enveloped),
  transform('a missing canonicalization is refused', enveloped),
  signing('another canonicalization of SignedInfo is refused', REFUSED, {
    canonicalization: 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315',
  }),
  {
    title: 'a Response of this provider around an assertion that another configured provider signed is refused',
    code: INVALID,
    twin: { signed: 'both' },
    hostile: { signed: 'response', before: (xml) => sign(xml, '_assertion1', { by: other }) },
  },
  {
    title: 'a forged assertion signed by an attacker in a genuinely signed Response is refused',
    code: INVALID,
    twin: { signed: 'both' },
    hostile: {
      signed: 'response',
      before: (xml) => sign(xml, '_assertion1', { by: attacker }),
    },
  },
]
