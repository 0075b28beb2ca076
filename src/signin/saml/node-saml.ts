/** The only importer of node-saml: its AuthnRequests, made to say what we want them to say. */

import { SAML, type SamlConfig } from '@node-saml/node-saml'
import { signAuthnRequestPost } from '@node-saml/node-saml/lib/saml-post-signing.js'

import type { KeyPair } from '../../config/config.ts'

/** What goes into one AuthnRequest. */
export interface AuthnRequestOptions {
  readonly id: string
  /** entityID of the service provider. */
  readonly issuer: string
  readonly acsUrl: string
  /** Location of the single sign-on service; becomes Destination. */
  readonly ssoUrl: string
  /** RSA; null: not signed. */
  readonly signing: KeyPair | null
}

/** As node-saml writes it for `identifierFormat: null`; there is no option to leave it out. */
const NAME_ID_POLICY = '<samlp:NameIDPolicy xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" AllowCreate="true"/>'

/** The SSO location with the request in its query, deflated and, with a key, signed (SAML Bindings 2.0 §3.4.4.1). */
export async function redirectLocation(options: AuthnRequestOptions, relayState: string): Promise<string> {
  const xml = await unsignedRequest(options)
  return new SAML(settings(options))._requestToUrlAsync(xml, null, 'authorize', { RelayState: relayState })
}

/** The request in base64 for a form, with an enveloped signature where there is a key (SAML Bindings 2.0 §3.5.4). */
export async function postMessage(options: AuthnRequestOptions): Promise<string> {
  const xml = await unsignedRequest(options)
  const { signing } = options
  const message =
    signing === null
      ? xml
      : signAuthnRequestPost(xml, {
          privateKey: signing.key,
          publicCert: signing.cert,
          signatureAlgorithm: 'sha256',
          digestAlgorithm: 'sha256',
        })
  return Buffer.from(message).toString('base64')
}

/**
 * The bare request. Without NameIDPolicy the provider picks the identifier it has for us (SAML2int SDP-SP04); it is
 * taken out before signing, so node-saml is first asked for the request without a key.
 */
async function unsignedRequest(options: AuthnRequestOptions): Promise<string> {
  const bare = new SAML({ ...settings({ ...options, signing: null }), skipRequestCompression: true })
  const { SAMLRequest: encoded } = await bare.getAuthorizeMessageAsync('')
  const xml = Buffer.from(String(encoded), 'base64').toString()
  const parts = xml.split(NAME_ID_POLICY)
  if (parts.length !== 2) throw new Error('node-saml wrote a NameIDPolicy of another form')
  return parts.join('')
}

function settings({ id, issuer, acsUrl, ssoUrl, signing }: AuthnRequestOptions): SamlConfig {
  return {
    issuer,
    callbackUrl: acsUrl,
    entryPoint: ssoUrl,
    // Asked for by node-saml and used for nothing here: what comes back is verified elsewhere.
    idpCert: 'unused',
    identifierFormat: null,
    disableRequestedAuthnContext: true,
    generateUniqueId: () => id,
    signatureAlgorithm: 'sha256',
    digestAlgorithm: 'sha256',
    ...(signing === null ? {} : { privateKey: signing.key, publicCert: signing.cert }),
  }
}
