/** What every store holds to for groups and memberships. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import type { Membership, RoleGrant } from '../../src/store/directory-ports.ts'
import { AWKWARD_NAMES, at, group, newOperator, type OpenStore, withCode } from './samples.ts'

export function groupsContract(open: OpenStore): void {
  describe('groups', () => {
    forestTests(open)
    groupRoleTests(open)
    membershipTests(open)
  })
}

function forestTests(open: OpenStore): void {
  test('a group is loaded as it was created, and unknown ones are undefined or false', async (t) => {
    const { groups } = await open(t)
    const emea = group({ id: 'emea', label: 'Kunden', roles: [held({ role: 'b' }), held({ role: 'a' })] })
    assert.equal(await groups.create(emea), true)
    assert.deepEqual(await groups.load('emea'), { ...emea, roles: [held({ role: 'a' }), held({ role: 'b' })] })
    assert.equal(await groups.load('EMEA'), undefined)
    assert.equal(await groups.update('ghost', { label: 'x' }), false)
    assert.equal(await groups.delete('ghost'), false)
    assert.equal(await groups.removeRole('ghost', held()), false)
    assert.deepEqual(await groups.members('ghost'), [])
  })

  test('a name is taken once below each parent, the top included', async (t) => {
    const { groups } = await open(t)
    assert.equal(await groups.create(group({ id: 'g1', name: 'acme' })), true)
    assert.equal(await groups.create(group({ id: 'g2', name: 'acme' })), false)
    assert.equal(await groups.create(group({ id: 'g3', name: 'acme', parent: 'g1' })), true)
    assert.equal(await groups.create(group({ id: 'g4', name: 'acme', parent: 'g1' })), false)
    assert.equal(await groups.update('g3', { parent: null }), false)
    assert.equal(await groups.update('g3', { parent: null, name: 'other' }), true)
    assert.deepEqual(await groups.load('g3'), group({ id: 'g3', name: 'other' }))
    assert.equal(await groups.load('g2'), undefined)
  })

  test('W-22: names compare exactly: case, Unicode form, spaces', async (t) => {
    const { groups } = await open(t)
    for (const name of AWKWARD_NAMES) assert.equal(await groups.create(group({ id: name, name })), true, name)
    for (const name of AWKWARD_NAMES) assert.equal((await groups.load(name))?.name, name)
  })

  test('an update replaces the given fields and leaves the others', async (t) => {
    const { groups } = await open(t)
    const before = group({ id: 'g', name: 'acme', label: 'customer', roles: [held()] })
    await groups.create(before)
    assert.equal(await groups.update('g', {}), true)
    assert.deepEqual(await groups.load('g'), before)
    assert.equal(await groups.update('g', { label: null }), true)
    assert.deepEqual(await groups.load('g'), { ...before, label: null })
  })

  test('an id that was given out, or a parent that is not there, is an INTERNAL fault', async (t) => {
    const { groups } = await open(t)
    await groups.create(group({ id: 'g' }))
    await assert.rejects(groups.create(group({ id: 'g', name: 'other' })), withCode('INTERNAL'))
    await assert.rejects(groups.create(group({ id: 'h', parent: 'ghost' })), withCode('INTERNAL'))
    await assert.rejects(groups.update('g', { parent: 'ghost' }), withCode('INTERNAL'))
    assert.deepEqual(await groups.list(), [group({ id: 'g' })])
  })

  test('a group with groups below it cannot be deleted', async (t) => {
    const { groups } = await open(t)
    await groups.create(group({ id: 'g' }))
    await groups.create(group({ id: 'h', parent: 'g' }))
    await assert.rejects(groups.delete('g'), withCode('INTERNAL'))
    assert.equal(await groups.delete('h'), true)
    assert.equal(await groups.delete('g'), true)
  })

  test('10,000 groups are listed in order of (parent, name) by bytes', async (t) => {
    const store = await open(t)
    await store.transaction(async ({ groups }) => {
      await groups.create(group({ id: 'top', name: 'ü' }))
      await groups.create(group({ id: 'other', name: 'z', roles: [held()] }))
      for (let n = 9999; n > 1; n -= 1) await groups.create(group({ id: `g${n}`, parent: 'top', name: `n${n}` }))
    })
    const all = await store.groups.list()
    assert.equal(all.length, 10_000)
    assert.deepEqual(
      all.slice(0, 3).map(({ name }) => name),
      ['z', 'ü', 'n10'],
    )
    assert.deepEqual(all[0]?.roles, [held()])
  })
}

function groupRoleTests(open: OpenStore): void {
  test('a role replaces the one of the same service and scope, and is taken out by them', async (t) => {
    const { groups } = await open(t)
    await groups.create(group({ id: 'g' }))
    const scope = [{ type: 'va', id: '1', children: true }]
    for (const role of [held({ service: 'clm' }), held(), held({ scope }), held({ expiresAt: at(9) })]) {
      await groups.putRole('g', role)
    }
    const rest = [held({ scope }), held({ service: 'clm' })]
    assert.deepEqual((await groups.load('g'))?.roles, [held({ expiresAt: at(9) }), ...rest])
    assert.equal(await groups.removeRole('g', held({ role: 'other' })), false)
    assert.equal(await groups.removeRole('g', held()), true)
    assert.deepEqual((await groups.load('g'))?.roles, rest)
    await assert.rejects(groups.putRole('ghost', held()), withCode('INTERNAL'))
  })

  test('holders are also the direct members of a group with the role, each once', async (t) => {
    const { groups, operators } = await open(t)
    const by = (roles: readonly RoleGrant[]) => ({ roles: roles.map(({ role }) => role) })
    await groups.create(group({ id: 'g', roles: [held({ service: 'portal' })] }))
    await groups.create(group({ id: 'h', parent: 'g', roles: [held({ role: 'x', expiresAt: at(10) })] }))
    for (const id of ['ann', 'bob', 'off']) await operators.create(newOperator({ id }))
    await operators.update('off', { enabled: false })
    for (const id of ['ann', 'off']) await groups.putMember(id, member('g'))
    await groups.putMember('bob', member('h'))
    await operators.putGrant('ann', { ...held(), source: 'local', locked: false })
    assert.equal(await operators.countHolders({ ...by([held()]), service: null }, at(0)), 1)
    await operators.removeGrant('ann', held())
    assert.equal(await operators.countHolders({ ...by([held()]), service: null }, at(0)), 0)
    assert.equal(await operators.countHolders({ ...by([held()]), service: 'other' }, at(0)), 0)
    assert.equal(await operators.countHolders({ ...by([held()]), service: 'portal' }, at(0)), 1)
    assert.equal(await operators.countHolders({ roles: [held().role, 'x'], service: 'portal' }, at(9)), 2)
    assert.equal(await operators.countHolders({ roles: [held().role, 'x'], service: 'portal' }, at(10)), 1)
  })

  test('who holds a role in a scope only does not count as a holder', async (t) => {
    const { operators } = await open(t)
    await operators.create(newOperator({ id: 'ann' }))
    const scope = [{ type: 'va', id: '1', children: true }]
    await operators.putGrant('ann', { ...held({ scope }), source: 'local', locked: false })
    assert.equal(await operators.countHolders({ roles: [held().role], service: null }, at(0)), 0)
  })
}

function membershipTests(open: OpenStore): void {
  test('W-17: an operator is a member of several groups, with rights of his own in each', async (t) => {
    const { groups, operators } = await open(t)
    await operators.create(newOperator({ id: 'ann' }))
    for (const id of ['g', 'h']) await groups.create(group({ id }))
    const rights = [
      { right: 'create_ticket', products: ['P1', 'Ü 2'] },
      { right: 'admin', products: null },
    ]
    await groups.putMember('ann', { group: 'h', rights, source: 'group' })
    await groups.putMember('ann', { group: 'g', rights: [{ right: 'admin', products: [] }], source: 'local' })
    await groups.putMember('ann', member('g'))
    const expected = [member('g'), { group: 'h', rights: rights.toReversed(), source: 'group' }]
    assert.deepEqual((await operators.load('ann'))?.memberships, expected)
    assert.deepEqual((await operators.list({ limit: 9 }))[0]?.memberships, expected)
    assert.deepEqual(await groups.members('g'), ['ann'])
    assert.equal(await groups.removeMember('ann', 'g'), true)
    assert.equal(await groups.removeMember('ann', 'g'), false)
    assert.deepEqual(await groups.members('g'), [])
  })

  test('G-13: memberships go with the operator and with the group', async (t) => {
    const { groups, operators } = await open(t)
    for (const id of ['ann', 'bob']) await operators.create(newOperator({ id }))
    for (const id of ['g', 'h']) {
      await groups.create(group({ id }))
      for (const who of ['bob', 'ann']) await groups.putMember(who, member(id))
    }
    assert.deepEqual(await groups.members('g'), ['ann', 'bob'])
    assert.equal(await operators.delete('ann'), true)
    assert.equal(await groups.delete('h'), true)
    await operators.create(newOperator({ id: 'ann2', account: 'ann' }))
    await groups.create(group({ id: 'h2', name: 'h' }))
    assert.deepEqual(await groups.members('g'), ['bob'])
    assert.deepEqual(await groups.members('h2'), [])
    assert.deepEqual((await operators.load('ann2'))?.memberships, [])
    assert.deepEqual((await operators.load('bob'))?.memberships, [member('g')])
  })

  test('a membership of nobody or in nothing is an INTERNAL fault', async (t) => {
    const { groups, operators } = await open(t)
    await operators.create(newOperator({ id: 'ann' }))
    await groups.create(group({ id: 'g' }))
    await assert.rejects(groups.putMember('ghost', member('g')), withCode('INTERNAL'))
    await assert.rejects(groups.putMember('ann', member('ghost')), withCode('INTERNAL'))
  })
}

function member(id: string): Membership {
  return { group: id, rights: [], source: 'local' }
}

function held(fields: Partial<RoleGrant> = {}): RoleGrant {
  return { role: 'license-portal:isvadmin', service: null, expiresAt: null, scope: null, ...fields }
}
