import assert from 'node:assert/strict'
import { test } from 'node:test'
import { operationTable } from '../../../src/profiles/operation-table.ts'
import type { Profile } from '../../../src/profiles/profile.ts'
import {
  chosen,
  type RequestFacts,
  selectedObjects,
  settingsOf,
  sourcesNeeded,
  valuesAt,
} from '../../../src/profiles/request-facts.ts'
import { testProfile } from '../../support/profiles.ts'

const profile: Profile = testProfile({
  id: 'a',
  roles: { admin: { description: 'x' } },
  administratorRole: 'admin',
  objectTypes: { device: { description: 'x' }, group: { description: 'x' } },
  settings: { strict: { description: 'x', default: true } },
  operations: {
    list: { description: 'x', resources: [], routes: ['GET /devices'] },
    one: {
      description: 'x',
      resources: [],
      routes: ['GET|PUT /devices/{id}'],
      objects: [{ type: 'device', from: [{ path: 'id' }, { body: '/id' }] }],
    },
    plain: { description: 'x', resources: [], routes: ['POST /configuration'] },
    producer: {
      description: 'x',
      resources: [],
      routes: [{ route: 'POST /configuration', when: [{ body: '', key: ['lfs.syncTo.enabled'] }] }],
    },
    named: {
      description: 'x',
      resources: [],
      routes: [{ route: 'POST /configuration', when: [{ query: 'op', is: ['name', 'rename'] }] }],
    },
    add: {
      description: 'x',
      resources: [],
      routes: ['POST /groups/{group}'],
      objects: [
        { type: 'device', from: [{ body: '/devices/*' }, { body: '/devices/*/id' }], required: false },
        { type: 'group', from: [{ path: 'group' }], when: { setting: 'strict', is: true } },
      ],
    },
  },
})
const table = operationTable(profile)

function asked(
  request: string,
  { query = {}, body, strict = true }: { query?: object; body?: unknown; strict?: boolean } = {},
) {
  const [method = '', path = ''] = request.split(' ')
  const candidates = table.match(method, path)
  const facts: RequestFacts = { query: new Map(Object.entries(query)), body }
  const settings = settingsOf(profile.settings, { strict })
  const candidate = chosen(candidates, facts)
  const selected = candidate && selectedObjects(candidate, facts, settings)
  return {
    operation: candidate?.operation.name,
    objects: selected?.flatMap(({ objects }) => objects.map(({ type, id }) => `${type}:${id}`)),
    needed: sourcesNeeded(candidates, settings),
  }
}

test('the operation is the route whose conditions hold', () => {
  assert.equal(asked('POST /configuration', { body: {} }).operation, 'plain')
  assert.equal(asked('POST /configuration').operation, 'plain')
  assert.equal(asked('POST /configuration', { body: { 'lfs.syncTo.enabled': false } }).operation, 'producer')
  assert.equal(asked('POST /configuration', { query: { op: 'rename' } }).operation, 'named')
  assert.equal(asked('POST /configuration', { query: { op: 'remove' } }).operation, 'plain')
  assert.equal(asked('GET /configuration').operation, undefined)
})

test('query and body are asked for where a route or selector reads them, and nowhere else', () => {
  assert.deepEqual(asked('GET /devices').needed, { query: false, body: false })
  assert.deepEqual(asked('POST /configuration').needed, { query: true, body: true })
  assert.deepEqual(asked('PUT /devices/7').needed, { query: false, body: true })
})

test('objects are read from all the places where they can stand', () => {
  assert.deepEqual(asked('GET /devices/7').objects, ['device:7'])
  assert.deepEqual(asked('PUT /devices/7', { body: { id: 7 } }).objects, ['device:7'])
  assert.deepEqual(asked('PUT /devices/7', { body: { id: '8' } }).objects, ['device:7', 'device:8'])
  const many = { devices: [{ id: 'a' }, { id: 'b' }, { id: 'a' }] }
  assert.equal(asked('POST /groups/g', { body: many }).objects, undefined, 'an object is no id')
  assert.deepEqual(asked('POST /groups/g', { body: { devices: ['a', 'b', 'a'] } }).objects, [
    'device:a',
    'device:b',
    'group:g',
  ])
})

test('a selector counts under its setting alone', () => {
  assert.deepEqual(asked('POST /groups/g', { body: { devices: ['a'] }, strict: false }).objects, ['device:a'])
})

for (const [what, id] of Object.entries({
  'an empty text': '',
  'a fraction': 1.5,
  'a number beyond what is exact': 2 ** 60,
  'a truth value': true,
  null: null,
  'a list': ['a'],
  'a text with a control character': 'a\nb',
  'a text beyond 256 characters': 'x'.repeat(257),
})) {
  test(`objects cannot be determined from ${what}`, () => {
    assert.equal(asked('PUT /devices/7', { body: { id } }).objects, undefined)
  })
}

test('a required object that no place holds cannot be determined', () => {
  const selected = selectedObjects(
    { ...(table.match('GET', '/devices/7')[0] ?? assert.fail()), parameters: new Map() },
    { query: new Map(), body: undefined },
    new Map(),
  )
  assert.equal(selected, undefined)
})

test('a pointer goes through arrays, objects and escapes, and never into what an object inherits', () => {
  assert.deepEqual(valuesAt({ a: [{ b: 1 }, { b: 2 }, {}] }, '/a/*/b'), [1, 2])
  assert.deepEqual(valuesAt({ a: { x: 1, y: 2 } }, '/a/*'), [1, 2])
  assert.deepEqual(valuesAt({ 'a/b': { '~': 3 } }, '/a~1b/~0'), [3])
  assert.deepEqual(valuesAt([[1], [2]], '/1/0'), [2])
  assert.deepEqual(valuesAt({}, '/constructor'), [])
  assert.deepEqual(valuesAt([1], '/length'), [])
  assert.deepEqual(valuesAt('text', '/0'), [])
  assert.deepEqual(valuesAt(undefined, ''), [])
  assert.deepEqual(valuesAt({ a: null }, '/a'), [null])
  assert.deepEqual(valuesAt({ a: [{ b: 1 }], b: 2 }, '/**/b'), [2, 1])
  assert.equal(valuesAt(Array(500_000).fill(0), '/**').length, 500_001)
})

test('settings are the service’s own over the defaults; what is not declared does not exist', () => {
  assert.deepEqual([...settingsOf(profile.settings, { other: 1 })], [['strict', true]])
  assert.deepEqual([...settingsOf(profile.settings, { strict: false })], [['strict', false]])
})
