import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRandom } from '../../../src/core/random.ts'
import { instant } from '../../../src/core/time.ts'
import { type ProvisionOutcome, provision } from '../../../src/signin/provision.ts'
import { memoryStore } from '../../../src/store/memory/memory-store.ts'
import type { Grant, Operator, Store } from '../../../src/store/ports.ts'

const NOW = instant(1_800_000_000_000)
const clock = { now: () => NOW }
const ROLES = ['administrator', 'web-application:user']
const ADMINISTRATOR: Grant = {
  role: 'administrator',
  service: null,
  source: 'assertion',
  locked: true,
  expiresAt: null,
  scope: null,
}
const USER: Grant = {
  role: 'web-application:user',
  service: null,
  source: 'local',
  locked: false,
  expiresAt: null,
  scope: null,
}

const OKTA = {
  id: 'okta',
  createUnknownOperator: true,
  adminAttribute: 'FnmsAdmin',
  adminMode: 'fnms' as 'fnms' | 'authoritative',
  attributes: { displayName: ['displayName', 'cn'], email: ['mail', 'email'] },
  groups: { attribute: null as string | null, map: {}, mode: 'additive' as 'additive' | 'authoritative' },
}

const MAPPED = {
  attribute: 'groups',
  map: {
    users: [{ role: 'web-application:user', service: null }],
    staff: [{ role: 'web-application:user', service: 'app' }],
    ghosts: [{ role: 'ghost', service: null }],
    admins: [{ role: 'administrator', service: null }],
  },
  mode: 'additive' as 'additive' | 'authoritative',
}

interface Visit {
  readonly provider?: typeof OKTA
  readonly account?: string
  readonly attributes?: Record<string, readonly string[]>
}

function visit(store: Store, { provider = OKTA, account = 'ann@example.com', attributes = {} }: Visit = {}) {
  return store.transaction((ports) => run({ ports, provider, account, attributes }))
}

async function run({
  ports,
  provider,
  account,
  attributes,
}: Required<Visit> & { ports: Parameters<typeof provision>[0]['ports'] }) {
  const identity = { account, attributes: new Map(Object.entries(attributes)) }
  const present = await ports.operators.find(provider.id, account)
  const knownRole = (role: string) => ROLES.includes(role)
  return provision({ ports, provider, identity, present, knownRole, clock, random: systemRandom })
}

async function storeWith(grants: readonly Grant[], { enabled = true }: { enabled?: boolean } = {}) {
  const store = memoryStore()
  const id = 'operator-1'
  const name = { account: 'ann@example.com', displayName: 'Ann', email: null }
  await store.operators.create({ id, provider: 'okta', ...name, createdAt: NOW })
  for (const grant of grants) await store.operators.putGrant(id, grant)
  await store.operators.update(id, { enabled })
  return store
}

async function storedAnn(store: Store): Promise<Operator> {
  const operator = await store.operators.find('okta', 'ann@example.com')
  assert.ok(operator)
  return operator
}

async function events(store: Store) {
  const records = await store.audit.list({ limit: 1000 })
  return records.map(({ event }) => event).filter((event) => event !== 'chain.opened')
}

function codeOf(outcome: ProvisionOutcome) {
  return outcome.kind === 'refused' ? outcome.code : outcome.kind
}

test('N-1: a known, enabled account with a role is admitted, with the time of its sign-in', async () => {
  const store = await storeWith([USER])
  const outcome = await visit(store)
  assert.equal(outcome.kind, 'admitted')
  assert.deepEqual(outcome.operator?.grants, [USER])
  assert.equal(outcome.operator?.lastSignInAt, NOW)
})

test('N-1: a known account without a role is refused without a sign-in time', async () => {
  const store = await storeWith([])
  const outcome = await visit(store)
  assert.equal(codeOf(outcome), 'NO_ROLE')
  assert.equal(outcome.operator?.lastSignInAt, null)
})

test('N-1: expired grants and roles that exist no longer do not admit', async () => {
  const store = await storeWith([
    { ...USER, expiresAt: NOW },
    { ...USER, role: 'gone:user' },
  ])
  assert.equal(codeOf(await visit(store)), 'NO_ROLE')
})

