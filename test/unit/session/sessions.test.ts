import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'

import { instant } from '../../../src/core/time.ts'
import type { LiveSession } from '../../../src/session/sessions.ts'
import { DEFAULTS, FACTS, type House, MINUTE, openHouse, T0 } from './house.ts'

let house: House

beforeEach(() => {
  house = openHouse()
})

/** Moves the clock to `minutes` after T0. */
function at(minutes: number): void {
  house.world.now = instant(Math.round(T0 + minutes * MINUTE))
}

async function authenticated(cookie: string): Promise<LiveSession> {
  const live = await house.sessions.authenticate(cookie)
  assert.ok(live, 'the session is served')
  return live
}

/** A promise with the function that resolves it. */
function gate(): { readonly passed: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { passed: promise, open: resolve }
}

describe('a new session', () => {
  test('begins now, with an id and a secret of its own', () => {
    const [one, two] = [house.sessions.prepare(FACTS), house.sessions.prepare(FACTS)]
    assert.equal(one.session.signedInAt, T0)
    assert.equal(one.session.lastActivityAt, T0)
    assert.notEqual(one.session.id, two.session.id)
    assert.notEqual(one.cookieValue, two.cookieValue)
    assert.ok(!one.cookieValue.includes(one.secretHash))
    assert.equal(house.cookies.read(`__Host-gatehouse=${one.cookieValue}`), one.secretHash)
  })
})

describe('authenticate', () => {
  test('reads the store once and then answers at once', async () => {
    const { session, cookie } = await house.signIn()
    assert.ok(house.sessions.authenticate(cookie) instanceof Promise)
    assert.deepEqual((await authenticated(cookie)).session, session)
    const live = house.sessions.authenticate(cookie)
    assert.ok(live !== undefined && !(live instanceof Promise))
    assert.equal(live.expiresAt, T0 + 35 * MINUTE)
    assert.equal(live.governedBy, 'timeout')
    assert.equal(house.world.finds, 1)
  })

  test('reads the store once for requests that come together', async () => {
    const { cookie } = await house.signIn()
    const all = await Promise.all(Array.from({ length: 20 }, () => house.sessions.authenticate(cookie)))
    assert.ok(all.every((live) => live !== undefined))
    assert.equal(house.world.finds, 1)
  })

  test('reads no store for a forged or missing cookie', () => {
    const forged = `__Host-gatehouse=${Buffer.alloc(40, 1).toString('base64url')}`
    for (const header of [undefined, 'a=1', forged]) assert.equal(house.sessions.authenticate(header), undefined)
    assert.equal(house.world.finds, 0)
  })

  test('knows no session that was never stored', async () => {
    const { cookieValue } = house.sessions.prepare(FACTS)
    assert.equal(await house.sessions.authenticate(`__Host-gatehouse=${cookieValue}`), undefined)
  })

  test('S-17: with 30 + 5, serves at 34:59 after the last action and not at 35:01', async () => {
    const { cookie } = await house.signIn()
    at(34 + 59 / 60)
    house.sessions.recordAction(await authenticated(cookie))
    at(69 + 58 / 60)
    await authenticated(cookie)
    at(69 + 59 / 60)
    assert.equal(await house.sessions.authenticate(cookie), undefined, 'served while now < end')
    at(70)
    assert.equal(await house.sessions.authenticate(cookie), undefined)
  })

  test('does not itself count as an action', async () => {
    const { cookie } = await house.signIn()
    for (const minutes of [10, 20, 30]) {
      at(minutes)
      await authenticated(cookie)
    }
    at(35)
    assert.equal(await house.sessions.authenticate(cookie), undefined)
  })

  test('judges open sessions by the settings in force', async () => {
    const { cookie } = await house.signIn()
    await authenticated(cookie)
    at(12)
    house.world.settings = { ...DEFAULTS, timeoutMinutes: 5 }
    assert.equal(await house.sessions.authenticate(cookie), undefined)
    house.world.settings = { ...DEFAULTS, absoluteMaxMinutes: 20 }
    assert.equal((await authenticated(cookie)).governedBy, 'absolute')
  })

  test('calls a session of an inactive provider over, cached or not', async () => {
    const { cookie } = await house.signIn()
    const local = await house.signIn({ provider: 'local' })
    assert.equal(await house.sessions.authenticate(local.cookie), undefined)
    await authenticated(cookie)
    house.world.providers = new Set(['local'])
    assert.equal(house.sessions.authenticate(cookie), undefined)
    await authenticated(local.cookie)
  })

  test('reads the store before it calls a session over, because another process may have seen activity', async () => {
    const { cookie } = await house.signIn()
    await authenticated(cookie)
    const other = house.another()
    at(30)
    const there = await other.authenticate(cookie)
    assert.ok(there)
    other.recordAction(there)
    await other.flush()
    at(40)
    assert.equal((await authenticated(cookie)).expiresAt, T0 + 65 * MINUTE)
  })

  test('throws STORE_UNAVAILABLE when it must ask the store and cannot, and goes on with known sessions', async () => {
    const { cookie } = await house.signIn()
    const unknown = await house.signIn()
    await authenticated(cookie)
    house.world.away = true
    await authenticated(cookie)
    await assert.rejects(async () => house.sessions.authenticate(unknown.cookie), { code: 'STORE_UNAVAILABLE' })
    at(40)
    await assert.rejects(async () => house.sessions.authenticate(cookie), { code: 'STORE_UNAVAILABLE' })
    house.world.away = false
    at(1)
    await authenticated(unknown.cookie)
  })

  test('known sessions go on without waiting while their store is away, for the grace time, and again when it is back', async () => {
    const { cookie } = await house.signIn()
    await authenticated(cookie)
    house.world.awaySince = instant(T0)
    at(0.49)
    assert.ok(!(house.sessions.authenticate(cookie) instanceof Promise))
    at(0.5)
    await assert.rejects(async () => house.sessions.authenticate(cookie), { code: 'STORE_UNAVAILABLE' })
    assert.equal(house.sessions.authenticate('__Host-gatehouse=forged'), undefined)
    house.world.awaySince = undefined
    await authenticated(cookie)
  })
})

