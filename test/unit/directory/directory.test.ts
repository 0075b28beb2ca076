import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRandom } from '../../../src/core/random.ts'
import { instant } from '../../../src/core/time.ts'
import type { Rules } from '../../../src/directory/commit.ts'
import { describeOperator } from '../../../src/directory/describe-operator.ts'
import { type Directory, directory } from '../../../src/directory/directory.ts'
import { memoryStore } from '../../../src/store/memory/memory-store.ts'
import type { ChangeKey, Grant, Session } from '../../../src/store/ports.ts'
import { profileWithRoles } from '../../support/profiles.ts'

const NOW = instant(1_800_000_000_000)
const ADMINISTRATOR = { role: 'administrator', service: null }
const USER = { role: 'web-application:user', service: null }
const ANN = { account: 'ann@example.com', provider: 'okta' }
const BOB = { account: 'bob@example.com', provider: 'okta' }

const profile = (id: string, role: string) => [id, profileWithRoles(id, [role])] as const

const RULES: Rules = {
  services: [
    { id: 'app', profile: 'web-application', authorization: 'on' },
    { id: 'lm', profile: 'openlm', authorization: 'on' },
  ],
  profiles: new Map([profile('web-application', 'user'), profile('openlm', 'admin_role')]),
}

function fixture() {
  const store = memoryStore()
  const published: { revision: number; keys: readonly ChangeKey[] }[] = []
  const people = directory({
    store,
    clock: { now: () => NOW },
    random: systemRandom,
    rules: () => RULES,
    published: (revision, keys) => void published.push({ revision, keys }),
  })
  const add = (who: typeof ANN, ...roles: { role: string; service: string | null }[]) =>
    people.create({ ...who, displayName: null, roles }, null)
  const records = async () => (await store.audit.list({ limit: 1000 })).filter(({ event }) => event !== 'chain.opened')
  return { store, people, published, add, records }
}

/** Takes the role of the administrator away, in one way or another. */
function take(people: Directory, action: 'disable' | 'remove' | 'revoke', who: typeof ANN) {
  if (action === 'disable') return people.disable(who, null)
  return action === 'remove' ? people.remove(who, 'refuse', null) : people.revoke(who, ADMINISTRATOR, null)
}

function session(id: string, operatorId: string): Session {
  return {
    id,
    operatorId,
    provider: 'okta',
    nameId: null,
    nameIdFormat: null,
    sessionIndex: null,
    authnContext: null,
    attributes: [],
    authenticatedAt: null,
    signedInAt: NOW,
    sessionNotOnOrAfter: null,
    lastActivityAt: NOW,
  }
}

test('an operator is created with his roles, audited and published in one change', async () => {
  const { add, records, published, store } = fixture()
  const ann = await add(ANN, USER, { ...USER, service: 'app' })
  assert.deepEqual(
    ann.grants.map(({ role, service, source, locked }) => ({ role, service, source, locked })),
    [
      { ...USER, source: 'local', locked: false },
      { ...USER, service: 'app', source: 'local', locked: false },
    ],
  )
  assert.deepEqual(
    (await records()).map((record) => record.event),
    ['operator.created', 'role.granted', 'role.granted'],
  )
  assert.deepEqual(published, [{ revision: await store.revisions.head(), keys: [`operator:${ann.id}`] }])
})

test('the audit names the actor, the operator and the role', async () => {
  const { add, people, records } = fixture()
  const ann = await add(ANN)
  await people.grant(ANN, { ...USER, service: 'app' }, 'admin-id')
  const record = (await records()).at(-1)
  assert.equal(record?.actor, 'admin-id')
  assert.deepEqual(record?.detail, {
    operator: ann.id,
    ...ANN,
    ...USER,
    service: 'app',
    scope: null,
    expiresAt: null,
    source: 'local',
  })
})

test('an account that is there is OPERATOR_EXISTS; another case or another provider is another operator', async () => {
  const { add, people, records } = fixture()
  const ann = await add(ANN)
  const before = (await records()).length
  await assert.rejects(add(ANN, USER), { code: 'OPERATOR_EXISTS' })
  assert.equal((await records()).length, before)
  const others = [await add({ ...ANN, account: 'Ann@example.com' }), await add({ ...ANN, provider: 'entra' })]
  assert.equal(new Set([ann, ...others].map((operator) => operator.id)).size, 3)
  await assert.rejects(people.show({ account: 'ANN@example.com', provider: 'okta' }), { code: 'OPERATOR_UNKNOWN' })
})

