/** What the SQLite store does beyond the contract: durability, group commit, several processes on one file. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Worker } from 'node:worker_threads'

import Database from 'better-sqlite3'

import { silentLog } from '../../../../src/core/log.ts'
import { instant, systemClock } from '../../../../src/core/time.ts'
import { sqliteStore } from '../../../../src/store/sql/sqlite/sqlite-store.ts'
import { newOperator, session, trace, withCode } from '../../../contract/samples.ts'
import { testWriter } from '../../../support/chain-writer.ts'
import { directory, openStore, startChild } from './processes.ts'

const UNTIL = instant(2)
const NOW = instant(1)

test('what was stored is there when the store is opened again', async (t) => {
  const file = join(directory(t), 'gatehouse.db')
  const first = await openStore(t, file)
  await first.operators.create(newOperator({ id: 'o1' }))
  await first.sessions.create(session(), 'hash')
  await first.revisions.publish(['operator:o1'])
  await first.close()
  const second = await openStore(t, file)
  assert.equal((await second.operators.load('o1'))?.account, 'o1')
  assert.deepEqual(await second.sessions.find('hash'), session())
  assert.equal(await second.revisions.publish(['roles']), 2)
})

test('two stores on one file see what the other has committed, and share claims', async (t) => {
  const file = join(directory(t), 'gatehouse.db')
  const [one, other] = [await openStore(t, file), await openStore(t, file)]
  for (let n = 1; n <= 20; n += 1) {
    await one.operators.create(newOperator({ id: `o${n}` }))
    assert.equal((await other.operators.load(`o${n}`))?.id, `o${n}`)
    assert.equal(await other.revisions.publish([`operator:o${n}`]), n)
    assert.equal(await one.revisions.head(), n)
  }
  const claims = Array.from({ length: 50 }, (_, index) => (index % 2 ? one : other).oneTime.claim('key', UNTIL, NOW))
  assert.equal((await Promise.all(claims)).filter(Boolean).length, 1)
})

test('200 parallel transactions share far fewer commits', async (t) => {
  const store = await openStore(t, join(directory(t), 'gatehouse.db'))
  const writes = Array.from({ length: 200 }, (_, index) =>
    store.transaction(async ({ operators }) => operators.create(newOperator({ id: `o${index}` }))),
  )
  assert.ok(store.stats().queued > 100)
  await Promise.all(writes)
  const { commits, transactions, queued } = store.stats()
  assert.deepEqual({ transactions, queued }, { transactions: 200, queued: 0 })
  assert.ok(commits <= 50, `${commits} commits`)
  assert.equal((await store.operators.list({ limit: 300 })).length, 200)
})

test('a process that is killed right after its transactions resolved loses none of them', async (t) => {
  const file = join(directory(t), 'gatehouse.db')
  const child = startChild(t, [file, 'claim-until-killed', 'key'])
  await child.printed(50)
  child.process.kill('SIGKILL')
  await child.ended
  const claimed = child.lines.filter((line) => line.startsWith('key '))
  assert.ok(claimed.length >= 49)
  const store = await openStore(t, file)
  for (const key of claimed) assert.equal(await store.oneTime.claim(key, UNTIL, NOW), false, key)
})

test('another process gets its turn beside a store that never stops writing', async (t) => {
  const file = join(directory(t), 'gatehouse.db')
  const store = await openStore(t, file)
  const child = startChild(t, [file, 'claim', 'theirs', '30'])
  await child.printed(1)
  let over = false
  void child.ended.then(() => {
    over = true
  })
  let ours = 0
  const writeOn = async () => {
    while (!over) await store.revisions.publish([`change ${ours++}`])
  }
  await Promise.all([...Array.from({ length: 100 }, writeOn), child.ended])
  assert.equal(await child.ended, 0)
  assert.equal(child.lines.filter((line) => line.startsWith('theirs ')).length, 30)
  assert.ok(ours > 100)
})

test('a commit that the disk refuses rejects all that shared it, and what was promised before is there', async (t) => {
  const file = join(directory(t), 'gatehouse.db')
  const child = startChild(t, [file, 'fill'], 2000)
  await child.ended
  const saved = child.lines.flatMap((line) => /^saved (.*)/.exec(line)?.[1] ?? [])
  const refused = child.lines.flatMap((line) => /^STORE_UNAVAILABLE (.*)/.exec(line)?.[1] ?? [])
  assert.ok(saved.length >= 5, child.lines.join('; '))
  assert.equal(refused.length, 5, child.lines.join('; '))
  const { traces } = await openStore(t, file)
  for (const reference of saved) assert.equal((await traces.load(reference))?.reference, reference)
  for (const reference of refused) assert.equal(await traces.load(reference), undefined)
  await traces.save(trace({ reference: 'after' }))
})

test('a writer thread that dies fails what is under way and everything later, and the log says so', async (t) => {
  const file = join(directory(t), 'gatehouse.db')
  const started = once(process, 'worker')
  const events: string[] = []
  const log = { ...silentLog, error: (event: string) => events.push(event) }
  const store = await sqliteStore({ file, writer: testWriter(), clock: systemClock, log })
  t.after(() => store.close())
  const [worker]: Worker[] = await started
  const underWay = store.transaction(async ({ revisions }) => {
    await revisions.publish(['a'])
    await worker?.terminate()
    await revisions.publish(['b'])
  })
  const waiting = store.revisions.publish(['c'])
  const later = [() => store.revisions.publish(['d']), () => store.revisions.head(), () => store.ping()]
  for (const call of [underWay, waiting]) await assert.rejects(call, withCode('STORE_UNAVAILABLE'))
  for (const call of later) await assert.rejects(call(), withCode('STORE_UNAVAILABLE'))
  assert.deepEqual(events, ['store.writer_failed'])
  const again = await openStore(t, file)
  assert.equal(await again.revisions.head(), 0)
})

test('a transaction that does not end is undone after 10 s, and the next one has its turn', async (t) => {
  const store = await openStore(t, join(directory(t), 'gatehouse.db'))
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
  const endless = store.transaction(async ({ revisions }) => {
    await revisions.publish(['a'])
    begin()
    await new Promise(() => {})
  })
  const next = store.revisions.publish(['b'])
  await begun
  t.mock.timers.tick(10_000)
  await assert.rejects(endless, withCode('STORE_UNAVAILABLE'))
  t.mock.timers.reset()
  assert.equal(await next, 1)
  assert.deepEqual((await store.revisions.changesSince(0)).keys, ['b'])
})

test('a lock that another process holds for good is STORE_UNAVAILABLE, and the store works on when it is free', async (t) => {
  const file = join(directory(t), 'gatehouse.db')
  const store = await openStore(t, file)
  const holder = new Database(file)
  holder.exec('begin immediate')
  const writes = [store.revisions.publish(['a']), store.revisions.publish(['b'])]
  for (const write of writes) await assert.rejects(write, withCode('STORE_UNAVAILABLE'))
  assert.equal(await store.revisions.head(), 0)
  holder.exec('rollback')
  holder.close()
  assert.equal(await store.revisions.publish(['c']), 1)
})

test('an engine that fails is STORE_UNAVAILABLE with its code, for reads and for writes', async (t) => {
  const file = join(directory(t), 'gatehouse.db')
  const store = await openStore(t, file)
  const vandal = new Database(file)
  vandal.exec('drop table traces')
  vandal.close()
  await assert.rejects(store.traces.load('x'), withCode('STORE_UNAVAILABLE'))
  await assert.rejects(store.traces.save(trace()), withCode('STORE_UNAVAILABLE'))
  assert.equal(await store.revisions.publish(['still here']), 1)
})

test('a text that is not well-formed Unicode is an INTERNAL fault, since UTF-8 makes all such texts one', async (t) => {
  const store = await openStore(t, join(directory(t), 'gatehouse.db'))
  await assert.rejects(store.operators.create(newOperator({ account: 'a\ud800' })), withCode('INTERNAL'))
  await assert.rejects(store.operators.find('okta', 'a\udfff'), withCode('INTERNAL'))
})

test('a closed store finishes what waits and refuses what comes later', async (t) => {
  const file = join(directory(t), 'gatehouse.db')
  const store = await openStore(t, file)
  const waiting = Array.from({ length: 30 }, (_, index) => store.oneTime.claim(`key ${index}`, UNTIL, NOW))
  await store.close()
  assert.deepEqual(
    await Promise.all(waiting),
    waiting.map(() => true),
  )
  await assert.rejects(store.revisions.head(), withCode('STORE_UNAVAILABLE'))
  await assert.rejects(store.revisions.publish(['x']), withCode('STORE_UNAVAILABLE'))
  await assert.rejects(store.ping(), withCode('STORE_UNAVAILABLE'))
  await store.close()
})
