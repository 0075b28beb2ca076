/** Our own pages in the language of the browser (W-22): each of them, in German and in English. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import supertest, { type Test } from 'supertest'
import { GERMAN } from '../../src/http/texts/de.ts'
import { ENGLISH } from '../../src/http/texts/en.ts'
import { readForms, readLinks } from '../support/browser/document.ts'
import type { Browser } from '../support/browser.ts'
import { type House, openHouse, signIn } from '../support/house.ts'
import { ACS, ADA, answerFor, cookieHeader, createUser, OTTO, unsolicitedFor } from '../support/steps.ts'

const UMLAUTS = '/app/größe/straße?suche=Müller&filter=Länge'

let house: House
let gateOnly: House
before(async () => {
  house = await openHouse({
    twoProviders: true,
    provider: { displayName: 'Prüfstelle Köln' },
    beta: { binding: 'post' },
  })
  const services = [
    { id: 'app', profile: 'web-application', match: { path: '/app/' }, upstream: house.upstream.url },
    { id: 'openlm', profile: 'openlm', match: { path: '/openlm/' }, upstream: house.upstream.url, guest: true },
  ]
  gateOnly = await openHouse({ provider: { allowUnsolicited: true }, top: { services } })
  await createUser(gateOnly, OTTO)
})
after(async () => {
  await house.close()
  await gateOnly.close()
})

interface Visit {
  readonly at?: House
  readonly visitor?: Browser
  readonly form?: object
}

/** Asks as a browser in that language does that opens a page or, with a form, sends it from a page of ours. */
function ask(path: string, language: string, { at = house, visitor, form }: Visit = {}): Test {
  const test = form === undefined ? supertest(at.url).get(path) : supertest(at.url).post(path).type('form')
  const sent = test.set('Accept', 'text/html').set('Accept-Language', language)
  if (visitor !== undefined) sent.set('Cookie', cookieHeader(visitor))
  return form === undefined ? sent : sent.set('Origin', at.url).send(form)
}

for (const [language, accepts, texts] of [
  ['en', 'en-GB,en;q=0.9,de;q=0.5', ENGLISH],
  ['de', 'de-CH,de;q=0.9,en;q=0.5', GERMAN],
] as const) {
  const check = (page: { text: string; headers: Record<string, string> }, ...said: readonly string[]) => {
    assert.equal(page.headers['content-language'], language)
    assert.match(page.headers['vary'] ?? '', /\bAccept-Language\b/)
    assert.ok(page.text.startsWith(`<!doctype html>\n<html lang="${language}">`), page.text.slice(0, 80))
    for (const each of said) assert.ok(page.text.includes(each), `${each} is not in ${page.text}`)
  }

  describe(`pages in ${language}`, () => {
    test('W-22: the choice of the provider, with names and paths that have umlauts', async () => {
      const page = await ask(`/.gatehouse/login?return_to=${encodeURIComponent(UMLAUTS)}`, accepts)
      check(page, texts.chooser.title, texts.chooser.text, 'Prüfstelle Köln')
      assert.ok(!page.text.includes(texts.chooser.guest))
      const [first] = readLinks(page.text)
      const { searchParams } = new URL(first?.href ?? '', house.url)
      assert.equal(decodeURI(searchParams.get('return_to') ?? ''), UMLAUTS)
    })

    test('W-22: the offer to be a guest, whose form keeps the path with umlauts', async () => {
      const target = '/openlm/api/dashboard?suche=Größe'
      const page = await ask(`/.gatehouse/login?return_to=${encodeURIComponent(target)}&guest=1`, accepts, {
        at: gateOnly,
      })
      check(page, texts.chooser.guest, `>${texts.chooser.guestButton}</button>`)
      const fields = Object.fromEntries(readForms(page.text)[0]?.fields ?? [])
      const entered = await ask('/.gatehouse/guest', accepts, { at: gateOnly, form: fields })
      assert.equal(decodeURI(entered.headers['location'] ?? ''), target)
    })

    test('W-22: on the way to the provider by POST, and back once more', async () => {
      const going = await ask('/.gatehouse/login?idp=beta&return_to=%2Fapp%2F', accepts)
      check(going, texts.onTheWay.title, texts.onTheWay.text, `>${texts.onTheWay.button}</button>`)
      const message = await answerFor(gateOnly, gateOnly.browser(), { account: ADA })
      const again = await supertest(gateOnly.url)
        .post(ACS)
        .type('form')
        .set('Accept', 'text/html')
        .set('Accept-Language', accepts)
        .set('Origin', gateOnly.provider.url)
        .send(message)
      check(again, texts.onTheWayBack.title, texts.onTheWayBack.text)
    })

    test('W-22: the session, and the question whether to change the account', async () => {
      const visitor = gateOnly.browser()
      await signIn(visitor, OTTO, '/app/', gateOnly)
      const session = await ask('/.gatehouse/session', accepts, { at: gateOnly, visitor })
      check(
        session,
        texts.session.title,
        texts.session.rows.provider,
        texts.session.roles,
        texts.session.decidedBy.timeout,
      )
      const message = await unsolicitedFor(gateOnly.browser(), { provider: gateOnly.provider, account: ADA })
      const question = await ask(ACS, accepts, { at: gateOnly, visitor, form: { ...message, gatehouse_repost: '1' } })
      check(question, texts.confirm.title, texts.confirm.change(ADA), texts.confirm.stay(OTTO))
    })

    test('W-22: signing out, asked and done', async () => {
      const asked = await ask('/.gatehouse/logout', accepts).set('Sec-Fetch-Site', 'cross-site')
      check(asked, texts.signOut.title, texts.signOut.text)
      check(await ask('/.gatehouse/logout', accepts, { form: {} }), texts.signedOut.title, texts.signedOut.text)
      const single = await ask('/.gatehouse/saml/slo', accepts)
      check(single, texts.error('SINGLE_LOGOUT_UNAVAILABLE').title, texts.signOut.text)
    })

    test('W-22: refusals: a form, a state that is lost, an account without a role, no session, nothing there', async () => {
      check(await ask(ACS, accepts, { form: { a: '1' } }), texts.error('SAML_MALFORMED').text, texts.frame.startAgain)
      check(await ask(ACS, accepts), texts.error('SIGN_IN_STATE_LOST').text)
      check(await ask('/.gatehouse/session', accepts), texts.error('SESSION_REQUIRED').title, texts.frame.signIn)
      check(await ask(encodeURI('/app/größe'), accepts, { form: { a: '1' } }), texts.error('SESSION_REQUIRED').text)
      check(await ask('/nothing', accepts), texts.error('NOT_FOUND').text)
      check(await ask('/.gatehouse/login?idp=nobody', accepts), texts.error('PROVIDER_UNKNOWN').title)
    })
  })
}
