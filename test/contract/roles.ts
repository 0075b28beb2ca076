/** What every store holds to for roles of the directory. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import type { DirectoryRole } from '../../src/store/directory-ports.ts'
import { AWKWARD_NAMES, grant, group, newOperator, type OpenStore } from './samples.ts'

export function rolesContract(open: OpenStore): void {
  describe('roles', () => {
    rowTests(open)
    useTests(open)
  })
}

function rowTests(open: OpenStore): void {
  test('a role is listed as it was created, its parts in order and each once', async (t) => {
    const { roles } = await open(t)
    const scope = [{ type: 'location', id: 'München', children: true }]
    const permissions = [
      { resource: 'openlm:server_*', effect: 'deny' },
      { resource: 'openlm:add_project', effect: 'disable' },
    ] as const
    const desk = role({ name: 'desk', parents: ['b', 'a', 'b'], permissions, scope, description: 'Hilfe' })
    assert.equal(await roles.create(desk), true)
    assert.equal(await roles.create(role({ name: 'desk' })), false)
    const expected = { ...desk, parents: ['a', 'b'], permissions: permissions.toReversed() }
    assert.deepEqual(await roles.list(), [expected])
  })

  test('roles are listed by the bytes of their names, which compare exactly', async (t) => {
    const { roles } = await open(t)
    for (const name of AWKWARD_NAMES) assert.equal(await roles.create(role({ name, parents: [name] })), true, name)
    const names = (await roles.list()).map(({ name }) => name)
    const order = AWKWARD_NAMES.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    assert.deepEqual(names, order)
  })

  test('a role is replaced as a whole, and one that is not there is false', async (t) => {
    const { roles } = await open(t)
    await roles.create(role({ name: 'desk', parents: ['a'], permissions: [{ resource: 'x:y', effect: 'allow' }] }))
    assert.equal(await roles.replace(role({ name: 'desk', parents: ['b'] })), true)
    assert.equal(await roles.replace(role({ name: 'Desk' })), false)
    assert.equal(await roles.delete('Desk'), false)
    assert.deepEqual(await roles.list(), [role({ name: 'desk', parents: ['b'] })])
  })
}

function useTests(open: OpenStore): void {
  test('uses are operators, groups and roles, each once and in order', async (t) => {
    const { roles, operators, groups } = await open(t)
    for (const id of ['o2', 'o1', 'o3']) await operators.create(newOperator({ id }))
    await operators.putGrant('o2', grant({ role: 'desk' }))
    await operators.putGrant('o2', grant({ role: 'desk', service: 'clm' }))
    await operators.putGrant('o1', grant({ role: 'desk' }))
    await operators.putGrant('o3', grant({ role: 'desks' }))
    await groups.create(group({ id: 'g', roles: [{ role: 'desk', service: null, expiresAt: null, scope: null }] }))
    await roles.create(role({ name: 'senior', parents: ['desk'] }))
    assert.deepEqual(await roles.uses('desk'), { operators: ['o1', 'o2'], groups: ['g'], roles: ['senior'] })
    assert.deepEqual(await roles.uses('nothing'), { operators: [], groups: [], roles: [] })
  })

  test('G-13: a role of the same name inherits no grant, no group and no child', async (t) => {
    const { roles, operators, groups } = await open(t)
    await roles.create(role({ name: 'desk' }))
    await roles.create(role({ name: 'senior', parents: ['desk', 'openlm:admin_role'] }))
    await operators.create(newOperator({ id: 'o1' }))
    for (const name of ['desk', 'senior']) await operators.putGrant('o1', grant({ role: name }))
    await groups.create(group({ id: 'g', roles: [{ role: 'desk', service: null, expiresAt: null, scope: null }] }))
    assert.equal(await roles.delete('desk'), true)
    assert.equal(await roles.create(role({ name: 'desk' })), true)
    assert.deepEqual(await roles.uses('desk'), { operators: [], groups: [], roles: [] })
    assert.deepEqual(
      (await operators.load('o1'))?.grants.map((each) => each.role),
      ['senior'],
    )
    assert.deepEqual((await roles.list())[1]?.parents, ['openlm:admin_role'])
  })
}

function role(fields: Partial<DirectoryRole> = {}): DirectoryRole {
  return { name: 'desk', description: null, parents: [], permissions: [], scope: null, ...fields }
}
