/** Facts about objects: resolved, cached, and forgotten when something that they were made from changes. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { objectFacts } from '../../../src/directory/object-facts.ts'
import { memoryStore } from '../../../src/store/memory/memory-store.ts'
import { applied } from '../../support/directory.ts'

const GROUP = { service: 'clm', type: 'device-group', id: 'g' }

async function house() {
  const store = memoryStore()
  const { operators } = await applied(store, {
    operators: [{ account: 'ann', groups: ['acme'] }],
    groups: [{ path: 'acme' }],
    objects: [
      { ...GROUP, accessList: ['ann'] },
      {
        service: 'clm',
        type: 'device',
        id: 'd',
        owner: { operator: 'ann' },
        parents: ['device-group:g', 'device-group:x'],
      },
    ],
  })
  let reads = 0
  const counted = {
    objects: {
      family: (...given: Parameters<typeof store.objects.family>) => {
        reads += 1
        return store.objects.family(...given)
      },
    },
  }
  return { store, ann: operators[0]?.id ?? '', facts: objectFacts({ store: counted }), reads: () => reads }
}

test('an object comes with its owner, his groups, and everything above it, stored or not', async () => {
  const { facts, ann } = await house()
  const device = await facts.load('clm', 'device', 'd')
  assert.deepEqual([device.owner, device.ownerGroups.length, device.accessList], [{ operator: ann }, 1, null])
  assert.deepEqual(device.ancestors, [
    { type: 'device-group', id: 'g', accessList: { operators: [ann], groups: [] } },
    { type: 'device-group', id: 'x', accessList: null },
  ])
  const unknown = await facts.load('clm', 'device', 'nope')
  assert.deepEqual([unknown.owner, unknown.accessList, unknown.ancestors], [null, null, []])
})

test('what is at hand is not read again, unknown objects neither, and many are read together', async () => {
  const { facts, reads } = await house()
  const device = await facts.load('clm', 'device', 'd')
  await facts.load('clm', 'device', 'nope')
  assert.equal(facts.load('clm', 'device', 'd'), device)
  assert.equal(reads(), 2)
  const ids = ['a', 'd', 'b', 'nope', 'a']
  const all = await facts.loadAll('clm', 'device', ids)
  assert.deepEqual([all.map(({ id }) => id), reads()], [ids, 3])
})

test('G-7: a change of the object, of what is above it or of its owner is seen with the next load', async () => {
  const { facts, store, ann } = await house()
  const load = async () => facts.load('clm', 'device', 'd')
  await load()
  await store.objects.setAccessList(GROUP, null)
  facts.evict(['object:clm:device-group:g'])
  assert.equal((await load()).ancestors[0]?.accessList, null)
  await store.objects.create([
    { ...GROUP, id: 'x', owner: null, accessList: { operators: [], groups: [] }, parents: [] },
  ])
  facts.evict(['object:clm:device-group:x'])
  assert.deepEqual((await load()).ancestors[1]?.accessList, { operators: [], groups: [] })
  const [membership] = (await store.operators.load(ann))?.memberships ?? []
  await store.groups.removeMember(ann, membership?.group ?? '')
  facts.evict([`operator:${ann}`])
  assert.deepEqual((await load()).ownerGroups, [])
  await store.objects.setOwner({ service: 'clm', type: 'device', id: 'd' }, { from: { operator: ann }, to: null })
  facts.evict('all')
  assert.equal((await load()).owner, null)
})

test('what was changed while it was read is not kept', async () => {
  const { facts, reads } = await house()
  const reading = facts.load('clm', 'device', 'd')
  facts.evict(['object:clm:device-group:g'])
  await reading
  await facts.load('clm', 'device', 'd')
  assert.equal(reads(), 2)
  await facts.load('clm', 'device', 'd')
  assert.equal(reads(), 2)
})
