/** Sign-ins that go round in circles, and too many of them (contract section 3). */

import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import type { Browser } from '../support/browser.ts'
import { type House, openHouse, signIn } from '../support/house.ts'
import { ADA, get, post, testClock } from '../support/steps.ts'

const clock = testClock()
let house: House
before(async () => {
  house = await openHouse({ clock })
})
after(() => house.close())
beforeEach(() => house.reload({}))

/** As a browser that does not keep the session cookie. */
function loseSession(visitor: Browser): void {
  const kept = visitor.cookies.list().filter(({ name }) => name !== 'gatehouse')
  visitor.cookies.clear()
  const context = { url: new URL(house.url), method: 'GET', initiator: null, topLevel: true }
  const end = (expires: number | null) => (expires === null ? '' : `; Expires=${new Date(expires).toUTCString()}`)
  visitor.cookies.store(
    kept.map(({ name, value, expires }) => `${name}=${value}; Path=/${end(expires)}`),
    context,
  )
}

describe('three sign-ins of one browser within 30 seconds', () => {
  test('W-22: end on a page that names the likely cause, in the browser’s language and without a redirect; so does starting again', async () => {
    const visitor = house.browser()
    for (let count = 0; count < 2; count += 1) {
      assert.equal((await signIn(visitor, ADA, '/app/', house)).url.pathname, '/app/')
      loseSession(visitor)
      clock.advance({ seconds: 10 })
    }
    const third = await signIn(visitor, ADA, '/app/', house)
    assert.equal(third.hops.length, 1)
    assert.equal(third.url.pathname, '/.gatehouse/saml/acs')
    assert.match(third.text, /session cookie is not kept/)
    loseSession(visitor)
    const again = await visitor.goto(`${house.url}/app/`)
    assert.equal(again.url.pathname, '/.gatehouse/login')
    assert.equal(again.status, 429)
    assert.match(again.text, /session cookie is not kept/)
    const german = await get(house, '/.gatehouse/login?return_to=/app/', visitor).set({
      Accept: 'text/html',
      'Accept-Language': 'de',
    })
    assert.equal(german.headers['content-language'], 'de')
    assert.match(german.text, /Das Cookie der Sitzung wird nicht aufbewahrt/)
    clock.advance({ seconds: 31 })
    assert.equal((await visitor.goto(`${house.url}/app/`)).url.origin, house.provider.url)
  })

  test('are nothing to stop when they are more than 30 seconds apart', async () => {
    const visitor = house.browser()
    for (let count = 0; count < 4; count += 1) {
      assert.equal((await signIn(visitor, ADA, '/app/', house)).status, 200)
      loseSession(visitor)
      clock.advance({ seconds: 16 })
    }
  })

  test('are nothing to stop when the browser presents its session, or has signed out', async () => {
    const visitor = house.browser()
    for (let count = 0; count < 4; count += 1) {
      assert.equal((await signIn(visitor, ADA, '/.gatehouse/login?return_to=/app/', house)).url.pathname, '/app/')
    }
    for (let count = 0; count < 4; count += 1) {
      await visitor.goto(`${house.url}/.gatehouse/logout`)
      assert.equal((await signIn(visitor, ADA, '/app/', house)).url.pathname, '/app/')
    }
  })

  test('of several browsers do not count together', async () => {
    for (let count = 0; count < 4; count += 1) {
      assert.equal((await signIn(house.browser(), ADA, '/app/', house)).url.pathname, '/app/')
    }
  })
})

describe('limits per address', () => {
  test('startsPerMinute: beyond it 429 with Retry-After; the page says so too', async () => {
    await house.reload({ top: { signIn: { startsPerMinute: 3 } } })
    for (let count = 0; count < 3; count += 1) assert.equal((await get(house, '/.gatehouse/login')).status, 302)
    const answer = await get(house, '/.gatehouse/login')
    assert.deepEqual([answer.status, answer.body.code], [429, 'RATE_LIMITED'])
    assert.match(answer.headers['retry-after'] ?? '', /^(?:[1-9]|[1-5]\d|60)$/)
    const page = await house.browser().goto(`${house.url}/.gatehouse/login`)
    assert.equal(page.status, 429)
    assert.match(page.text, /Too many requests/)
    assert.equal((await get(house, '/.gatehouse/session')).status, 401, 'nothing else is limited')
  })

  test('postsPerMinute: beyond it 429 with Retry-After', async () => {
    await house.reload({ top: { signIn: { postsPerMinute: 2 } } })
    const statuses = []
    for (let count = 0; count < 3; count += 1) statuses.push((await post(house, { SAMLResponse: 'x' })).status)
    assert.deepEqual(statuses, [400, 400, 429])
    assert.ok((await post(house, {})).headers['retry-after'])
  })

  test('0 is no limit', async () => {
    await house.reload({ top: { signIn: { startsPerMinute: 0, postsPerMinute: 0 } } })
    const answers = await Promise.all(Array.from({ length: 320 }, () => get(house, '/.gatehouse/login')))
    assert.ok(answers.every(({ status }) => status === 302))
  })

  test('the address behind a trusted proxy counts, that of an untrusted one does not', async () => {
    const start = (address: string) => get(house, '/.gatehouse/login').set('X-Forwarded-For', address)
    await house.reload({ top: { signIn: { startsPerMinute: 1 }, trustedProxies: ['127.0.0.0/8', '::1/128'] } })
    assert.equal((await start('192.0.2.1')).status, 302)
    assert.equal((await start('192.0.2.2')).status, 302)
    assert.equal((await start('192.0.2.1')).status, 429)
    assert.equal((await start('2001:db8:0:1::1')).status, 302)
    assert.equal((await start('2001:db8:0:1:ffff::2')).status, 429, 'who has one address of a /64 has them all')
    assert.equal((await start('2001:db8:0:2::1')).status, 302)
    await house.reload({ top: { signIn: { startsPerMinute: 1 } } })
    assert.equal((await start('192.0.2.1')).status, 302)
    assert.equal((await start('192.0.2.2')).status, 429)
  })
})
