/** What another proxy cannot see to, it is not allowed: bodies, the content of answers, and changes of what is known here. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import supertest from 'supertest'
import type { Browser } from '../support/browser.ts'
import { type House, openHouse, signIn } from '../support/house.ts'
import { applyDirectory, auditOf, cookieHeader, OTTO, sessionOf, testClock } from '../support/steps.ts'

const ROLES = ['flexnet-manager-suite:operator', 'cisco-license-manager:license-management']

describe('forward-auth', () => {
  const clock = testClock()
  let house: House
  let otto: Browser
  before(async () => {
    house = await openHouse({ clock })
    const { url: upstream } = house.upstream
    const services = [
      { id: 'fnms', profile: 'flexnet-manager-suite', match: { path: '/fnms/' }, upstream },
      { id: 'clm', profile: 'cisco-license-manager', match: { path: '/clm/' }, upstream },
    ]
    await house.reload({ top: { services, trustedProxies: ['127.0.0.1/32'] } })
    await applyDirectory(house, { operators: [{ account: OTTO, roles: ROLES }] })
    otto = house.browser()
    await signIn(otto, OTTO, '/fnms/Suite/licenses/1', house)
  })
  after(() => house.close())

  function ask(line: string) {
    const [method = '', uri = ''] = line.split(' ')
    return supertest(house.url)
      .get('/.gatehouse/auth')
      .set({ 'X-Forwarded-Method': method, 'X-Forwarded-Host': new URL(house.url).host, 'X-Forwarded-Uri': uri })
      .set({ Cookie: cookieHeader(otto), Accept: 'application/json' })
  }

  const LINES = [
    ['an operation on an object of the path', 'PUT /fnms/Suite/licenses/1', 200, undefined],
    ['a list of which items would have to be left out', 'GET /fnms/Suite/licenses', 403, 'NOT_ENFORCEABLE_HERE'],
    ['an answer that would have to be masked', 'GET /clm/api/readPAKs', 403, 'NOT_ENFORCEABLE_HERE'],
    ['a change that is recorded with its answer', 'DELETE /fnms/Suite/licenses/1', 403, 'NOT_ENFORCEABLE_HERE'],
    ['an operation that stands in the body', 'POST /clm/api/readDevices', 403, 'NOT_ENFORCEABLE_HERE'],
    ['what his roles do not give', 'PUT /fnms/Suite/accounts/1', 403, 'ROLE_MISSING'],
    ['what he may not see', 'GET /fnms/Suite/accounts', 404, 'NOT_FOUND'],
  ] as const
  for (const [title, line, status, code] of LINES) {
    test(`${title} is answered ${code ?? 'that it may pass'}`, async () => {
      const answer = await ask(line)
      assert.deepEqual([answer.status, answer.body.code], [status, code])
    })
  }

  test('G-3: what it cannot enforce is counted as refused, recorded as no change, and no action', async () => {
    await house.gateway.audit.flush()
    const before = (await auditOf(house, 'request.allowed')).length
    const { secondsLeft } = (await sessionOf(house, otto)).body
    clock.advance({ minutes: 1 })
    await ask('DELETE /fnms/Suite/licenses/1')
    await house.gateway.audit.flush()
    assert.equal((await auditOf(house, 'request.allowed')).length, before)
    const { operation, code } = (await auditOf(house, 'request.denied')).at(-1)?.detail ?? {}
    assert.deepEqual([operation, code], ['deleteLicense', 'NOT_ENFORCEABLE_HERE'])
    assert.equal((await sessionOf(house, otto)).body.secondsLeft, secondsLeft - 60)
  })
})
