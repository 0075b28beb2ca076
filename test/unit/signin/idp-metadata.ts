/** Identity provider metadata and certificates for tests. */

import { generate } from 'selfsigned'

import type { IdentityProviderConfig } from '../../../src/config/config.ts'
import type { Clock, Instant } from '../../../src/core/time.ts'

export interface TestKey {
  readonly key: string
  readonly cert: string
}

/** A self-signed certificate with its key; RSA-2048 unless told otherwise, valid 2020 to 2040. */
export async function testKey(
  name: string,
  {
    bits = 2048,
    curve,
    until = '2040-01-01',
    ca,
  }: { bits?: number; curve?: 'P-256'; until?: string; ca?: TestKey } = {},
): Promise<TestKey> {
  const made = await generate([{ name: 'commonName', value: name }], {
    algorithm: 'sha256',
    notBeforeDate: new Date('2020-01-01'),
    notAfterDate: new Date(until),
    ...(curve ? { keyType: 'ec' as const, curve } : { keySize: bits }),
    ...(ca ? { ca } : {}),
  })
  return { key: made.private, cert: made.cert }
}

export function base64Of(pem: string): string {
  return pem.replace(/-----[A-Z ]+-----|\s/g, '')
}

export function keyDescriptor(certs: readonly string[], use = 'use="signing"'): string {
  const data = certs.map((cert) => `<ds:X509Certificate>\n${base64Of(cert)}\n</ds:X509Certificate>`).join('')
  return `<md:KeyDescriptor ${use}><ds:KeyInfo><ds:X509Data>${data}</ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`
}

export function sso(binding: string, location: string, service = 'SingleSignOnService'): string {
  return `<md:${service} Binding="urn:oasis:names:tc:SAML:2.0:bindings:${binding}" Location="${location}"/>`
}

const NAMESPACES = 'xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"'

export function entity({
  entityId = 'https://idp.example.com/metadata',
  keys,
  services = sso('HTTP-Redirect', 'https://idp.example.com/sso') + sso('HTTP-POST', 'https://idp.example.com/post'),
  attributes = '',
  descriptorAttributes = '',
}: {
  entityId?: string
  keys: string
  services?: string
  attributes?: string
  descriptorAttributes?: string
}): string {
  return `<md:EntityDescriptor ${NAMESPACES} entityID="${entityId}" ${attributes}><md:IDPSSODescriptor ${descriptorAttributes} protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">${keys}${services}</md:IDPSSODescriptor></md:EntityDescriptor>`
}

export function entities(content: string, attributes = ''): string {
  return `<md:EntitiesDescriptor ${NAMESPACES} ${attributes}>${content}</md:EntitiesDescriptor>`
}

export function settableClock(iso: string): Clock & { set(iso: string): void } {
  let now = Date.parse(iso)
  return {
    now: () => now as Instant,
    set(next) {
      now = Date.parse(next)
    },
  }
}

export function providerConfig(
  config: Pick<IdentityProviderConfig, 'id' | 'metadata'> & Partial<IdentityProviderConfig>,
): IdentityProviderConfig {
  return {
    displayName: config.id,
    binding: 'redirect',
    signRequests: 'auto',
    want: { signedResponse: true, signedAssertion: true, encryptedAssertion: false },
    minimumSignature: 'rsa-sha256',
    allowCbc: false,
    allowUnsolicited: false,
    loginAttribute: 'NameID',
    accountDomains: [],
    createUnknownOperator: true,
    adminAttribute: null,
    adminMode: 'fnms',
    attributes: { displayName: [], email: [] },
    entry: null,
    groups: { attribute: null, map: {}, mode: 'additive' },
    ...config,
  }
}
