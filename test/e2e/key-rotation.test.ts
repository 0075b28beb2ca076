/** New keys while sessions are open and sign-ins are under way: nothing that an earlier key made is lost before its time. */

import assert from 'node:assert/strict'
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { addNextKey } from '../../src/core/key-files.ts'
import { KEYS_CHANGED, KEYS_HELD, type KeyKind } from '../../src/core/key-ring.ts'
import { echoed } from '../support/echo-upstream.ts'
import { type House, openHouse, signIn } from '../support/house.ts'
import { eventually } from '../support/process.ts'
import { ADA, answerFor, cookieOf, get, post, testClock } from '../support/steps.ts'

const clock = testClock()
const MINUTES_A_DAY = 24 * 60

let house: House
before(async () => {
  house = await openHouse({ clock, top: { session: { timeoutMinutes: 365 * MINUTES_A_DAY } } })
})
after(() => house.close())

const dir = () => join(house.dataDir, 'keys')

async function rotate(kind: KeyKind): Promise<string> {
  const file = await addNextKey({ dir: dir(), clock }, kind)
  const { revisions } = house.gateway.store
  const revision = await revisions.publish([KEYS_CHANGED])
  await eventually(
    () => revisions.changesSince(revision),
    ({ keys }) => keys.includes(KEYS_HELD),
  )
  return file
}

async function published(): Promise<readonly string[]> {
  const { body } = await get(house, '/.gatehouse/jwks.json')
  return body.keys.map(({ kid }: { kid: string }) => kid)
}

/** The key that the token of a new session is signed with. */
async function signsNow(): Promise<string> {
  const visitor = house.browser()
  const page = await signIn(visitor, ADA, '/app/', house)
  const [token = ''] = echoed(JSON.parse(page.text), 'x-gatehouse-assertion')
  return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid
}

describe('the key of identity tokens', () => {
  test('is published ten minutes before its first use, and as long after its last', async () => {
    const [first, ...none] = await published()
    assert.deepEqual(none, [])
    assert.equal(await signsNow(), first)
    await rotate('identity')
    const both = await published()
    const second = both.find((kid) => kid !== first)
    assert.equal(both.length, 2)
    clock.advance({ minutes: 9, seconds: 50 })
    assert.equal(await signsNow(), first)
    clock.advance({ seconds: 11 })
    assert.equal(await signsNow(), second)
    clock.advance({ minutes: 9 })
    assert.deepEqual(new Set(await published()), new Set([first, second]))
    clock.advance({ minutes: 2 })
    assert.deepEqual(await published(), [second])
    await house.restart()
    assert.equal(readdirSync(dir()).includes('identity.key'), false, 'what counts no longer is removed')
    assert.equal(await signsNow(), second)
  })
})

describe('the cookie key', () => {
  test('sessions and sign-ins of the earlier key go on, across a restart too, and new ones have the new key', async () => {
    const visitor = house.browser()
    await signIn(visitor, ADA, '/app/', house)
    const underWay = house.browser()
    const message = await answerFor(house, underWay)
    const file = await rotate('cookies')
    clock.advance({ seconds: 2 })
    await house.reload({})
    assert.equal((await get(house, '/app/', visitor)).status, 200)
    assert.equal((await post(house, message, underWay)).status, 303)
    const fresh = house.browser()
    await signIn(fresh, ADA, '/app/', house)
    await house.restart()
    assert.equal((await get(house, '/app/', visitor)).status, 200)
    rmSync(join(dir(), file))
    await house.restart()
    assert.equal((await get(house, '/app/', fresh)).status, 401, 'it was made with the new key')
    assert.equal((await get(house, '/app/', visitor)).status, 200)
  })

  test('a session in use goes on for 400 days, and not longer', async () => {
    const visitor = house.browser()
    await signIn(visitor, ADA, '/app/', house)
    await rotate('cookies')
    for (const days of [200, 199]) {
      clock.advance({ minutes: days * MINUTES_A_DAY })
      await house.restart()
      assert.equal((await get(house, '/app/', visitor)).status, 200)
    }
    clock.advance({ minutes: 2 * MINUTES_A_DAY })
    await house.restart()
    assert.notEqual((await get(house, '/app/', visitor)).status, 200)
    assert.ok(cookieOf(visitor, 'gatehouse'))
  })
})

test('a key file that cannot be used changes nothing, raises an alarm and is told apart from a bad configuration', async () => {
  const visitor = house.browser()
  await signIn(visitor, ADA, '/app/', house)
  const file = join(dir(), 'identity-20990101T000000Z.key')
  writeFileSync(file, 'rubbish')
  const alarms = async () =>
    (await get(house, '/.gatehouse/readyz')).body.alarms.map(({ code }: { code: string }) => code)
  await house.gateway.store.revisions.publish([KEYS_CHANGED])
  await eventually(alarms, (raised) => raised.join() === 'KEYS_UNUSABLE')
  assert.equal((await get(house, '/app/', visitor)).status, 200)
  rmSync(file)
  await house.gateway.store.revisions.publish([KEYS_CHANGED])
  await eventually(alarms, (raised) => raised.length === 0)
})