for (const account of ['', ' ann', 'ann ', 'a\nb', 'a\u0000b', 'a\u0085b', 'x'.repeat(257)]) {
  test(`an account named ${JSON.stringify(account.slice(0, 20))} is refused`, async () => {
    const { add, store } = fixture()
    await assert.rejects(add({ account, provider: 'okta' }), { code: 'BAD_REQUEST' })
    assert.deepEqual(await store.operators.list({ limit: 1 }), [])
  })
}

test('an unknown role or service leaves no operator behind', async () => {
  const { add, store, published, records } = fixture()
  await assert.rejects(add(ANN, USER, { role: 'ghost', service: null }), { code: 'ROLE_UNKNOWN' })
  await assert.rejects(add(ANN, USER, { ...USER, service: 'nowhere' }), { code: 'SERVICE_UNKNOWN' })
  await assert.rejects(add(ANN, USER, USER), { code: 'GRANT_EXISTS' })
  assert.deepEqual(await store.operators.list({ limit: 1 }), [])
  assert.deepEqual(await records(), [])
  assert.deepEqual(published, [])
})

test('a role is granted once for each service', async () => {
  const { add, people } = fixture()
  await add(ANN)
  await people.grant(ANN, USER, null)
  await assert.rejects(people.grant(ANN, USER, null), { code: 'GRANT_EXISTS' })
  const ann = await people.grant(ANN, { ...USER, service: 'app' }, null)
  assert.equal(ann.grants.length, 2)
})

test('a grant must be of a role that is there, for a service that is there and can take it', async () => {
  const { add, people } = fixture()
  await add(ANN)
  await assert.rejects(people.grant(ANN, { role: 'Administrator', service: null }, null), { code: 'ROLE_UNKNOWN' })
  await assert.rejects(people.grant(ANN, { ...USER, service: 'nowhere' }, null), { code: 'SERVICE_UNKNOWN' })
  await assert.rejects(people.grant(ANN, { ...USER, service: 'lm' }, null), { code: 'ROLE_UNKNOWN' })
  await assert.rejects(people.grant(BOB, USER, null), { code: 'OPERATOR_UNKNOWN' })
  assert.equal((await people.grant(ANN, { ...ADMINISTRATOR, service: 'lm' }, null)).grants.length, 1)
})

test('a role that a group or an assertion gave is GRANT_EXISTS and keeps its source', async () => {
  const { add, people, store } = fixture()
  const { id } = await add(ANN)
  const given: Grant = { ...USER, source: 'group', locked: false, expiresAt: null, scope: null }
  await store.operators.putGrant(id, given)
  await assert.rejects(people.grant(ANN, USER, null), { code: 'GRANT_EXISTS' })
  assert.deepEqual((await people.show(ANN)).grants, [given])
})

test('an expired grant is replaced by a new one', async () => {
  const { add, people, store } = fixture()
  const { id } = await add(ANN)
  await store.operators.putGrant(id, { ...USER, source: 'local', locked: false, expiresAt: NOW, scope: null })
  assert.deepEqual((await people.grant(ANN, USER, null)).grants, [
    { ...USER, source: 'local', locked: false, expiresAt: null, scope: null },
  ])
})

test('a revoked role is gone; one that is not held is GRANT_UNKNOWN', async () => {
  const { add, people, records } = fixture()
  await add(ANN, USER, { ...USER, service: 'app' })
  assert.equal((await people.revoke(ANN, USER, null)).grants[0]?.service, 'app')
  assert.equal((await records()).at(-1)?.event, 'role.revoked')
  await assert.rejects(people.revoke(ANN, USER, null), { code: 'GRANT_UNKNOWN' })
  await assert.rejects(people.revoke(BOB, USER, null), { code: 'OPERATOR_UNKNOWN' })
})

test('a role that exists no longer can be revoked', async () => {
  const { add, people, store } = fixture()
  const { id } = await add(ANN)
  await store.operators.putGrant(id, {
    role: 'gone:user',
    service: null,
    source: 'local',
    locked: false,
    expiresAt: null,
    scope: null,
  })
  assert.deepEqual((await people.revoke(ANN, { role: 'gone:user', service: null }, null)).grants, [])
})

