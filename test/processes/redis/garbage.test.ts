/** What stands in Redis is not believed for standing there: garbage, forgeries, and what an old snapshot brings back. */

import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import type { Browser } from '../../support/browser.ts'
import { signIn } from '../../support/house.ts'
import { eventually } from '../../support/process.ts'
import { type RedisServer, startRedis, withoutRedis } from '../../support/redis.ts'
import { ADA, cookieOf, createUser, get, OTTO } from '../../support/steps.ts'
import { openRedisHouse, type RedisHouse, type Replica } from './house.ts'

describe('what stands in Redis', { skip: withoutRedis }, () => {
  let redis: RedisServer
  let house: RedisHouse
  let replica: Replica
  let visitor: Browser
  let key: string

  before(async () => {
    redis = await startRedis()
    house = await openRedisHouse(redis.url)
    replica = await house.replica()
    await createUser(house, OTTO)
  })
  beforeEach(async () => {
    redis.cli('flushall')
    ;({ visitor, key } = await signedIn(ADA))
    house.logged.length = 0
  })
  after(async () => {
    await replica.close()
    await house.close()
    await redis.close()
  })

  async function signedIn(account: string): Promise<{ visitor: Browser; key: string }> {
    const before = new Set(keys())
    const fresh = house.browser()
    assert.equal((await signIn(fresh, account, '/app/', house)).status, 200)
    const made = keys().filter((each) => !before.has(each))
    assert.equal(made.length, 1)
    return { visitor: fresh, key: made[0] ?? '' }
  }
  const keys = () => redis.cli('keys', '*').split('\n').filter(Boolean)
  const complaints = () => house.logged.filter(([event]) => event === 'session.garbage').length

  test('is one key a session, under the documented name, with a time to live', () => {
    assert.deepEqual(keys(), [key])
    assert.match(key, /^gatehouse:session:[0-9a-f-]{36}$/)
    const days = Number(redis.cli('pttl', key)) / 86_400_000
    assert.ok(days > 34 && days <= 35, String(days))
  })

  const facts = (over: object) => JSON.stringify({ ...JSON.parse(redis.cli('hget', key, 'facts')), ...over })
  const GARBAGE: readonly (readonly [string, () => readonly string[][]])[] = [
    [
      'another type',
      () => [
        ['del', key],
        ['set', key, 'x'],
      ],
    ],
    [
      'a list',
      () => [
        ['del', key],
        ['rpush', key, 'facts', 'at'],
      ],
    ],
    ['broken JSON', () => [['hset', key, 'facts', '{"v":1']]],
    ['a foreign field', () => [['hset', key, 'facts', facts({ operatorId: 'somebody' })]]],
    ['a field that is missing', () => [['hset', key, 'facts', facts({ attributes: undefined })]]],
    ['a value of another kind', () => [['hset', key, 'facts', facts({ attributes: { department: 'x' } })]]],
    ['another version', () => [['hset', key, 'facts', facts({ v: 2 })]]],
    ['no facts', () => [['hdel', key, 'facts']]],
    ['no activity', () => [['hdel', key, 'at']]],
    ['an activity that is no number', () => [['hset', key, 'at', 'soon']]],
  ]
  for (const [title, commands] of GARBAGE) {
    test(`that is garbage (${title}) is refused, logged, and counts as no session`, async () => {
      for (const words of commands()) redis.cli(...words)
      assert.equal((await replica.get('/app/', visitor)).status, 401)
      assert.equal(complaints(), 1)
      // Activity does not make a session of it either.
      assert.equal((await get(house, '/app/', visitor)).status, 200)
      await house.gateway.store.sessions.touch([{ id: key.slice('gatehouse:session:'.length), at: house.clock.now() }])
      assert.equal((await replica.get('/app/', visitor)).status, 401)
    })
  }

  test("that is another session's makes nobody somebody else", async () => {
    const otto = await signedIn(OTTO)
    redis.cli('copy', key, otto.key, 'replace')
    assert.equal((await replica.get('/app/', otto.visitor)).status, 401)
    assert.equal(complaints(), 1)
    assert.equal((await replica.get('/.gatehouse/session', visitor)).body.operator.account, ADA)
  })

  test('that an old snapshot brings back stays revoked, in every process and after a restart', async () => {
    const cookie = `gatehouse=${cookieOf(visitor, 'gatehouse')}`
    redis.cli('save')
    assert.equal((await visitor.goto(`${house.url}/.gatehouse/logout`)).status, 200)
    assert.deepEqual(keys(), [])
    await redis.kill()
    await redis.start()
    await eventually(house.alarms, (codes) => codes.length === 0)
    assert.deepEqual(keys(), [key], 'the snapshot has it')
    assert.equal((await get(house, '/app/', cookie)).status, 401)
    assert.equal((await replica.get('/app/', cookie)).status, 401)
    await house.restart()
    assert.equal((await get(house, '/app/', cookie)).status, 401)
  })
})
