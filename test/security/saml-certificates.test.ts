/** Certificates that cannot be used: configuration and metadata refuse them, and they spoil no other. */

import assert from 'node:assert/strict'
import { createPublicKey, X509Certificate } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { stringify } from 'yaml'
import { readConfig } from '../../src/cli/context.ts'
import { instant } from '../../src/core/time.ts'
import { inlineMetadata, readMetadata } from '../../src/signin/saml/metadata.ts'
import { publicKeys } from '../../src/signin/saml/signature.ts'
import { accepted, refused } from '../support/saml/expect.ts'
import { provider, second } from '../support/saml/identities.ts'
import { ED25519, PSS_OF_SHA256, SECP256K1, withUnknownKey } from '../support/saml/odd-certificates.ts'
import { ISSUER, messageXml, NOW } from '../support/saml/response.ts'

const bare = (pem: string) => pem.replace(/-----[^-]+-----|\s/g, '')

const UNUSABLE = {
  'a key that nobody knows': withUnknownKey(provider.certificate),
  'a certificate cut short': bare(provider.certificate).slice(0, -8),
  'a public key': bare(createPublicKey(provider.certificate).export({ type: 'spki', format: 'pem' }).toString()),
  'no certificate at all': Buffer.from('certificate').toString('base64'),
  'an Ed25519 key': bare(ED25519),
  'a key on secp256k1': bare(SECP256K1),
}

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-certificates-'))
})
after(() => rm(folder, { recursive: true, force: true }))

/** Whether a configuration with the provider is accepted, or what is said of it. */
async function configured(metadata: object): Promise<'accepted' | string> {
  const file = join(folder, 'gatehouse.yaml')
  const config = {
    publicUrl: 'https://licences.example.com',
    dataDir: 'data',
    identityProviders: [{ id: 'idp', metadata }],
    services: [],
  }
  await writeFile(file, stringify(config))
  const loaded = await readConfig(file, {})
  return loaded.ok ? 'accepted' : loaded.error.map(({ key, message }) => `${key} ${message}`).join('\n')
}

function metadataXml(...certificates: readonly string[]): string {
  const keys = certificates.map(
    (each) =>
      `<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${each}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`,
  )
  return `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${ISSUER}"><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">${keys.join('')}<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example.com/sso"/></md:IDPSSODescriptor></md:EntityDescriptor>`
}

const inline = (...certificates: readonly string[]) => {
  return { entityId: ISSUER, ssoUrl: 'https://idp.example.com/sso', certificates }
}

describe('a provider with an unusable certificate is refused, whatever certificate stands beside it', () => {
  const good = bare(provider.certificate)
  for (const [what, bad] of Object.entries(UNUSABLE)) {
    test(what, async () => {
      assert.equal(await configured(inline(good)), 'accepted')
      assert.match(await configured(inline(good, bad)), /^identityProviders\[0\]\.metadata\.certificates\[1\] /)
      assert.ok(inlineMetadata({ kind: 'inline', sloUrl: null, ...inline(good) }).ok)
      assert.equal(inlineMetadata({ kind: 'inline', sloUrl: null, ...inline(good, bad) }).ok, false)
      assert.ok(readMetadata(metadataXml(good), { now: instant(NOW) }).ok)
      assert.equal(readMetadata(metadataXml(good, bad), { now: instant(NOW) }).ok, false)
      await writeFile(join(folder, 'idp.xml'), metadataXml(good, bad))
      assert.match(await configured({ file: 'idp.xml' }), /^identityProviders\[0\]\.metadata\.file /)
    })
  }
})

test('whatever certificate passes the metadata has a key that the verifier reads', () => {
  const octets = Buffer.from(bare(provider.certificate), 'base64')
  let passed = 0
  for (let at = 0; at < octets.length; at += 1) {
    const changed = Buffer.from(octets)
    changed[at] = (changed[at] ?? 0) ^ 0x41
    const certificates = [changed.toString('base64'), second.certificate]
    const read = inlineMetadata({ kind: 'inline', sloUrl: null, ...inline(...certificates) })
    if (!read.ok) continue
    passed += 1
    assert.equal(publicKeys(read.value.certificates).length, read.value.certificates.length, `byte ${at}`)
  }
  assert.ok(passed > 0 && passed < octets.length)
})

test('a certificate that cannot be read verifies nothing, and the others of its provider are tried all the same', async () => {
  const unreadable = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
  assert.throws(() => new X509Certificate(unreadable))
  await accepted(messageXml(), { certificates: [unreadable, provider.certificate] })
  await refused(messageXml(), 'SAML_SIGNATURE_INVALID', { certificates: [unreadable] })
})

test('a key that is bound to another hash is one that does not fit, and the next one is tried', async () => {
  const signing = { algorithm: 'pss-sha512' } as const
  await accepted(messageXml({ signing }), { certificates: [PSS_OF_SHA256, provider.certificate] })
  await refused(messageXml({ signing }), 'SAML_SIGNATURE_INVALID', { certificates: [PSS_OF_SHA256] })
})