test('N-2: an unknown identity gets an account without roles, is refused, and enters once a role is given', async () => {
  const store = memoryStore()
  const first = await visit(store)
  assert.equal(codeOf(first), 'NO_ROLE')
  const ann = await storedAnn(store)
  assert.deepEqual(ann.grants, [])
  assert.deepEqual(first.changes, [`operator:${ann.id}`])
  assert.deepEqual(await events(store), ['operator.created'])
  await store.operators.putGrant(ann.id, USER)
  const second = await visit(store)
  assert.equal(second.kind, 'admitted')
  assert.equal(second.operator?.id, ann.id)
  assert.deepEqual(second.changes, [])
})

for (const [title, parallel] of [
  ['one transaction each', (store: Store) => visit(store)],
  [
    'overlapping in every step',
    (store: Store) => run({ ports: store, provider: OKTA, account: 'ann@example.com', attributes: {} }),
  ],
] as const) {
  test(`N-2: twenty parallel first sign-ins make one account (${title})`, async () => {
    const store = memoryStore()
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => parallel(store)))
    assert.deepEqual(new Set(outcomes.map(codeOf)), new Set(['NO_ROLE']))
    assert.equal(new Set(outcomes.map((outcome) => outcome.operator?.id)).size, 1)
    assert.equal((await store.operators.list({ limit: 100 })).length, 1)
    assert.deepEqual(await events(store), ['operator.created'])
  })
}

test('N-3: with createUnknownOperator off nobody is created', async () => {
  const store = memoryStore()
  const provider = { ...OKTA, createUnknownOperator: false }
  const outcome = await visit(store, { provider, attributes: { FnmsAdmin: ['true'] } })
  assert.equal(codeOf(outcome), 'ACCOUNT_UNKNOWN')
  assert.equal(outcome.operator, null)
  assert.deepEqual(await store.operators.list({ limit: 1 }), [])
  assert.deepEqual(await events(store), [])
})

test('N-4: FnmsAdmin=true on first sign-in grants a locked administrator and admits', async () => {
  const store = memoryStore()
  const outcome = await visit(store, { attributes: { FnmsAdmin: ['true'] } })
  assert.equal(outcome.kind, 'admitted')
  assert.deepEqual((await storedAnn(store)).grants, [ADMINISTRATOR])
  assert.deepEqual(await events(store), ['operator.created', 'role.granted'])
})

test('N-4: a second sign-in with FnmsAdmin=true changes nothing', async () => {
  const store = await storeWith([ADMINISTRATOR])
  const outcome = await visit(store, { attributes: { FnmsAdmin: ['1'] } })
  assert.equal(outcome.kind, 'admitted')
  assert.deepEqual(outcome.changes, [])
  assert.deepEqual(await events(store), [])
})

test('N-5: a value that does not count gives no role and a note', async () => {
  const outcome = await visit(memoryStore(), { attributes: { FnmsAdmin: ['yes'] } })
  assert.equal(codeOf(outcome), 'NO_ROLE')
  assert.equal(outcome.notes.length, 1)
})

for (const attributes of [{ FnmsAdmin: ['false'] }, {}, { FnmsAdmin: ['true', 'true'] }]) {
  test(`N-6: mode fnms unlocks Administrator and leaves it when the provider sends ${JSON.stringify(attributes)}`, async () => {
    const store = await storeWith([ADMINISTRATOR])
    const outcome = await visit(store, { attributes })
    assert.equal(outcome.kind, 'admitted')
    assert.deepEqual((await storedAnn(store)).grants, [{ ...ADMINISTRATOR, locked: false }])
    assert.deepEqual(outcome.changes, ['operator:operator-1'])
    assert.deepEqual(await events(store), ['role.unlocked'])
  })

  test(`N-6: mode authoritative removes Administrator when the provider sends ${JSON.stringify(attributes)}`, async () => {
    const store = await storeWith([ADMINISTRATOR, USER])
    const outcome = await visit(store, { attributes, provider: { ...OKTA, adminMode: 'authoritative' } })
    assert.equal(outcome.kind, 'admitted')
    assert.deepEqual(outcome.operator?.grants, [USER])
    assert.deepEqual((await storedAnn(store)).grants, [USER])
    assert.deepEqual(await events(store), ['role.revoked'])
  })
}

test('N-6: what the provider takes away is taken from the last administrator too, and noted', async () => {
  const store = await storeWith([ADMINISTRATOR])
  const outcome = await visit(store, { provider: { ...OKTA, adminMode: 'authoritative' } })
  assert.equal(codeOf(outcome), 'NO_ROLE')
  assert.deepEqual(outcome.changes, ['operator:operator-1'])
  assert.match(outcome.notes.join(), /last usable administrator/)
})

