/** How long a session lives, seen from outside (S-16 to S-18; contract section 3). */

import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { addSeconds, isoTime, seconds } from '../../src/core/time.ts'
import type { Browser } from '../support/browser.ts'
import { type House, openHouse, signIn } from '../support/house.ts'
import { ADA, cookieOf, createUser, get, SAM, sessionOf, setCookies, testClock } from '../support/steps.ts'

const clock = testClock()
const SETTINGS = { timeoutMinutes: 30, samlOffsetMinutes: 5 }

let house: House
before(async () => {
  house = await openHouse({ clock, service: { passive: ['/poll/**'] } })
  await createUser(house, SAM)
})
after(() => house.close())

/** Signs in with these settings in force. */
async function signedIn(account: string, settings: object = {}): Promise<Browser> {
  await house.reload({ service: { passive: ['/poll/**'] }, top: { session: { ...SETTINGS, ...settings } } })
  const visitor = house.browser()
  assert.equal((await signIn(visitor, account, '/app/', house)).status, 200)
  return visitor
}

/** 200 while the session is served, 401 afterwards. */
async function visit(visitor: Browser, path = '/app/'): Promise<number> {
  return (await get(house, path, visitor)).status
}

describe('a provider that sends no SessionNotOnOrAfter', () => {
  test('S-17: with 30 + 5 minutes a request 34:59 after the last action is served, one at 35:01 is not', async () => {
    const visitor = await signedIn(ADA)
    clock.advance({ minutes: 34, seconds: 59 })
    assert.equal(await visit(visitor), 200)
    clock.advance({ minutes: 34, seconds: 59 })
    assert.equal(await visit(visitor), 200, 'each action restarts the countdown')
    clock.advance({ minutes: 35, seconds: 1 })
    assert.equal(await visit(visitor), 401)
    const page = await visitor.goto(`${house.url}/app/`)
    assert.equal(page.hops[0]?.status, 302)
    assert.equal(page.url.origin, house.provider.url)
  })

  test('S-17: a session is over at its end exactly', async () => {
    const visitor = await signedIn(ADA)
    clock.advance({ minutes: 35 })
    assert.equal(await visit(visitor), 401)
  })

  test('S-17: any tab restarts the countdown, and so does any method', async () => {
    const visitor = await signedIn(ADA)
    const secondTab = { ...visitor }
    clock.advance({ minutes: 34 })
    assert.equal(await visit(secondTab, '/app/other'), 200)
    clock.advance({ minutes: 34 })
    await visitor.goto(`${house.url}/.gatehouse/session`)
    assert.equal((await visitor.fetch(`${house.url}/app/x`, { method: 'DELETE' })).status, 200)
    clock.advance({ minutes: 34 })
    assert.equal(await visit(visitor), 200)
  })

  for (const [what, act] of [
    ['GET session', (visitor: Browser) => get(house, '/.gatehouse/session', visitor)],
    ['a passive path', (visitor: Browser) => get(house, '/app/poll/status', visitor)],
    ['X-Gatehouse-Passive: 1', (visitor: Browser) => get(house, '/app/', visitor).set('X-Gatehouse-Passive', '1')],
    ['a refused request', (visitor: Browser) => get(house, '/nowhere/', visitor)],
  ] as const) {
    test(`S-17: ${what} does not extend the session`, async () => {
      const visitor = await signedIn(ADA)
      clock.advance({ minutes: 20 })
      const { status } = await act(visitor)
      assert.ok(status === 200 || status === 404)
      clock.advance({ minutes: 15, seconds: 1 })
      assert.equal(await visit(visitor), 401)
    })
  }

  test('S-17: activity outlives a restart', async () => {
    const visitor = await signedIn(ADA)
    clock.advance({ minutes: 20 })
    assert.equal(await visit(visitor), 200)
    await house.restart()
    clock.advance({ minutes: 34, seconds: 59 })
    assert.equal(await visit(visitor), 200)
  })
})

