import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessDifference } from '../../../src/authz/difference.ts'
import { lint } from '../../../src/authz/lint.ts'
import { whatMay, whoMay } from '../../../src/authz/who.ts'
import { type WholeDirectory, type WholeOperator, world } from '../../../src/authz/world.ts'
import { testProfile } from '../../support/profiles.ts'

const lab = testProfile({
  id: 'lab',
  resources: { read: 'r', edit: 'e', erase: 'x' },
  roles: {
    boss: { description: 'b', allow: ['read', 'edit', 'erase'] },
    reader: { description: 'r', allow: ['read'] },
  },
  administratorRole: 'boss',
  objectTypes: { box: { description: 'b', rule: 'open-unless-listed', parentTypes: ['box'] } },
  operations: {
    read: { description: 'r', reads: true, objects: [{ type: 'box', from: [{ query: 'box' }] }] },
    edit: { description: 'e', objects: [{ type: 'box', from: [{ query: 'box' }] }] },
  },
})

function operator(account: string, roles: readonly string[], over: Partial<WholeOperator> = {}): WholeOperator {
  const grants = roles.map((role) => ({ role, service: null, scope: null, expiresAt: null }))
  return {
    id: `id-${account}`,
    account,
    provider: 'local',
    enabled: true,
    grants,
    permissions: [],
    memberships: [],
    ...over,
  }
}

function box(id: string, listed: readonly string[] | null, parents: readonly string[] = []) {
  const accessList = listed === null ? null : { operators: listed.map((account) => `id-${account}`), groups: [] }
  return {
    service: 'one',
    type: 'box',
    id,
    owner: null,
    accessList,
    parents: parents.map((parent) => ({ type: 'box', id: parent })),
  }
}

function directory(over: Partial<WholeDirectory> = {}): WholeDirectory {
  return { operators: [], roles: [], groups: [], objects: [], ...over }
}

const services = [{ id: 'one', profile: 'lab', authorization: 'on' as const }]
const worldOf = (whole: WholeDirectory) =>
  world({ services, profiles: new Map([['lab', lab]]), directory: whole, now: 1000 })

test('an expired grant is none, whoever holds it, and a disabled operator is nobody', () => {
  const over = (at: number) => [{ role: 'lab:reader', service: null, scope: null, expiresAt: at }]
  const made = worldOf(
    directory({
      operators: [
        operator('ann', [], { grants: over(1000) }),
        operator('bob', [], { grants: over(1001) }),
        operator('out', ['lab:boss'], { enabled: false }),
      ],
    }),
  )
  const { items } = whoMay(made, { service: 'one', name: 'read' }, null, { limit: 10 })
  assert.deepEqual(
    items.map(({ account }) => account),
    ['bob'],
  )
  assert.equal(made.current('id-out'), null)
})

test('G-2: pages hold what was asked for, and lead to all of it', () => {
  const people = Array.from({ length: 25 }, (_, each) => operator(`p${each}`, each % 2 === 0 ? ['lab:reader'] : []))
  const made = worldOf(directory({ operators: people }))
  const found: string[] = []
  let after: string | null = null
  do {
    const page = whoMay(made, { service: 'one', name: 'read' }, null, { limit: 4, after })
    assert.ok(page.items.length <= 4)
    found.push(...page.items.map(({ account }) => account))
    after = page.next
  } while (after !== null)
  assert.deepEqual(
    found,
    people.filter((_, each) => each % 2 === 0).map(({ account }) => account),
  )
  assert.deepEqual(whoMay(made, { service: 'one', name: 'read' }, null, { limit: 4, after: 'nonsense' }).items, [])
  const ann = operator('ann', ['lab:reader'])
  assert.deepEqual(
    whatMay(worldOf(directory({ operators: [ann] })), ann, { service: null }, { limit: 10 }).items.map(
      (each) => each.operation,
    ),
    ['read'],
  )
})

test('a list on what stands above an object counts for it', () => {
  const ann = operator('ann', ['lab:reader'])
  const made = worldOf(
    directory({ operators: [ann], objects: [box('in', null, ['mid']), box('mid', null, ['top']), box('top', [])] }),
  )
  const readable = (id: string) =>
    whoMay(made, { service: 'one', name: 'read' }, made.facts('one', { type: 'box', id }), { limit: 1 }).items.length
  assert.deepEqual([readable('in'), readable('top'), readable('unheard')], [0, 0, 1])
})

