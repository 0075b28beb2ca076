import assert from 'node:assert/strict'
import { createPublicKey, verify } from 'node:crypto'
import { before, describe, it } from 'node:test'
import { inflateRawSync } from 'node:zlib'

import { DOMParser } from '@xmldom/xmldom'
import { SignedXml } from 'xml-crypto'

import type { IdentityProviderConfig } from '../../../src/config/config.ts'
import { systemRandom } from '../../../src/core/random.ts'
import type { ProviderMetadata } from '../../../src/signin/saml/model.ts'
import { authnRequest, newRequestId, type OutgoingRequest } from '../../../src/signin/saml/requests.ts'
import { providerConfig, type TestKey, testKey } from './idp-metadata.ts'

const REQUEST_ID = '_0123456789abcdef0123456789abcdef'
let signing: TestKey
before(async () => {
  signing = await testKey('sp')
})

function request(
  config: Partial<IdentityProviderConfig> = {},
  metadata: Partial<ProviderMetadata> = {},
): Promise<OutgoingRequest> {
  const inline = { kind: 'inline', entityId: 'urn:idp', ssoUrl: '', sloUrl: null, certificates: [] } as const
  return authnRequest({
    provider: {
      config: providerConfig({ id: 'idp', metadata: inline, ...config }),
      metadata: {
        entityId: 'urn:idp',
        ssoRedirectUrl: 'https://idp.example.com/sso?tenant=a%20b&x=1',
        ssoPostUrl: 'https://idp.example.com/post?x=1&y="2"',
        sloRedirectUrl: null,
        certificates: [],
        wantAuthnRequestsSigned: false,
        validUntil: null,
        ...metadata,
      },
    },
    serviceProvider: {
      entityId: 'https://gate.example.com/.gatehouse/saml/metadata?a&b',
      acsUrl: 'https://gate.example.com/.gatehouse/saml/acs',
      signing,
    },
    relayState: '0a1b2c3d',
    requestId: REQUEST_ID,
  })
}

async function redirected(...args: Parameters<typeof request>): Promise<URL> {
  const made = await request(...args)
  assert.ok(made.binding === 'redirect')
  return new URL(made.location)
}

async function posted(...args: Parameters<typeof request>) {
  const made = await request(...args)
  assert.ok(made.binding === 'post')
  return made
}

const inflate = (url: URL): string =>
  inflateRawSync(Buffer.from(url.searchParams.get('SAMLRequest') ?? '', 'base64')).toString()

function parse(xml: string): Element {
  return new DOMParser().parseFromString(xml, 'text/xml').documentElement
}

const signed = { signRequests: 'always' } as const

