import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { SAML, type SamlConfig } from '@node-saml/node-saml'
import { DEMO_ENTITY_ID } from '../../../src/core/names.ts'
import { systemClock } from '../../../src/core/time.ts'
import { makeDemoKeys } from '../../../src/demo/identity-provider/keys.ts'
import { type DemoResponseOptions, demoResponse } from '../../../src/demo/identity-provider/response.ts'
import type { SigningKeys } from '../../../src/demo/identity-provider/signature.ts'

const ACS = 'http://localhost:8080/.gatehouse/saml/acs'
const AUDIENCE = 'http://localhost:8080/.gatehouse/saml/metadata'
const SUCCESS = 'urn:oasis:names:tc:SAML:2.0:status:Success'

describe('demoResponse', () => {
  let keys: SigningKeys
  before(async () => {
    keys = await makeDemoKeys(systemClock.now())
  })

  function options(overrides: Partial<DemoResponseOptions> = {}): DemoResponseOptions {
    return {
      keys,
      responseId: '_response',
      assertionId: '_assertion',
      sessionIndex: '_session',
      issuedAt: systemClock.now(),
      account: 'ada@demo.example',
      attributes: [
        { name: 'displayName', values: ['Ada & <Friends>'] },
        { name: 'groups', values: ['a', 'b'] },
      ],
      inResponseTo: null,
      audience: AUDIENCE,
      destination: ACS,
      sessionNotOnOrAfter: null,
      ...overrides,
    }
  }

  /** node-saml as a second opinion on what we send. */
  function accept(xml: string, extra: Partial<SamlConfig> = {}) {
    const saml = new SAML({
      callbackUrl: ACS,
      issuer: AUDIENCE,
      audience: AUDIENCE,
      idpCert: keys.cert,
      wantAuthnResponseSigned: true,
      wantAssertionsSigned: true,
      ...extra,
    })
    return saml.validatePostResponseAsync({ SAMLResponse: Buffer.from(xml).toString('base64') })
  }

  it('is accepted by node-saml with both signatures required, attributes unharmed', async () => {
    const { profile } = await accept(await demoResponse(options()))
    assert.equal(profile?.nameID, 'ada@demo.example')
    assert.equal(profile?.issuer, DEMO_ENTITY_ID)
    assert.equal(profile?.sessionIndex, '_session')
    assert.equal(profile?.displayName, 'Ada & <Friends>')
    assert.deepEqual(profile?.groups, ['a', 'b'])
  })

  it('carries no signature where none is asked for, and node-saml then refuses it', async () => {
    const signatures = async (overrides: Partial<DemoResponseOptions>) =>
      (await demoResponse(options(overrides))).split('<ds:SignatureValue>').length - 1
    assert.equal(await signatures({}), 2)
    assert.equal(await signatures({ signResponse: false }), 1)
    assert.equal(await signatures({ signResponse: false, signAssertion: false }), 0)
    await assert.rejects(
      demoResponse(options({ signResponse: false })).then((xml) => accept(xml)),
      /signature/i,
    )
    await assert.rejects(
      demoResponse(options({ signAssertion: false })).then((xml) => accept(xml)),
      /signature/i,
    )
  })

  it('encrypts the assertion so that only the holder of the key can read it', async () => {
    const receiver = await makeDemoKeys(systemClock.now())
    const xml = await demoResponse(options({ encryptionCertificate: receiver.cert }))
    assert.doesNotMatch(xml, /ada@demo\.example/)
    assert.match(xml, /xmlenc11#aes256-gcm/)
    const { profile } = await accept(xml, { decryptionPvk: receiver.key })
    assert.equal(profile?.nameID, 'ada@demo.example')
    await assert.rejects(accept(xml, { decryptionPvk: keys.key }))
  })

  it('names the request it answers in both elements, and in none when unsolicited', async () => {
    const solicited = await demoResponse(options({ inResponseTo: '_request' }))
    assert.equal(solicited.split('InResponseTo="_request"').length - 1, 2)
    assert.doesNotMatch(await demoResponse(options()), /InResponseTo/)
  })

  it('holds for five minutes unless told otherwise, and sends SessionNotOnOrAfter only when given', async () => {
    const issuedAt = options().issuedAt
    const xml = await demoResponse(options({ issuedAt }))
    const end = new Date(issuedAt + 300_000).toISOString()
    assert.equal(xml.split(`NotOnOrAfter="${end}"`).length - 1, 2)
    assert.doesNotMatch(xml, /SessionNotOnOrAfter/)
    const ending = await demoResponse(options({ sessionNotOnOrAfter: issuedAt }))
    assert.ok(ending.includes(`SessionNotOnOrAfter="${new Date(issuedAt).toISOString()}"`))
  })

  it('can report a failure without an assertion', async () => {
    const status = { code: 'urn:oasis:names:tc:SAML:2.0:status:Responder', subCode: 'urn:x:sub', message: 'no "luck"' }
    const xml = await demoResponse(options({ status, withAssertion: false }))
    assert.doesNotMatch(xml, /saml:Assertion/)
    assert.doesNotMatch(xml, new RegExp(SUCCESS))
    await assert.rejects(accept(xml), /Responder/)
  })
})
