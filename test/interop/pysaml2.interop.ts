/** A second foreign identity provider end to end: Debian's PySAML2, whose messages xmlsec1 signs and encrypts. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ADA, BOB, EVE, messageOf, type Pair, type PairOptions, roleNames, traceOf, withPair } from './pair.ts'
import { openPySaml2, type PySaml2Settings } from './pysaml2.ts'

const AES = (name: string, length: number) => ({ content: name, session_key: `aes-${length}` })
const CONTENTS = [
  AES('http://www.w3.org/2009/xmlenc11#aes128-gcm', 128),
  AES('http://www.w3.org/2009/xmlenc11#aes192-gcm', 192),
  AES('http://www.w3.org/2009/xmlenc11#aes256-gcm', 256),
]
const CBC = AES('http://www.w3.org/2001/04/xmlenc#aes256-cbc', 256)
const TRIPLE_DES = { content: 'http://www.w3.org/2001/04/xmlenc#tripledes-cbc', session_key: 'des-192' }
const MORE = 'http://www.w3.org/2001/04/xmldsig-more#'
const SHA1 = {
  signature: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1',
  digest: 'http://www.w3.org/2000/09/xmldsig#sha1',
}
const SHA512 = { signature: `${MORE}rsa-sha512`, digest: 'http://www.w3.org/2001/04/xmlenc#sha512' }

const WANT = { signedResponse: true, signedAssertion: true, encryptedAssertion: false }
/** PySAML2 names what it knows by OID. */
const ATTRIBUTES = { displayName: ['urn:oid:2.16.840.1.113730.3.1.241'] }

const skip =
  process.env['GATEHOUSE_TEST_PYSAML2'] === undefined || process.env['GATEHOUSE_TEST_XMLSEC1'] === undefined
    ? 'PySAML2 or xmlsec1 is not installed'
    : false

