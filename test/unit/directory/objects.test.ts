/** Changes of objects: moves, lists and parents, at once or together with their service. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { instant } from '../../../src/core/time.ts'
import { letsIn, wideningOf } from '../../../src/directory/widening.ts'
import type { ObjectName, Owner } from '../../../src/store/directory-ports.ts'
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
  await assert.rejects(objects.begin(both, null, null), { code: 'OBJECT_CHANGED' })
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
  const first = await objects.begin([move(PAK, ann, bob)], ann.operator, null)
  await assert.rejects(objects.change([move(PAK, ann, bob)], null), { code: 'OBJECT_PENDING' })
  await assert.rejects(objects.begin([move(PAK, ann, bob)], null, null), { code: 'OBJECT_PENDING' })
  assert.deepEqual((await store.objects.load(PAK))?.owner, ann)
  assert.equal(await objects.finish(first, 'dropped', null), 'dropped')
  assert.deepEqual((await store.objects.load(PAK))?.owner, ann)
  const second = await objects.begin([move(PAK, ann, bob)], null, null)
  assert.equal(await objects.finish(second, 'done', null), 'done')
  assert.deepEqual((await store.objects.load(PAK))?.owner, bob)
  await assert.rejects(objects.finish(second, 'done', null), { code: 'OBJECT_CHANGED' })
})

test('without an answer it stays in doubt, further moves are refused, and an administrator settles it', async () => {
  const { objects, ann, bob, store, later } = await house()
  const change = await objects.begin([move(PAK, ann, bob)], null, null)
  await assert.rejects(objects.settle(PAK, 'done', null), { code: 'OBJECT_PENDING' })
  assert.equal(await objects.finish(change, 'in-doubt', null), 'in-doubt')
  await assert.rejects(objects.change([move(PAK, ann, bob)], null), { code: 'OBJECT_PENDING' })
  await objects.settle(PAK, 'done', null)
  assert.deepEqual((await store.objects.load(PAK))?.owner, bob)
  await objects.begin([move(PAK, bob, ann)], null, null)
  later(60)
  await objects.settle(PAK, 'dropped', null)
  assert.deepEqual([(await store.objects.load(PAK))?.owner, (await store.objects.load(PAK))?.pending], [bob, null])
  await assert.rejects(objects.settle(PAK, 'done', null), { code: 'OBJECT_UNKNOWN' })
})

test('what the service shows settles a change in doubt: done at once, dropped when nothing can be under way any more', async () => {
  const { objects, ann, bob, store, later } = await house()
  const pendingOf = async () => (await store.objects.load(PAK))?.pending ?? null
  const doubt = async () => {
    const change = await objects.begin([move(PAK, ann, bob)], null, null)
    await objects.settleSeen([{ object: PAK, change: change.id, outcome: 'done' }])
    assert.notEqual(await pendingOf(), null, 'it may still be answered')
    await objects.finish(change, 'in-doubt', null)
    return change.id
  }
  const dropped = [{ object: PAK, change: await doubt(), outcome: 'dropped' as const }]
  await objects.settleSeen(dropped)
  assert.notEqual(await pendingOf(), null)
  later(60)
  await objects.settleSeen(dropped)
  assert.deepEqual([await pendingOf(), (await store.objects.load(PAK))?.owner], [null, ann])
  await objects.settleSeen([{ object: PAK, change: await doubt(), outcome: 'done' }])
  assert.deepEqual([await pendingOf(), (await store.objects.load(PAK))?.owner], [null, bob])
})

test('a change of several objects is settled when all of them are shown alike', async () => {
  const { objects, ann, bob, store } = await house()
  const other = { ...PAK, id: 'q' }
  await objects.create(other, ann, null)
  const change = await objects.begin([move(PAK, ann, bob), move(other, ann, bob)], null, null)
  await objects.finish(change, 'in-doubt', null)
  const seen = (object: ObjectName, outcome: 'done' | 'dropped') => ({ object, change: change.id, outcome })
  await objects.settleSeen([seen(PAK, 'done')])
  await objects.settleSeen([seen(PAK, 'done'), seen(other, 'dropped')])
  assert.notEqual((await store.objects.load(PAK))?.pending, null)
  await objects.settleSeen([seen(PAK, 'done'), seen(other, 'done')])
  for (const each of [PAK, other]) assert.deepEqual((await store.objects.load(each))?.owner, bob)
})

test('who was deleted while the service was asked does not become an owner', async () => {
  const { objects, people, ann, bob } = await house()
  const change = await objects.begin([move(PAK, ann, bob)], null, null)
  await people.remove({ account: 'bob', provider: 'okta' }, 'refuse', null)
  assert.equal(await objects.finish(change, 'done', null), 'in-doubt')
  await assert.rejects(objects.settle(PAK, 'done', null), { code: 'OBJECT_PENDING' })
  await objects.settle(PAK, 'dropped', null)
})

test('a list of an object that nobody knows is kept only if the service takes it', async () => {
  const { objects, ann, store } = await house()
  const fresh = { ...DEVICE, id: 'new' }
  const to = { operators: [ann.operator], groups: [] }
  const change = await objects.begin([{ object: fresh, planned: { kind: 'access-list', to } }], null, null)
  await objects.finish(change, 'dropped', null)
  assert.equal(await store.objects.load(fresh), undefined)
  await objects.finish(
    await objects.begin([{ object: fresh, planned: { kind: 'access-list', to } }], null, null),
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

const parentsOf = (object: ObjectName, ...groups: string[]) => ({
  object,
  parents: groups.map((id) => ({ type: 'device-group', id })),
})
const taken = { object: DEVICE, planned: { kind: 'parents', to: [] } } as const
const GROUP = { service: 'clm', type: 'device-group', id: 'g1' }

test('C-13: taking a device out of a group with a list opens it, and so does the end of the group; the audit says so', async () => {
  const { objects, store, ann } = await house()
  const listed = { operators: [ann.operator], groups: [] }
  const opens = [{ object: DEVICE, opens: true, operators: [], groups: [], listed }]
  assert.deepEqual(await wideningOf(store, [parentsOf(DEVICE)]), opens)
  assert.deepEqual(await wideningOf(store, [parentsOf(DEVICE, 'g2')]), opens)
  assert.deepEqual(await wideningOf(store, [{ object: GROUP, parents: null }]), opens)
  assert.deepEqual(
    await wideningOf(store, [
      { object: GROUP, parents: null },
      { object: DEVICE, parents: null },
    ]),
    [],
  )
  const { widens } = await objects.begin([taken], ann.operator, null)
  assert.equal(widens, 'device:d (open to all)')
  const records = async () => (await store.audit.list({ limit: 100 })).filter(({ event }) => event.includes('widened'))
  assert.deepEqual(await records(), [], 'nothing has changed yet')
})

test('C-13: of each object that a change opens there is a record', async () => {
  const { objects, store, ann } = await house()
  await objects.change([taken], ann.operator)
  const record = (await store.audit.list({ limit: 100 })).find(({ event }) => event === 'object.access-widened')
  const name = { service: 'clm', type: 'device', id: 'd' }
  assert.deepEqual([record?.actor, record?.detail], [ann.operator, { ...name, opens: true, operators: 0, groups: 0 }])
})

test('C-13: groups that are deleted together open what only their lists closed', async () => {
  const { objects, store } = await house()
  const [g1, g2] = ['g1', 'g2'].map((id) => ({ ...GROUP, id }))
  const to = { operators: [], groups: [] }
  await objects.change([{ object: g2 ?? GROUP, planned: { kind: 'access-list', to } }], null)
  await objects.change(
    [{ object: DEVICE, planned: { kind: 'parents', to: parentsOf(DEVICE, 'g1', 'g2').parents } }],
    null,
  )
  const gone = [g1, g2].map((object) => ({ object: object ?? GROUP, parents: null }))
  for (const one of gone) assert.deepEqual(await wideningOf(store, [one]), [])
  assert.equal((await wideningOf(store, gone)).length, 1)
})

test('C-13, C-25: another list above names who is let in, and none is no widening', async () => {
  const { store, objects, ann, bob, acme } = await house()
  const to = { operators: [bob.operator], groups: 'group' in acme ? [acme.group] : [] }
  await objects.change([{ object: { ...GROUP, id: 'g2' }, planned: { kind: 'access-list', to } }], null)
  const [widening] = await wideningOf(store, [parentsOf(DEVICE, 'g1', 'g2')])
  const listed = { operators: [ann.operator], groups: [] }
  assert.deepEqual(widening, { object: DEVICE, opens: false, ...to, listed })
  const member = { id: 'eve', memberships: [{ group: to.groups[0] ?? '' }] }
  assert.equal(widening && letsIn(widening, member), true)
  assert.equal(widening && letsIn(widening, { id: ann.operator, memberships: [] }), false)
  assert.deepEqual(await wideningOf(store, [parentsOf(DEVICE, 'g1')]), [])
})

test('C-25: nobody opens for himself what he is out of; who is in already may, and who is bound by nothing', async () => {
  const { objects, store, ann, bob } = await house()
  const [own, other] = [ann, bob].map(({ operator }) => ({ id: operator, memberships: [] }))
  await assert.rejects(objects.begin([taken], bob.operator, other ?? null), { code: 'ACCESS_WIDENED' })
  assert.equal((await store.objects.load(DEVICE))?.pending, null)
  for (const bound of [own ?? null, null]) {
    await objects.finish(await objects.begin([taken], ann.operator, bound), 'dropped', ann.operator)
  }
})
