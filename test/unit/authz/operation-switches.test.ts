import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide } from '../../../src/authz/decide.ts'
import type { ObjectFacts } from '../../../src/authz/model.ts'
import { compileSnapshot } from '../../../src/authz/snapshot.ts'
import { testProfile } from '../../support/profiles.ts'

const profile = testProfile({
  id: 'a',
  resources: { use: 'Use.' },
  roles: { user: { description: 'x', allow: ['use'] } },
  administratorRole: 'user',
  settings: { partitions: { description: 'x', default: false } },
  objectTypes: {
    pak: { description: 'x', rule: 'owner-and-listed' },
    group: { description: 'x', rule: 'reach' },
  },
  operations: {
    reserve: { description: 'x', resources: ['use'], deniedWhen: { setting: 'partitions', is: true } },
    readPak: { description: 'x', resources: ['use'], reads: true, objects: [{ type: 'pak', from: [{ query: 'p' }] }] },
    listPak: {
      description: 'x',
      resources: ['use'],
      objects: [{ type: 'pak', from: [{ query: 'p' }], ownerOnly: true }],
    },
    look: {
      description: 'x',
      resources: ['use'],
      reads: true,
      objects: [{ type: 'group', from: [{ query: 'g' }], reach: ['anyone'] }],
    },
    change: {
      description: 'x',
      resources: ['use'],
      objects: [{ type: 'group', from: [{ query: 'g' }], reach: ['self'] }],
    },
    remove: {
      description: 'x',
      resources: ['use'],
      objects: [{ type: 'group', from: [{ query: 'g' }], reach: ['anyone'], notSelf: true }],
    },
  },
})

function asked(
  name: string,
  { settings = {}, object }: { settings?: Record<string, unknown>; object?: ObjectFacts } = {},
) {
  const snapshot = compileSnapshot({
    services: [{ id: 's', profile: 'a', authorization: 'on', settings }],
    profiles: new Map([['a', profile]]),
    revision: 1,
  })
  const ann = { id: 'ann', grants: [{ role: 'a:user', service: null }] }
  const { effect, rule, hidden } = decide(snapshot, ann, { service: 's', name }, object ?? null)
  return `${effect} ${rule}${hidden ? ' hidden' : ''}`
}

const nobodys = (type: string): ObjectFacts => ({
  type,
  id: '1',
  owner: { operator: 'bob' },
  ownerGroups: [],
  accessList: null,
  ancestors: [],
})

test('F-10: under a setting of the service nobody may do it, and it is no secret', () => {
  assert.equal(asked('reserve'), 'allow statement')
  assert.equal(asked('reserve', { settings: { partitions: true } }), 'deny setting')
})

test('C-6: where only the owner counts, being listed is not enough, and what is shown is no secret', () => {
  const listed = { ...nobodys('pak'), accessList: { operators: ['ann'], groups: [] } }
  assert.equal(asked('readPak', { object: listed }), 'allow access-list')
  assert.equal(asked('listPak', { object: listed }), 'deny owner')
  assert.equal(asked('listPak', { object: nobodys('pak') }), 'deny owner hidden')
  assert.equal(asked('listPak', { object: { ...listed, owner: { operator: 'ann' } } }), 'allow owner')
})

test('F-21: what anyone may look at is refused in the open to who may not change it', () => {
  assert.equal(asked('look', { object: nobodys('group') }), 'allow statement')
  assert.equal(asked('change', { object: nobodys('group') }), 'deny owner')
})

test('W-4: an operation that nobody does to himself is denied to the owner, and to him alone', () => {
  const own = { ...nobodys('group'), owner: { operator: 'ann' } }
  assert.equal(asked('remove', { object: own }), 'deny owner')
  assert.equal(asked('remove', { object: nobodys('group') }), 'allow statement')
  assert.equal(asked('remove', { object: { ...own, owner: { group: 'ann' } } }), 'allow statement')
})
