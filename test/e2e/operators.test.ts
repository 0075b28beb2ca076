/** Who may enter: accounts, roles and the Administrator that the provider asserts (N-1 to N-10, N-14, N-16). */

import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { systemClock } from '../../src/core/time.ts'
import type { Bend } from '../support/demo-idp.ts'
import { type House, openHouse, signIn } from '../support/house.ts'
import {
  ADA,
  answerFor,
  auditOf,
  cookieOf,
  createUser,
  get,
  messageOn,
  NORA,
  OTTO,
  operatorOf,
  post,
  sessionOf,
  traceOf,
  USER,
} from '../support/steps.ts'

let house: House
before(async () => {
  house = await openHouse()
})
after(() => house.close())
beforeEach(() => house.reload({}))

let count = 0
/** An account that nobody has used yet. */
const fresh = (): string => {
  count += 1
  return `person-${count}@demo.example`
}

/** Signs `account` in, with these values of FnmsAdmin; the page it ends on. */
async function enter(
  account: string,
  { admin, name = 'FnmsAdmin' }: { admin?: readonly string[]; name?: string } = {},
) {
  const visitor = house.browser()
  const attributes = admin === undefined ? [] : [{ name, values: admin }]
  const bend: Bend = { overrides: { account, attributes } }
  house.provider.answer(bend)
  const page = await signIn(visitor, NORA, '/app/', house)
  return { visitor, page }
}

const grantsOf = async (account: string) =>
  (await operatorOf(house, account))?.grants.map(({ role, locked, source }) => `${role} ${source} ${locked}`)
const administrator = { role: 'administrator', service: null }
const named = (account: string) => ({ account, provider: 'demo' })

async function assertSignInFailure({ visitor, page }: Awaited<ReturnType<typeof enter>>, code: string) {
  assert.equal(page.status, 403)
  assert.match(page.text, /<h1>Sign In Failure<\/h1>/)
  assert.equal(cookieOf(visitor, 'gatehouse'), undefined)
  const trace = await traceOf(house, page)
  assert.equal(trace.outcome, code)
  const [record] = (await auditOf(house, 'sign-in.refused')).slice(-1)
  assert.deepEqual([record?.detail['code'], record?.detail['reference']], [code, trace.reference])
  return trace
}

describe('N-1, N-2: accounts and roles', () => {
  test('N-1: a known, enabled account with a role gets in, and the time of it is kept', async () => {
    const account = fresh()
    await createUser(house, account)
    const before = systemClock.now()
    const { visitor, page } = await enter(account)
    assert.equal(page.status, 200)
    const last = (await operatorOf(house, account))?.lastSignInAt ?? 0
    const { signedInAt } = (await sessionOf(house, visitor)).body
    assert.ok(last >= before && last <= Date.parse(signedInAt), `${before} ${last} ${signedInAt}`)
  })

  test('N-2: an unknown identity gets an account without roles and Sign In Failure; after a role is given he gets in', async () => {
    const account = fresh()
    const trace = await assertSignInFailure(await enter(account), 'NO_ROLE')
    assert.equal(trace.account, account)
    assert.deepEqual((await operatorOf(house, account))?.grants, [])
    await assertSignInFailure(await enter(account), 'NO_ROLE')
    assert.equal((await operatorOf(house, account))?.lastSignInAt, null)
    await house.gateway.directory.grant(named(account), { role: USER, service: null }, null)
    assert.equal((await enter(account)).page.status, 200)
    const created = await auditOf(house, 'operator.created')
    assert.equal(created.filter(({ detail }) => detail['account'] === account).length, 1)
  })

  test('N-2: parallel first sign-ins make one account', async () => {
    const account = fresh()
    const visits = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const visitor = house.browser()
        await visitor.goto(`${house.url}/app/`)
        return visitor
      }),
    )
    const messages: { visitor: (typeof visits)[number]; message: object }[] = []
    for (const visitor of visits) {
      house.provider.answer({ overrides: { account, attributes: [] } })
      const page = await visitor.submitForm(visitor.page(), { button: NORA })
      messages.push({ visitor, message: messageOn(page) })
    }
    const answers = await Promise.all(messages.map(({ visitor, message }) => post(house, message, visitor)))
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([403]))
    assert.equal((await house.gateway.store.operators.list({ account, limit: 9 })).length, 1)
    const created = await auditOf(house, 'operator.created')
    assert.equal(created.filter(({ detail }) => detail['account'] === account).length, 1)
  })

  test('N-3: createUnknownOperator: false gives the same page and no account; the switch takes effect by a reload', async () => {
    const account = fresh()
    await house.reload({ provider: { createUnknownOperator: false } })
    await assertSignInFailure(await enter(account), 'ACCOUNT_UNKNOWN')
    assert.equal(await operatorOf(house, account), undefined)
    await house.reload({})
    await assertSignInFailure(await enter(account), 'NO_ROLE')
    assert.ok(await operatorOf(house, account))
  })

  test('N-9: a disabled account is refused with and without roles', async () => {
    for (const roles of [[{ role: USER, service: null }], []]) {
      const account = fresh()
      await house.gateway.directory.create({ account, provider: 'demo', displayName: null, roles }, null)
      await house.gateway.directory.disable(named(account), null)
      await assertSignInFailure(await enter(account), 'ACCOUNT_DISABLED')
    }
  })

  test('N-9: a role that reaches another service only does not open this one', async () => {
    const account = fresh()
    const service = {
      id: 'other',
      profile: 'web-application',
      match: { path: '/other/' },
      upstream: house.upstream.url,
    }
    const app = { id: 'app', profile: 'web-application', match: { path: '/app/' }, upstream: house.upstream.url }
    await house.reload({ top: { services: [app, service] } })
    const roles = [{ role: USER, service: 'other' }]
    await house.gateway.directory.create({ account, provider: 'demo', displayName: null, roles }, null)
    const { visitor, page } = await enter(account)
    assert.equal(page.status, 403)
    assert.match(page.text, /<h1>Sign In Failure<\/h1>/)
    assert.equal((await get(house, '/other/', visitor)).status, 200)
  })

  test('N-10: an account made beforehand matches the asserted value exactly, case included', async () => {
    const account = fresh()
    await createUser(house, account)
    await assertSignInFailure(await enter(account.toUpperCase()), 'NO_ROLE')
    assert.notEqual((await operatorOf(house, account.toUpperCase()))?.id, (await operatorOf(house, account))?.id)
  })

  test('N-14: the pages tell whether the account exists and nothing else', async () => {
    const { page } = await enter(fresh())
    assert.match(page.text, /has no role/)
    await house.reload({ provider: { createUnknownOperator: false } })
    const unknown = await enter(fresh())
    assert.match(unknown.page.text, /no account/)
    for (const { text } of [page, unknown.page])
      assert.doesNotMatch(text, /createUnknownOperator|store|stack|demo\.example/)
  })
})