test('N-6: an asserted Administrator cannot be revoked here; unlocked, it can', async () => {
  const { add, people, store } = fixture()
  await add(BOB, ADMINISTRATOR)
  const { id } = await add(ANN)
  const asserted: Grant = { ...ADMINISTRATOR, source: 'assertion', locked: true, expiresAt: null, scope: null }
  await store.operators.putGrant(id, asserted)
  await assert.rejects(people.revoke(ANN, ADMINISTRATOR, null), {
    code: 'ROLE_LOCKED',
    message: 'asserted by identity provider okta; change it there first',
  })
  assert.deepEqual((await people.show(ANN)).grants, [asserted])
  await store.operators.putGrant(id, { ...asserted, locked: false })
  assert.deepEqual((await people.revoke(ANN, ADMINISTRATOR, null)).grants, [])
})

test('decision 18: an operator with a locked role can be disabled and deleted', async () => {
  const { add, people, store } = fixture()
  await add(BOB, ADMINISTRATOR)
  const { id } = await add(ANN)
  await store.operators.putGrant(id, {
    ...ADMINISTRATOR,
    source: 'assertion',
    locked: true,
    expiresAt: null,
    scope: null,
  })
  const disabled = await people.disable(ANN, null)
  assert.equal(disabled.enabled, false)
  assert.equal(disabled.grants.length, 1)
  await people.remove(ANN, 'refuse', null)
  await assert.rejects(people.show(ANN), { code: 'OPERATOR_UNKNOWN' })
})

test('G-13: a deleted and recreated account inherits nothing', async () => {
  const { add, people, store } = fixture()
  const first = await add(ANN, USER)
  await store.sessions.create(session('s1', first.id), 'hash')
  await people.remove(ANN, 'refuse', null)
  const second = await add(ANN)
  assert.notEqual(second.id, first.id)
  assert.deepEqual(second.grants, [])
  assert.equal(await store.operators.load(first.id), undefined)
  assert.equal(await store.sessions.find('hash'), undefined)
})

for (const action of ['disable', 'remove'] as const) {
  test(`${action} ends the operator's sessions, and only his, in the same change`, async () => {
    const { add, people, store, published, records } = fixture()
    const ann = await add(ANN, USER)
    const bob = await add(BOB, USER)
    await store.sessions.create(session('s1', ann.id), 'h1')
    await store.sessions.create(session('s2', ann.id), 'h2')
    await store.sessions.create(session('s3', bob.id), 'h3')
    await take(people, action, ANN)
    assert.equal(await store.sessions.find('h1'), undefined)
    assert.equal(await store.sessions.find('h2'), undefined)
    assert.equal((await store.sessions.find('h3'))?.id, 's3')
    const keys = published.at(-1)?.keys ?? []
    assert.deepEqual(new Set(keys), new Set([`operator:${ann.id}`, 'session:s1', 'session:s2']))
    assert.equal((await records()).at(-1)?.detail['sessionsEnded'], 2)
  })

  test(`${action} of the last administrator is refused and changes nothing, sessions included`, async () => {
    const { add, people, store, records, published } = fixture()
    const ann = await add(ANN, ADMINISTRATOR)
    await store.sessions.create(session('s1', ann.id), 'h1')
    const before = {
      records: (await records()).length,
      head: await store.revisions.head(),
      published: published.length,
    }
    await assert.rejects(take(people, action, ANN), { code: 'LAST_ADMINISTRATOR' })
    assert.deepEqual(await people.show(ANN), ann)
    assert.equal((await store.sessions.find('h1'))?.id, 's1')
    const after = { records: (await records()).length, head: await store.revisions.head(), published: published.length }
    assert.deepEqual(after, before)
  })
}

test('decision 13: the last administrator keeps his role', async () => {
  const { add, people } = fixture()
  await add(ANN, ADMINISTRATOR, USER)
  await assert.rejects(people.revoke(ANN, ADMINISTRATOR, null), { code: 'LAST_ADMINISTRATOR' })
  assert.equal((await people.revoke(ANN, USER, null)).grants.length, 1)
})

