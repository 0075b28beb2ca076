/** What every store holds to for objects: owner, access list, parents and pending changes. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import type { DirectoryObject, ObjectName, Owner, PendingChange } from '../../src/store/directory-ports.ts'
import type { Store } from '../../src/store/ports.ts'
import { AWKWARD_NAMES, at, group, newOperator, type OpenStore, withCode } from './samples.ts'

const DEVICE: ObjectName = { service: 'clm', type: 'device', id: 'dev-7' }
const ANN: Owner = { operator: 'ann' }
const EMEA: Owner = { group: 'emea' }
const BARE = { owner: null, accessList: null, parents: [] }

export function objectsContract(open: OpenStore): void {
  const opened = async (t: Parameters<OpenStore>[0]) => {
    const store = await open(t)
    for (const id of ['ann', 'bob']) await store.operators.create(newOperator({ id }))
    for (const id of ['emea', 'asia']) await store.groups.create(group({ id }))
    return store
  }
  describe('objects', () => {
    rowTests(opened)
    ownerTests(opened)
    vanishingTests(opened)
    pendingTests(opened)
    readingTests(opened)
  })
}

function rowTests(open: OpenStore): void {
  test('an object is loaded as it was created, its entries in order and each once', async (t) => {
    const { objects } = await open(t)
    const accessList = { operators: ['bob', 'ann', 'bob'], groups: ['emea', 'asia'] }
    const parents = [parent('b'), parent('a'), parent('b')]
    assert.equal(await objects.create([{ ...DEVICE, owner: ANN, accessList, parents }]), 1)
    assert.deepEqual(await objects.load(DEVICE), {
      ...DEVICE,
      owner: ANN,
      accessList: { operators: ['ann', 'bob'], groups: ['asia', 'emea'] },
      parents: [parent('a'), parent('b')],
      pending: null,
    })
  })

  test('no list and an empty list are two things', async (t) => {
    const { objects } = await open(t)
    await objects.create([{ ...DEVICE, ...BARE }])
    assert.equal((await objects.load(DEVICE))?.accessList, null)
    assert.equal(await objects.setAccessList(DEVICE, { operators: [], groups: [] }), true)
    assert.deepEqual((await objects.load(DEVICE))?.accessList, { operators: [], groups: [] })
    assert.equal(await objects.setAccessList(DEVICE, null), true)
    assert.equal((await objects.load(DEVICE))?.accessList, null)
  })

  test('an object that is there is not created again, one that is not there cannot be changed', async (t) => {
    const { objects } = await open(t)
    await objects.create([{ ...DEVICE, ...BARE, owner: ANN }])
    assert.equal(await objects.create([{ ...DEVICE, ...BARE, owner: EMEA }]), 0)
    assert.deepEqual((await objects.load(DEVICE))?.owner, ANN)
    const nowhere = { ...DEVICE, service: 'CLM' }
    assert.equal(await objects.load(nowhere), undefined)
    assert.equal(await objects.setOwner(nowhere, { from: null, to: ANN }), false)
    assert.equal(await objects.setAccessList(nowhere, null), false)
    assert.equal(await objects.setParents(nowhere, []), false)
    assert.equal(await objects.delete(nowhere), false)
    assert.equal(await objects.begin(nowhere, pending()), false)
  })

  test('services, types and ids compare exactly', async (t) => {
    const { objects } = await open(t)
    for (const id of AWKWARD_NAMES) {
      for (const name of [
        { ...DEVICE, id },
        { ...DEVICE, type: id },
        { ...DEVICE, service: id },
      ]) {
        assert.equal(await objects.create([{ ...name, ...BARE, parents: [{ type: id, id }] }]), 1, JSON.stringify(name))
      }
    }
    for (const id of AWKWARD_NAMES) {
      const [one] = await objects.family(DEVICE.service, DEVICE.type, [id])
      assert.deepEqual([one?.id, one?.parents], [id, [{ type: id, id }]])
      assert.equal((await objects.load({ ...DEVICE, type: id }))?.type, id)
    }
  })

  test('parents are replaced as a whole', async (t) => {
    const { objects } = await open(t)
    await objects.create([{ ...DEVICE, ...BARE, parents: [parent('a'), parent('b')] }])
    assert.equal(await objects.setParents(DEVICE, [parent('c')]), true)
    assert.deepEqual((await objects.load(DEVICE))?.parents, [parent('c')])
  })
}

function ownerTests(open: OpenStore): void {
  test('W-6, W-8: of 50 parallel moves from the same owner exactly one wins', async (t) => {
    const { objects, groups } = await open(t)
    await objects.create([{ ...DEVICE, ...BARE, owner: ANN }])
    const heirs = Array.from({ length: 50 }, (_, index) => `heir-${index}`)
    for (const id of heirs) await groups.create(group({ id }))
    const moves = heirs.map((id) => objects.setOwner(DEVICE, { from: ANN, to: { group: id } }))
    const won = (await Promise.all(moves)).flatMap((moved, index) => (moved ? [heirs[index]] : []))
    assert.equal(won.length, 1)
    assert.deepEqual((await objects.load(DEVICE))?.owner, { group: won[0] })
  })

  test('W-8: a move is made from the very owner only: operator, group or nobody', async (t) => {
    const { objects, groups } = await open(t)
    await groups.create(group({ id: 'ann' }))
    await objects.create([{ ...DEVICE, ...BARE, owner: ANN }])
    for (const from of [null, { group: 'ann' }, { operator: 'Ann' }, EMEA]) {
      assert.equal(await objects.setOwner(DEVICE, { from, to: EMEA }), false)
    }
    assert.equal(await objects.setOwner(DEVICE, { from: ANN, to: EMEA }), true)
    assert.equal(await objects.setOwner(DEVICE, { from: EMEA, to: null }), true)
    assert.equal(await objects.setOwner(DEVICE, { from: null, to: ANN }), true)
    assert.deepEqual((await objects.load(DEVICE))?.owner, ANN)
  })

  test('an owner or an entry that is not there is an INTERNAL fault and changes nothing', async (t) => {
    const { objects } = await open(t)
    await objects.create([{ ...DEVICE, ...BARE }])
    const ghosts = { operators: ['ghost'], groups: [] }
    const fault = withCode('INTERNAL')
    await assert.rejects(objects.setOwner(DEVICE, { from: null, to: { group: 'ghost' } }), fault)
    await assert.rejects(objects.setAccessList(DEVICE, ghosts), fault)
    await assert.rejects(objects.create([{ ...DEVICE, id: 'x', ...BARE, owner: { operator: 'ghost' } }]), fault)
    await assert.rejects(objects.create([{ ...DEVICE, id: 'x', ...BARE, accessList: ghosts }]), fault)
    assert.deepEqual(await objects.load(DEVICE), { ...DEVICE, ...BARE, pending: null })
    assert.equal(await objects.load({ ...DEVICE, id: 'x' }), undefined)
  })
}

function vanishingTests(open: OpenStore): void {
  test('G-13, C-10: entries go with the operator or group they name, and the emptied list stays closed', async (t) => {
    const { objects, operators, groups } = await open(t)
    await objects.create([{ ...DEVICE, ...BARE, accessList: { operators: ['ann'], groups: ['emea'] } }])
    assert.equal(await operators.delete('ann'), true)
    assert.equal(await groups.delete('emea'), true)
    const empty = { operators: [], groups: [] }
    assert.deepEqual((await objects.load(DEVICE))?.accessList, empty)
    await operators.create(newOperator({ id: 'new', account: 'ann' }))
    await groups.create(group({ id: 'new', name: 'emea' }))
    assert.deepEqual((await objects.load(DEVICE))?.accessList, empty)
  })

  test('W-9: whoever owns something cannot be deleted', async (t) => {
    const { objects, operators, groups } = await open(t)
    await objects.create([{ ...DEVICE, ...BARE, owner: ANN }])
    await objects.create([{ ...DEVICE, id: 'other', ...BARE, owner: EMEA }])
    await assert.rejects(operators.delete('ann'), withCode('INTERNAL'))
    await assert.rejects(groups.delete('emea'), withCode('INTERNAL'))
    assert.equal((await operators.load('ann'))?.id, 'ann')
    assert.equal((await groups.load('emea'))?.id, 'emea')
  })

  test('G-13: a deleted object leaves nothing to one of the same name, neither above nor below', async (t) => {
    const { objects } = await open(t)
    const core = { service: 'clm', type: 'device-group', id: 'core' }
    await objects.create([{ ...core, ...BARE, owner: ANN, accessList: { operators: ['ann'], groups: [] } }])
    await objects.create([{ ...DEVICE, ...BARE, parents: [{ type: 'device-group', id: 'core' }, parent('b')] }])
    assert.equal(await objects.delete(core), true)
    assert.deepEqual((await objects.load(DEVICE))?.parents, [parent('b')])
    await objects.create([{ ...core, ...BARE }])
    assert.deepEqual(await objects.load(core), { ...core, ...BARE, pending: null })
    assert.deepEqual(await objects.list({ parent: core, limit: 10 }), [])
  })
}

function pendingTests(open: OpenStore): void {
  test('of 50 parallel pending changes exactly one locks the object', async (t) => {
    const { objects } = await open(t)
    await objects.create([{ ...DEVICE, ...BARE }])
    const ids = Array.from({ length: 50 }, (_, index) => `pending-${index}`)
    const begun = await Promise.all(ids.map((id) => objects.begin(DEVICE, pending({ id }))))
    assert.equal(begun.filter(Boolean).length, 1)
    assert.deepEqual((await objects.load(DEVICE))?.pending, pending({ id: ids[begun.indexOf(true)] ?? '' }))
  })

  test('while a change is pending nothing of the object changes', async (t) => {
    const { objects } = await open(t)
    const object = { ...DEVICE, owner: ANN, accessList: { operators: ['bob'], groups: [] }, parents: [parent('a')] }
    await objects.create([object])
    await objects.begin(DEVICE, pending())
    assert.equal(await objects.setOwner(DEVICE, { from: ANN, to: EMEA }), false)
    assert.equal(await objects.setAccessList(DEVICE, null), false)
    assert.equal(await objects.setParents(DEVICE, []), false)
    assert.equal(await objects.delete(DEVICE), false)
    assert.deepEqual(await objects.load(DEVICE), { ...object, pending: pending() })
  })

  test('it is extended and released by its own id alone, and every kind of plan is kept', async (t) => {
    const { objects } = await open(t)
    await objects.create([{ ...DEVICE, ...BARE }])
    const plans: readonly PendingChange['planned'][] = [
      { kind: 'owner', from: null, to: EMEA },
      { kind: 'access-list', to: { operators: ['ann'], groups: [] } },
      { kind: 'access-list', to: null },
      { kind: 'parents', to: [parent('a')] },
      { kind: 'delete' },
    ]
    for (const planned of plans) {
      assert.equal(await objects.begin(DEVICE, pending({ planned, by: 'ann' })), true)
      assert.equal(await objects.extend(DEVICE, 'other', at(1)), false)
      assert.equal(await objects.release(DEVICE, 'other'), false)
      assert.equal(await objects.extend(DEVICE, 'pending-1', at(1)), true)
      const expected = pending({ planned, by: 'ann', until: at(1) })
      assert.deepEqual((await objects.load(DEVICE))?.pending, expected)
      assert.deepEqual(
        (await objects.list({ pending: true, limit: 10 })).map((object) => object.pending),
        [expected],
      )
      assert.equal(await objects.release(DEVICE, 'pending-1'), true)
      assert.equal(await objects.release(DEVICE, 'pending-1'), false)
    }
    assert.equal((await objects.load(DEVICE))?.pending, null)
  })
}

function readingTests(open: OpenStore): void {
  test('a family is the named objects that are stored and all above them, each once, circles too', async (t) => {
    const { objects, groups } = await open(t)
    await groups.putMember('ann', { group: 'emea', rights: [], source: 'local' })
    const make = (id: string, parents: readonly string[], owner: Owner | null = null) =>
      objects.create([{ ...DEVICE, id, owner, accessList: null, parents: parents.map(device) }])
    await make('a', ['b', 'c'], ANN)
    await make('b', ['d'])
    await make('c', ['d', 'gone'])
    await make('d', ['a'], EMEA)
    await make('e', [])
    await objects.create([{ ...DEVICE, service: 'other', ...BARE, id: 'a', parents: [device('e')] }])
    const family = await objects.family('clm', 'device', ['a', 'ghost', 'a'])
    assert.deepEqual(
      family.map(({ id, ownerGroups }) => [id, ownerGroups]),
      [
        ['a', ['emea']],
        ['b', []],
        ['c', []],
        ['d', []],
      ],
    )
    assert.deepEqual(await objects.family('clm', 'device', []), [])
  })

  test('10,000 objects are read in one go, with what stands above them', async (t) => {
    const store = await open(t)
    const ids = Array.from({ length: 10_000 }, (_, index) => `dev-${index}`)
    await store.transaction(async ({ objects }) => {
      await objects.create([{ ...DEVICE, type: 'device-group', ...BARE, id: 'core' }])
      const core = { type: 'device-group', id: 'core' }
      const all = ids.map((id) => ({ ...DEVICE, ...BARE, id, owner: ANN, parents: [core] }))
      assert.equal(await objects.create(all), 10_000)
    })
    const family = await store.objects.family('clm', 'device', [...ids, 'ghost'])
    assert.equal(family.length, 10_001)
    assert.ok(family.filter(({ type }) => type === 'device').every(({ parents }) => parents.length === 1))
  })

  test('the list pages in order of (service, type, id) by bytes, and narrows to owner and parent', async (t) => {
    const { objects } = await open(t)
    const core = { service: 'clm', type: 'device-group', id: 'core' }
    const names = ['\u{1f600}', '\uff21', 'b', 'a', 'B', ''].flatMap((id) =>
      ['s', 'r'].map((service) => ({ service, type: 't', id })),
    )
    for (const name of names) await objects.create([{ ...name, ...BARE, owner: name.id === 'a' ? ANN : EMEA }])
    await objects.create([{ ...DEVICE, ...BARE, parents: [{ type: 'device-group', id: 'core' }] }])
    const order = ['', 'B', 'a', 'b', '\uff21', '\u{1f600}']
    const expected = ['clm/dev-7', ...['r', 's'].flatMap((service) => order.map((id) => `${service}/${id}`))]
    for (const limit of [1, 5, 100]) assert.deepEqual(await allNames(objects, { limit }), expected)
    assert.deepEqual(await allNames(objects, { owner: ANN, limit: 1 }), ['r/a', 's/a'])
    assert.deepEqual(await allNames(objects, { parent: core, limit: 1 }), ['clm/dev-7'])
    assert.deepEqual(await allNames(objects, { pending: true, limit: 1 }), [])
  })
}

function parent(id: string) {
  return { type: 'device-group', id }
}

function device(id: string) {
  return { type: 'device', id }
}

function pending(fields: Partial<PendingChange> = {}): PendingChange {
  const planned = { kind: 'owner', from: null, to: ANN } as const
  return { id: 'pending-1', by: null, since: at(0), until: at(60), planned, ...fields }
}

async function allNames(
  objects: Store['objects'],
  query: Parameters<Store['objects']['list']>[0],
): Promise<readonly string[]> {
  const names: string[] = []
  let page: readonly DirectoryObject[] = await objects.list(query)
  while (page.length > 0) {
    assert.ok(page.length <= query.limit)
    names.push(...page.map(({ service, id }) => `${service}/${id}`))
    const last = page.at(-1)
    page = last === undefined ? [] : await objects.list({ ...query, after: last })
  }
  return names
}
