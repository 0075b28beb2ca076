/** `GET session`: JSON for programs to the letter of the contract, a page for browsers. */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { addSeconds, isoTime, minutes } from '../../src/core/time.ts'
import { type House, openHouse, signIn } from '../support/house.ts'
import { ADA, createUser, get, operatorOf, SAM, sessionOf, testClock } from '../support/steps.ts'

const clock = testClock()
let house: House
before(async () => {
  house = await openHouse({ clock })
  await createUser(house, SAM)
})
after(() => house.close())

test('the JSON has the keys of the contract in their order, absent facts are null', async () => {
  const visitor = house.browser()
  const signedInAt = clock.now()
  house.provider.answer({ overrides: { attributes: [{ name: 'FnmsAdmin', values: ['true'] }], sessionIndex: '_s1' } })
  await signIn(visitor, ADA, '/app/', house)
  clock.advance({ seconds: 61.5 })
  const { status, text } = await sessionOf(house, visitor)
  assert.equal(status, 200)
  const expected = {
    operator: {
      id: (await operatorOf(house, ADA))?.id,
      account: ADA,
      displayName: null,
      email: null,
      source: 'saml',
      roles: [{ name: 'administrator', service: null, source: 'assertion', locked: true }],
      groups: [],
    },
    identityProvider: 'demo',
    nameId: ADA,
    sessionIndex: '_s1',
    authnContext: 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport',
    authenticatedAt: isoTime(signedInAt),
    signedInAt: isoTime(signedInAt),
    lastActivityAt: isoTime(signedInAt),
    expiresAt: isoTime(addSeconds(signedInAt, minutes(35))),
    secondsLeft: 2038,
    governedBy: 'timeout',
    offsetSeconds: 300,
  }
  assert.equal(JSON.stringify(JSON.parse(text)), JSON.stringify(expected))
})

test('signedInAt is our own clock, authenticatedAt the AuthnInstant of the provider', async () => {
  const visitor = house.browser()
  house.provider.answer({ overrides: { authnInstant: addSeconds(clock.now(), minutes(-90)) } })
  await signIn(visitor, SAM, '/app/', house)
  const { body } = await sessionOf(house, visitor)
  assert.equal(body.authenticatedAt, isoTime(addSeconds(clock.now(), minutes(-90))))
  assert.equal(body.signedInAt, isoTime(clock.now()))
  assert.equal(body.governedBy, 'session-not-on-or-after')
  assert.equal(body.expiresAt, isoTime(addSeconds(clock.now(), minutes(15))))
})

test('attributes=1 adds what the provider sent, whatever the names; without it there is nothing of it', async () => {
  const visitor = house.browser()
  const attributes = [
    { name: 'FnmsAdmin', values: ['true'] },
    { name: '__proto__', values: ['a'] },
    { name: 'constructor', values: ['b', 'c'] },
    { name: 'http://schemas.example/claims/ü "x"', values: ['<b>&amp;</b>'] },
    { name: 'empty', values: [''] },
  ]
  house.provider.answer({ overrides: { attributes } })
  await signIn(visitor, ADA, '/app/', house)
  const { body } = await sessionOf(house, visitor, '?attributes=1')
  assert.equal(Object.keys(body).at(-1), 'attributes')
  assert.deepEqual(
    Object.entries(body.attributes),
    attributes.map(({ name, values }) => [name, values]),
  )
  for (const query of ['', '?attributes=0', '?attributes=', '?attributes=1&attributes=1']) {
    assert.equal((await sessionOf(house, visitor, query)).body.attributes, undefined, query)
  }
})

test('a browser gets a page with the roles and a way out', async () => {
  const visitor = house.browser()
  await signIn(visitor, ADA, '/.gatehouse/login', house)
  const page = visitor.page()
  assert.equal(page.url.pathname, '/.gatehouse/session')
  assert.match(String(page.headers['content-type']), /^text\/html/)
  assert.ok(page.text.includes(ADA) && page.text.includes('administrator'))
  assert.match(String(page.headers['content-security-policy']), /default-src 'none'/)
  assert.equal(page.headers['cache-control'], 'no-store')
  assert.match((await visitor.submitForm(page, { button: 'Sign out' })).text, /Signed out/)
})

test('without a session it is 401, for programs and for browsers', async () => {
  const answer = await get(house, '/.gatehouse/session')
  assert.equal(answer.status, 401)
  assert.equal(answer.headers['content-type'], 'application/problem+json')
  assert.deepEqual(Object.keys(answer.body), ['type', 'title', 'status', 'code', 'detail', 'reference', 'signIn'])
  assert.ok(answer.headers['www-authenticate'])
  assert.equal(answer.headers['cache-control'], 'no-store')
  const page = await house.browser().goto(`${house.url}/.gatehouse/session`)
  assert.equal(page.status, 401)
  assert.equal(page.hops.length, 1)
  assert.match(page.text, /href="\/\.gatehouse\/login\?return_to=/)
})