test('decision 13: neither a disabled administrator, nor an expired one, nor one of a single service counts', async () => {
  const { add, people, store } = fixture()
  await add(ANN, ADMINISTRATOR)
  await add(BOB, ADMINISTRATOR)
  await people.disable(BOB, null)
  await add({ ...ANN, account: 'scoped' }, { ...ADMINISTRATOR, service: 'app' })
  const late = await add({ ...ANN, account: 'late' })
  await store.operators.putGrant(late.id, {
    ...ADMINISTRATOR,
    source: 'local',
    locked: false,
    expiresAt: NOW,
    scope: null,
  })
  await assert.rejects(people.revoke(ANN, ADMINISTRATOR, null), { code: 'LAST_ADMINISTRATOR' })
  await people.enable(BOB, null)
  assert.deepEqual((await people.revoke(ANN, ADMINISTRATOR, null)).grants, [])
})

test('decision 13: where there is no usable administrator, changes are not refused', async () => {
  const { add, people, store } = fixture()
  const ann = await add(ANN)
  await store.operators.putGrant(ann.id, {
    ...ADMINISTRATOR,
    source: 'local',
    locked: false,
    expiresAt: NOW,
    scope: null,
  })
  assert.deepEqual((await people.revoke(ANN, ADMINISTRATOR, null)).grants, [])
  assert.equal((await people.disable(ANN, null)).enabled, false)
  await people.remove(ANN, 'refuse', null)
})

for (const action of ['disable', 'remove', 'revoke'] as const) {
  test(`G-8: two administrators who ${action} each other at once leave one`, async () => {
    const { add, people, store } = fixture()
    await add(ANN, ADMINISTRATOR)
    await add(BOB, ADMINISTRATOR)
    const outcomes = await Promise.allSettled([take(people, action, ANN), take(people, action, BOB)])
    const refusals = outcomes.filter((outcome) => outcome.status === 'rejected')
    assert.deepEqual(
      refusals.map((refusal) => refusal.reason.code),
      ['LAST_ADMINISTRATOR'],
    )
    assert.equal(await store.operators.countHolders({ roles: ['administrator'], service: null }, NOW), 1)
  })
}

test('enabling the enabled and disabling the disabled changes and records nothing', async () => {
  const { add, people, published, records } = fixture()
  await add(ANN)
  await people.enable(ANN, null)
  assert.equal(published.length, 1)
  await people.disable(ANN, null)
  await people.disable(ANN, null)
  await people.enable(ANN, null)
  assert.deepEqual(
    (await records()).map((record) => record.event),
    ['operator.created', 'operator.disabled', 'operator.enabled'],
  )
})

test('without a provider an account is found when only one provider has it', async () => {
  const { add, people } = fixture()
  const ann = await add(ANN)
  const name = { account: ANN.account, provider: null }
  assert.equal((await people.show(name)).id, ann.id)
  await add({ ...ANN, provider: 'entra' })
  await assert.rejects(people.remove(name, 'refuse', null), { code: 'BAD_REQUEST' })
  await assert.rejects(people.show({ account: 'nobody', provider: null }), { code: 'OPERATOR_UNKNOWN' })
})

test('the list holds everybody in order, past the size of a page', async () => {
  const { people, store } = fixture()
  const accounts = Array.from({ length: 1001 }, (_, index) => `user-${String(index).padStart(4, '0')}`)
  await store.transaction(async ({ operators }) => {
    for (const account of accounts.toReversed()) {
      await operators.create({ id: account, account, provider: 'okta', displayName: null, email: null, createdAt: NOW })
    }
  })
  const listed: string[] = []
  for await (const operator of people.list()) listed.push(operator.account)
  assert.deepEqual(listed, accounts)
})

test('an operator is shown with exactly the keys of the contract', async () => {
  const { add, store } = fixture()
  const { id } = await add(ANN, { ...USER, service: 'app' }, USER)
  await store.operators.putGrant(id, {
    ...ADMINISTRATOR,
    source: 'local',
    locked: false,
    expiresAt: instant(NOW + 1),
    scope: null,
  })
  const ann = await store.operators.load(id)
  assert.ok(ann)
  const local = { source: 'local', locked: false, expiresAt: null }
  assert.equal(
    JSON.stringify(describeOperator(ann, new Map())),
    JSON.stringify({
      id,
      account: 'ann@example.com',
      provider: 'okta',
      displayName: null,
      email: null,
      enabled: true,
      roles: [
        { name: 'administrator', service: null, source: 'local', locked: false, expiresAt: '2027-01-15T08:00:00.001Z' },
        { name: 'web-application:user', service: null, ...local },
        { name: 'web-application:user', service: 'app', ...local },
      ],
      groups: [],
      createdAt: '2027-01-15T08:00:00.000Z',
      lastSignInAt: null,
    }),
  )
})
