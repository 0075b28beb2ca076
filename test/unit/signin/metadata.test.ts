import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { before, describe, it } from 'node:test'

import { DEMO_ENTITY_ID } from '../../../src/core/names.ts'
import { instant } from '../../../src/core/time.ts'
import {
  checkInlineMetadata,
  checkMetadataText,
  inlineMetadata,
  readMetadata,
} from '../../../src/signin/saml/metadata.ts'
import type { ProviderMetadata } from '../../../src/signin/saml/model.ts'
import { entities, entity, keyDescriptor, sso, type TestKey, testKey } from './idp-metadata.ts'

const now = instant(Date.parse('2026-11-22T00:00:00Z'))

let one: TestKey
let two: TestKey
before(async () => {
  one = await testKey('one')
  two = await testKey('two')
})

const good = (): string => entity({ keys: keyDescriptor([one.cert]) })

function accepted(text: string, entityId?: string): ProviderMetadata {
  const read = readMetadata(text, { now, ...(entityId === undefined ? {} : { entityId }) })
  assert.ok(read.ok, `refused: ${read.ok ? '' : read.error.join('; ')}`)
  return read.value
}

function refused(text: string, entityId?: string): string {
  const read = readMetadata(text, { now, ...(entityId === undefined ? {} : { entityId }) })
  assert.ok(!read.ok, 'accepted')
  for (const line of read.error) assert.doesNotMatch(line, /[\r\n]/)
  return read.error.join('\n')
}

function fingerprints(pems: readonly string[]): string[] {
  return pems.map((each) => new X509Certificate(each).fingerprint256)
}

describe('reading metadata', () => {
  it('reads entityID, locations and certificate of an EntityDescriptor', () => {
    const services =
      sso('HTTP-Redirect', 'https://idp.example.com/sso?a=1&amp;b=2') +
      sso('SOAP', 'ftp://elsewhere') +
      sso('HTTP-POST', 'https://idp.example.com/post') +
      sso('HTTP-Redirect', 'https://idp.example.com/slo', 'SingleLogoutService')
    const read = accepted(`\uFEFF<?xml version="1.0"?>\n${entity({ keys: keyDescriptor([one.cert]), services })}\n`)
    assert.equal(read.entityId, 'https://idp.example.com/metadata')
    assert.equal(read.ssoRedirectUrl, 'https://idp.example.com/sso?a=1&b=2')
    assert.equal(read.ssoPostUrl, 'https://idp.example.com/post')
    assert.equal(read.sloRedirectUrl, 'https://idp.example.com/slo')
    assert.equal(read.wantAuthnRequestsSigned, false)
    assert.equal(read.validUntil, null)
    assert.deepEqual(fingerprints(read.certificates), fingerprints([one.cert]))
  })

  it('reads the only provider of an EntitiesDescriptor, also of a nested one', () => {
    const serviceProvider =
      '<md:EntityDescriptor entityID="sp"><md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"/></md:EntityDescriptor>'
    const read = accepted(entities(serviceProvider + entities(good())))
    assert.equal(read.entityId, 'https://idp.example.com/metadata')
  })

  it('chooses by entityID among several, and names them when it cannot', () => {
    const text = entities(good() + entity({ entityId: 'urn:other', keys: keyDescriptor([two.cert]) }))
    assert.deepEqual(fingerprints(accepted(text, 'urn:other').certificates), fingerprints([two.cert]))
    assert.match(refused(text), /describes 2 identity providers.*https:\/\/idp\.example\.com\/metadata, urn:other/)
    assert.match(refused(text, 'urn:Other'), /has no entityID urn:Other; it has .*urn:other/)
  })

  it('takes any number of keys: for signing or for no stated use, not those for encryption', () => {
    const keys = keyDescriptor([one.cert]) + keyDescriptor([two.cert], '') + keyDescriptor([one.cert], '')
    assert.deepEqual(fingerprints(accepted(entity({ keys })).certificates), fingerprints([one.cert, two.cert]))
    assert.match(refused(entity({ keys: keyDescriptor([one.cert], 'use="encryption"') })), /has no signing certificate/)
  })

  it('takes both of two self-signed certificates in one X509Data, but not the authority of a chain', async () => {
    const rollover = entity({ keys: keyDescriptor([one.cert, two.cert]) })
    assert.equal(accepted(rollover).certificates.length, 2)
    const leaf = await testKey('leaf', { ca: one })
    const chain = accepted(entity({ keys: keyDescriptor([leaf.cert, one.cert]) }))
    assert.deepEqual(fingerprints(chain.certificates), fingerprints([leaf.cert]))
  })

  it('takes expired certificates and P-256 keys', async () => {
    const expired = await testKey('expired', { until: '2021-01-01' })
    const curve = await testKey('curve', { curve: 'P-256' })
    assert.equal(
      accepted(entity({ keys: keyDescriptor([expired.cert]) + keyDescriptor([curve.cert]) })).certificates.length,
      2,
    )
  })

  it('refuses a weak key among good ones and names it', async () => {
    const weak = await testKey('weak-one', { bits: 1024 })
    const text = entity({ keys: keyDescriptor([one.cert]) + keyDescriptor([weak.cert]) })
    assert.match(refused(text), /"CN=weak-one".*RSA key of 1024 bits/)
  })

  it('refuses a certificate that is none', () => {
    const broken = good().replace(/<ds:X509Certificate>[^<]+/, '<ds:X509Certificate>AAAA')
    assert.match(refused(broken), /not an X\.509 certificate/)
    assert.match(refused(good().replace(/<ds:X509Certificate>[^<]+/, '<ds:X509Certificate>')), /not an X\.509/)
  })

  it('refuses a DOCTYPE in any case before parsing', () => {
    assert.match(refused(`<!DOCTYPE x [<!ENTITY a "b">]>${good()}`), /DOCTYPE/)
    assert.match(refused(`<!docTYPE x>${good()}`), /DOCTYPE/)
  })

  it('refuses more than 5 MiB', () => {
    assert.match(refused(`${good()}${' '.repeat(5 * 1024 * 1024)}`), /5 MiB/)
  })

  for (const [what, damage] of [
    ['an empty file', () => ''],
    ['a page of HTML', () => '<html><body>Sign in</body></html>'],
    ['text that is not XML', () => 'not found'],
    ['an element that is never closed', (text: string) => text.slice(0, -5)],
    ['text after the root', (text: string) => `${text}x`],
    ['a second root', (text: string) => `${text}<a/>`],
    ['an undeclared entity', (text: string) => text.replace('<md:IDP', '&x;<md:IDP')],
    ['an unquoted attribute', (text: string) => text.replace('use="signing"', 'use=signing')],
    ['other namespaces', (text: string) => text.replaceAll('SAML:2.0:metadata', 'SAML:1.0:metadata')],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.match(refused(damage(good())), /not (?:well-formed )?XML|root element/)
    })
  }

  it('refuses a document whose validUntil is past, wherever it stands, and keeps the earliest otherwise', () => {
    const over = 'validUntil="2026-11-22T00:00:00Z"'
    const text = (attributes: string, descriptorAttributes: string): string =>
      entity({ keys: keyDescriptor([one.cert]), attributes, descriptorAttributes })
    assert.match(refused(text(over, '')), /validUntil 2026-11-22T00:00:00\.000Z is past/)
    assert.match(refused(text('', over)), /is past/)
    assert.match(refused(entities(good(), over)), /is past/)
    assert.match(refused(text('validUntil="soon"', '')), /validUntil "soon"/)
    const later = text('validUntil="2027-01-01T00:00:00Z"', 'validUntil="2026-12-01T01:00:00+01:00"')
    assert.equal(accepted(later).validUntil, Date.parse('2026-12-01T00:00:00Z'))
  })

  it('takes https locations, and http on localhost only', () => {
    const at = (location: string): string =>
      entity({ keys: keyDescriptor([one.cert]), services: sso('HTTP-Redirect', location) })
    for (const location of [
      'http://localhost:9000/sso',
      'http://idp.localhost/',
      'http://127.0.0.1/',
      'http://[::1]/',
    ]) {
      assert.equal(accepted(at(location)).ssoRedirectUrl, location)
    }
    for (const location of [
      'http://idp.example.com/',
      'http://localhost.example.com/',
      'javascript:alert(1)',
      '/sso',
      '',
    ]) {
      assert.match(refused(at(location)), /SingleSignOnService HTTP-Redirect Location/)
    }
    assert.match(refused(at('https://user@idp.example.com/')), /user name/)
  })

  it('refuses metadata without a usable binding', () => {
    const text = entity({ keys: keyDescriptor([one.cert]), services: sso('SOAP', 'https://idp.example.com/') })
    assert.match(refused(text), /no SingleSignOnService/)
  })

  it('reports everything that is wrong at once', () => {
    const text = entity({ entityId: '', keys: '', services: '' })
    assert.deepEqual(refused(text).split('\n').length, 3)
  })

  it('reads WantAuthnRequestsSigned in both spellings', () => {
    for (const value of ['true', '1']) {
      const text = entity({
        keys: keyDescriptor([one.cert]),
        descriptorAttributes: `WantAuthnRequestsSigned="${value}"`,
      })
      assert.equal(accepted(text).wantAuthnRequestsSigned, true)
    }
  })
})