describe('ending a session', () => {
  test('holds at once in this process, is published, and is told once', async () => {
    const { session, cookie } = await house.signIn()
    const live = await authenticated(cookie)
    const before = await house.store.revisions.head()
    assert.equal(await house.sessions.end(live), true)
    assert.equal(await house.sessions.authenticate(cookie), undefined)
    assert.deepEqual((await house.store.revisions.changesSince(before)).keys, [`session:${session.id}`])
    assert.equal(await house.sessions.end(session.id), false)
    assert.equal((await house.store.revisions.changesSince(before)).head, before + 1)
  })

  test('leaves other sessions of the operator alone', async () => {
    const [one, two] = [await house.signIn(), await house.signIn()]
    await authenticated(two.cookie)
    await house.sessions.end(one.session.id)
    await authenticated(two.cookie)
  })

  test('does not happen while the store is away', async () => {
    const { cookie } = await house.signIn()
    const live = await authenticated(cookie)
    house.world.away = true
    await assert.rejects(house.sessions.end(live), { code: 'STORE_UNAVAILABLE' })
    assert.ok(house.sessions.authenticate(cookie))
  })

  test('in another process holds here when its key arrives', async () => {
    const { session, cookie } = await house.signIn()
    await authenticated(cookie)
    await house.another().end(session.id)
    house.sessions.evict(['operator:o1', 'roles'])
    assert.ok(await house.sessions.authenticate(cookie), 'other keys evict nothing')
    house.sessions.evict([`session:${session.id}`])
    assert.equal(await house.sessions.authenticate(cookie), undefined)
  })

  test('in another process holds here at once while its key could not arrive', async () => {
    const { session, cookie } = await house.signIn()
    await authenticated(cookie)
    await house.another().end(session.id)
    house.world.fresh = false
    assert.equal(await house.sessions.authenticate(cookie), undefined)
  })

  test('wins over a read of the store that began before it', async () => {
    const { session, cookie } = await house.signIn()
    const held = gate()
    house.world.reading = held.passed
    const early = house.sessions.authenticate(cookie)
    await new Promise(setImmediate)
    assert.equal(await house.sessions.end(session.id), true)
    house.world.reading = Promise.resolve()
    const late = house.sessions.authenticate(cookie)
    held.open()
    assert.equal(await late, undefined, 'does not join the read that began before')
    await early
    assert.equal(await house.sessions.authenticate(cookie), undefined, 'what was read before is not cached')
  })

  test('is not undone by activity that was not yet written', async () => {
    const { session, cookie } = await house.signIn()
    const live = await authenticated(cookie)
    await house.sessions.end(session.id)
    house.sessions.recordAction(live)
    await house.sessions.flush()
    assert.equal(await house.sessions.authenticate(cookie), undefined)
    assert.equal(await house.store.sessions.count(), 0)
  })
})

