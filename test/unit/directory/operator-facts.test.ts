import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AppError } from '../../../src/core/errors.ts'
import { instant } from '../../../src/core/time.ts'
import { type CurrentOperator, operatorFacts } from '../../../src/directory/operator-facts.ts'
import { memoryStore } from '../../../src/store/memory/memory-store.ts'
import type { Grant, Operator } from '../../../src/store/ports.ts'

const START = instant(1_800_000_000_000)
const USER: Grant = {
  role: 'web-application:user',
  service: null,
  source: 'local',
  locked: false,
  expiresAt: null,
  scope: null,
}

/** A store that counts its reads, and whose reads wait while `held`. */
async function fixture({ grants = [USER], capacity }: { grants?: readonly Grant[]; capacity?: number } = {}) {
  const store = memoryStore()
  for (const id of ['o1', 'o2']) {
    await store.operators.create({
      id,
      provider: 'okta',
      account: id,
      displayName: null,
      email: null,
      createdAt: START,
    })
    for (const grant of grants) await store.operators.putGrant(id, grant)
  }
  const state = { now: START, reads: 0, held: Promise.resolve() }
  const counted = {
    operators: {
      async load(id: string): Promise<Operator | undefined> {
        state.reads += 1
        const operator = await store.operators.load(id)
        await state.held
        return operator
      },
    },
  }
  const clock = { now: () => state.now }
  const facts = operatorFacts({ store: counted, clock, ...(capacity === undefined ? {} : { capacity }) })
  return { store, facts, state }
}

function atOnce(loaded: ReturnType<ReturnType<typeof operatorFacts>['load']>): CurrentOperator {
  assert.ok(loaded !== undefined && !(loaded instanceof Promise))
  return loaded
}

test('the first load reads, later ones answer at once', async () => {
  const { facts, state } = await fixture()
  const first = facts.load('o1')
  assert.ok(first instanceof Promise)
  assert.equal(atOnce(facts.load('o1') instanceof Promise ? await first : undefined).id, 'o1')
  assert.equal(atOnce(facts.load('o1')), await first)
  assert.equal(state.reads, 1)
})

test('loads of one operator that overlap share one read', async () => {
  const { facts, state } = await fixture()
  const all = await Promise.all(Array.from({ length: 20 }, () => facts.load('o1')))
  assert.equal(new Set(all).size, 1)
  assert.equal(state.reads, 1)
})

test('an operator who is not there is not remembered', async () => {
  const { facts, store } = await fixture()
  assert.equal(await facts.load('o3'), undefined)
  await store.operators.create({
    id: 'o3',
    provider: 'okta',
    account: 'o3',
    displayName: null,
    email: null,
    createdAt: START,
  })
  assert.equal((await facts.load('o3'))?.id, 'o3')
})

test('G-7: an eviction by key makes the change of that operator seen, and leaves the others', async () => {
  const { facts, store, state } = await fixture()
  const before = await facts.load('o1')
  await facts.load('o2')
  await store.operators.removeGrant('o1', USER)
  facts.evict(['session:o2', 'operator:o1', 'settings'])
  const after = await facts.load('o1')
  assert.deepEqual(after?.grants, [])
  assert.notEqual(after?.revision, before?.revision)
  atOnce(facts.load('o2'))
  assert.equal(state.reads, 3)
})

test('an eviction of all makes everything be read again', async () => {
  const { facts, state } = await fixture()
  await Promise.all([facts.load('o1'), facts.load('o2')])
  facts.evict('all')
  await Promise.all([facts.load('o1'), facts.load('o2')])
  assert.equal(state.reads, 4)
})

for (const keys of [['operator:o1'], 'all'] as const) {
  test(`a load that raced with an eviction (${keys}) is not kept, nor shared with later loads`, async () => {
    const { facts, store, state } = await fixture()
    const gate = Promise.withResolvers<void>()
    state.held = gate.promise
    const raced = facts.load('o1')
    await new Promise(setImmediate)
    await store.operators.removeGrant('o1', USER)
    facts.evict(keys)
    const later = facts.load('o1')
    gate.resolve()
    assert.deepEqual((await raced)?.grants, [USER])
    assert.deepEqual((await later)?.grants, [])
    assert.deepEqual(atOnce(facts.load('o1')).grants, [])
    assert.equal(state.reads, 2)
  })

  test(`a load that raced with an eviction (${keys}) is not kept when nobody asked again meanwhile`, async () => {
    const { facts, store, state } = await fixture()
    const gate = Promise.withResolvers<void>()
    state.held = gate.promise
    const raced = facts.load('o1')
    await store.operators.removeGrant('o1', USER)
    facts.evict(keys)
    gate.resolve()
    await raced
    assert.deepEqual((await facts.load('o1'))?.grants, [])
  })
}

test('expired grants are left out, and the nearest expiry ends the entry', async () => {
  const expiring = (role: string, at: number): Grant => ({ ...USER, role, expiresAt: instant(START + at) })
  const grants = [expiring('a', 0), expiring('b', 1000), expiring('c', 2000), USER]
  const { facts, state } = await fixture({ grants })
  const roles = (operator: CurrentOperator | undefined) => operator?.grants.map((grant) => grant.role)
  assert.deepEqual(roles(await facts.load('o1')), ['b', 'c', USER.role])
  state.now = instant(START + 999)
  const kept = atOnce(facts.load('o1'))
  state.now = instant(START + 1000)
  const next = await facts.load('o1')
  assert.deepEqual(roles(next), ['c', USER.role])
  assert.notEqual(next?.revision, kept.revision)
  state.now = instant(START + 2000)
  assert.deepEqual(roles(await facts.load('o1')), [USER.role])
  state.now = instant(START + 1_000_000)
  assert.deepEqual(roles(atOnce(facts.load('o1'))), [USER.role])
})

test('a read that fails rejects, is not remembered, and the next one reads again', async () => {
  const { store } = await fixture()
  let away = true
  const clock = { now: () => START }
  const load = async (id: string) => {
    if (away) throw new AppError('STORE_UNAVAILABLE', 'away')
    return store.operators.load(id)
  }
  const facts = operatorFacts({ store: { operators: { load } }, clock })
  await assert.rejects(async () => facts.load('o1'), { code: 'STORE_UNAVAILABLE' })
  away = false
  assert.equal((await facts.load('o1'))?.id, 'o1')
})

test('beyond the capacity the operator used longest ago is forgotten', async () => {
  const { facts, state } = await fixture({ capacity: 1 })
  await facts.load('o1')
  await facts.load('o2')
  atOnce(facts.load('o2'))
  await facts.load('o1')
  assert.equal(state.reads, 3)
})

test('while a change would not be heard of, every load reads, and what is read counts again afterwards', async () => {
  const { store, state } = await fixture()
  let fresh = true
  const load = (id: string) => {
    state.reads += 1
    return store.operators.load(id)
  }
  const counted = { operators: { load } }
  const facts = operatorFacts({ store: counted, clock: { now: () => START }, isFresh: () => fresh })
  await facts.load('o1')
  fresh = false
  await store.operators.update('o1', { enabled: false })
  assert.equal((await facts.load('o1'))?.enabled, false)
  await facts.load('o1')
  assert.equal(state.reads, 3)
  fresh = true
  assert.equal(atOnce(facts.load('o1')).enabled, false)
})