describe('metadata in the configuration', () => {
  const inline = (over: object = {}) => ({
    kind: 'inline' as const,
    entityId: 'urn:idp',
    ssoUrl: 'https://idp.example.com/sso',
    sloUrl: null,
    certificates: [one.cert],
    ...over,
  })

  it('uses the sign-on URL for both bindings', () => {
    const read = inlineMetadata(inline())
    assert.ok(read.ok)
    assert.equal(read.value.ssoRedirectUrl, 'https://idp.example.com/sso')
    assert.equal(read.value.ssoPostUrl, 'https://idp.example.com/sso')
  })

  it('is held to the same rules as a file', async () => {
    const weak = await testKey('weak', { bits: 1024 })
    const local = { publicUrlIsLocal: true }
    assert.match(checkInlineMetadata(inline({ certificates: [weak.cert] }), local).join(), /1024/)
    assert.match(checkInlineMetadata(inline({ certificates: [] }), local).join(), /no signing certificate/)
    assert.match(checkInlineMetadata(inline({ ssoUrl: 'http://idp.example.com' }), local).join(), /ssoUrl/)
    assert.deepEqual(checkInlineMetadata(inline(), local), [])
  })

  it('refuses the demo identity provider unless publicUrl is on localhost', () => {
    const text = entity({ entityId: DEMO_ENTITY_ID, keys: keyDescriptor([one.cert]) })
    assert.deepEqual(checkMetadataText(text, { publicUrlIsLocal: true, now }), [])
    assert.match(checkMetadataText(text, { publicUrlIsLocal: false, now }).join(), /demo/)
    assert.match(checkInlineMetadata(inline({ entityId: DEMO_ENTITY_ID }), { publicUrlIsLocal: false }).join(), /demo/)
    assert.deepEqual(checkMetadataText(good(), { publicUrlIsLocal: false, now }), [])
  })
})
