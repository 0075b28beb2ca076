/** Redis is killed, paused, slow, full or comes back empty under a running gateway. */

import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { Browser } from '../../support/browser.ts'
import { signIn } from '../../support/house.ts'
import { eventually } from '../../support/process.ts'
import { type RedisServer, startRedis, withoutRedis } from '../../support/redis.ts'
import { ADA, answerFor, auditOf, cookieOf, createUser, get, OTTO, operatorOf, post } from '../../support/steps.ts'
import { GRACE_SECONDS, openRedisHouse, type RedisHouse, type Replica } from './house.ts'

describe('a Redis that is away', { skip: withoutRedis }, () => {
  let redis: RedisServer
  let house: RedisHouse
  let replica: Replica
  let visitor: Browser

  before(async () => {
    redis = await startRedis()
    house = await openRedisHouse(redis.url)
  })
  beforeEach(async () => {
    visitor = house.browser()
    assert.equal((await signIn(visitor, ADA, '/app/', house)).status, 200)
    // It has read nothing yet.
    await replica?.close()
    replica = await house.replica()
  })
  after(async () => {
    await replica.close()
    await house.close()
    await redis.close()
  })

  const away = () => eventually(house.alarms, (codes) => codes.includes('SESSION_STORE_AWAY'))
  const back = () => eventually(house.alarms, (codes) => codes.length === 0)

  test('sessions at hand go on without waiting for the grace time, then 503 with Retry-After; it recovers by itself', async () => {
    await redis.kill()
    await away()
    assert.equal((await get(house, '/.gatehouse/readyz')).status, 200)
    const { text } = await get(house, '/.gatehouse/metrics')
    assert.match(
      text,
      /gatehouse_store_call_duration_seconds_count\{engine="redis",operation="look",outcome="failed"\} [1-9]/,
    )
    assert.match(text, /gatehouse_alarms\{code="SESSION_STORE_AWAY"\} 1/)
    const start = performance.now()
    for (let count = 0; count < 20; count += 1) assert.equal((await get(house, '/app/', visitor)).status, 200)
    assert.ok(performance.now() - start < 2000)
    house.clock.advance({ seconds: GRACE_SECONDS })
    const refused = await get(house, '/app/', visitor)
    assert.deepEqual(
      [refused.status, refused.body.code, refused.headers['retry-after']],
      [503, 'STORE_UNAVAILABLE', '2'],
    )
    assert.equal((await visitor.goto(`${house.url}/app/`)).status, 503)
    assert.equal((await get(house, '/.gatehouse/session', visitor)).status, 503)
    await redis.start()
    await back()
    assert.equal((await get(house, '/app/', visitor)).status, 200)
  })

  test('what is not at hand is 503 and no sign-in, within the deadline, and then at once', async () => {
    redis.pause()
    const first = performance.now()
    assert.equal((await replica.get('/app/', visitor)).status, 503)
    assert.ok(performance.now() - first < 2500)
    const second = performance.now()
    const answer = await replica.get('/app/', visitor)
    assert.deepEqual([answer.status, answer.headers['retry-after']], [503, '2'])
    assert.ok(performance.now() - second < 500)
    assert.equal((await replica.get('/app/')).status, 401)
    redis.resume()
    await back()
    await eventually(
      () => replica.get('/app/', visitor),
      ({ status }) => status === 200,
    )
  })

  test('half a second of silence is waited for', async () => {
    redis.pause()
    const asked = replica.get('/app/', visitor).then(({ status }) => status)
    await delay(500)
    redis.resume()
    assert.equal(await asked, 200)
  })

  test('one that comes back empty has ended the sessions: they sign in again', async () => {
    await redis.kill()
    await away()
    await redis.start()
    await back()
    await eventually(
      () => replica.get('/app/', visitor),
      ({ status }) => status === 401,
    )
    const again = house.browser()
    assert.equal((await signIn(again, ADA, '/app/', house)).status, 200)
    assert.equal((await replica.get('/app/', again)).status, 200)
  })

  test('signing out holds meanwhile, here and in the other process, and after it is back', async () => {
    const cookie = `gatehouse=${cookieOf(visitor, 'gatehouse')}`
    assert.equal((await replica.get('/app/', cookie)).status, 200)
    redis.pause()
    assert.equal((await visitor.goto(`${house.url}/.gatehouse/logout`)).status, 200)
    assert.equal((await get(house, '/app/', cookie)).status, 401)
    await eventually(
      () => replica.get('/app/', cookie),
      ({ status }) => status === 401,
      1,
    )
    redis.resume()
    await back()
    assert.equal((await replica.get('/app/', cookie)).status, 401)
  })

  test('disabling an operator ends his sessions meanwhile, also when he is enabled again', async () => {
    await createUser(house, OTTO)
    const otto = house.browser()
    await signIn(otto, OTTO, '/app/', house)
    assert.equal((await replica.get('/app/', otto)).status, 200)
    redis.pause()
    await house.gateway.directory.disable({ account: OTTO, provider: 'demo' }, null)
    await house.gateway.directory.enable({ account: OTTO, provider: 'demo' }, null)
    redis.resume()
    await back()
    await eventually(
      () => replica.get('/app/', otto),
      ({ status }) => status === 401,
      1,
    )
  })

  test('a sign-in that meets the first silence is 503, leaves no session, and says so in the audit', async () => {
    const other = house.browser()
    const message = await answerFor(house, other)
    const sessions = await house.gateway.store.sessions.count()
    redis.pause()
    assert.equal((await post(house, message, other)).status, 503)
    redis.resume()
    await back()
    assert.equal(await house.gateway.store.sessions.count(), sessions)
    const [created, ended] = (await auditOf(house, 'session.created', 'session.ended')).slice(-2)
    assert.equal(created?.detail['session'], ended?.detail['session'])
    assert.equal(ended?.detail['reason'], 'not-kept')
    assert.equal((await signIn(other, ADA, '/app/', house)).status, 200)
  })

  test('a sign-in while it is known to be away is 503 and leaves nothing at all behind', async () => {
    const other = house.browser()
    const account = 'newly.made@demo.example'
    house.provider.answer({ overrides: { account, attributes: [{ name: 'FnmsAdmin', values: ['true'] }] } })
    const message = await answerFor(house, other)
    await redis.kill()
    await away()
    const audited = (await auditOf(house)).length
    assert.equal((await post(house, message, other)).status, 503)
    assert.equal(await operatorOf(house, account), undefined)
    assert.equal((await auditOf(house)).length, audited)
    await redis.start()
    await back()
    // Nothing was claimed, so even the same answer is good.
    assert.equal((await post(house, message, other)).status, 303)
    assert.ok(await operatorOf(house, account))
  })

  test('a full one takes no new session and keeps the others', async () => {
    const other = house.browser()
    const message = await answerFor(house, other)
    redis.cli('config', 'set', 'maxmemory', '1')
    assert.equal((await post(house, message, other)).status, 503)
    assert.deepEqual(await house.alarms(), ['SESSION_STORE_REFUSES'])
    assert.equal((await replica.get('/app/', visitor)).status, 200)
    const [id = ''] = redis
      .cli('keys', 'gatehouse:session:*')
      .split('\n')
      .map((key) => key.split(':')[2])
    await house.gateway.store.sessions.touch([{ id, at: house.clock.now() }])
    redis.cli('config', 'set', 'maxmemory', '0')
    assert.equal((await signIn(other, ADA, '/app/', house)).status, 200)
    assert.deepEqual(await house.alarms(), [])
  })
})
