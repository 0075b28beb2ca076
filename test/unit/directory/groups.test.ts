/** The forest of groups: moves, deletions that need a choice, members. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryStore } from '../../../src/store/memory/memory-store.ts'
import { applied, services } from '../../support/directory.ts'
import { fc } from '../../support/properties.ts'

const KEEP = { members: 'refuse', children: 'refuse', objects: 'refuse' } as const

async function house() {
  const store = memoryStore()
  await applied(store, {
    operators: [{ account: 'ann', groups: [{ group: 'acme/emea', rights: { admin: true } }] }],
    groups: [{ path: 'acme/emea/münchen' }, { path: 'beta' }],
    objects: [{ service: 'clm', type: 'pak', id: 'p', owner: { group: 'acme/emea' } }],
  })
  const all = services(store)
  const paths = async () => (await all.groups.list()).map(({ path }) => path)
  return { store, ...all, paths }
}

test('W-2: a moved group takes along what is below it, and cannot come to stand below itself', async () => {
  const { groups, paths } = await house()
  await groups.move('acme/emea', 'beta/europa', null)
  assert.deepEqual(await paths(), ['acme', 'beta', 'beta/europa', 'beta/europa/münchen'])
  for (const to of ['beta/x', 'beta/europa/x', 'beta/europa/münchen/beta']) {
    await assert.rejects(groups.move('beta', to, null), { code: 'GROUP_CYCLE' })
  }
  await assert.rejects(groups.move('beta/europa', 'acme', null), { code: 'GROUP_EXISTS' })
  await assert.rejects(groups.move('beta/europa', 'nowhere/x', null), { code: 'GROUP_UNKNOWN' })
  await groups.move('beta/europa', 'top', null)
  assert.deepEqual(await paths(), ['acme', 'beta', 'top', 'top/münchen'])
})

test('W-22: groups are found by either Unicode form, and labels are only labels', async () => {
  const { groups } = await house()
  const group = await groups.setLabel('acme/emea/mu\u0308nchen', 'Studierende', null)
  assert.deepEqual([group.name, group.label], ['münchen', 'Studierende'])
})

test('W-9: a group with members, groups or objects is not deleted without a choice', async () => {
  const { groups, store, paths } = await house()
  const before = await paths()
  await assert.rejects(groups.remove('acme/emea', KEEP, null), { code: 'GROUP_IN_USE' })
  await assert.rejects(groups.remove('acme/emea', { ...KEEP, children: 'parent' }, null), { code: 'GROUP_IN_USE' })
  const most = { members: 'parent', children: 'parent' } as const
  await assert.rejects(groups.remove('acme/emea', { ...most, objects: 'refuse' }, null), { code: 'OWNER_IN_USE' })
  assert.deepEqual(await paths(), before)
  await groups.remove('acme/emea', { ...most, objects: 'parent' }, null)
  assert.deepEqual(await paths(), ['acme', 'acme/münchen', 'beta'])
  const acme = (await groups.list())[0]
  assert.deepEqual((await store.objects.load({ service: 'clm', type: 'pak', id: 'p' }))?.owner, { group: acme?.id })
  assert.deepEqual(
    (await store.operators.find('okta', 'ann'))?.memberships.map(({ group, rights }) => [group, rights.length]),
    [[acme?.id, 1]],
  )
})

test('W-9: at the top there is no parent to pass things on to', async () => {
  const { groups } = await house()
  await groups.move('acme/emea', 'emea', null)
  const choice = { members: 'release', children: 'parent', objects: 'parent' } as const
  await assert.rejects(groups.remove('emea', choice, null), { code: 'OWNER_IN_USE' })
})

test('G-13: a group of the same name has no members, no objects and no lists', async () => {
  const { groups, store } = await house()
  await groups.remove('acme/emea/münchen', KEEP, null)
  await groups.create('acme/emea/münchen', null, null)
  const fresh = (await groups.list()).find(({ path }) => path === 'acme/emea/münchen')
  assert.deepEqual(await store.groups.members(fresh?.id ?? ''), [])
})

test('W-17: one person has rights of his own in two branches, and loses them one by one', async () => {
  const { groups, store } = await house()
  await groups.putMember('beta', { account: 'ann', provider: null }, [{ right: 'view', products: ['P'] }], null)
  assert.equal((await store.operators.find('okta', 'ann'))?.memberships.length, 2)
  await groups.removeMember('acme/emea', { account: 'ann', provider: null }, null)
  const [left] = (await store.operators.find('okta', 'ann'))?.memberships ?? []
  assert.deepEqual(left?.rights, [{ right: 'view', products: ['P'] }])
  await assert.rejects(groups.removeMember('acme/emea', { account: 'ann', provider: null }, null), {
    code: 'MEMBERSHIP_UNKNOWN',
  })
})

test('W-2: whatever is moved and deleted, the groups stay a forest with every group once', async () => {
  const name = fc.constantFrom('a', 'b', 'c', 'ü')
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'))
  const step = fc.oneof(
    fc.record({ does: fc.constant('create' as const), path, to: path }),
    fc.record({ does: fc.constant('move' as const), path, to: path }),
    fc.record({ does: fc.constant('remove' as const), path, to: path }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const { groups } = services(memoryStore())
      for (const { does, path: at, to } of steps) {
        const done =
          does === 'create'
            ? groups.create(at, null, null)
            : does === 'move'
              ? groups.move(at, to, null)
              : groups.remove(at, { members: 'parent', children: 'parent', objects: 'parent' }, null)
        await done.catch((error: { code?: string }) => assert.notEqual(error.code, 'INTERNAL'))
      }
      const all = await groups.list()
      const known = new Map(all.map(({ id, path: at }) => [id, at]))
      assert.equal(new Set(known.values()).size, all.length)
      for (const { parent, name: last, path: at } of all) {
        assert.equal(at, parent === null ? last : `${known.get(parent)}/${last}`)
      }
    }),
    { numRuns: 40 },
  )
})
