/** Messages that answer no request (S-3): the Okta tile, and providers that are allowed to send them. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type House, openHouse, signIn } from '../support/house.ts'
import {
  ADA,
  cookieOf,
  createUser,
  OTTO,
  post,
  sessionOf,
  setCookies,
  traceOf,
  unsolicitedFor,
} from '../support/steps.ts'

describe('a provider whose unsolicited messages are not allowed', () => {
  let house: House
  before(async () => {
    house = await openHouse()
  })
  after(() => house.close())

  test('S-3: a normal sign-in starts, with RelayState as the return path', async () => {
    const visitor = house.browser()
    await unsolicitedFor(visitor, { provider: house.provider, relayState: '/app/from-tile' })
    const choice = await visitor.submitForm()
    assert.equal(choice.hops[0]?.status, 303)
    assert.equal(choice.url.origin, house.provider.url)
    await visitor.submitForm(choice, { button: OTTO })
    await createUser(house, OTTO)
    const page = await visitor.submitForm()
    assert.equal(page.url.pathname, '/app/from-tile')
    assert.equal((await sessionOf(house, visitor)).body.operator.account, OTTO, 'the second answer decides')
  })

  test('S-3, S-14: a RelayState that leads elsewhere is not followed', async () => {
    const visitor = house.browser()
    await unsolicitedFor(visitor, { provider: house.provider, relayState: 'https://evil.example/' })
    await visitor.submitForm()
    await visitor.submitForm(visitor.page(), { button: ADA })
    const page = await visitor.submitForm()
    assert.equal(`${page.url.origin}${page.url.pathname}`, `${house.url}/.gatehouse/session`)
  })

  test('S-3: the message is not read beyond its Issuer', async () => {
    const message = Buffer.from(
      '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_a" Version="2.0">' +
        `<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${house.provider.entityId}</saml:Issuer></samlp:Response>`,
    )
    const answer = await post(house, { SAMLResponse: message.toString('base64') })
    assert.equal(answer.status, 303)
    assert.ok(answer.headers['location']?.startsWith(house.provider.url))
  })

  test('S-3: a provider that answers unsolicited again is refused, and the browser does not go round in circles', async () => {
    const visitor = house.browser()
    await unsolicitedFor(visitor, { provider: house.provider })
    await visitor.submitForm()
    const message = await unsolicitedFor(visitor, { provider: house.provider })
    const answer = await post(house, message, visitor)
    assert.deepEqual([answer.status, answer.body.code], [401, 'SAML_UNSOLICITED_REFUSED'])
    assert.equal((await traceOf(house, answer)).outcome, 'SAML_UNSOLICITED_REFUSED')
  })

  test('S-11: a message of an unknown issuer is refused', async () => {
    house.provider.answer({ overrides: { issuer: 'urn:somebody:else' } })
    const message = await unsolicitedFor(house.browser(), { provider: house.provider })
    const answer = await post(house, message)
    assert.deepEqual([answer.status, answer.body.code], [401, 'SAML_ISSUER_UNKNOWN'])
    assert.equal((await traceOf(house, answer)).provider, null)
  })

  test('sign-ins that tiles start count against startsPerMinute', async () => {
    await house.reload({ top: { signIn: { startsPerMinute: 2 } } })
    try {
      const statuses: number[] = []
      for (let count = 0; count < 3; count += 1) {
        const message = await unsolicitedFor(house.browser(), { provider: house.provider })
        const answer = await post(house, message)
        statuses.push(answer.status)
        if (answer.status === 429) assert.match(answer.headers['retry-after'] ?? '', /^[1-9]\d?$/)
      }
      assert.deepEqual(statuses, [303, 303, 429])
    } finally {
      await house.reload({})
    }
  })
})

describe('a provider whose unsolicited messages are allowed', () => {
  let house: House
  before(async () => {
    house = await openHouse({ https: true, provider: { allowUnsolicited: true } })
    await createUser(house, OTTO)
  })
  after(() => house.close())

  test('S-3: its message signs in, and RelayState is the return path', async () => {
    const visitor = house.browser()
    await unsolicitedFor(visitor, { provider: house.provider, relayState: '/app/tile' })
    const again = await visitor.submitForm()
    assert.equal(again.status, 200, 'once more from our own page, so that the session cookie comes along')
    const page = await visitor.submitForm(again)
    assert.equal(page.url.href, `${house.url}/app/tile`)
    assert.equal(page.status, 200)
  })

  test('S-3: one that names a request is not unsolicited and is refused', async () => {
    house.provider.answer({ overrides: { inResponseTo: '_0123456789' } })
    const visitor = house.browser()
    await unsolicitedFor(visitor, { provider: house.provider })
    const page = await visitor.submitForm(await visitor.submitForm())
    assert.equal(page.status, 401)
    assert.equal((await traceOf(house, page)).outcome, 'SAML_REQUEST_UNKNOWN')
  })

  test('S-3, S-7: the same message twice is refused', async () => {
    const visitor = house.browser()
    await unsolicitedFor(visitor, { provider: house.provider })
    const form = await visitor.submitForm()
    assert.equal((await visitor.submitForm(form)).status, 200)
    const other = house.browser()
    await other.goto(`${house.url}/.gatehouse/session`)
    const page = await other.submitForm(form)
    assert.equal(page.status, 401)
    assert.equal((await traceOf(house, page)).outcome, 'SAML_REPLAYED')
  })

  test('S-3: a RelayState of 8 hexadecimal digits is a lost cookie, not an unsolicited message', async () => {
    const visitor = house.browser()
    await unsolicitedFor(visitor, { provider: house.provider, relayState: '0123abcd' })
    const page = await visitor.submitForm(await visitor.submitForm())
    assert.equal(page.status, 400)
    assert.match(page.text, /Start again/)
  })

  test("S-3: it never replaces another operator's session without a click", async () => {
    const visitor = house.browser()
    await signIn(visitor, OTTO, '/app/', house)
    const mine = cookieOf(visitor, '__Host-gatehouse')
    await unsolicitedFor(visitor, { provider: house.provider, account: ADA, relayState: '/app/x' })
    const question = await visitor.submitForm(await visitor.submitForm())
    assert.equal(question.status, 200)
    assert.ok(question.text.includes(OTTO) && question.text.includes(ADA))
    assert.equal(cookieOf(visitor, '__Host-gatehouse'), mine)
    const stay = await visitor.goto(`${house.url}/app/`)
    assert.ok(stay.text.includes(OTTO))
    const page = await visitor.submitForm(question, { button: `Sign in as ${ADA}` })
    assert.equal(page.url.href, `${house.url}/app/x`)
    assert.ok(page.text.includes(ADA))
    assert.notEqual(cookieOf(visitor, '__Host-gatehouse'), mine)
  })

  test('S-3: another site cannot press that button', async () => {
    const visitor = house.browser()
    await signIn(visitor, OTTO, '/app/', house)
    const mine = cookieOf(visitor, '__Host-gatehouse')
    const message = await unsolicitedFor(visitor, { provider: house.provider, account: ADA })
    const forged = { ...message, gatehouse_confirm: '1', gatehouse_repost: '1' }
    const body = new URLSearchParams(forged).toString()
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const page = await visitor.fetch(`${house.url}/.gatehouse/saml/acs`, {
      method: 'POST',
      headers,
      body,
      credentials: 'include',
    })
    assert.equal(page.status, 200)
    assert.deepEqual(setCookies(page), [])
    assert.equal(cookieOf(visitor, '__Host-gatehouse'), mine)
  })

  test('S-3: for the operator who is signed in already no click is needed', async () => {
    const visitor = house.browser()
    await signIn(visitor, OTTO, '/app/', house)
    const first = cookieOf(visitor, '__Host-gatehouse')
    await unsolicitedFor(visitor, { provider: house.provider, account: OTTO, relayState: '/app/' })
    const page = await visitor.submitForm(await visitor.submitForm())
    assert.equal(page.url.pathname, '/app/')
    assert.notEqual(cookieOf(visitor, '__Host-gatehouse'), first, 'a new id at every sign-in')
  })
})