describe('N-4 to N-6: the asserted Administrator', () => {
  for (const value of ['true', 'TRUE', ' True ', '1']) {
    test(`N-4, N-5: FnmsAdmin "${value}" at the first sign-in gives a locked administrator`, async () => {
      const account = fresh()
      assert.equal((await enter(account, { admin: [value] })).page.status, 200)
      assert.deepEqual(await grantsOf(account), ['administrator assertion true'])
    })
  }

  for (const [what, options] of [
    ['another value', { admin: ['yes'] }],
    ['two values', { admin: ['true', 'true'] }],
    ['another case of the name', { admin: ['true'], name: 'fnmsadmin' }],
  ] as const) {
    test(`N-5: ${what} counts as not asserted and is noted in the trace`, async () => {
      const trace = await assertSignInFailure(await enter(fresh(), options), 'NO_ROLE')
      assert.equal(trace.notes.length, 1)
    })
  }

  test('N-6: it cannot be revoked here; after FnmsAdmin=false it can, and is not removed by itself', async () => {
    const account = fresh()
    await enter(account, { admin: ['true'] })
    await assert.rejects(house.gateway.directory.revoke(named(account), administrator, null), { code: 'ROLE_LOCKED' })
    const { page } = await enter(account, { admin: ['false'] })
    assert.equal(page.status, 200)
    assert.deepEqual(await grantsOf(account), ['administrator assertion false'])
    await enter(fresh(), { admin: ['true'] })
    await house.gateway.directory.revoke(named(account), administrator, null)
    await assertSignInFailure(await enter(account, { admin: ['false'] }), 'NO_ROLE')
  })

  test('N-6: adminMode authoritative removes it at that sign-in', async () => {
    const account = fresh()
    await house.reload({ provider: { adminMode: 'authoritative' } })
    const first = await enter(account, { admin: ['true'] })
    await assertSignInFailure(await enter(account, { admin: ['false'] }), 'NO_ROLE')
    assert.deepEqual(await grantsOf(account), [])
    assert.equal((await get(house, '/app/', first.visitor)).status, 403, 'at once for his open session')
  })

  test('N-7: without a mapping no other role can be asserted', async () => {
    const account = fresh()
    const visitor = house.browser()
    const attributes = [{ name: 'roles', values: [USER, 'administrator'] }]
    house.provider.answer({ overrides: { account, attributes } })
    assert.equal((await signIn(visitor, NORA, '/app/', house)).status, 403)
    assert.deepEqual(await grantsOf(account), [])
  })

  test('N-16: the first one to sign in is no administrator', async () => {
    const empty = await openHouse()
    try {
      const visitor = empty.browser()
      assert.equal((await signIn(visitor, NORA, '/app/', empty)).status, 403)
      assert.equal((await signIn(visitor, ADA, '/app/', empty)).status, 200)
    } finally {
      await empty.close()
    }
  })
})

describe('roles that change under an open session', () => {
  test('G-7, N-1: who loses his last role keeps his session; every page answers Sign In Failure until he has one again', async () => {
    const account = fresh()
    await createUser(house, account)
    const { visitor } = await enter(account)
    const role = { role: USER, service: null }
    await house.gateway.directory.revoke(named(account), role, null)
    const page = await visitor.goto(`${house.url}/app/deep`)
    assert.equal(page.status, 403)
    assert.match(page.text, /<h1>Sign In Failure<\/h1>/)
    assert.match(page.text, /Reference/)
    const session = await sessionOf(house, visitor)
    assert.equal(session.status, 200)
    assert.deepEqual(session.body.operator.roles, [])
    await house.gateway.directory.grant(named(account), role, null)
    assert.equal((await visitor.goto(`${house.url}/app/deep`)).status, 200)
  })

  test('G-7: a role given at a sign-in holds at once in the other browser of the operator', async () => {
    const account = fresh()
    await createUser(house, account)
    const first = await enter(account)
    await house.gateway.directory.revoke(named(account), { role: USER, service: null }, null)
    assert.equal((await get(house, '/app/', first.visitor)).status, 403)
    assert.equal((await enter(account, { admin: ['true'] })).page.status, 200)
    assert.equal((await get(house, '/app/', first.visitor)).status, 200)
  })
})

test('name and address follow what the provider sends', async () => {
  await createUser(house, OTTO)
  const visitor = house.browser()
  await answerFor(house, visitor, { account: OTTO })
  await visitor.submitForm()
  const { operator } = (await sessionOf(house, visitor)).body
  assert.deepEqual([operator.displayName, operator.email], ['Otto Operator (demo)', OTTO])
})
