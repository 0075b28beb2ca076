import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'

import { DOMParser } from '@xmldom/xmldom'

import { serviceProviderMetadata } from '../../../src/signin/saml/sp-metadata.ts'
import { base64Of, type TestKey, testKey } from './idp-metadata.ts'

let signing: TestKey
let current: TestKey
let future: TestKey
before(async () => {
  signing = await testKey('signing')
  current = await testKey('current')
  future = await testKey('future')
})

function metadata(over: { entityId?: string; authnRequestsSigned?: boolean } = {}): string {
  return serviceProviderMetadata({
    entityId: 'https://gate.example.com/.gatehouse/saml/metadata',
    acsUrl: 'https://gate.example.com/.gatehouse/saml/acs',
    sloUrl: 'https://gate.example.com/.gatehouse/saml/slo',
    authnRequestsSigned: false,
    signingCertificate: signing.cert,
    encryptionCertificates: [current.cert, future.cert],
    ...over,
  })
}

function parse(xml: string): Element {
  const fail = (_level: string, message: unknown): never => assert.fail(String(message))
  return new DOMParser({ errorHandler: fail }).parseFromString(xml, 'text/xml').documentElement
}

function elements(parent: Element): Element[] {
  const found: Element[] = []
  for (let node = parent.firstChild; node !== null; node = node.nextSibling) {
    if (node.nodeType === 1) found.push(node as Element)
  }
  return found
}

describe('service provider metadata', () => {
  it('S-1: says who we are, where to answer, and with which keys, in the order of the schema', () => {
    const root = parse(metadata())
    assert.equal(root.namespaceURI, 'urn:oasis:names:tc:SAML:2.0:metadata')
    assert.equal(root.getAttribute('entityID'), 'https://gate.example.com/.gatehouse/saml/metadata')
    assert.equal(root.getAttribute('cacheDuration'), 'PT1H')
    assert.equal(root.hasAttribute('validUntil'), false)
    const [descriptor] = elements(root)
    assert.ok(descriptor)
    assert.equal(descriptor.getAttribute('WantAssertionsSigned'), 'true')
    assert.equal(descriptor.getAttribute('AuthnRequestsSigned'), 'false')
    assert.equal(descriptor.getAttribute('protocolSupportEnumeration'), 'urn:oasis:names:tc:SAML:2.0:protocol')
    const parts = elements(descriptor)
    assert.deepEqual(
      parts.map((each) => each.localName),
      ['KeyDescriptor', 'KeyDescriptor', 'KeyDescriptor', 'SingleLogoutService', 'AssertionConsumerService'],
    )
    const [slo, acs] = parts.slice(3)
    assert.equal(slo?.getAttribute('Binding'), 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect')
    assert.equal(slo?.getAttribute('Location'), 'https://gate.example.com/.gatehouse/saml/slo')
    assert.equal(acs?.getAttribute('Binding'), 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST')
    assert.equal(acs?.getAttribute('Location'), 'https://gate.example.com/.gatehouse/saml/acs')
    assert.deepEqual([acs?.getAttribute('index'), acs?.getAttribute('isDefault')], ['0', 'true'])
  })

  it('S-1, S-10: publishes the signing key and every decryption key, with the algorithms we take', () => {
    const [descriptor] = elements(parse(metadata()))
    assert.ok(descriptor)
    const keys = elements(descriptor).slice(0, 3)
    assert.deepEqual(
      keys.map((each) => [each.getAttribute('use'), each.textContent?.trim()]),
      [
        ['signing', base64Of(signing.cert)],
        ['encryption', base64Of(current.cert)],
        ['encryption', base64Of(future.cert)],
      ],
    )
    const methods = keys.map((key) =>
      elements(key)
        .slice(1)
        .map((each) => each.getAttribute('Algorithm')),
    )
    const offered = [
      'http://www.w3.org/2009/xmlenc11#aes256-gcm',
      'http://www.w3.org/2009/xmlenc11#aes128-gcm',
      'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
    ]
    assert.deepEqual(methods, [[], offered, offered])
  })

  it('says when all requests are signed', () => {
    assert.match(metadata({ authnRequestsSigned: true }), / AuthnRequestsSigned="true"/)
  })

  it('stays well-formed whatever the entityID is', () => {
    const entityId = `https://gate.example.com/?a=1&b="2"&c=<d>'`
    assert.equal(parse(metadata({ entityId })).getAttribute('entityID'), entityId)
  })

  it('never contains a private key and gives the same bytes for the same facts', () => {
    assert.doesNotMatch(metadata(), /PRIVATE/)
    assert.equal(metadata(), metadata())
  })
})
