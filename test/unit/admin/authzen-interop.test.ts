/**
 * The to-do scenario by which implementations of OpenID AuthZEN are compared: five people, six questions about lists, people
 * and things to do, asked one by one and all in one request. Its actions are operations of a profile here, its roles shipped roles.
 */

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, describe, test } from 'node:test'
import express from 'express'
import supertest from 'supertest'
import { accessRoutes } from '../../../src/admin/access-routes.ts'
import { world } from '../../../src/authz/world.ts'
import { instant } from '../../../src/core/time.ts'
import { responder } from '../../../src/http/respond.ts'
import { listen } from '../../support/echo-upstream.ts'
import { GRANT, operator, PUBLIC_URL, session } from '../../support/gateway.ts'
import { testProfile } from '../../support/profiles.ts'

const todo = (reads: boolean, resources: readonly string[]) => ({
  description: 'About a thing to do.',
  resources,
  reads,
  routes: [],
  objects: [{ type: 'todo', from: [{ query: 'id' }], reach: [reads ? 'anyone' : 'self'] }],
})
const PROFILE = testProfile({
  id: 'todo',
  resources: { read: 'Read.', write: 'Write one’s own.', change_all: 'Change others’.' },
  roles: {
    viewer: { description: 'Reads.', allow: ['read'] },
    editor: { description: 'Writes.', parents: ['viewer'], allow: ['write'] },
    chief: {
      description: 'Changes and deletes whatever there is.',
      parents: ['editor'],
      allow: ['change_all'],
    },
  },
  administratorRole: 'chief',
  objectTypes: {
    todo: { description: 'A thing to do.', rule: 'reach', passResource: 'change_all' },
    user: { description: 'A person.', kind: 'operator' },
  },
  operations: {
    can_read_user: {
      description: 'Reads a person.',
      resources: ['read'],
      reads: true,
      objects: [{ type: 'user', from: [{ query: 'id' }] }],
    },
    can_read_todos: todo(true, ['read']),
    can_create_todo: { description: 'Adds one.', resources: ['write'] },
    can_update_todo: todo(false, ['write']),
    can_delete_todo: todo(false, ['write']),
  },
})

const ROLES = { chief: 'chief', first: 'editor', second: 'editor', reader: 'viewer', other: 'viewer' } as const
type Person = keyof typeof ROLES
const PEOPLE = Object.keys(ROLES) as Person[]

const who = (name: string, role: string) =>
  operator({ id: `id-${name}`, account: name, provider: 'local', grants: [{ ...GRANT, role }] })
const OPERATORS = [
  ...Object.entries(ROLES).map(([name, role]) => who(name, `todo:${role}`)),
  who('asking', 'administrator'),
]
const WORLD = world({
  services: [{ id: 'todo', profile: 'todo', authorization: 'on' }],
  profiles: new Map([['todo', PROFILE]]),
  directory: {
    operators: OPERATORS,
    roles: [],
    groups: [],
    objects: PEOPLE.map((name) => ({
      service: 'todo',
      type: 'todo',
      id: `of-${name}`,
      owner: { operator: `id-${name}` },
      accessList: null,
      parents: [],
    })),
  },
  now: 0,
})

interface Row {
  readonly action: string
  readonly resource: { readonly type: string; readonly id: string }
  /** Who is allowed it. */
  readonly allowed: readonly Person[]
}

const own = (action: string, name: Person, allowed: readonly Person[]): Row => {
  return { action, resource: { type: 'todo', id: `of-${name}` }, allowed }
}
const ROWS: readonly Row[] = [
  ...PEOPLE.map((id) => ({ action: 'can_read_user', resource: { type: 'user', id }, allowed: PEOPLE })),
  { action: 'can_read_todos', resource: { type: 'todo', id: 'any' }, allowed: PEOPLE },
  { action: 'can_create_todo', resource: { type: 'todo', id: 'new' }, allowed: ['chief', 'first', 'second'] },
  ...['can_update_todo', 'can_delete_todo'].flatMap((action) => [
    own(action, 'chief', ['chief']),
    own(action, 'first', ['chief', 'first']),
    own(action, 'second', ['chief', 'second']),
    own(action, 'reader', ['chief']),
    own(action, 'other', ['chief']),
  ]),
]

const server = createServer()
let url = ''
before(async () => {
  const live = { session: session({ operatorId: 'id-asking' }), expiresAt: instant(1), governedBy: 'timeout' as const }
  const routes = accessRoutes({
    siteOf: () => ({ ...PUBLIC_URL, routeHost: PUBLIC_URL.host, secretHost: null }),
    sessions: { authenticate: () => live },
    operators: { load: (id) => OPERATORS.find((each) => each.id === id) },
    directory: { list: async ({ account }) => OPERATORS.filter((each) => each.account === account) },
    objects: { load: (service, all) => all.map((each) => WORLD.facts(service, each)) },
    snapshot: () => WORLD.snapshot,
    respond: responder({ secure: true }),
  })
  server.on('request', express().use(routes))
  url = await listen(server)
})
after(() => server.close())

const question = (name: Person, { action, resource }: Row) => ({
  subject: { type: 'operator', id: name, properties: { department: 'not looked at' } },
  action: { name: action },
  resource: { ...resource, properties: { service: 'todo', ownerID: 'not believed' } },
})

const ask = async (path: string, body: object) =>
  (
    await supertest(url)
      .post(`/access/v1/${path}`)
      .send(body)
      .expect(200)
      .expect('Content-Type', /^application\/json/)
  ).body

describe('the to-do scenario', () => {
  for (const name of PEOPLE) {
    test(`G-2: every question about ${name} is answered as the scenario has it`, async () => {
      for (const row of ROWS) {
        const { decision } = await ask('evaluation', question(name, row))
        assert.equal(decision, row.allowed.includes(name), `${row.action} ${row.resource.id}`)
      }
    })
  }

  test('G-2: all of them in one request, with what is the same stated once', async () => {
    for (const name of PEOPLE) {
      const { subject } = question(name, ROWS[0] ?? assert.fail())
      const evaluations = ROWS.map((row) => {
        const { action, resource } = question(name, row)
        return { action, resource }
      })
      const answer = await ask('evaluations', { subject, evaluations })
      assert.deepEqual(
        answer.evaluations.map(({ decision }: { decision: boolean }) => decision),
        ROWS.map(({ allowed }) => allowed.includes(name)),
      )
    }
  })

  test('G-2: with the other semantics the answers end with the first that decides', async () => {
    const all = ROWS.map((row) => question('reader', row))
    const decisions = ROWS.map(({ allowed }) => allowed.includes('reader'))
    const ends = {
      deny_on_first_deny: decisions.indexOf(false) + 1,
      permit_on_first_permit: decisions.indexOf(true) + 1,
      execute_all: decisions.length,
    }
    for (const [semantic, length] of Object.entries(ends)) {
      const answer = await ask('evaluations', { evaluations: all, options: { evaluations_semantic: semantic } })
      assert.equal(answer.evaluations.length, length, semantic)
    }
  })

  test('G-2: a request without evaluations is one question, and the id of a request comes back', async () => {
    const [row = assert.fail()] = ROWS
    const one = supertest(url).post('/access/v1/evaluations').set('X-Request-ID', 'r-1').send(question('reader', row))
    const { body, headers } = await one.expect(200)
    assert.deepEqual([body.decision, body.evaluations, headers['x-request-id']], [true, undefined, 'r-1'])
  })
})