describe('AuthnRequests', () => {
  it('S-2: by redirect is deflated, says exactly what we want and keeps the query of the location', async () => {
    const url = await redirected()
    assert.equal(`${url.origin}${url.pathname}`, 'https://idp.example.com/sso')
    assert.deepEqual([...url.searchParams.keys()], ['tenant', 'x', 'SAMLRequest', 'RelayState'])
    assert.equal(url.searchParams.get('tenant'), 'a b')
    assert.equal(url.searchParams.get('RelayState'), '0a1b2c3d')
    const root = parse(inflate(url))
    assert.equal(root.localName, 'AuthnRequest')
    assert.equal(root.namespaceURI, 'urn:oasis:names:tc:SAML:2.0:protocol')
    const { IssueInstant: issued, ...rest } = Object.fromEntries(
      [...Array(root.attributes.length).keys()].map((index) => {
        const each = root.attributes.item(index)
        return [each?.name, each?.value]
      }),
    )
    assert.match(issued ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    assert.deepEqual(rest, {
      'xmlns:samlp': 'urn:oasis:names:tc:SAML:2.0:protocol',
      ID: REQUEST_ID,
      Version: '2.0',
      ProtocolBinding: 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST',
      Destination: 'https://idp.example.com/sso?tenant=a%20b&x=1',
      AssertionConsumerServiceURL: 'https://gate.example.com/.gatehouse/saml/acs',
    })
    assert.equal(root.childNodes.length, 1)
    assert.equal(root.firstChild?.nodeName, 'saml:Issuer')
    assert.equal(root.textContent, 'https://gate.example.com/.gatehouse/saml/metadata?a&b')
  })

  it('S-2: by redirect the signature is over the raw query', async () => {
    const url = await redirected(signed)
    const query = url.search.slice(url.search.indexOf('SAMLRequest='))
    const [octets = '', signature = ''] = query.split('&Signature=')
    assert.match(octets, /^SAMLRequest=[^&]+&RelayState=0a1b2c3d&SigAlg=[^&]+$/)
    assert.equal(url.searchParams.get('SigAlg'), 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256')
    const key = createPublicKey(signing.cert)
    const bytes = Buffer.from(decodeURIComponent(signature), 'base64')
    assert.equal(verify('sha256', Buffer.from(octets), key, bytes), true)
    assert.equal(verify('sha256', Buffer.from(octets.replace('0a1b', '0a1c')), key, bytes), false)
  })

  it('S-2: by POST is base64 without deflation, to the address of that binding', async () => {
    const made = await posted({ binding: 'post' })
    assert.equal(made.action, 'https://idp.example.com/post?x=1&y="2"')
    assert.equal(made.relayState, '0a1b2c3d')
    const root = parse(Buffer.from(made.samlRequest, 'base64').toString())
    assert.equal(root.getAttribute('Destination'), made.action)
    assert.equal(root.getAttribute('ID'), REQUEST_ID)
    assert.equal(root.childNodes.length, 1)
  })

  it('S-2: by POST the signature is enveloped, after the Issuer, with SHA-256 throughout', async () => {
    const made = await posted({ binding: 'post', ...signed })
    const xml = Buffer.from(made.samlRequest, 'base64').toString()
    const root = parse(xml)
    assert.deepEqual([root.firstChild?.nodeName, root.lastChild?.nodeName], ['saml:Issuer', 'Signature'])
    assert.doesNotMatch(xml, /NameIDPolicy|RequestedAuthnContext|sha1/i)
    const isSigned = (text: string): boolean => {
      const signature = parse(text).getElementsByTagNameNS('http://www.w3.org/2000/09/xmldsig#', 'Signature').item(0)
      assert.ok(signature)
      const check = new SignedXml({ publicCert: signing.cert, getCertFromKeyInfo: () => null })
      check.loadSignature(signature)
      try {
        return check.checkSignature(text) && check.getSignedReferences().length === 1
      } catch {
        return false
      }
    }
    assert.equal(isSigned(xml), true)
    assert.equal(isSigned(xml.replace('gate.example.com', 'gate.example.net')), false)
    assert.match(xml, new RegExp(`<Reference URI="#${REQUEST_ID}">`))
  })

  it('S-2: are signed as configured; auto does as the metadata says', async () => {
    const isSigned = async (signRequests: 'auto' | 'always' | 'never', wantAuthnRequestsSigned: boolean) =>
      (await redirected({ signRequests }, { wantAuthnRequestsSigned })).searchParams.has('Signature')
    assert.equal(await isSigned('auto', false), false)
    assert.equal(await isSigned('auto', true), true)
    assert.equal(await isSigned('always', false), true)
    assert.equal(await isSigned('never', true), false)
  })

  it('fall back to the other binding where the metadata lacks the configured one', async () => {
    assert.equal((await request({ binding: 'redirect' }, { ssoRedirectUrl: null })).binding, 'post')
    assert.equal((await request({ binding: 'post' }, { ssoPostUrl: null })).binding, 'redirect')
    await assert.rejects(request({}, { ssoRedirectUrl: null, ssoPostUrl: null }), { code: 'INTERNAL' })
  })

  it('get ids of 128 random bits', () => {
    const ids = new Set(Array.from({ length: 50 }, () => newRequestId(systemRandom)))
    assert.equal(ids.size, 50)
    for (const id of ids) assert.match(id, /^_[0-9a-f]{32}$/)
  })
})
