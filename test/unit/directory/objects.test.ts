/** Changes of objects: moves, lists and parents, at once or together with their service. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { instant } from '../../../src/core/time.ts'
import { letsIn, parentsWithout, wideningOf } from '../../../src/directory/widening.ts'
import type { Owner } from '../../../src/store/directory-ports.ts'
import { memoryStore } from '../../../src/store/memory/memory-store.ts'
import { applied, NOW, services } from '../../support/directory.ts'

const PAK = { service: 'clm', type: 'pak', id: 'p' }
const DEVICE = { service: 'clm', type: 'device', id: 'd' }

async function house() {
  const store = memoryStore()
  const { operators, groups } = await applied(store, {
    operators: [{ account: 'ann' }, { account: 'bob' }],
    groups: [{ path: 'acme' }],
    objects: [
      { ...PAK, owner: { operator: 'ann' } },
      { service: 'clm', type: 'device-group', id: 'g1', accessList: ['ann'] },
      { service: 'clm', type: 'device-group', id: 'g2' },
      { ...DEVICE, parents: ['device-group:g1'] },
    ],
  })
  let now = NOW
  const all = services(store, { clock: { now: () => now } })
  const id = (account: string) => operators.find((each) => each.account === account)?.id ?? ''
  const acme: Owner = { group: groups[0]?.id ?? '' }
  const later = (seconds: number) => {
    now = instant(now + seconds * 1000)
  }
  return { store, ...all, ann: { operator: id('ann') }, bob: { operator: id('bob') }, acme, later }
}

const move = (object: typeof PAK, from: Owner | null, to: Owner | null) => {
  return { object, planned: { kind: 'owner', from, to } } as const
}

test('W-6, W-8: of 50 parallel moves exactly one wins, the others hear that it changed', async () => {
  const { objects, ann, bob, acme, store } = await house()
  const moves = Array.from({ length: 50 }, (_, index) => [move(PAK, ann, index % 2 === 0 ? bob : acme)])
  const outcomes = await Promise.allSettled(moves.map((each) => objects.change(each, null)))
  const lost = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason.code] : []))
  assert.deepEqual([lost.length, new Set(lost)], [49, new Set(['OBJECT_CHANGED'])])
  assert.deepEqual((await store.objects.load(PAK))?.owner, bob)
})

test('W-7: an object without owner is given to somebody once', async () => {
  const { objects, ann, bob } = await house()
  await objects.create({ ...PAK, id: 'free' }, null, null)
  await objects.change([move({ ...PAK, id: 'free' }, null, bob)], null)
  await assert.rejects(objects.change([move({ ...PAK, id: 'free' }, null, ann)], null), { code: 'OBJECT_CHANGED' })
})

test('W-6: several moves are made together or not at all', async () => {
  const { objects, ann, bob, store } = await house()
  await objects.create({ ...PAK, id: 'q' }, ann, null)
  const both = [move(PAK, ann, bob), move({ ...PAK, id: 'q' }, bob, ann)]
  await assert.rejects(objects.change(both, null), { code: 'OBJECT_CHANGED' })
  await assert.rejects(objects.begin(both, null), { code: 'OBJECT_CHANGED' })
  const stored = await store.objects.load(PAK)
  assert.deepEqual([stored?.owner, stored?.pending], [ann, null])
})

test('unknown objects and unknown people are refused by name', async () => {
  const { objects, ann } = await house()
  await assert.rejects(objects.change([move({ ...PAK, id: 'x' }, null, ann)], null), { code: 'OBJECT_UNKNOWN' })
  await assert.rejects(objects.change([move(PAK, ann, { operator: 'ghost' })], null), { code: 'OPERATOR_UNKNOWN' })
  await assert.rejects(objects.change([move(PAK, ann, { group: 'ghost' })], null), { code: 'GROUP_UNKNOWN' })
  await assert.rejects(objects.create({ ...PAK, id: 'x' }, { operator: 'ghost' }, null), { code: 'OPERATOR_UNKNOWN' })
})

test('an object is created once, and only that sets its owner', async () => {
  const { objects, ann, bob, store } = await house()
  assert.equal(await objects.create({ ...PAK, id: 'new' }, bob, bob.operator), true)
  assert.equal(await objects.create({ ...PAK, id: 'new' }, ann, ann.operator), false)
  assert.deepEqual((await store.objects.load({ ...PAK, id: 'new' }))?.owner, bob)
})

test('a change that the service makes is locked until it answered; yes commits, no drops', async () => {
  const { objects, ann, bob, store } = await house()
  const first = await objects.begin([move(PAK, ann, bob)], ann.operator)
  await assert.rejects(objects.change([move(PAK, ann, bob)], null), { code: 'OBJECT_PENDING' })
  await assert.rejects(objects.begin([move(PAK, ann, bob)], null), { code: 'OBJECT_PENDING' })
  assert.deepEqual((await store.objects.load(PAK))?.owner, ann)
  assert.equal(await objects.finish(first, 'dropped', null), 'dropped')
  assert.deepEqual((await store.objects.load(PAK))?.owner, ann)
  const second = await objects.begin([move(PAK, ann, bob)], null)
  assert.equal(await objects.finish(second, 'done', null), 'done')
  assert.deepEqual((await store.objects.load(PAK))?.owner, bob)
  await assert.rejects(objects.finish(second, 'done', null), { code: 'OBJECT_CHANGED' })
})

test('without an answer it stays in doubt, further moves are refused, and an administrator settles it', async () => {
  const { objects, ann, bob, store, later } = await house()
  const change = await objects.begin([move(PAK, ann, bob)], null)
  await assert.rejects(objects.settle(PAK, 'done', null), { code: 'OBJECT_PENDING' })
  assert.equal(await objects.finish(change, 'in-doubt', null), 'in-doubt')
  await assert.rejects(objects.change([move(PAK, ann, bob)], null), { code: 'OBJECT_PENDING' })
  await objects.settle(PAK, 'done', null)
  assert.deepEqual((await store.objects.load(PAK))?.owner, bob)
  await objects.begin([move(PAK, bob, ann)], null)
  later(60)
  await objects.settle(PAK, 'dropped', null)
  assert.deepEqual([(await store.objects.load(PAK))?.owner, (await store.objects.load(PAK))?.pending], [bob, null])
  await assert.rejects(objects.settle(PAK, 'done', null), { code: 'OBJECT_UNKNOWN' })
})

test('who was deleted while the service was asked does not become an owner', async () => {
  const { objects, people, ann, bob } = await house()
  const change = await objects.begin([move(PAK, ann, bob)], null)
  await people.remove({ account: 'bob', provider: 'okta' }, 'refuse', null)
  assert.equal(await objects.finish(change, 'done', null), 'in-doubt')
  await assert.rejects(objects.settle(PAK, 'done', null), { code: 'OBJECT_PENDING' })
  await objects.settle(PAK, 'dropped', null)
})

test('a list of an object that nobody knows is kept only if the service takes it', async () => {
  const { objects, ann, store } = await house()
  const fresh = { ...DEVICE, id: 'new' }
  const to = { operators: [ann.operator], groups: [] }
  const change = await objects.begin([{ object: fresh, planned: { kind: 'access-list', to } }], null)
  await objects.finish(change, 'dropped', null)
  assert.equal(await store.objects.load(fresh), undefined)
  await objects.finish(
    await objects.begin([{ object: fresh, planned: { kind: 'access-list', to } }], null),
    'done',
    null,
  )
  assert.deepEqual((await store.objects.load(fresh))?.accessList, to)
})

test('C-21, W-9: who owns something is deleted only with an heir, and a namesake inherits nothing', async () => {
  const { people, ann, bob, acme, store } = await house()
  const name = { account: 'ann', provider: 'okta' }
  await assert.rejects(people.remove(name, 'refuse', null), { code: 'OWNER_IN_USE' })
  await assert.rejects(people.remove(name, ann, null), { code: 'OWNER_IN_USE' })
  assert.equal((await people.show(name)).id, ann.operator)
  await people.remove(name, bob, null)
  assert.deepEqual((await store.objects.load(PAK))?.owner, bob)
  const again = await people.create({ ...name, displayName: null, roles: [] }, null)
  assert.notEqual(again.id, ann.operator)
  const list = (await store.objects.load({ service: 'clm', type: 'device-group', id: 'g1' }))?.accessList
  assert.deepEqual(list, { operators: [], groups: [] }, 'C-10: emptied, it stays closed')
  await people.remove({ account: 'bob', provider: 'okta' }, acme, null)
  assert.deepEqual((await store.objects.load(PAK))?.owner, acme)
})

test('W-4: nobody deletes himself', async () => {
  const { people, bob } = await house()
  const name = { account: 'bob', provider: 'okta' }
  await assert.rejects(people.remove(name, 'refuse', bob.operator), { code: 'SELF_DELETION' })
})

test('C-13, C-25: taking a device out of a group with a list opens it, and the audit says so', async () => {
  const { objects, store, ann, bob } = await house()
  const opens = [{ object: DEVICE, opens: true, operators: [], groups: [] }]
  assert.deepEqual(await wideningOf(store, [{ object: DEVICE, parents: [] }]), opens)
  assert.deepEqual(await wideningOf(store, [{ object: DEVICE, parents: [{ type: 'device-group', id: 'g2' }] }]), opens)
  const gone = await parentsWithout(store, { service: 'clm', type: 'device-group', id: 'g1' })
  assert.deepEqual(await wideningOf(store, gone), opens)
  const [widening] = await wideningOf(store, gone)
  assert.equal(widening && letsIn(widening, { id: bob.operator, memberships: [] }), true)
  await objects.change([{ object: DEVICE, planned: { kind: 'parents', to: [] } }], ann.operator)
  const record = (await store.audit.list({ limit: 100 })).find(({ event }) => event === 'object.parents-changed')
  assert.deepEqual([record?.actor, record?.detail['widens']], [ann.operator, 'device:d (open to all)'])
})

test('C-13, C-25: another list above names who is let in, and none is no widening', async () => {
  const { store, objects, ann, bob, acme } = await house()
  const g2 = { service: 'clm', type: 'device-group', id: 'g2' }
  const to = { operators: [bob.operator], groups: 'group' in acme ? [acme.group] : [] }
  await objects.change([{ object: g2, planned: { kind: 'access-list', to } }], null)
  const both = ['g1', 'g2'].map((id) => ({ type: 'device-group', id }))
  const [widening] = await wideningOf(store, [{ object: DEVICE, parents: both }])
  assert.deepEqual(widening, { object: DEVICE, opens: false, ...to })
  const member = { id: 'eve', memberships: [{ group: to.groups[0] ?? '', rights: [], source: 'local' as const }] }
  assert.equal(widening && letsIn(widening, member), true)
  assert.equal(widening && letsIn(widening, { id: ann.operator, memberships: [] }), false)
  assert.deepEqual(await wideningOf(store, [{ object: DEVICE, parents: both.slice(0, 1) }]), [])
})