test('N-6: an unlocked role is locked again when the provider asserts it again', async () => {
  const store = await storeWith([{ ...ADMINISTRATOR, locked: false }])
  await visit(store, { attributes: { FnmsAdmin: ['true'] } })
  assert.deepEqual((await storedAnn(store)).grants, [ADMINISTRATOR])
  assert.deepEqual(await events(store), ['role.locked'])
})

for (const adminMode of ['fnms', 'authoritative'] as const) {
  test(`N-6: a local Administrator is locked while asserted and local again afterwards (${adminMode})`, async () => {
    const local: Grant = { ...ADMINISTRATOR, source: 'local', locked: false }
    const store = await storeWith([local])
    const provider = { ...OKTA, adminMode }
    await visit(store, { provider, attributes: { FnmsAdmin: ['true'] } })
    assert.deepEqual((await storedAnn(store)).grants, [{ ...local, locked: true }])
    await visit(store, { provider, attributes: { FnmsAdmin: ['false'] } })
    assert.deepEqual((await storedAnn(store)).grants, [local])
    assert.deepEqual(await events(store), ['role.locked', 'role.unlocked'])
  })
}

const OTHERS: readonly (readonly [string, Partial<Grant>, string])[] = [
  ['that has ended', { source: 'local', expiresAt: NOW }, 'role.granted'],
  ['that will end', { source: 'local', expiresAt: instant(NOW + 60_000) }, 'role.locked'],
  ['from a group', { source: 'group' }, 'role.locked'],
]
for (const [title, other, event] of OTHERS) {
  test(`N-6: an Administrator ${title} gives way to the asserted one`, async () => {
    const store = await storeWith([{ ...ADMINISTRATOR, locked: false, ...other }])
    await visit(store, { attributes: { FnmsAdmin: ['true'] } })
    assert.deepEqual((await storedAnn(store)).grants, [ADMINISTRATOR])
    assert.deepEqual(await events(store), [event])
  })
}

test('N-6: Administrator of one service is not what the attribute speaks of', async () => {
  const scoped: Grant = { ...ADMINISTRATOR, service: 'app', source: 'local', locked: false }
  const store = await storeWith([scoped])
  await visit(store, { attributes: { FnmsAdmin: ['true'] } })
  assert.deepEqual(new Set((await storedAnn(store)).grants), new Set([ADMINISTRATOR, scoped]))
})

test('N-7: without a group mapping no attribute gives another role', async () => {
  const attributes = { groups: ['users', 'admins'], role: ['administrator'], roles: ['web-application:user'] }
  assert.equal(codeOf(await visit(memoryStore(), { attributes })), 'NO_ROLE')
})

test('N-7: mapped groups give their roles, also at the first sign-in', async () => {
  const store = memoryStore()
  const provider = { ...OKTA, groups: MAPPED }
  const outcome = await visit(store, { provider, attributes: { groups: ['users', 'staff', 'unknown'] } })
  assert.equal(outcome.kind, 'admitted')
  const user: Grant = { ...USER, source: 'group' }
  assert.deepEqual(new Set((await storedAnn(store)).grants), new Set([user, { ...user, service: 'app' }]))
  assert.deepEqual(await events(store), ['operator.created', 'role.granted', 'role.granted'])
})

test('S-22: an additive mapping takes nothing away', async () => {
  const store = await storeWith([{ ...USER, source: 'group' }])
  const outcome = await visit(store, { provider: { ...OKTA, groups: MAPPED }, attributes: { groups: [] } })
  assert.equal(outcome.kind, 'admitted')
  assert.deepEqual(outcome.changes, [])
})

test('S-22: an authoritative mapping takes away what the groups no longer give, also when they are not sent', async () => {
  const local: Grant = { ...USER, service: 'app' }
  const store = await storeWith([{ ...USER, source: 'group' }, local])
  const outcome = await visit(store, { provider: { ...OKTA, groups: { ...MAPPED, mode: 'authoritative' } } })
  assert.equal(outcome.kind, 'admitted')
  assert.deepEqual((await storedAnn(store)).grants, [local])
  assert.deepEqual(await events(store), ['role.revoked'])
})

