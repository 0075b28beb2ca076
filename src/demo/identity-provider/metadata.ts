/** Metadata of the demo identity provider (SAML Metadata 2.0 §2.4.3). */

import { X509Certificate } from 'node:crypto'
import { DEMO_ENTITY_ID } from '../../core/names.ts'
import { xml } from './xml.ts'

/** The EntityDescriptor as XML. `ssoUrl` takes AuthnRequests by redirect and by POST; `cert` is PEM text. */
export function demoMetadata({ ssoUrl, cert }: { ssoUrl: string; cert: string }): string {
  const der = new X509Certificate(cert).raw.toString('base64')
  return xml`<?xml version="1.0" encoding="UTF-8"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${DEMO_ENTITY_ID}">
  <md:IDPSSODescriptor WantAuthnRequestsSigned="false" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <md:KeyDescriptor use="signing">
      <ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
        <ds:X509Data><ds:X509Certificate>${der}</ds:X509Certificate></ds:X509Data>
      </ds:KeyInfo>
    </md:KeyDescriptor>
    <md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</md:NameIDFormat>
    <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${ssoUrl}"/>
    <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="${ssoUrl}"/>
  </md:IDPSSODescriptor>
</md:EntityDescriptor>
`.xml
}
