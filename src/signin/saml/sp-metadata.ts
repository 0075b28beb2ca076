/**
 * Our own metadata (SAML Metadata 2.0 §2.4.4), unsigned. Written here because node-saml's generator takes one decryption
 * certificate, has no cacheDuration, and would offer logout by HTTP-POST and encryption in CBC mode.
 */

import { X509Certificate } from 'node:crypto'

// Its escapes (&amp; &lt; &gt; &quot; &#39;) are XML's as well.
import { type Html, html } from '../../core/html.ts'

export interface ServiceProviderFacts {
  readonly entityId: string
  readonly acsUrl: string
  readonly sloUrl: string
  /** Every request to some provider is signed. */
  readonly authnRequestsSigned: boolean
  /** PEM. */
  readonly signingCertificate: string
  /** PEM; those in use now and those that will be: providers may encrypt for any (S-10). */
  readonly encryptionCertificates: readonly string[]
}

const ENCRYPTION_METHODS = [
  'http://www.w3.org/2009/xmlenc11#aes256-gcm',
  'http://www.w3.org/2009/xmlenc11#aes128-gcm',
  'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
]

/** The metadata document (`application/samlmetadata+xml`); the same facts give the same bytes. Providers may keep it for an hour. */
export function serviceProviderMetadata(facts: ServiceProviderFacts): string {
  const methods = ENCRYPTION_METHODS.map((name) => html`<md:EncryptionMethod Algorithm="${name}"/>`)
  const document = html`<?xml version="1.0" encoding="UTF-8"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="${facts.entityId}" cacheDuration="PT1H">
<md:SPSSODescriptor AuthnRequestsSigned="${String(facts.authnRequestsSigned)}" WantAssertionsSigned="true" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
${keyDescriptor('signing', facts.signingCertificate, [])}${facts.encryptionCertificates.map((each) => keyDescriptor('encryption', each, methods))}<md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${facts.sloUrl}"/>
<md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="${facts.acsUrl}" index="0" isDefault="true"/>
</md:SPSSODescriptor>
</md:EntityDescriptor>
`
  return document.html
}

function keyDescriptor(use: 'signing' | 'encryption', certificate: string, methods: readonly Html[]): Html {
  const der = new X509Certificate(certificate).raw.toString('base64')
  return html`<md:KeyDescriptor use="${use}"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>${der}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>${methods}</md:KeyDescriptor>
`
}
