import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import { SAML } from '@node-saml/node-saml'
import { DEMO_ENTITY_ID } from '../../../src/core/names.ts'
import { readForms } from '../../support/browser/document.ts'
import { browser } from '../../support/browser.ts'
import { openTestIdentityProvider, type TestIdentityProvider } from '../../support/demo-idp.ts'

const SERVICE_PROVIDER = {
  entityId: 'http://localhost:8080/.gatehouse/saml/metadata',
  acsUrl: 'http://localhost:8080/.gatehouse/saml/acs',
}

describe('demo identity provider', () => {
  let idp: TestIdentityProvider
  before(async () => {
    idp = await openTestIdentityProvider({ serviceProvider: SERVICE_PROVIDER })
  })
  after(() => idp.close())

  function serviceProvider() {
    return new SAML({
      callbackUrl: SERVICE_PROVIDER.acsUrl,
      issuer: SERVICE_PROVIDER.entityId,
      audience: SERVICE_PROVIDER.entityId,
      entryPoint: `${idp.url}/sso`,
      idpCert: idp.keys.cert,
      wantAuthnResponseSigned: true,
      wantAssertionsSigned: true,
    })
  }

  function request(changes: Readonly<Record<string, string>> = {}, issuer = SERVICE_PROVIDER.entityId): string {
    const attributes = { ID: '_r1', AssertionConsumerServiceURL: SERVICE_PROVIDER.acsUrl, ...changes }
    const text = Object.entries(attributes).map(([name, value]) => `${name}="${value}"`)
    return `<p:AuthnRequest xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:a="urn:oasis:names:tc:SAML:2.0:assertion" Version="2.0" ${text.join(' ')}><a:Issuer>${issuer}</a:Issuer></p:AuthnRequest>`
  }

  function redirectTo(xml: string): string {
    const message = encodeURIComponent(deflateRawSync(xml).toString('base64'))
    return `${idp.url}/sso?SAMLRequest=${message}&RelayState=0a1b2c3d`
  }

  it('answers a request by redirect with a form for the assertion consumer service that node-saml accepts', async () => {
    const saml = serviceProvider()
    const user = browser()
    await user.goto(await saml.getAuthorizeUrlAsync('0a1b2c3d', undefined, {}))
    const page = await user.submitForm(undefined, { button: 'sam.shortsession@demo.example' })
    const [form] = readForms(page.text)
    assert.equal(form?.action, SERVICE_PROVIDER.acsUrl)
    const fields = Object.fromEntries(form?.fields ?? [])
    assert.equal(fields.RelayState, '0a1b2c3d')
    const { profile } = await saml.validatePostResponseAsync({ SAMLResponse: fields.SAMLResponse ?? '' })
    assert.equal(profile?.nameID, 'sam.shortsession@demo.example')
    assert.equal(profile?.FnmsAdmin, 'false')
    assert.match(idp.sent.at(-1) ?? '', /SessionNotOnOrAfter/)
  })

  it('answers a request by POST, and sends the script under a policy that allows it alone', async () => {
    const user = browser()
    await user.goto(`${idp.url}/`)
    const form = new URLSearchParams({ SAMLRequest: Buffer.from(request()).toString('base64'), RelayState: 'x y' })
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const choice = await user.fetch('/sso', { method: 'POST', headers, body: form.toString() })
    assert.equal(choice.status, 200)
    const page = await user.submitForm(choice, { button: 'ada.admin@demo.example' })
    assert.equal(Object.fromEntries(readForms(page.text)[0]?.fields ?? []).RelayState, 'x y')
    const policy = String(page.headers['content-security-policy'])
    assert.match(policy, /default-src 'none'.*form-action 'self' http:;/)
    for (const name of ['style', 'script']) {
      const source = new RegExp(`<${name}>(.*?)</${name}>`, 's').exec(page.text)?.[1] ?? assert.fail(name)
      const hash = createHash('sha256').update(source).digest('base64')
      assert.ok(policy.includes(`${name}-src 'sha256-${hash}'`), name)
    }
    assert.match(idp.sent.at(-1) ?? '', /InResponseTo="_r1"/)
  })

  it('starts a sign-in from its own side without InResponseTo, with the chosen page as RelayState', async () => {
    const user = browser()
    await user.goto(`${idp.url}/`)
    const submission = { button: 'otto.operator@demo.example', fields: { relayState: '/openlm/' } }
    const page = await user.submitForm(undefined, submission)
    assert.equal(Object.fromEntries(readForms(page.text)[0]?.fields ?? []).RelayState, '/openlm/')
    assert.doesNotMatch(idp.sent.at(-1) ?? '', /InResponseTo/)
  })

  it('refuses requests of strangers, for another address, or out of shape', async () => {
    const user = browser()
    const refused: readonly [string, RegExp][] = [
      [redirectTo(request({}, 'https://stranger.example')), /the issuer is/],
      [
        redirectTo(request({ AssertionConsumerServiceURL: 'https://evil.example/acs' })),
        /AssertionConsumerServiceURL is/,
      ],
      [redirectTo(request({ Destination: 'https://evil.example/' })), /Destination is/],
      [redirectTo(request({ ID: '' })), /no ID/],
      [redirectTo('<!DOCTYPE x><x/>'), /document type/],
      [redirectTo('<x'), /not XML/],
      [redirectTo('<x/>'), /no AuthnRequest/],
      [`${idp.url}/sso?SAMLRequest=%21`, /deflated/],
      [redirectTo(`<x>${' '.repeat(100_000)}</x>`), /deflated/],
      [`${idp.url}/sso?SAMLRequest=a&SAMLRequest=b`, /more than once/],
    ]
    for (const [url, reason] of refused) {
      const page = await user.goto(url)
      assert.equal(page.status, 400, url)
      assert.match(page.text, reason)
    }
    assert.equal((await user.goto(`${idp.url}/nowhere`)).status, 404)
  })

  it('does not answer for an account it does not know', async () => {
    const user = browser()
    await user.goto(`${idp.url}/`)
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const page = await user.fetch('/answer', { method: 'POST', headers, body: 'account=eve%40demo.example' })
    assert.equal(page.status, 400)
    assert.doesNotMatch(page.text, /SAMLResponse/)
  })

  it('publishes metadata with its entity id, its certificate and both bindings', async () => {
    const { text } = await browser().goto(`${idp.url}/metadata`)
    assert.equal(text, idp.metadata())
    assert.ok(text.includes(`entityID="${DEMO_ENTITY_ID}"`))
    assert.ok(text.includes(idp.keys.cert.replace(/-----[^-]+-----|\s/g, '')))
    assert.equal(text.split(`Location="${idp.url}/sso"`).length - 1, 2)
  })

  it('lets a test bend exactly one answer', async () => {
    const user = browser()
    const signIn = async () => {
      await user.goto(`${idp.url}/`)
      await user.submitForm(undefined, { button: 'ada.admin@demo.example' })
      return idp.sent.at(-1) ?? ''
    }
    idp.answer({ overrides: { audience: 'urn:other' }, tamper: (xml) => xml.replace('ada.admin', 'eve') })
    const bent = await signIn()
    assert.match(bent, /<saml:Audience>urn:other</)
    assert.match(bent, />eve@demo\.example</)
    assert.doesNotMatch(await signIn(), /urn:other|eve@/)
  })
})
