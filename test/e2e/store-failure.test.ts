/** The store fails in the middle of a sign-in: 503, and nothing half created. */

import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import type { PortCall } from '../support/failing-store.ts'
import { type House, openHouse, signIn } from '../support/house.ts'
import { ADA, answerFor, auditOf, cookieOf, get, NORA, operatorOf, post, setCookies } from '../support/steps.ts'

let house: House
before(async () => {
  house = await openHouse()
})
after(() => house.close())
afterEach(() => house.failures.fail(null))

const CALLS: readonly PortCall[] = [
  'oneTime.claim',
  'operators.find',
  'operators.create',
  'operators.putGrant',
  'operators.update',
  'sessions.create',
  'audit.append',
  'traces.save',
  'revisions.publish',
  'commit',
]

describe('a first sign-in', () => {
  for (const call of CALLS) {
    test(`with ${call} failing answers 503 and leaves nothing behind; once the store is back it works`, async () => {
      const account = `${call.replace('.', '-').toLowerCase()}@demo.example`
      const visitor = house.browser()
      const attributes = [{ name: 'FnmsAdmin', values: ['true'] }]
      house.provider.answer({ overrides: { account, attributes } })
      const message = await answerFor(house, visitor, { account: NORA })
      const sessions = await house.gateway.store.sessions.count()
      const audited = (await auditOf(house)).length
      house.failures.fail(call)
      const answer = await post(house, message, visitor)
      house.failures.fail(null)
      assert.deepEqual([answer.status, answer.body.code], [503, 'STORE_UNAVAILABLE'])
      assert.deepEqual(setCookies(answer), [])
      assert.equal(await operatorOf(house, account), undefined)
      assert.equal(await house.gateway.store.sessions.count(), sessions)
      assert.equal((await auditOf(house)).length, audited)
      house.provider.answer({ overrides: { account, attributes } })
      assert.equal((await signIn(visitor, NORA, '/app/', house)).status, 200)
    })
  }
})

test('a refusal that cannot be kept is a 503, not a refusal without a trace', async () => {
  const visitor = house.browser()
  house.provider.answer({ overrides: { audience: 'x' } })
  const message = await answerFor(house, visitor)
  house.failures.fail('traces.save')
  assert.equal((await post(house, message, visitor)).status, 503)
})

test('the session that a sign-in would have replaced goes on when the store fails', async () => {
  const visitor = house.browser()
  await signIn(visitor, ADA, '/app/', house)
  const before = cookieOf(visitor, 'gatehouse')
  const message = await answerFor(house, visitor, { path: '/.gatehouse/login' })
  house.failures.fail('commit')
  assert.equal((await post(house, message, visitor)).status, 503)
  house.failures.fail(null)
  assert.equal((await get(house, '/app/', `gatehouse=${before}`)).status, 200)
})

test('a browser is told on a page, and a session that has to be read is 503, not a new sign-in', async () => {
  const visitor = house.browser()
  await signIn(visitor, ADA, '/app/', house)
  await house.restart()
  house.failures.fail('sessions.find')
  const page = await visitor.goto(`${house.url}/app/`)
  assert.equal(page.status, 503)
  assert.equal(page.hops.length, 1)
  assert.match(page.text, /Try again/)
  assert.equal((await visitor.goto(`${house.url}/.gatehouse/session`)).status, 503)
  house.failures.fail(null)
  assert.equal((await visitor.goto(`${house.url}/app/`)).status, 200)
})

test('a sign-out that cannot be stored is 503 and no sign-out', async () => {
  const visitor = house.browser()
  await signIn(visitor, ADA, '/app/', house)
  house.failures.fail('sessions.revoke')
  const page = await visitor.goto(`${house.url}/.gatehouse/logout`)
  assert.equal(page.status, 503)
  assert.ok(cookieOf(visitor, 'gatehouse'))
  house.failures.fail(null)
  assert.equal((await get(house, '/app/', visitor)).status, 200)
})

test('a reload that the store does not take changes nothing', async () => {
  const visitor = house.browser()
  await signIn(visitor, ADA, '/app/', house)
  house.failures.fail('sessions.revokeOtherProviders')
  await assert.rejects(house.reload({ service: { match: { path: '/moved/' } } }), { code: 'STORE_UNAVAILABLE' })
  house.failures.fail(null)
  assert.equal((await get(house, '/app/', visitor)).status, 200)
  assert.equal((await get(house, '/moved/', visitor)).status, 404)
  await house.reload({})
})
