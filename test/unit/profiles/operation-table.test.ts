import assert from 'node:assert/strict'
import { test } from 'node:test'
import { operationTable } from '../../../src/profiles/operation-table.ts'
import { testProfile } from '../../support/profiles.ts'

interface Parts {
  readonly routes: Readonly<Record<string, readonly unknown[]>>
  readonly bases?: readonly string[]
  readonly paths?: Readonly<Record<string, boolean>>
}

function table({ routes, ...rest }: Parts) {
  const operation = (each: readonly unknown[]) => ({ description: 'x', resources: [], routes: each })
  return operationTable(
    testProfile({
      id: 'a',
      roles: { admin: { description: 'x' } },
      administratorRole: 'admin',
      operations: Object.fromEntries(Object.entries(routes).map(([name, each]) => [name, operation(each)])),
      ...rest,
    }),
  )
}

/** Names of the operations that fit, with their parameters. */
function matched(parts: Parts, request: string): readonly string[] {
  const [method = '', path = ''] = request.split(' ')
  return table(parts)
    .match(method, path)
    .map(({ operation, parameters }) => [operation.name, ...[...parameters].map((each) => each.join('='))].join(' '))
}

const DEVICES: Parts = {
  routes: {
    list: ['GET /devices'],
    special: ['GET /devices/special'],
    one: ['GET /devices/{id}'],
    change: ['PUT|PATCH /devices/{id}'],
    other: ['* /devices/{rest...}'],
    page: ['GET /'],
  },
}

const FOUND: readonly [request: string, operations: readonly string[]][] = [
  ['GET /devices', ['list']],
  ['HEAD /devices', ['list']],
  ['GET /devices/special', ['special', 'one id=special', 'other rest=special']],
  ['GET /devices/7', ['one id=7', 'other rest=7']],
  ['PATCH /devices/7', ['change id=7', 'other rest=7']],
  ['DELETE /devices/7', ['other rest=7']],
  ['WEBSOCKET /devices/7', ['other rest=7']],
  ['GET /devices/7/ports/1', ['other rest=7/ports/1']],
  ['GET /devices/', ['other rest=']],
  ['GET /', ['page']],
  ['GET /Devices', []],
  ['POST /devices', []],
  ['GET /device', []],
  ['WEBSOCKET /devices', []],
]

for (const [request, operations] of FOUND) {
  test(`${request} is ${operations.join(', then ') || 'no operation'}`, () => {
    assert.deepEqual(matched(DEVICES, request), operations)
  })
}

test('G-6: a base stands before each route, and a parameter of a base is one of the route', () => {
  const parts = { routes: { features: ['GET /features'] }, bases: ['/api/1.0/instances/{instance}', '/api/1.0'] }
  assert.deepEqual(matched(parts, 'GET /api/1.0/instances/~/features'), ['features instance=~'])
  assert.deepEqual(matched(parts, 'GET /api/1.0/features'), ['features'])
  assert.deepEqual(matched(parts, 'GET /features'), [])
})

test('G-6: case and a trailing slash make no difference where the profile says so, and ids keep their case', () => {
  const paths = { ignoreCase: true, ignoreTrailingSlash: true }
  const parts = { routes: { one: ['GET /Devices/{id}'] }, paths }
  assert.deepEqual(matched(parts, 'GET /dEVICES/Ab/'), ['one id=Ab'])
})

test('a route with more conditions goes before one with fewer', () => {
  const plain = ['POST /configuration']
  const producer = [{ route: 'POST /configuration', when: [{ body: '', key: ['lfs.syncTo.enabled'] }] }]
  assert.deepEqual(matched({ routes: { plain, producer } }, 'POST /configuration'), ['producer', 'plain'])
})

test('G-6: finding an operation costs what the path is long, not how many operations there are', () => {
  const many = (count: number) =>
    table({ routes: Object.fromEntries(Array.from({ length: count }, (_, n) => [`o${n}`, [`GET /a/${n}/{x}/b/{y}`]])) })
  const [few, lots] = [many(20), many(2000)]
  const time = (subject: ReturnType<typeof many>) => {
    const started = process.cpuUsage().user
    for (let round = 0; round < 20_000; round += 1) subject.match('GET', '/a/7/x/b/y')
    return process.cpuUsage().user - started
  }
  time(few)
  time(lots)
  assert.ok(time(lots) < 4 * time(few) + 20_000)
})
