import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide } from '../../../src/authz/decide.ts'
import type { DirectoryRole, ObjectFacts } from '../../../src/authz/model.ts'
import { compileSnapshot } from '../../../src/authz/snapshot.ts'
import type { Effect } from '../../../src/profiles/profile.ts'
import { loadShippedProfiles } from '../../../src/profiles/shipped.ts'
import { type LicenceGateway, licenceGateway, type Setup } from '../../support/licence-gateway.ts'

const profiles = await loadShippedProfiles()
const openlm = profiles.get('openlm') ?? assert.fail()
const RESOURCES = [...openlm.resources.values()].filter(({ name }) => name !== 'server_*')

const HIDING: ReadonlySet<string> = new Set(['menu', 'tab', 'column', 'view', 'filter'])

function role(name: string, permissions: Record<string, Effect>, parents: readonly string[] = []): DirectoryRole {
  const statements = Object.entries(permissions).map(([resource, effect]) => ({
    resource: `openlm:${resource}`,
    effect,
  }))
  return { name, parents, permissions: statements }
}

/** The decision about a resource for somebody who holds the roles. */
function asked(
  name: string,
  roles: readonly DirectoryRole[],
  held: readonly string[] = roles.map((each) => each.name),
  object: ObjectFacts | null = null,
) {
  const services = [{ id: 'lm', profile: 'openlm', authorization: 'on' as const }]
  const snapshot = compileSnapshot({ services, profiles, roles, revision: 1 })
  const ann = { id: 'ann', grants: held.map((each) => ({ role: each, service: null })) }
  return decide(snapshot, ann, { service: 'lm', name }, object)
}

test('O-2: there are 120 resources, each of its name alone', () => {
  assert.equal(RESOURCES.length, 120)
  for (const name of [
    'license_activity_column_first_name',
    'control_panel_menu_license_utilization',
    'control_panel_tab',
  ]) {
    assert.ok(openlm.resources.has(name), name)
  }
  assert.ok(RESOURCES.every(({ name }) => name === name.trim()))
})

for (const { name, class: kind } of RESOURCES) {
  test(`O-1, O-7, O-16: ${name}: allowed, disabled, denied, and mentioned nowhere`, () => {
    const tab: Record<string, Effect> = name === 'control_panel_tab' ? {} : { control_panel_tab: 'allow' }
    const said = (effect: Effect) => {
      const { effect: got, hidden, conflict } = asked(name, [role('r', { ...tab, [name]: effect })])
      return { effect: got, hidden, conflict }
    }
    assert.deepEqual(said('allow'), { effect: 'allow', hidden: false, conflict: false })
    assert.deepEqual(said('disable'), { effect: 'disable', hidden: kind === 'menu', conflict: false })
    assert.deepEqual(said('deny'), { effect: 'deny', hidden: HIDING.has(kind), conflict: false })
    const silent = asked(name, [role('r', { ...tab, server_lic1: 'allow' })])
    assert.deepEqual([silent.effect, silent.hidden], ['deny', HIDING.has(kind)])
    if (name === 'control_panel_tab') return
    assert.deepEqual(asked(name, [role('r', { [name]: 'allow' })]).rule, 'front-door')
  })
}

test('O-9: the super-user may everything, on every server; his role is offered as a parent', () => {
  for (const { name } of RESOURCES) assert.equal(asked(name, [], ['openlm:admin_role']).effect, 'allow', name)
  assert.equal(asked('server_whatever', [], ['openlm:admin_role']).effect, 'allow')
  const helpdesk = role('helpdesk', { delete_project: 'deny' }, ['openlm:admin_role'])
  assert.equal(asked('delete_project', [helpdesk]).effect, 'deny')
  assert.equal(asked('add_project', [helpdesk]).effect, 'allow')
})

const ADMIN = role('admin', { control_panel_tab: 'allow', add_project: 'deny' })
const ROLE1 = role('role1', {}, ['admin'])
const ROLE2 = role('role2', { add_project: 'allow' }, ['admin'])
const CASES: readonly [held: readonly string[], effect: Effect, conflict: boolean][] = [
  [['admin'], 'deny', false],
  [['role1'], 'deny', false],
  [['role2'], 'allow', false],
  [['admin', 'role1'], 'deny', false],
  [['role1', 'role2'], 'allow', false],
  [['admin', 'role2'], 'deny', true],
]

for (const [held, effect, conflict] of CASES) {
  test(`O-3: ${held.join(' and ')}: ${effect}${conflict ? ', by conflict' : ''}`, () => {
    const decision = asked('add_project', [ADMIN, ROLE1, ROLE2], held)
    assert.deepEqual([decision.effect, decision.conflict], [effect, conflict])
  })
}

async function within(setup: Partial<Omit<Setup, 'profile'>>, work: (gateway: LicenceGateway) => Promise<void>) {
  const gateway = await licenceGateway({ profile: 'openlm', roles: [], ...setup })
  try {
    await work(gateway)
  } finally {
    await gateway.close()
  }
}

const ROWS = [
  {
    server: 'lic1',
    username: 'alice',
    firstName: 'Alice',
    'Last Name': 'Archer',
    email: 'alice@example.com',
    workstation: 'WS-1',
    feature: 'cad',
  },
  {
    server: 'lic2',
    username: 'bob',
    firstName: 'Bob',
    'Last Name': 'Baker',
    email: 'bob@example.com',
    workstation: 'WS-2',
    feature: 'cad',
  },
]
const SECRETS = ['alice', 'Alice', 'Archer', 'WS-1', 'bob', 'Bob', 'Baker', 'WS-2']