describe('PySAML2', { skip }, () => {
  for (const binding of ['redirect', 'post'] as const) {
    test(`S-2: by the ${binding} binding, a provider whose metadata wants signed requests gets them`, async () => {
      await py({ settings: { wantSigned: true }, provider: { binding } }, async ({ house, peer, start, answer }) => {
        const visitor = house.browser()
        const page = await start(visitor, '/app/licences?year=2026')
        assert.equal(page.url.href.split('?')[0], `${peer.url}/sso/${binding}`)
        const message = await answer(visitor, ADA)
        assert.ok(message.includes('<ns0:Response xmlns:ns0='), 'prefixes of its own')
        assert.equal(message.split('<ns2:SignatureValue>').length - 1, 2, 'both elements are signed')
        const end = await visitor.submitForm()
        assert.deepEqual([end.url.href, end.status], [`${house.url}/app/licences?year=2026`, 200])
      })
    })

    test(`S-2: by the ${binding} binding, that provider takes no unsigned request`, async () => {
      const provider = { binding, signRequests: 'never' }
      await py({ settings: { wantSigned: true }, provider }, async ({ house, start }) => {
        const { status, text } = await start(house.browser(), '/app/')
        assert.deepEqual([status, text], [400, 'ValueError: the request is not signed'])
      })
    })
  }

  test('S-2: the signature of a request is verified there: one that was changed on the way is refused', async () => {
    await py({ settings: { wantSigned: true } }, async ({ house, start }) => {
      const visitor = house.browser()
      const { url } = await start(visitor, '/app/')
      const changed = new URL(url)
      changed.searchParams.set('RelayState', '00000000')
      assert.match((await visitor.goto(changed.href)).text, /does not verify/)
      assert.match((await visitor.goto(url.href)).text, /name="password"/)
    })
  })

  test('N-4: FnmsAdmin makes an administrator, and nobody else gets in without a role', async () => {
    await py({}, async ({ signIn, sessionOf }) => {
      const { operator, nameId, identityProvider } = await sessionOf(await signIn(ADA))
      assert.deepEqual(
        [operator.account, operator.displayName, nameId, identityProvider],
        ['ada@example.com', 'Ada Lovelace', 'ada@example.com', 'peer'],
      )
      assert.deepEqual(roleNames(operator), ['administrator'])
      for (const person of [BOB, EVE]) assert.equal((await signIn(person)).page().status, 403)
    })
  })

  test('S-12, S-22: attributes named by OID are found by that name, whatever characters their values have', async () => {
    const groups = { attribute: 'memberOf', map: { 'Ünïts & <users>': 'web-application:user' } }
    await py({ provider: { groups, loginAttribute: 'urn:oid:0.9.2342.19200300.100.1.3' } }, async (pair) => {
      const { operator } = await pair.sessionOf(await pair.signIn(BOB))
      assert.deepEqual([operator.account, operator.displayName], ['bob@example.com', 'Bøb “B” <b@x>'])
      assert.deepEqual(roleNames(operator), ['web-application:user'])
    })
  })

  test('S-4: signatures with SHA-512 count where that is the minimum; with SHA-1 they are refused by name', async () => {
    await py({ settings: SHA512, provider: { minimumSignature: 'rsa-sha512' } }, async ({ signIn, sessionOf }) => {
      assert.equal((await sessionOf(await signIn(ADA))).operator.account, 'ada@example.com')
    })
    await py({ settings: SHA1 }, async (pair) => {
      const { page } = await pair.signIn(ADA)
      assert.equal(page().status, 401)
      const shown = await traceOf(pair, page())
      for (const part of ['SAML_ALGORITHM_REFUSED', SHA1.signature]) assert.ok(shown.includes(part), shown)
    })
  })

  for (const missing of ['signResponse', 'signAssertion'] as const) {
    test(`S-4: with ${missing} off at the provider the message is refused, and taken where that signature is not wanted`, async () => {
      const settings = { [missing]: false }
      await py({ settings }, async (pair) => {
        const { page } = await pair.signIn(ADA)
        assert.equal(page().status, 401)
        assert.match(await traceOf(pair, page()), /SAML_SIGNATURE_MISSING/)
      })
      const want = { ...WANT, [missing === 'signResponse' ? 'signedResponse' : 'signedAssertion']: false }
      await py({ settings, provider: { want } }, async ({ signIn, sessionOf }) => {
        assert.equal((await sessionOf(await signIn(ADA))).operator.account, 'ada@example.com')
      })
    })
  }

  for (const encryption of CONTENTS) {
    test(`S-10: an assertion that xmlsec1 encrypted with ${encryption.content.split('#')[1]} is opened`, async () => {
      const provider = { want: { ...WANT, encryptedAssertion: true } }
      await py({ settings: { encryption }, provider }, async ({ house, start, answer, sessionOf }) => {
        const visitor = house.browser()
        await start(visitor, '/app/')
        const message = await answer(visitor, ADA)
        for (const part of [encryption.content, ':EncryptedAssertion>']) assert.ok(message.includes(part), part)
        assert.ok(!message.includes('ada@example.com'), 'nothing of the assertion is readable')
        await visitor.submitForm()
        assert.deepEqual(roleNames((await sessionOf(visitor)).operator), ['administrator'])
      })
    })
  }

  test('S-10: AES-CBC is refused unless allowCbc is set, and Triple DES, its own default, also then', async () => {
    const outcomes = [
      { encryption: CBC, allowCbc: false, status: 401 },
      { encryption: CBC, allowCbc: true, status: 200 },
      { encryption: TRIPLE_DES, allowCbc: true, status: 401 },
    ]
    for (const { encryption, allowCbc, status } of outcomes) {
      await py({ settings: { encryption }, provider: { allowCbc } }, async (pair) => {
        const { page } = await pair.signIn(ADA)
        assert.equal(page().status, status, encryption.content)
        if (status === 200) return
        const shown = await traceOf(pair, page())
        for (const part of ['SAML_ALGORITHM_REFUSED', encryption.content]) assert.ok(shown.includes(part), shown)
      })
    }
  })

  test('S-3: a sign-in that starts at the provider is taken with allowUnsolicited, and else becomes one of our own', async () => {
    for (const allowUnsolicited of [true, false]) {
      await py({ provider: { allowUnsolicited } }, async ({ house, startThere, answer, sessionOf }) => {
        const visitor = house.browser()
        await startThere(visitor, '/app/tile')
        assert.ok(!(await answer(visitor, ADA)).includes('InResponseTo'))
        await visitor.submitForm()
        if (!allowUnsolicited) {
          await answer(visitor, ADA)
          assert.match(messageOf(visitor.page()), /InResponseTo="_[0-9a-f]{32}"/)
          await visitor.submitForm()
        }
        assert.equal(visitor.page().url.href, `${house.url}/app/tile`)
        assert.equal((await sessionOf(visitor)).operator.account, 'ada@example.com')
      })
    }
  })

  test('S-16: the end that the provider gives the session is its end', async () => {
    await py({ settings: { sessionMinutes: 40 } }, async ({ signIn, sessionOf }) => {
      const { governedBy, secondsLeft } = await sessionOf(await signIn(ADA))
      assert.equal(governedBy, 'session-not-on-or-after')
      assert.ok(secondsLeft > 44 * 60 && secondsLeft <= 45 * 60, `40 minutes and the offset of 5, not ${secondsLeft} s`)
    })
  })

  test('S-11: metadata that the gateway fetches itself is as good as a file', async () => {
    await py({ byUrl: true }, async ({ signIn, sessionOf }) => {
      assert.equal((await sessionOf(await signIn(ADA))).operator.account, 'ada@example.com')
    })
  })

  test('a message of another PySAML2, with keys of its own and the entity id of ours, is refused', async () => {
    await py({ provider: { allowUnsolicited: true } }, async (pair) => {
      const { page } = await pair.signInAtImpostor(ADA)
      assert.equal(page().status, 401)
      assert.match(await traceOf(pair, page()), /SAML_SIGNATURE_INVALID/)
    })
  })
})

type Options = Omit<PairOptions, 'openPeer'> & { readonly settings?: Partial<PySaml2Settings> }

function py({ settings = {}, provider, ...options }: Options, use: (pair: Pair) => Promise<void>): Promise<void> {
  return withPair(
    {
      ...options,
      provider: { attributes: ATTRIBUTES, ...provider },
      openPeer: (peer) => openPySaml2({ ...peer, settings }),
    },
    use,
  )
}