test('S-22: a role that is held already keeps its source', async () => {
  const store = await storeWith([USER])
  const outcome = await visit(store, { provider: { ...OKTA, groups: MAPPED }, attributes: { groups: ['users'] } })
  assert.deepEqual(outcome.changes, [])
  assert.deepEqual((await storedAnn(store)).grants, [USER])
})

test('S-22: an expired grant is renewed by the group', async () => {
  const store = await storeWith([{ ...USER, expiresAt: NOW }])
  await visit(store, { provider: { ...OKTA, groups: MAPPED }, attributes: { groups: ['users'] } })
  assert.deepEqual((await storedAnn(store)).grants, [{ ...USER, source: 'group' }])
})

test('S-22: a mapped role that does not exist is not given, and noted', async () => {
  const store = memoryStore()
  const outcome = await visit(store, { provider: { ...OKTA, groups: MAPPED }, attributes: { groups: ['ghosts'] } })
  assert.equal(codeOf(outcome), 'NO_ROLE')
  assert.match(outcome.notes.join(), /ghost/)
})

test('S-22: Administrator that the attribute takes away stays when a group gives it', async () => {
  const store = await storeWith([ADMINISTRATOR])
  const provider = { ...OKTA, adminMode: 'authoritative' as const, groups: MAPPED }
  const outcome = await visit(store, { provider, attributes: { FnmsAdmin: ['false'], groups: ['admins'] } })
  assert.equal(outcome.kind, 'admitted')
  assert.deepEqual((await storedAnn(store)).grants, [{ ...ADMINISTRATOR, source: 'group', locked: false }])
  assert.deepEqual(outcome.notes, [])
})

test('N-9: a disabled account with roles is refused, while its facts follow the provider', async () => {
  const store = await storeWith([USER], { enabled: false })
  const attributes = { FnmsAdmin: ['true'], displayName: ['Ann B.'] }
  const outcome = await visit(store, { attributes })
  assert.equal(codeOf(outcome), 'ACCOUNT_DISABLED')
  assert.deepEqual(outcome.changes, ['operator:operator-1'])
  const ann = await storedAnn(store)
  assert.equal(ann.displayName, 'Ann B.')
  assert.equal(ann.enabled, false)
  assert.equal(ann.lastSignInAt, null)
  assert.ok(ann.grants.some((grant) => grant.role === 'administrator' && grant.locked))
})

test('N-10: accounts match exactly, case included, and never across providers', async () => {
  const store = await storeWith([USER])
  const provider = { ...OKTA, createUnknownOperator: false }
  assert.equal(codeOf(await visit(store, { provider, account: 'Ann@example.com' })), 'ACCOUNT_UNKNOWN')
  assert.equal(codeOf(await visit(store, { provider, account: 'ann@example.com ' })), 'ACCOUNT_UNKNOWN')
  assert.equal(codeOf(await visit(store, { provider: { ...provider, id: 'entra' } })), 'ACCOUNT_UNKNOWN')
  assert.equal(codeOf(await visit(store, { provider })), 'admitted')
})

test('N-10: an account created by employee number is found by it, whatever else is sent', async () => {
  const store = memoryStore()
  await store.operators.create({
    id: 'e',
    provider: 'okta',
    account: '004711',
    displayName: null,
    email: null,
    createdAt: NOW,
  })
  await store.operators.putGrant('e', USER)
  const outcome = await visit(store, { account: '004711', attributes: { mail: ['ann@example.com'] } })
  assert.equal(outcome.kind, 'admitted')
  assert.equal(outcome.operator?.id, 'e')
})

test('name and address come from the first configured attribute that has a text', async () => {
  const store = memoryStore()
  const attributes = { displayName: ['', ' '], cn: ['  Ann\u0000\n Example '], email: ['ann@example.com'] }
  await visit(store, { attributes })
  const ann = await storedAnn(store)
  assert.equal(ann.displayName, 'Ann Example')
  assert.equal(ann.email, 'ann@example.com')
})

test('a name that is not sent stays, another one replaces it, a long one is cut', async () => {
  const store = await storeWith([USER])
  assert.deepEqual((await visit(store)).changes, [])
  assert.equal((await storedAnn(store)).displayName, 'Ann')
  const outcome = await visit(store, { attributes: { cn: ['x'.repeat(1000)] } })
  assert.deepEqual(outcome.changes, ['operator:operator-1'])
  assert.equal((await storedAnn(store)).displayName, 'x'.repeat(256))
  assert.deepEqual(await events(store), ['operator.updated'])
})