describe('a provider that sends SessionNotOnOrAfter, ten minutes ahead', () => {
  test('S-16, S-18: strict: it decides, whatever the activity and the timeout', async () => {
    const visitor = await signedIn(SAM)
    clock.advance({ minutes: 10 })
    assert.equal(await visit(visitor), 200)
    clock.advance({ minutes: 4, seconds: 59 })
    assert.equal(await visit(visitor), 200)
    clock.advance({ seconds: 2 })
    assert.equal(await visit(visitor), 401)
  })

  test('S-16: a timeout shorter than it does not end the session earlier', async () => {
    const visitor = await signedIn(SAM, { timeoutMinutes: 1, samlOffsetMinutes: 0 })
    clock.advance({ minutes: 9, seconds: 59 })
    assert.equal(await visit(visitor), 200)
    clock.advance({ seconds: 1 })
    assert.equal(await visit(visitor), 401)
  })

  test('S-18: fnms: its length is a sliding window', async () => {
    const visitor = await signedIn(SAM, { idpExpiry: 'fnms' })
    for (let count = 0; count < 3; count += 1) {
      clock.advance({ minutes: 14, seconds: 59 })
      assert.equal(await visit(visitor), 200)
    }
    assert.equal((await sessionOf(house, visitor)).body.governedBy, 'session-not-on-or-after')
    clock.advance({ minutes: 15, seconds: 1 })
    assert.equal(await visit(visitor), 401)
  })

  test('S-18: fnms: one that has passed, inside the offset, leaves a window of the offset', async () => {
    await house.reload({ top: { session: { ...SETTINGS, idpExpiry: 'fnms' } } })
    const visitor = house.browser()
    house.provider.answer({ overrides: { sessionNotOnOrAfter: addSeconds(clock.now(), seconds(-60)) } })
    await signIn(visitor, SAM, '/app/', house)
    assert.equal((await sessionOf(house, visitor)).body.secondsLeft, 300)
  })
})

describe('further limits', () => {
  test('idleMaxMinutes limits a strict session too, with the offset added', async () => {
    const visitor = await signedIn(SAM, { idleMaxMinutes: 2 })
    assert.equal((await sessionOf(house, visitor)).body.governedBy, 'idle')
    clock.advance({ minutes: 6, seconds: 59 })
    assert.equal(await visit(visitor), 200)
    clock.advance({ minutes: 7, seconds: 1 })
    assert.equal(await visit(visitor), 401)
  })

  test('absoluteMaxMinutes counts from the sign-in and gets no offset', async () => {
    const visitor = await signedIn(ADA, { absoluteMaxMinutes: 40 })
    clock.advance({ minutes: 20 })
    assert.equal(await visit(visitor), 200)
    assert.equal((await sessionOf(house, visitor)).body.governedBy, 'absolute')
    clock.advance({ minutes: 19, seconds: 59 })
    assert.equal(await visit(visitor), 200)
    clock.advance({ seconds: 1 })
    assert.equal(await visit(visitor), 401)
  })

  test('settings that are reloaded hold for open sessions, in both directions', async () => {
    const visitor = await signedIn(ADA)
    clock.advance({ minutes: 20 })
    await house.reload({ top: { session: { timeoutMinutes: 10, samlOffsetMinutes: 5 } } })
    assert.equal(await visit(visitor), 401)
    await house.reload({ top: { session: { timeoutMinutes: 60, samlOffsetMinutes: 5 } } })
    assert.equal(await visit(visitor), 200)
    assert.equal((await sessionOf(house, visitor)).body.secondsLeft, 65 * 60)
  })
})

describe('the countdown cookie', () => {
  beforeEach(() => house.reload({ top: { session: SETTINGS } }))

  test('S-17: gatehouse_expires is readable by script and holds the end in seconds', async () => {
    const visitor = await signedIn(ADA)
    const expires = Number(cookieOf(visitor, 'gatehouse_expires'))
    assert.equal(expires, clock.now() / 1000 + 35 * 60)
    assert.match(visitor.cookies.readable(new URL(house.url)), /gatehouse_expires=\d+/)
    assert.doesNotMatch(visitor.cookies.readable(new URL(house.url)), /gatehouse=/)
    assert.equal((await sessionOf(house, visitor)).body.expiresAt, isoTime(addSeconds(clock.now(), seconds(2100))))
  })

  test('S-17: it is renewed when the end moves by 30 s or more', async () => {
    const visitor = await signedIn(ADA)
    clock.advance({ seconds: 29 })
    assert.deepEqual(setCookies(await get(house, '/app/', visitor)), [])
    clock.advance({ seconds: 1 })
    const [cookie, ...others] = setCookies(await get(house, '/app/', visitor))
    assert.deepEqual(others, [])
    assert.equal(cookie, `gatehouse_expires=${clock.now() / 1000 + 35 * 60}; Path=/; SameSite=Lax`)
  })
})
