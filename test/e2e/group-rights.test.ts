/** Rights in groups of the directory from groups of the identity provider (S-22, W-21). */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type House, openHouse, signIn } from '../support/house.ts'
import { applyDirectory, auditOf, get, NORA, operatorOf, traceOf } from '../support/steps.ts'

const USER = 'license-portal:user'
let house: House
const service = { id: 'portal', profile: 'license-portal' }

before(async () => {
  house = await openHouse({ service, ...mapping('additive') })
  await applyDirectory(house, { groups: [{ path: 'acme' }, { path: 'acme/emea' }, { path: 'beta' }] })
})
after(() => house.close())

function mapping(mode: string) {
  const map = {
    staff: USER,
    'acme-admins': [USER, { group: 'acme', rights: { admin: true } }],
    sellers: { group: 'acme', rights: { create_ticket: { products: ['P2', 'P1'] }, admin: false } },
    ghosts: { group: 'nowhere', rights: { admin: true } },
  }
  return { provider: { groups: { attribute: 'memberOf', mode, map } } }
}

let count = 0
const fresh = () => {
  count += 1
  return `member-${count}@demo.example`
}

async function enter(account: string, ...values: string[]) {
  house.provider.answer({ overrides: { account, attributes: [{ name: 'memberOf', values }] } })
  const visitor = house.browser()
  return { visitor, page: await signIn(visitor, NORA, '/app/portal/groups/acme', house) }
}

const membershipsOf = async (account: string) => (await operatorOf(house, account))?.memberships ?? assert.fail()
const rightsOf = async (account: string) =>
  (await membershipsOf(account)).map(({ rights, source }) => ({ rights, source }))

const ADMIN = { right: 'admin', products: null }
const SELL = { right: 'create_ticket', products: ['P1', 'P2'] }

test('W-21: a group of the provider gives rights in a group, which reach it and everything below', async () => {
  const account = fresh()
  const { visitor, page } = await enter(account, 'acme-admins')
  assert.equal(page.status, 200)
  await get(house, '/app/portal/groups/acme/emea', visitor).expect(200)
  await get(house, '/app/portal/groups/beta', visitor).expect(404)
  assert.deepEqual(await rightsOf(account), [{ rights: [ADMIN], source: 'group' }])
  const [record] = (await auditOf(house, 'membership.set')).slice(-1)
  assert.deepEqual(
    [record?.detail['path'], record?.detail['rights'], record?.detail['source']],
    ['acme', 'admin', 'group'],
  )
})

test('W-21: additive adds what is new and takes nothing away; authoritative takes what is no longer given', async () => {
  const account = fresh()
  await enter(account, 'acme-admins')
  await enter(account, 'staff', 'sellers')
  assert.deepEqual(await rightsOf(account), [{ rights: [ADMIN, SELL], source: 'group' }])
  await house.reload({ service, ...mapping('authoritative') })
  const { visitor, page } = await enter(account, 'staff', 'sellers')
  assert.equal(page.status, 200, 'as a member he sees his group')
  assert.deepEqual(await rightsOf(account), [{ rights: [SELL], source: 'group' }])
  await get(house, '/app/portal/groups/acme/emea', visitor).expect(404)
  assert.equal((await enter(account, 'staff')).page.status, 404)
  assert.deepEqual(await rightsOf(account), [])
  const [record] = (await auditOf(house, 'membership.ended')).slice(-1)
  assert.equal(record?.detail['path'], 'acme')
})

test('W-21: a membership that was made here stays as it is, also in mode authoritative', async () => {
  const account = fresh()
  await enter(account, 'staff')
  const rights = { create_ticket: { products: ['P1', 'P2'] } }
  await applyDirectory(house, { operators: [{ account, provider: 'demo', groups: [{ group: 'acme', rights }] }] })
  for (const values of [['acme-admins'], ['staff']]) {
    await enter(account, ...values)
    assert.deepEqual(await rightsOf(account), [{ rights: [SELL], source: 'local' }])
  }
})

test('W-21: rights in a group that is not there are not given, and the trace says so', async () => {
  const { page } = await enter(fresh(), 'ghosts')
  assert.equal(page.status, 403)
  const { notes } = await traceOf(house, page)
  assert.ok(
    notes.some((note) => note.includes('names the group nowhere, which does not exist')),
    JSON.stringify(notes),
  )
})
