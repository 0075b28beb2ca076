import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'

import { auditQueue } from '../../../src/audit/queue.ts'
import { shortfalls } from '../../../src/audit/shortfall.ts'
import { alarms } from '../../../src/core/alarms.ts'
import { AppError } from '../../../src/core/errors.ts'
import { silentLog } from '../../../src/core/log.ts'
import { systemClock } from '../../../src/core/time.ts'
import { memoryStore } from '../../../src/store/memory/memory-store.ts'
import type { Store } from '../../../src/store/ports.ts'
import { auditRecord, recorded, withCode } from '../../contract/samples.ts'
import { directory, openStore } from '../store/sqlite/processes.ts'

/** A queue whose transactions wait for `release`, and fail while `broken`. */
function fixture(store: Store = memoryStore()) {
  const state = { broken: false, transactions: 0, gate: Promise.resolve() }
  const transaction: Store['transaction'] = async (work) => {
    state.transactions += 1
    await state.gate
    if (state.broken) throw new AppError('STORE_UNAVAILABLE', 'made to fail')
    return store.transaction(work)
  }
  function hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>()
    state.gate = promise
    return () => {
      state.gate = Promise.resolve()
      resolve()
    }
  }
  const ids = async () => (await recorded(store.audit, { limit: 20_000 })).map(({ id }) => id)
  const kinds: string[] = []
  const raised = alarms({ clock: systemClock })
  const short = shortfalls({ alarms: raised, count: (kind) => void kinds.push(kind), clock: systemClock })
  const queue = auditQueue({ store: { transaction }, shortfalls: short, log: silentLog })
  const alarming = () => raised.list().map(({ code, subject }) => `${code} ${subject}`)
  return { queue, state, hold, ids, kinds, alarming }
}

const record = (id: string) => auditRecord({ id })

test('a record is durable when its promise resolves', async () => {
  const { queue, ids } = fixture()
  await queue.write(record('a'))
  assert.deepEqual(await ids(), ['a'])
})

test('what comes while a transaction is under way shares the next one, in order', async () => {
  const { queue, state, hold, ids } = fixture()
  const release = hold()
  const writes = Array.from({ length: 40 }, (_, index) => queue.write(record(`r${index}`)))
  release()
  await Promise.all(writes)
  assert.equal(state.transactions, 2)
  assert.deepEqual(
    await ids(),
    writes.map((_, index) => `r${index}`),
  )
})

test('a store that fails refuses who waits with Retry-After, and keeps what nobody waits for', async () => {
  const { queue, state, ids, kinds, alarming } = fixture()
  state.broken = true
  queue.note(record('note'))
  const refused = queue.write(record('write'))
  await assert.rejects(refused, (error) => {
    return withCode('AUDIT_UNAVAILABLE')(error) && error instanceof AppError && error.headers['Retry-After'] === '5'
  })
  await assert.rejects(queue.flush(), withCode('STORE_UNAVAILABLE'))
  assert.deepEqual([kinds, alarming(), queue.length()], [['failed'], ['AUDIT_BEHIND changes'], 1])
  state.broken = false
  await queue.flush()
  assert.deepEqual(await ids(), ['note'])
  assert.deepEqual([alarming(), queue.length()], [[], 0])
})

test('a full queue refuses at once, and takes records again when it has been written', async (t) => {
  const { queue, hold, ids, kinds, alarming } = fixture(await openStore(t, join(directory(t), 'gatehouse.db')))
  const release = hold()
  for (let index = 0; index < 10_500; index += 1) queue.note(record(`n${index}`))
  assert.equal(queue.hasRoom(), false)
  await assert.rejects(queue.write(record('too many')), withCode('AUDIT_UNAVAILABLE'))
  assert.deepEqual([kinds, alarming(), queue.length()], [['full'], ['AUDIT_BEHIND changes'], 10_499])
  release()
  await queue.flush()
  assert.deepEqual(alarming(), [])
  assert.equal(queue.hasRoom(), true)
  await queue.write(record('again'))
  assert.equal((await ids()).length, 10_501)
})

test('who has waited for 10 s is refused, and a record that had not been begun is not written later', async (t) => {
  const { queue, hold, ids, kinds, alarming } = fixture()
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const release = hold()
  const [first, second] = [queue.write(record('under way')), queue.write(record('waiting'))]
  t.mock.timers.tick(10_000)
  for (const write of [first, second]) await assert.rejects(write, withCode('AUDIT_UNAVAILABLE'))
  assert.deepEqual([kinds, alarming()], [['late', 'late'], ['AUDIT_BEHIND changes']])
  t.mock.timers.reset()
  release()
  await queue.flush()
  assert.deepEqual(await ids(), ['under way'])
})
