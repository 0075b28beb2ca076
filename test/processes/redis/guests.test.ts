/** Guests (openlm.md O-17) of two gateways whose sessions are in one Redis. */

import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import type { Browser } from '../../support/browser.ts'
import { type EchoUpstream, echoed, echoUpstream } from '../../support/echo-upstream.ts'
import { eventually } from '../../support/process.ts'
import { type RedisServer, startRedis, withoutRedis } from '../../support/redis.ts'
import { ADA, auditOf, cookieHeader, get, sessionOf } from '../../support/steps.ts'
import { openRedisHouse, type RedisHouse, type Replica } from './house.ts'

const DASHBOARD = '/openlm/api/dashboard'
/** Open to an administrator, and not to a guest. */
const PANEL = '/openlm/api/panels/licenses'

describe('guests of two gateways over one Redis', { skip: withoutRedis }, () => {
  let redis: RedisServer
  let upstream: EchoUpstream
  let house: RedisHouse
  let replica: Replica
  let visitor: Browser

  function services(guest: boolean): readonly object[] {
    const openlm = { profile: 'openlm', upstream: upstream.url }
    return [
      { ...openlm, id: 'openlm', match: { path: '/openlm/' }, guest },
      { ...openlm, id: 'other', match: { path: '/other/' } },
    ]
  }
  before(async () => {
    redis = await startRedis()
    upstream = await echoUpstream()
    house = await openRedisHouse(redis.url, { services: services(true), signIn: { startsPerMinute: 0 } })
    replica = await house.replica()
  })
  beforeEach(async () => {
    visitor = await newGuest()
  })
  after(async () => {
    await replica.close()
    await house.close()
    await upstream.close()
    await redis.close()
  })

  async function newGuest(): Promise<Browser> {
    const fresh = house.browser()
    await fresh.goto(house.url + DASHBOARD)
    assert.equal((await fresh.submitForm(fresh.page(), { button: 'Continue as guest' })).status, 200)
    return fresh
  }
  const sessionHere = (who: string | Browser) => get(house, '/.gatehouse/session', who)
  const sessionThere = (who: string | Browser) => replica.get('/.gatehouse/session', who)
  const endsThere = (who: string | Browser) =>
    eventually(
      () => replica.get(DASHBOARD, who),
      ({ status }) => status === 401,
      1,
    )
  /** The key in Redis of the newest session. */
  async function keyOfNewest(): Promise<string> {
    const [created] = (await auditOf(house, 'session.created')).slice(-1)
    return `gatehouse:session:${created?.detail['session']}`
  }

  test('O-17: a guest of one is the same guest at the other, with the guest role of that service alone', async () => {
    const page = await replica.get(DASHBOARD, visitor)
    assert.equal(page.status, 200)
    assert.deepEqual(echoed(page.body, 'x-gatehouse-operator'), ['guest:openlm'])
    assert.deepEqual(echoed(page.body, 'x-gatehouse-roles'), ['openlm:guest_role'])
    assert.equal((await replica.get(PANEL, visitor)).status, 404)
    assert.equal((await replica.get('/other/api/dashboard', visitor)).status, 401)
    const seen = (await sessionThere(visitor)).body
    assert.equal(seen.identityProvider, 'guest')
    assert.deepEqual(seen, (await sessionHere(visitor)).body)
    assert.equal(redis.cli('exists', await keyOfNewest()), '1')
  })

  test('O-17: it ends 60 minutes after it began at both, whatever was done at either', async () => {
    for (const _step of [1, 2]) {
      house.clock.advance({ minutes: 29, seconds: 59 })
      assert.equal((await get(house, DASHBOARD, visitor)).status, 200)
      assert.equal((await replica.get(DASHBOARD, visitor)).status, 200)
    }
    for (const { body } of [await sessionHere(visitor), await sessionThere(visitor)]) {
      assert.deepEqual([body.secondsLeft, body.governedBy], [2, 'absolute'])
    }
    house.clock.advance({ seconds: 2 })
    for (const answer of [await get(house, DASHBOARD, visitor), await replica.get(DASHBOARD, visitor)]) {
      assert.equal(answer.status, 401)
    }
  })

  test('O-17: later activity written into Redis does not make a guest stay longer', async () => {
    const later = String(house.clock.now() + 90 * 60_000)
    redis.cli('hset', await keyOfNewest(), 'at', later)
    const fresh = await house.replica()
    house.clock.advance({ minutes: 59, seconds: 59 })
    assert.equal((await fresh.get(DASHBOARD, visitor)).status, 200)
    house.clock.advance({ seconds: 1 })
    assert.equal((await fresh.get(DASHBOARD, visitor)).status, 401)
    await fresh.close()
  })

  test('O-17: a guest and somebody signed in are told apart by each gateway, also with one another’s facts in Redis', async () => {
    const guestKey = await keyOfNewest()
    const ada = house.browser()
    assert.equal((await signInPastTheChoice(ada)).status, 200)
    const adaKey = await keyOfNewest()
    const facts = (key: string) => JSON.parse(redis.cli('hget', key, 'facts'))
    const [ofGuest, ofAda] = [facts(guestKey), facts(adaKey)]
    redis.cli('hset', guestKey, 'facts', JSON.stringify({ ...ofAda, id: ofGuest.id }))
    redis.cli('hset', adaKey, 'facts', JSON.stringify({ ...ofGuest, id: ofAda.id }))
    const fresh = await house.replica()
    for (const [who, account, panel] of [
      [visitor, 'guest:openlm', 404],
      [ada, ADA, 200],
    ] as const) {
      assert.equal((await fresh.get('/.gatehouse/session', who)).body.operator.account, account)
      assert.equal((await fresh.get(PANEL, who)).status, panel, account)
    }
    await fresh.close()
  })

  /** Goes by the page on which guests are offered. */
  async function signInPastTheChoice(who: Browser) {
    await who.goto(house.url + PANEL)
    await who.click('Demo')
    await who.submitForm(who.page(), { button: ADA })
    return who.submitForm()
  }

  test('O-17: a sign-in takes the place of the guest’s session, at the other gateway within a second', async () => {
    const guest = cookieHeader(visitor)
    assert.equal((await replica.get(DASHBOARD, guest)).status, 200)
    const key = await keyOfNewest()
    await visitor.goto(`${house.url}/.gatehouse/session`)
    await visitor.click('Sign in with an account')
    await visitor.submitForm(visitor.page(), { button: ADA })
    await visitor.submitForm()
    assert.equal((await sessionOf(house, visitor)).body.operator.account, ADA)
    await endsThere(guest)
    assert.equal((await sessionThere(visitor)).body.operator.account, ADA)
    assert.equal(redis.cli('exists', key), '0')
  })

  test('O-17: who is signed in at one is not made a guest by the other', async () => {
    const ada = house.browser()
    await signInPastTheChoice(ada)
    const answer = await replica.post('/.gatehouse/guest', { return_to: DASHBOARD }, ada)
    assert.deepEqual([answer.status, answer.headers['set-cookie']], [303, undefined])
    assert.equal((await sessionHere(ada)).body.operator.account, ADA)
  })

  test('O-17: turned off at one, its guests are over at both, and the other’s new ones are none there', async () => {
    assert.equal((await replica.get(DASHBOARD, visitor)).status, 200)
    await house.reload({ top: { services: services(false) } })
    assert.equal((await get(house, DASHBOARD, visitor)).status, 401)
    await endsThere(visitor)
    const made = await replica.post('/.gatehouse/guest', { return_to: DASHBOARD })
    assert.equal(made.status, 303)
    const cookie = /gatehouse=[^;]+/.exec(String(made.headers['set-cookie']))?.[0] ?? ''
    assert.equal((await replica.get(DASHBOARD, cookie)).status, 200)
    assert.equal((await get(house, DASHBOARD, cookie)).status, 401)
    await house.reload({ top: { services: services(true), signIn: { startsPerMinute: 0 } } })
  })

  test('O-17: no guest is made while Redis is away: 503, no cookie, and nothing in the audit', async () => {
    await redis.kill()
    await eventually(
      () => replica.get('/.gatehouse/readyz'),
      ({ text }) => text.includes('SESSION_STORE_AWAY'),
    )
    const audited = (await auditOf(house)).length
    const answer = await replica.post('/.gatehouse/guest', { return_to: DASHBOARD })
    assert.deepEqual([answer.status, answer.headers['set-cookie']], [503, undefined])
    assert.equal((await auditOf(house)).length, audited)
    await redis.start()
    for (const ask of [get.bind(null, house), replica.get]) {
      await eventually(
        () => ask('/.gatehouse/readyz'),
        ({ text }) => !text.includes('SESSION_STORE_AWAY'),
      )
    }
  })
})
