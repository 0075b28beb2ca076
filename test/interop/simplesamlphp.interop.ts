/** A foreign identity provider end to end: Debian's SimpleSAMLphp, metadata both ways, sign-in through its own pages. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ADA, BOB, EVE, messageOf, type Pair, type PairOptions, roleNames, traceOf, withPair } from './pair.ts'
import { openSimpleSamlPhp, type SimpleSamlPhpOptions } from './simplesamlphp.ts'

const CBC = 'http://www.w3.org/2001/04/xmlenc#aes128-cbc'
const OAEP = 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p'
const SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'

const ENCRYPTED = { 'assertion.encryption': true }
const WANT_ALL = { signedResponse: true, signedAssertion: true, encryptedAssertion: true }

const skip = process.env['GATEHOUSE_TEST_SIMPLESAMLPHP'] === undefined ? 'SimpleSAMLphp is not installed' : false

describe('SimpleSAMLphp', { skip }, () => {
  for (const binding of ['redirect', 'post'] as const) {
    test(`S-2: a signed request by the ${binding} binding is taken, and the answer, signed twice, signs the operator in`, async () => {
      const options = { provider: { binding, signRequests: 'always' } }
      await ssp(options, async ({ house, peer, start, answer }) => {
        const visitor = house.browser()
        const page = await start(visitor, '/app/licences?year=2026')
        assert.equal(page.url.origin, peer.url)
        const sso = page.hops.find(({ url }) => url.pathname === '/saml2/idp/SSOService.php')
        assert.equal(sso?.method, binding === 'post' ? 'POST' : 'GET')
        const message = await answer(visitor, ADA)
        assert.equal(message.split('<ds:Signature ').length - 1, 2, 'both elements are signed')
        assert.ok(message.includes(SHA256))
        const end = await visitor.submitForm()
        assert.equal(end.url.href, `${house.url}/app/licences?year=2026`)
        assert.equal(end.status, 200)
      })
    })

    test(`S-2: an unsigned request by the ${binding} binding is taken where nobody asks for more`, async () => {
      await ssp({ provider: { binding, signRequests: 'never' } }, async ({ house, signIn }) => {
        const { page } = await signIn(ADA)
        assert.deepEqual([page().url.href, page().status], [`${house.url}/app/`, 200])
      })
    })
  }

  test('S-2: SimpleSAMLphp verifies the signature of a request: one that was changed on the way is refused there', async () => {
    // It believes AuthnRequestsSigned of our metadata, which is true when all are signed.
    await ssp({ provider: { signRequests: 'always' } }, async ({ house, start }) => {
      const visitor = house.browser()
      const { hops } = await start(visitor, '/app/')
      const sso = hops.find(({ url }) => url.searchParams.has('Signature'))?.url
      assert.ok(sso, 'the request is signed')
      const changed = new URL(sso)
      changed.searchParams.set('RelayState', '00000000')
      assert.match((await visitor.goto(changed.href)).text, /Unable to validate signature/)
      assert.match((await visitor.goto(sso.href)).text, /name="password"/)
    })
  })

  test('N-4, S-22: FnmsAdmin makes an administrator, a mapped group a user, and neither is Sign In Failure', async () => {
    const groups = { attribute: 'memberOf', map: { 'Ünïts & <users>': 'web-application:user' } }
    await ssp({ provider: { groups } }, async ({ signIn, sessionOf }) => {
      const ada = await signIn(ADA)
      assert.equal(ada.page().status, 200)
      const { operator, nameId, identityProvider } = await sessionOf(ada)
      assert.deepEqual(
        [operator.account, operator.displayName, nameId, identityProvider],
        ['ada@example.com', 'Ada Lovelace', 'ada@example.com', 'peer'],
      )
      assert.deepEqual(roleNames(operator), ['administrator'])
      const bob = await sessionOf(await signIn(BOB))
      assert.equal(bob.operator.displayName, 'Bøb “B” <b@x>')
      assert.deepEqual(roleNames(bob.operator), ['web-application:user'])
      assert.equal((await signIn(EVE)).page().status, 403)
    })
  })

  test('S-4: a message whose assertion alone is signed is refused as it stands, and taken with signedResponse: false', async () => {
    const settings = { 'saml20.sign.response': false }
    await ssp({ settings }, async (pair) => {
      const { page } = await pair.signIn(ADA)
      assert.equal(page().status, 401)
      assert.match(await traceOf(pair, page()), /SAML_SIGNATURE_MISSING/)
    })
    const want = { signedResponse: false, signedAssertion: true, encryptedAssertion: false }
    await ssp({ settings, provider: { want } }, async ({ signIn, sessionOf }) => {
      assert.equal((await sessionOf(await signIn(ADA))).operator.account, 'ada@example.com')
    })
  })

  for (const gcm of [128, 256] as const) {
    test(`S-10: an assertion encrypted with AES-${gcm}-GCM for the key of our metadata is opened`, async () => {
      const options = { gcm, settings: ENCRYPTED, provider: { want: WANT_ALL } }
      await ssp(options, async ({ house, start, answer, sessionOf }) => {
        const visitor = house.browser()
        await start(visitor, '/app/')
        const message = await answer(visitor, ADA)
        const content = `http://www.w3.org/2009/xmlenc11#aes${gcm}-gcm`
        for (const part of [content, OAEP, 'EncryptedAssertion']) assert.ok(message.includes(part), part)
        assert.ok(!message.includes('ada@example.com'), 'nothing of the assertion is readable')
        await visitor.submitForm()
        assert.deepEqual(roleNames((await sessionOf(visitor)).operator), ['administrator'])
      })
    })
  }

  test('S-10: AES-CBC, which version 1.19 uses, is refused by name unless allowCbc is set', async () => {
    await ssp({ settings: ENCRYPTED }, async (pair) => {
      const visitor = pair.house.browser()
      await pair.start(visitor, '/app/')
      assert.ok((await pair.answer(visitor, ADA)).includes(CBC))
      const page = await visitor.submitForm()
      assert.equal(page.status, 401)
      const shown = await traceOf(pair, page)
      for (const part of ['SAML_ALGORITHM_REFUSED', CBC]) assert.ok(shown.includes(part), shown)
    })
    const provider = { allowCbc: true, want: WANT_ALL }
    await ssp({ settings: ENCRYPTED, provider }, async ({ signIn, sessionOf }) => {
      assert.equal((await sessionOf(await signIn(ADA))).operator.account, 'ada@example.com')
    })
  })

  test('S-3: a sign-in that starts at the provider is taken with allowUnsolicited', async () => {
    await ssp({ provider: { allowUnsolicited: true } }, async ({ house, peer, startThere, answer, sessionOf }) => {
      const visitor = house.browser()
      assert.equal((await startThere(visitor, '/app/tile')).url.origin, peer.url)
      assert.ok(!(await answer(visitor, ADA)).includes('InResponseTo'))
      const page = await visitor.submitForm()
      assert.equal(page.url.href, `${house.url}/app/tile`)
      assert.equal((await sessionOf(visitor)).operator.account, 'ada@example.com')
    })
  })

  test('S-3: without it the same visit becomes a sign-in of our own, which the provider answers without asking again', async () => {
    await ssp({}, async ({ house, startThere, answer, sessionOf }) => {
      const visitor = house.browser()
      await startThere(visitor, '/app/tile')
      await answer(visitor, ADA)
      const again = await visitor.submitForm()
      assert.match(messageOf(again), /InResponseTo="_[0-9a-f]{32}"/)
      const page = await visitor.submitForm()
      assert.equal(page.url.href, `${house.url}/app/tile`)
      assert.equal((await sessionOf(visitor)).operator.account, 'ada@example.com')
    })
  })

  test('S-11: metadata that the gateway fetches itself is as good as a file', async () => {
    await ssp({ byUrl: true }, async ({ signIn, sessionOf }) => {
      assert.equal((await sessionOf(await signIn(ADA))).operator.account, 'ada@example.com')
    })
  })

  test('a message of another SimpleSAMLphp, with keys of its own and the entity id of ours, is refused', async () => {
    await ssp({ provider: { allowUnsolicited: true } }, async (pair) => {
      const { page } = await pair.signInAtImpostor(ADA)
      assert.equal(page().status, 401)
      assert.match(await traceOf(pair, page()), /SAML_SIGNATURE_INVALID/)
    })
  })
})

type Options = Omit<PairOptions, 'openPeer'> & Pick<SimpleSamlPhpOptions, 'settings' | 'gcm'>

/** `settings` are laid over a response and an assertion that are both signed. */
function ssp({ settings = {}, gcm, ...options }: Options, use: (pair: Pair) => Promise<void>): Promise<void> {
  const both = { 'saml20.sign.response': true, ...settings }
  const cipher = gcm === undefined ? {} : { gcm }
  return withPair({ ...options, openPeer: (peer) => openSimpleSamlPhp({ ...peer, ...cipher, settings: both }) }, use)
}
