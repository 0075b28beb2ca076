import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkProfile } from '../../../src/profiles/load.ts'

const selling = (body: string) => ({ right: 'sell', products: { body } })
const READ = { description: 'Reads.', resources: ['read'], reads: true }

/** Problems of a small profile with these parts in place of its own. */
function problemsOf(changes: Record<string, unknown>): readonly string[] {
  const content = {
    id: 'a',
    title: 'A',
    description: 'A.',
    resources: { read: 'Read.', 'server_*': { class: 'server', description: 'A server.' } },
    roles: { admin: { description: 'All.', allow: ['read', 'server_*'] } },
    administratorRole: 'admin',
    objectTypes: { device: { description: 'A device.' } },
    fields: { pakId: ['pak_id'] },
    settings: { strict: { description: 'Strict.', default: true } },
    operations: { read: READ },
    ...changes,
  }
  const result = checkProfile('a.yaml', () => content)
  return result.ok ? [] : result.error
}

test('a profile whose names lead somewhere has no problem', () => {
  assert.deepEqual(problemsOf({}), [])
})

const REFUSED: Readonly<Record<string, readonly [changes: Record<string, unknown>, problem: string]>> = {
  'a resource that a role allows': [
    { roles: { admin: { description: 'x', allow: ['raed'] } } },
    'roles.admin: there is no resource raed',
  ],
  'two statements of a role about one resource': [
    { roles: { admin: { description: 'x', allow: ['read'], deny: ['read'] } } },
    'roles.admin: says two things about read',
  ],
  'a parent': [
    { roles: { admin: { description: 'x', parents: ['ghost'] } } },
    'roles.admin.parents: there is no role ghost',
  ],
  'parents that go in a circle': [
    { roles: { admin: { description: 'x', parents: ['b'] }, b: { description: 'x', parents: ['admin'] } } },
    'roles.admin.parents: go in a circle (admin → b → admin)',
  ],
  'the resource of an operation': [
    { operations: { write: { description: 'Writes.' } } },
    'operations.write.resources: there is no resource write',
  ],
  'an alias that is another operation': [
    { operations: { read: READ, look: { ...READ, aliases: ['read'] } } },
    'operations: two have the name or alias read',
  ],
  'a batch whose objects stand in no list': [
    { operations: { read: { ...READ, bulk: 'perItem', objects: [{ type: 'device', from: [{ body: '/device' }] }] } } },
    'operations.read.bulk: perItem needs a selector of a list, such as { body: /devices/* }',
  ],
  'a role that a request gives': [
    { operations: { read: { ...READ, gives: { role: { body: '/role' }, names: { Boss: 'boss' } } } } },
    'operations.read.gives: there is no role boss',
  ],
  'an object type': [
    { operations: { read: { ...READ, objects: [{ type: 'pak', from: [{ query: 'id' }] }] } } },
    'operations.read.objects[0]: there is no object type pak',
  ],
  'a name of the path': [
    {
      operations: { read: { ...READ, routes: ['GET /d/{id}'], objects: [{ type: 'device', from: [{ path: 'di' }] }] } },
    },
    'operations.read.objects[0].from: no route has {di} in its path',
  ],
  'the field of a mask': [
    { operations: { read: { ...READ, obligations: [{ mask: 'pak' }] } } },
    'operations.read.obligations[0]: there is no field pak',
  ],
  'the id of items that are filtered': [
    { operations: { read: { ...READ, obligations: [{ filterItems: 'device' }] } } },
    'operations.read.response.ids: must name the field that holds the id of a device',
  ],
  'the rule by which items are filtered': [
    {
      objectTypes: { device: { description: 'x', rule: 'owner-and-listed' } },
      operations: {
        read: { ...READ, obligations: [{ filterItems: 'device' }], response: { ids: { device: 'id' } } },
      },
    },
    'operations.read.objects: needs a selector of the type device without when, by whose rule its items are judged',
  ],
  'a setting': [
    { operations: { read: { ...READ, access: 'public', accessWhen: { setting: 'anonymous', is: true } } } },
    'operations.read.accessWhen: there is no setting anonymous',
  ],
  'a setting that is never so': [
    { operations: { read: { ...READ, access: 'public', accessWhen: { setting: 'strict', is: 'yes' } } } },
    'operations.read.accessWhen: the setting strict is never yes',
  ],
  'the selector of a change': [
    { operations: { read: { ...READ, changes: [{ delete: 0 }] } } },
    'operations.read.changes[0]: the operation has no object selector 0',
  ],
  'the way to reach an object': [
    {
      objectTypes: { device: { description: 'x', rule: 'reach' } },
      operations: { read: { ...READ, objects: [{ type: 'device', from: [{ query: 'id' }] }] } },
    },
    'operations.read.objects[0].reach: objects of the type device need at least one way',
  ],
  'products that stand in two places': [
    {
      operations: {
        read: {
          ...READ,
          objects: [{ type: 'device', from: [{ query: 'id' }], reach: [selling('/a'), selling('/b')] }],
        },
      },
    },
    'operations.read.objects.reach.products: must be the same place in every way of an operation',
  ],
  'the family of a resource rule': [
    { objectTypes: { server: { description: 'x', rule: 'resource', resource: 'read' } } },
    'objectTypes.server.resource: the rule resource needs a family of resources, such as server_*',
  ],
  'the front door': [{ frontDoor: 'tab' }, 'frontDoor: there is no resource tab'],
  'the default of a setting': [
    { settings: { strict: { description: 'x', default: 'a', values: ['b'] } } },
    'settings.strict.default: is none of its values',
  ],
}

for (const [what, [changes, problem]] of Object.entries(REFUSED)) {
  test(`a profile is refused by name for ${what}`, () => {
    assert.deepEqual(problemsOf(changes), [`a.yaml: ${problem}`])
  })
}

for (const [what, route] of Object.entries({
  'a path without its first slash': 'GET devices',
  'a method in lower case': 'get /devices',
  'a name twice': 'GET /{id}/{id}',
  'a query in the path': 'GET /devices?x=1',
  'the rest before the end': 'GET /{rest...}/x',
  'three words': 'GET /a /b',
  'an empty segment': 'GET /a//b',
})) {
  test(`a route is refused for ${what}`, () => {
    const [problem, ...others] = problemsOf({ operations: { read: { ...READ, routes: [route] } } })
    assert.ok(problem?.startsWith(`a.yaml: operations.read.routes.0: ${route}: `), problem)
    assert.deepEqual(others, [])
  })
}

for (const [what, when] of Object.entries({
  'no test': { query: 'op' },
  'two tests': { query: 'op', present: true, is: 'x' },
  'two places': { query: 'op', body: '/op', is: 'x' },
  'a pointer that is none': { body: 'op', is: 'x' },
})) {
  test(`a condition of a route is refused for ${what}`, () => {
    const problems = problemsOf({ operations: { read: { ...READ, routes: [{ route: 'GET /a', when: [when] }] } } })
    assert.ok(problems.length > 0 && problems.every((each) => each.startsWith('a.yaml: operations.read.routes.0')))
  })
}