test('a dry run tells who gains and who loses which operation, in principle and by objects', () => {
  const objects = [
    box('a', null),
    box('b', ['bob']),
    ...Array.from({ length: 150 }, (_, each) => box(`c${each}`, null)),
  ]
  const before = directory({
    operators: [operator('ann', ['lab:reader']), operator('bob', ['lab:boss']), operator('zoe', [])],
    objects,
  })
  const after = directory({
    operators: [operator('ann', ['lab:boss']), operator('bob', ['lab:boss'])],
    objects: objects.map((each) => (each.id === 'a' ? box('a', ['ann']) : each)),
  })
  const { changes, complete } = accessDifference(worldOf(before), worldOf(after))
  assert.equal(complete, true)
  const of = (account: string, operation: string) =>
    changes.find((each) => each.account === account && each.operation === operation)
  assert.deepEqual(of('ann', 'edit')?.inPrinciple, { before: 'deny', after: 'allow' })
  assert.equal(of('ann', 'edit')?.gains.count, 151)
  assert.equal(of('ann', 'edit')?.gains.first.length, 100)
  assert.deepEqual(of('ann', 'read'), undefined)
  assert.deepEqual(of('bob', 'edit'), {
    account: 'bob',
    provider: 'local',
    service: 'one',
    operation: 'edit',
    inPrinciple: null,
    gains: { count: 0, first: [] },
    loses: { count: 1, first: ['box:a'] },
  })
  assert.equal(of('zoe', 'read'), undefined)
  assert.deepEqual(accessDifference(worldOf(before), worldOf(before)), { changes: [], complete: true })
  assert.equal(accessDifference(worldOf(before), worldOf(after), { most: 20 }).complete, false)
})

test('a dry run sees what the move of a group changes', () => {
  const portal = testProfile({
    id: 'lab',
    resources: { see: 's' },
    roles: { boss: { description: 'b', allow: ['see'] } },
    administratorRole: 'boss',
    objectTypes: { ticket: { description: 't', rule: 'reach' } },
    operations: {
      see: { description: 's', objects: [{ type: 'ticket', from: [{ query: 't' }], reach: [{ right: 'admin' }] }] },
    },
  })
  const group = (id: string, parent: string | null) => ({ id, parent, name: id, roles: [] })
  const rights = [{ right: 'admin' }]
  const whole = (parent: string | null) =>
    directory({
      operators: [operator('ann', ['lab:boss'], { memberships: [{ group: 'top', rights }] })],
      groups: [group('top', null), group('low', parent)],
      objects: [{ service: 'one', type: 'ticket', id: 'T', owner: { group: 'low' }, accessList: null, parents: [] }],
    })
  const [before, after] = [null, 'top'].map((parent) =>
    world({ services, profiles: new Map([['lab', portal]]), directory: whole(parent), now: 0 }),
  )
  assert.ok(before !== undefined && after !== undefined)
  const { changes } = accessDifference(before, after)
  assert.deepEqual(
    changes.map(({ account, gains }) => [account, gains]),
    [['ann', { count: 1, first: ['ticket:T'] }]],
  )
})

test('O-23: lint finds operators in conflict, unreachable roles, near twins and permissions that decide nothing', () => {
  const role = (name: string, permissions: Record<string, 'allow' | 'deny'>, parents: readonly string[] = []) => ({
    name,
    parents,
    scope: null,
    permissions: Object.entries(permissions).map(([resource, effect]) => ({ resource: `lab:${resource}`, effect })),
  })
  const whole = directory({
    operators: [operator('ann', ['one', 'two']), operator('bob', ['child'])],
    roles: [
      role('one', { read: 'allow', edit: 'allow' }),
      role('two', { read: 'allow', edit: 'deny' }),
      role('child', { read: 'allow' }, ['parent']),
      role('parent', { read: 'deny', erase: 'allow' }),
      role('lonely', { erase: 'deny', read: 'deny', edit: 'deny' }),
    ],
  })
  assert.deepEqual(lint(worldOf(whole), whole), [
    { kind: 'conflict', account: 'ann', provider: 'local', service: 'one', resources: ['edit'] },
    { kind: 'unreachable-role', role: 'lonely' },
    { kind: 'near-twins', roles: ['one', 'two'], resource: 'lab:edit' },
    { kind: 'near-twins', roles: ['child', 'parent'], resource: 'lab:read' },
    { kind: 'unused-permission', role: 'parent', resource: 'lab:read' },
  ])
})