describe('activity', () => {
  test('slides the session at once and tells its new end', async () => {
    const { cookie } = await house.signIn()
    const live = await authenticated(cookie)
    at(10)
    assert.equal(house.sessions.recordAction(live).expiresAt, T0 + 45 * MINUTE)
    assert.equal((await authenticated(cookie)).session.lastActivityAt, T0 + 10 * MINUTE)
    assert.deepEqual(house.world.touches, [])
  })

  test('is written in one batch, once per session, with its latest action', async () => {
    const [one, two] = [await house.signIn(), await house.signIn()]
    const [first, second] = [await authenticated(one.cookie), await authenticated(two.cookie)]
    for (const minutes of [1, 2, 3]) {
      at(minutes)
      house.sessions.recordAction(first)
    }
    house.sessions.recordAction(second)
    await house.sessions.flush()
    const until = instant(T0 + 3 * MINUTE)
    assert.deepEqual(house.world.touches, [
      [
        { id: one.session.id, at: until },
        { id: two.session.id, at: until },
      ],
    ])
    await house.sessions.flush()
    assert.equal(house.world.touches.length, 1)
  })

  test('is written every 10 s until cancelled', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    const { cookie } = await house.signIn()
    const live = await authenticated(cookie)
    const cancel = house.sessions.start()
    for (const [milliseconds, expected] of [
      [9_999, 0],
      [1, 1],
      [9_999, 1],
      [1, 2],
    ] as const) {
      house.world.now = instant(house.world.now + milliseconds)
      house.sessions.recordAction(live)
      t.mock.timers.tick(milliseconds)
      await new Promise(setImmediate)
      assert.equal(house.world.touches.length, expected)
    }
    cancel()
    house.sessions.recordAction(live)
    t.mock.timers.tick(60_000)
    await new Promise(setImmediate)
    assert.equal(house.world.touches.length, 2)
  })

  test('that could not be written is logged, kept and written later', async () => {
    const { session, cookie } = await house.signIn()
    const live = await authenticated(cookie)
    at(10)
    house.sessions.recordAction(live)
    house.world.away = true
    await house.sessions.flush()
    assert.deepEqual(house.world.logged, ['session.flush.failed'])
    house.world.away = false
    await house.sessions.flush()
    assert.deepEqual(house.world.touches, [[{ id: session.id, at: instant(T0 + 10 * MINUTE) }]])
  })

  test('after the drain lives on in a new process', async () => {
    const { cookie } = await house.signIn()
    const live = await authenticated(cookie)
    at(30)
    house.sessions.recordAction(live)
    await house.sessions.flush()
    at(60)
    const restarted = await house.another().authenticate(cookie)
    assert.equal(restarted?.expiresAt, T0 + 65 * MINUTE)
  })

  test('that is not yet written survives an eviction of everything', async () => {
    const { cookie } = await house.signIn()
    const live = await authenticated(cookie)
    at(30)
    house.sessions.recordAction(live)
    house.sessions.evict('all')
    at(50)
    assert.ok(house.sessions.authenticate(cookie) instanceof Promise, 'the session was dropped')
    assert.equal((await authenticated(cookie)).session.lastActivityAt, T0 + 30 * MINUTE)
  })

  test('that is written while its row is being read is not lost', async () => {
    const { cookie } = await house.signIn()
    const live = await authenticated(cookie)
    at(30)
    house.sessions.recordAction(live)
    house.sessions.evict('all')
    const held = gate()
    house.world.reading = held.passed
    const reading = house.sessions.authenticate(cookie)
    await new Promise(setImmediate)
    await house.sessions.flush()
    held.open()
    assert.equal((await reading)?.session.lastActivityAt, T0 + 30 * MINUTE)
  })

  test('that comes while a flush is under way is part of the next one, which the drain awaits', async () => {
    const { session, cookie } = await house.signIn()
    const live = await authenticated(cookie)
    const held = gate()
    house.world.writing = held.passed
    at(1)
    house.sessions.recordAction(live)
    const first = house.sessions.flush()
    await new Promise(setImmediate)
    at(2)
    house.sessions.recordAction(live)
    const drain = house.sessions.flush()
    held.open()
    await Promise.all([first, drain])
    assert.deepEqual(
      house.world.touches.flat().map(({ id, at: when }) => [id, when - T0]),
      [
        [session.id, MINUTE],
        [session.id, 2 * MINUTE],
      ],
    )
  })

  test('never moves back when the clock does', async () => {
    const { session, cookie } = await house.signIn()
    const live = await authenticated(cookie)
    at(10)
    house.sessions.recordAction(live)
    at(9)
    assert.equal(house.sessions.recordAction(live).session.lastActivityAt, T0 + 10 * MINUTE)
    await house.sessions.flush()
    assert.deepEqual(house.world.touches, [[{ id: session.id, at: instant(T0 + 10 * MINUTE) }]])
  })
})
