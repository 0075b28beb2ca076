/** Roles of the directory: shipped ones are read-only, and what a role is deleted with. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DirectoryRole } from '../../../src/store/directory-ports.ts'
import { memoryStore } from '../../../src/store/memory/memory-store.ts'
import { applied, RULES, services } from '../../support/directory.ts'

const PAK = 'cisco-license-manager:pak-management'
const role = (fields: Partial<DirectoryRole>): DirectoryRole => {
  return { name: 'desk', description: null, parents: [], permissions: [], scope: null, ...fields }
}

test('O-9, G-15: shipped roles are not changed and not deleted; a copy says the same and can be', async () => {
  const { roles } = services(memoryStore())
  for (const name of [PAK, 'administrator', 'openlm:new', PAK.toUpperCase()]) {
    const shipped = RULES.profiles.has(name.split(':')[0]?.toLowerCase() ?? '') || name === 'administrator'
    if (!shipped) continue
    await assert.rejects(roles.create(role({ name }), null), { code: 'ROLE_SHIPPED' }, name)
    await assert.rejects(roles.replace(role({ name }), null), { code: 'ROLE_SHIPPED' }, name)
    await assert.rejects(roles.remove(name, true, null), { code: 'ROLE_SHIPPED' }, name)
  }
  const original = await roles.show(PAK)
  const copy = await roles.duplicate(PAK, 'My-PAK', null)
  assert.deepEqual({ ...copy, name: PAK, profile: original.profile }, original)
  assert.equal(copy.name, 'my-pak')
  await roles.replace({ ...copy, permissions: [] }, null)
  assert.deepEqual(await roles.show(PAK), original)
  await roles.remove('my-pak', false, null)
  assert.deepEqual(await roles.duplicate(PAK, 'my-pak', null), copy)
})

test('O-8: names are kept in lower case and collide whatever their case', async () => {
  const { roles } = services(memoryStore())
  assert.equal((await roles.create(role({ name: 'HelpDesk' }), null)).name, 'helpdesk')
  await assert.rejects(roles.create(role({ name: 'helpDESK' }), null), { code: 'ROLE_EXISTS' })
  await assert.rejects(roles.create(role({ name: 'help desk' }), null), { code: 'ROLE_INVALID' })
})

test('O-6: circles, unknown parents and unknown resources are refused by name and change nothing', async () => {
  const store = memoryStore()
  const { roles } = services(store)
  await roles.create(role({ name: 'a', parents: [PAK] }), null)
  await roles.create(role({ name: 'b', parents: ['a'] }), null)
  const before = await store.roles.list()
  const refused = async (change: Partial<DirectoryRole>, says: RegExp) =>
    assert.rejects(
      roles.replace(role({ name: 'a', ...change }), null),
      (error: { code?: string; message?: string }) => {
        assert.equal(error.code, 'ROLE_INVALID')
        assert.match(error.message ?? '', says)
        return true
      },
    )
  await refused({ parents: ['b'] }, /own ancestor/)
  await refused({ parents: ['ghost'] }, /ghost/)
  await refused({ permissions: [{ resource: 'cisco-license-manager:nope', effect: 'allow' }] }, /nope/)
  assert.deepEqual(await store.roles.list(), before)
})

test('O-10, G-13: a role in use is deleted only by force, and leaves nothing to one of the same name', async () => {
  const store = memoryStore()
  await applied(store, {
    roles: [{ name: 'desk' }, { name: 'senior', parents: ['desk'] }],
    operators: [{ account: 'ann', roles: ['desk'] }],
    groups: [{ path: 'acme', roles: ['desk'] }],
  })
  const { roles } = services(store)
  await assert.rejects(roles.remove('desk', false, null), { code: 'ROLE_IN_USE' })
  await roles.remove('Desk', true, null)
  await roles.create(role({}), null)
  assert.deepEqual(await store.roles.uses('desk'), { operators: [], groups: [], roles: [] })
})

test('W-4, G-8: neither other parents of a role nor a race takes the last administrator of a service away', async () => {
  const profile = [...RULES.profiles.values()][0]
  if (profile === undefined) throw new Error('no profile is shipped')
  const isv = 'license-portal:isvadmin'
  const shipped = { name: isv, description: 'All', parents: [], permissions: new Map() }
  const portal = { ...profile, id: 'license-portal', roles: new Map([[isv, shipped]]), administratorRole: isv }
  const rules = {
    profiles: new Map([['license-portal', portal]]),
    services: [{ id: 'portal', profile: 'license-portal', authorization: 'on' as const }],
  }
  const store = memoryStore()
  const content = { roles: [{ name: 'boss', parents: [isv] }], operators: [{ account: 'ann', roles: ['boss'] }] }
  await applied(store, content, rules)
  const { roles, people } = services(store, { rules })
  const last = { code: 'LAST_ADMINISTRATOR' }
  await assert.rejects(roles.replace(role({ name: 'boss' }), null), last)
  await assert.rejects(roles.remove('boss', true, null), last)
  await assert.rejects(people.revoke({ account: 'ann', provider: 'okta' }, { role: 'boss', service: null }, null), last)
  await people.create(
    { account: 'bob', provider: 'okta', displayName: null, roles: [{ role: isv, service: 'portal' }] },
    null,
  )
  const outcomes = await Promise.allSettled(
    ['ann', 'bob'].map((account) => people.remove({ account, provider: 'okta' }, 'refuse', null)),
  )
  assert.deepEqual(outcomes.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'], 'W-4')
})
