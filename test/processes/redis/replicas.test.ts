/** Several gateways over one Redis: alone, behind a sentinel, and as a cluster. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { signIn } from '../../support/house.ts'
import { eventually } from '../../support/process.ts'
import { type RedisGroup, startCluster, startRedis, startSentinel, withoutRedis } from '../../support/redis.ts'
import { ADA, cookieOf, get } from '../../support/steps.ts'
import { openRedisHouse, type RedisHouse } from './house.ts'

async function alone(): Promise<RedisGroup> {
  const server = await startRedis({ password: 'only-for-tests', lines: ['requirepass only-for-tests'] })
  return { url: server.url, servers: [server], close: server.close }
}

const PLACES = [
  ['one server with a password', alone],
  ['a master behind a sentinel', startSentinel],
  ['a cluster of three', startCluster],
] as const

for (const [title, start] of PLACES) {
  describe(`two gateways over ${title}`, { skip: withoutRedis }, () => {
    let group: RedisGroup
    let house: RedisHouse
    before(async () => {
      group = await start()
      house = await openRedisHouse(group.url)
    })
    after(async () => {
      await house.close()
      await group.close()
    })

    test('serve each other’s sessions, and end them for each other within a second', async () => {
      const replica = await house.replica()
      const visitor = house.browser()
      await signIn(visitor, ADA, '/app/', house)
      const cookie = `gatehouse=${cookieOf(visitor, 'gatehouse')}`
      assert.equal((await replica.get('/app/', cookie)).status, 200)
      const seen = (await replica.get('/.gatehouse/session?attributes=1', cookie)).body
      assert.deepEqual(seen, (await get(house, '/.gatehouse/session?attributes=1', cookie)).body)
      await visitor.goto(`${house.url}/.gatehouse/logout`)
      await eventually(
        () => replica.get('/app/', cookie),
        ({ status }) => status === 401,
        1,
      )
      await replica.close()
    })

    test('keep the latest activity, whoever writes last', async () => {
      const visitor = house.browser()
      await signIn(visitor, ADA, '/app/', house)
      const replica = await house.replica()
      house.clock.advance({ minutes: 10 })
      assert.equal((await get(house, '/app/', visitor)).status, 200)
      house.clock.advance({ minutes: 10 })
      assert.equal((await replica.get('/app/', visitor)).status, 200)
      // Each writes as it stops: first the later action, then the earlier one.
      await replica.close()
      await house.restart()
      house.clock.advance({ minutes: 34 })
      assert.equal((await get(house, '/app/', visitor)).status, 200)
      house.clock.advance({ minutes: 36 })
      assert.equal((await get(house, '/app/', visitor)).status, 401)
    })
  })
}

describe('a master that dies behind a sentinel', { skip: withoutRedis }, () => {
  test('is followed by its replica, without a restart of the gateway', async () => {
    const group = await startSentinel()
    const house = await openRedisHouse(group.url)
    const visitor = house.browser()
    await signIn(visitor, ADA, '/app/', house)
    await eventually(
      async () => group.servers[1]?.cli('keys', '*') ?? '',
      (keys) => keys !== '',
    )
    await group.servers[0]?.kill()
    await eventually(house.alarms, (codes) => codes.includes('SESSION_STORE_AWAY'))
    await eventually(house.alarms, (codes) => codes.length === 0, 20)
    const replica = await house.replica()
    assert.equal((await replica.get('/app/', visitor)).status, 200)
    assert.equal((await signIn(house.browser(), ADA, '/app/', house)).status, 200)
    await replica.close()
    await house.close()
    await group.close()
  })
})