test('O-13: columns without a right are nowhere in the answer, as JSON, as CSV and inside other things', async () => {
  const bodies = [
    ['application/json', JSON.stringify({ total: 2, rows: ROWS })],
    [
      'application/json',
      JSON.stringify({ rows: [{ server: 'lic1', by: { details: [{ user_name: 'alice', 'First Name': 'Alice' }] } }] }),
    ],
    [
      'text/csv',
      'server,username,First Name,last_name,E-mail,Workstation\r\nlic1,alice,Alice,Archer,alice@example.com,WS-1\r\n',
    ],
    ['application/x-ndjson', ROWS.map((row) => `${JSON.stringify(row)}\n`).join('')],
  ] as const
  for (const [type, body] of bodies) {
    await within(
      { roles: ['user_role'], answer: () => ({ headers: { 'Content-Type': type }, body }) },
      async (gateway) => {
        const reply = await gateway.ask('GET /api/license-activity')
        assert.equal(reply.status, 200, reply.body)
        assert.ok(reply.body.includes('lic1'))
        for (const secret of SECRETS) assert.ok(!reply.body.includes(secret), `${secret} in ${reply.body}`)
      },
    )
  }
  await within(
    { roles: ['admin_role'], answer: () => ({ body: JSON.stringify({ total: 2, rows: ROWS }) }) },
    async (gateway) => {
      assert.deepEqual(JSON.parse((await gateway.ask('GET /api/license-activity')).body), { total: 2, rows: ROWS })
    },
  )
})

test('O-13: filters and sorting need their own right; a hidden column is no way to find values out', async () => {
  await within({ roles: ['user_role'], answer: () => ({ body: '{"rows":[]}' }) }, async (gateway) => {
    for (const query of ['filterUser=alice', 'user=alice', 'USER=alice', 'filterWorkstation=WS-1&filterUser=x']) {
      assert.equal((await gateway.ask(`GET /api/license-activity?${query}`)).status, 404, query)
    }
    for (const query of ['sort=email', 'sort=-lastName', 'q=first_name:Alice', 'email=alice']) {
      const { status, body } = await gateway.ask(`GET /api/license-activity?${query}`)
      assert.deepEqual([status, JSON.parse(body).code], [403, 'FIELD_HIDDEN'], query)
    }
    assert.equal((await gateway.ask('GET /api/license-activity?feature=cad')).status, 200)
    assert.equal((await gateway.ask('GET /api/license-activity?a=1&A=2')).status, 400)
  })
  await within({ roles: ['admin_role'], answer: () => ({ body: '{"rows":[]}' }) }, async (gateway) => {
    assert.equal((await gateway.ask('GET /api/license-activity?filterUser=alice&sort=email')).status, 200)
  })
})

test('O-14: closing an application and removing a licence are actions of their own', async () => {
  const body = { server: 'lic1' }
  await within({ roles: ['user_role'] }, async (gateway) => {
    for (const action of ['close', 'remove']) {
      assert.equal((await gateway.ask(`POST /api/currently-consumed-licenses/7/${action}`, { body })).status, 403)
    }
  })
  await within({ roles: ['admin_role'] }, async (gateway) => {
    for (const action of ['close', 'remove']) {
      assert.equal((await gateway.ask(`POST /api/currently-consumed-licenses/7/${action}`, { body })).status, 200)
    }
  })
})

test('O-15, O-16: calls that change something need their resource, and nothing opens without the front door', async () => {
  await within({ roles: ['user_role'] }, async (gateway) => {
    for (const line of [
      'POST /api/projects',
      'DELETE /api/projects/1',
      'POST /api/roles/1/duplicate',
      'DELETE /api/history',
    ]) {
      assert.equal((await gateway.ask(line)).status, 403, line)
    }
    assert.equal((await gateway.ask('GET /api/panels/workstations')).status, 404)
    assert.equal((await gateway.ask('GET /api/panels/denials')).status, 200)
  })
})

test('O-18: with security off everybody with a role may do everything', async () => {
  await within({ roles: ['guest_role'], config: { authorization: 'off' } }, async (gateway) => {
    assert.equal((await gateway.ask('DELETE /api/history')).status, 200)
  })
})

test('O-11: every operation that lists what is on servers judges each of them, so that rows of a denied one are left out', () => {
  const held = [role('r', { server_lic1: 'deny' }, ['openlm:user_role'])]
  const listing = [...openlm.operations.values()].filter(({ obligations }) =>
    obligations.some(({ obligation }) => obligation.kind === 'filterItems' && obligation.type === 'server'),
  )
  assert.ok(listing.length > 10)
  for (const { name, objects } of listing)
    assert.ok(
      objects.some(({ type }) => type === 'server'),
      name,
    )
  const server = (id: string): ObjectFacts => ({
    type: 'server',
    id,
    owner: null,
    ownerGroups: [],
    accessList: null,
    ancestors: [],
  })
  const effect = (id: string) => asked('readServers', held, ['r'], server(id)).effect
  assert.deepEqual([effect('lic1'), effect('lic2')], ['deny', 'allow'])
})
