/** Signature wrapping (security.md: XSW 1-8 and later): the verified element is the one that is read, or nothing is. */

import type { HostileCase } from '../../support/saml/expect.ts'

const EVIL = 'admin@example.com'

/** The signed assertion of a message, and the same with another name and ID and without signature. */
function parts(xml: string) {
  const signed = /<saml:Assertion[\s\S]*<\/saml:Assertion>/.exec(xml)?.[0] ?? ''
  const signature = /<ds:Signature [\s\S]*?<\/ds:Signature>/.exec(signed)?.[0] ?? ''
  const evil = signed.replace(signature, '').replace('ann@example.com', EVIL).replace('_assertion1', '_evil')
  return { signed, signature, evil }
}

function wrapped(make: (each: ReturnType<typeof parts>, xml: string) => string) {
  return { after: (xml: string) => make(parts(xml), xml) }
}

export const WRAPPING_CASES: readonly HostileCase[] = [
  {
    title: 'XSW-1: a signed Response inside the Signature of a forged one is refused',
    code: 'SAML_SIGNATURE_INVALID',
    twin: { signed: 'response' },
    hostile: {
      after: (xml) => {
        const signature = /<ds:Signature [\s\S]*?<\/ds:Signature>/.exec(xml)?.[0] ?? ''
        const original = xml.replace(signature, '')
        const forged = original
          .replace('_response1', '_evil')
          .replace('ann@example.com', EVIL)
          .replace('_assertion1', '_evil2')
        return forged.replace(
          '</saml:Issuer>',
          `</saml:Issuer>${signature.replace('</ds:Signature>', `<ds:Object>${original}</ds:Object></ds:Signature>`)}`,
        )
      },
    },
  },
  {
    title: 'XSW-2: a signed Response beside the Signature of a forged one is refused',
    code: 'SAML_SIGNATURE_INVALID',
    twin: { signed: 'response' },
    hostile: {
      after: (xml) => {
        const signature = /<ds:Signature [\s\S]*?<\/ds:Signature>/.exec(xml)?.[0] ?? ''
        const original = xml.replace(signature, '')
        const forged = original
          .replace('_response1', '_evil')
          .replace('ann@example.com', EVIL)
          .replace('_assertion1', '_evil2')
        return forged.replace('</saml:Issuer>', `</saml:Issuer>${original}${signature}`)
      },
    },
  },
  {
    title: 'XSW-3: a forged assertion before the signed one is refused',
    code: 'SAML_MALFORMED',
    hostile: wrapped(({ signed, evil }, xml) => xml.replace(signed, evil + signed)),
  },
  {
    title: 'XSW-3b: a forged assertion after the signed one is refused',
    code: 'SAML_MALFORMED',
    hostile: wrapped(({ signed, evil }, xml) => xml.replace(signed, signed + evil)),
  },
  {
    title: 'XSW-4: a signed assertion inside a forged one is refused',
    code: 'SAML_MALFORMED',
    hostile: wrapped(({ signed, evil }, xml) =>
      xml.replace(signed, evil.replace('</saml:Assertion>', `${signed}</saml:Assertion>`)),
    ),
  },
  {
    title: 'XSW-5: a forged assertion that carries the signature of another is refused',
    code: 'SAML_SIGNATURE_INVALID',
    hostile: wrapped(({ signed, signature, evil }, xml) =>
      xml.replace(signed, evil.replace('</saml:Issuer>', `</saml:Issuer>${signature}`)),
    ),
  },
  {
    title: 'XSW-6: a forged assertion whose signature holds the signed one is refused',
    code: 'SAML_SIGNATURE_INVALID',
    hostile: wrapped(({ signed, signature, evil }, xml) => {
      const bare = signed.replace(signature, '')
      const holding = signature.replace('</ds:Signature>', `<ds:Object>${bare}</ds:Object></ds:Signature>`)
      return xml.replace(signed, evil.replace('</saml:Issuer>', `</saml:Issuer>${holding}`))
    }),
  },
  {
    title: 'XSW-7: a forged assertion in Extensions is refused',
    code: 'SAML_MALFORMED',
    hostile: wrapped(({ signed, evil }, xml) =>
      xml.replace(signed, `<samlp:Extensions>${evil}</samlp:Extensions>${signed}`),
    ),
  },
  {
    title: 'XSW-8: a signed assertion in an Object of the forged one is refused',
    code: 'SAML_SIGNATURE_INVALID',
    hostile: wrapped(({ signed, signature, evil }, xml) => {
      const object = `<ds:Object xmlns:ds="http://www.w3.org/2000/09/xmldsig#">${signed.replace(signature, '')}</ds:Object>`
      return xml.replace(
        signed,
        evil.replace(
          '</saml:Issuer>',
          `</saml:Issuer>${signature.replace('</ds:Signature>', `${object}</ds:Signature>`)}`,
        ),
      )
    }),
  },
  {
    title: 'XSW-9: the signed assertion moved to Extensions is refused',
    code: 'SAML_MALFORMED',
    hostile: wrapped(({ signed, evil }, xml) =>
      xml
        .replace(signed, evil)
        .replace('<samlp:Status>', `<samlp:Extensions>${signed}</samlp:Extensions><samlp:Status>`),
    ),
  },
  {
    title: 'XSW-10: a forged assertion with ID and signature of the one that hides in Extensions is refused',
    code: 'SAML_MALFORMED',
    hostile: wrapped(({ signed, signature, evil }, xml) => {
      const forged = evil.replace('_evil', '_assertion1').replace('</saml:Issuer>', `</saml:Issuer>${signature}`)
      return xml
        .replace(signed, forged)
        .replace('<samlp:Status>', `<samlp:Extensions>${signed}</samlp:Extensions><samlp:Status>`)
    }),
  },
  {
    title: 'XSW-11: the signed assertion moved to StatusDetail is refused',
    code: 'SAML_MALFORMED',
    hostile: wrapped(({ signed, evil }, xml) =>
      xml
        .replace(signed, evil)
        .replace('</samlp:Status>', `<samlp:StatusDetail>${signed}</samlp:StatusDetail></samlp:Status>`),
    ),
  },
  {
    title: 'XSW-12: the signed assertion in the Advice of a forged one is refused',
    code: 'SAML_MALFORMED',
    hostile: wrapped(({ signed, evil }, xml) =>
      xml.replace(
        signed,
        evil.replace('<saml:AuthnStatement', `<saml:Advice>${signed}</saml:Advice><saml:AuthnStatement`),
      ),
    ),
  },
  {
    title: 'XSW-13: the signed assertion in an AttributeValue of a forged one is refused',
    code: 'SAML_MALFORMED',
    hostile: wrapped(({ signed, evil }, xml) =>
      xml.replace(signed, evil.replace('</saml:AttributeValue>', `${signed}</saml:AttributeValue>`)),
    ),
  },
  {
    title: 'XSW-14: a forged assertion without a namespace is refused',
    code: 'SAML_MALFORMED',
    hostile: { after: (xml) => xml.replace('<saml:Assertion', `<Assertion ID="_evil"/><saml:Assertion`) },
  },
  {
    title: 'XSW-15: a forged assertion in another namespace is refused',
    code: 'SAML_MALFORMED',
    hostile: {
      after: (xml) => xml.replace('<saml:Assertion', `<e:Assertion xmlns:e="urn:evil" ID="_evil"/><saml:Assertion`),
    },
  },
  {
    title: 'XSW-16: two assertions with the same ID are refused',
    code: 'SAML_MALFORMED',
    hostile: wrapped(({ signed, evil }, xml) => xml.replace(signed, evil.replace('_evil', '_assertion1') + signed)),
  },
  {
    title: 'XSW-17: a signature of the Response that covers a hidden assertion is refused',
    code: 'SAML_SIGNATURE_INVALID',
    hostile: wrapped(({ signed, signature, evil }, xml) =>
      xml.replace(signed, evil).replace('</saml:Issuer>', `</saml:Issuer>${signature}`),
    ),
  },
  {
    title: 'XSW-18: a genuine signed Response inside a forged one is refused',
    code: 'SAML_MALFORMED',
    twin: { signed: 'response' },
    hostile: {
      after: (xml) =>
        xml
          .replace(/<ds:Signature [\s\S]*?<\/ds:Signature>/, '')
          .replace('_response1', '_evil')
          .replace('_assertion1', '_evil2')
          .replace('>ann@example.com</saml:NameID>', `>${EVIL}</saml:NameID>`)
          .replace('<samlp:Status>', `<samlp:Extensions>${xml}</samlp:Extensions><samlp:Status>`),
    },
  },
  {
    title: 'XSW-19: two Responses in one root are refused',
    code: 'SAML_MALFORMED',
    hostile: { after: (xml) => `<root>${xml}${xml.replace('ann@example.com', EVIL)}</root>` },
  },
  {
    title: 'XSW-20: a message in a SOAP envelope is refused',
    code: 'SAML_MALFORMED',
    hostile: {
      after: (xml) =>
        `<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body>${xml}</S:Body></S:Envelope>`,
    },
  },
  {
    title: 'XSW-26: an assertion as root is refused',
    code: 'SAML_MALFORMED',
    hostile: wrapped(({ signed }) => signed),
  },
  {
    title: 'XSW-27: an EncryptedAssertion beside the signed assertion is refused',
    code: 'SAML_MALFORMED',
    hostile: {
      after: (xml) =>
        xml.replace(
          '<saml:Assertion',
          '<e:EncryptedAssertion xmlns:e="urn:oasis:names:tc:SAML:2.0:assertion"/><saml:Assertion',
        ),
    },
  },
  ...['Id', 'id', 'xml:id', 'e:ID', 'iD'].map(
    (name): HostileCase => ({
      title: `an identifier of the assertion repeated as ${name} is refused`,
      code: 'SAML_MALFORMED',
      hostile: {
        after: (xml) => xml.replace('<samlp:Status>', `<samlp:Status xmlns:e="urn:e" ${name}="_assertion1">`),
      },
    }),
  ),
]
