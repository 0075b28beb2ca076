/** Roles from groups (S-22) and the entry rule (S-23). */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type House, openHouse, signIn } from '../support/house.ts'
import { NORA, operatorOf, traceOf, USER } from '../support/steps.ts'

let house: House
before(async () => {
  house = await openHouse()
})
after(() => house.close())

let count = 0
const fresh = (): string => {
  count += 1
  return `member-${count}@demo.example`
}

async function enter(account: string, groups: readonly string[]) {
  const attributes = groups.length === 0 ? [] : [{ name: 'memberOf', values: groups }]
  house.provider.answer({ overrides: { account, attributes } })
  return signIn(house.browser(), NORA, '/app/', house)
}

const rolesOf = async (account: string) =>
  (await operatorOf(house, account))?.grants.map(({ role, service, source }) => `${role}@${service ?? '*'} ${source}`)

const groups = (mode: string) => ({
  provider: {
    groups: {
      attribute: 'memberOf',
      mode,
      map: {
        'cn=users,dc=x': USER,
        'f3c1-0001': [{ role: USER, service: 'app' }, 'administrator'],
      },
    },
  },
})

test('S-22, N-7: values are mapped to roles, names and opaque ids alike; others give nothing', async () => {
  await house.reload(groups('additive'))
  const account = fresh()
  assert.equal((await enter(account, ['cn=users,dc=x', 'nobody', 'constructor'])).status, 200)
  assert.deepEqual(await rolesOf(account), [`${USER}@* group`])
  const admin = fresh()
  assert.equal((await enter(admin, ['f3c1-0001'])).status, 200)
  assert.deepEqual(await rolesOf(admin), ['administrator@* group', `${USER}@app group`])
  assert.equal((await enter(fresh(), ['CN=users,dc=x'])).status, 403, 'values compare exactly')
})

test('S-22: additive keeps a role that is no longer sent, authoritative takes it away', async () => {
  await house.reload(groups('additive'))
  const account = fresh()
  await enter(account, ['cn=users,dc=x'])
  assert.equal((await enter(account, [])).status, 200)
  await house.reload(groups('authoritative'))
  assert.equal((await enter(account, [])).status, 403)
  assert.deepEqual(await rolesOf(account), [])
})

test('S-22: authoritative never takes a role that was given here', async () => {
  await house.reload(groups('authoritative'))
  const account = fresh()
  const roles = [{ role: USER, service: null }]
  await house.gateway.directory.create({ account, provider: 'demo', displayName: null, roles }, null)
  assert.equal((await enter(account, ['cn=users,dc=x'])).status, 200)
  assert.equal((await enter(account, [])).status, 200)
  assert.deepEqual(await rolesOf(account), [`${USER}@* local`])
})

test('S-23: only members of the listed groups enter; the others have no account afterwards', async () => {
  await house.reload({ provider: { entry: { attribute: 'memberOf', anyOf: ['staff', 'partners'] } } })
  const stranger = fresh()
  for (const values of [[], ['Staff'], ['interns', 'guests']]) {
    const page = await enter(stranger, values)
    assert.equal(page.status, 401)
    assert.match(page.text, /Sign-in could not be completed/)
    assert.equal((await traceOf(house, page)).outcome, 'SAML_ENTRY_REFUSED')
  }
  assert.equal(await operatorOf(house, stranger), undefined)
  const member = fresh()
  await house.gateway.directory.create(
    { account: member, provider: 'demo', displayName: null, roles: [{ role: USER, service: null }] },
    null,
  )
  assert.equal((await enter(member, ['interns', 'partners'])).status, 200)
})
