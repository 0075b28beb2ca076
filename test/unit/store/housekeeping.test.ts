/** Housekeeping: what is removed from the store, and when. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { housekeeping } from '../../../src/store/housekeeping.ts'
import { memoryStore } from '../../../src/store/memory/memory-store.ts'
import { at, session, trace } from '../../contract/samples.ts'

const DAY = 24 * 3600

test('a run removes keys that expired a day ago, idle sessions and old traces, and nothing that is still wanted', async () => {
  const store = memoryStore()
  await store.oneTime.claim('expired', at(1000), at(0))
  await store.oneTime.claim('held', at(1001), at(0))
  await store.sessions.create(session({ id: 'idle', lastActivityAt: at(DAY + 899.999) }), 'idle')
  await store.sessions.create(session({ id: 'live', lastActivityAt: at(DAY + 900) }), 'live')
  await store.traces.save(trace({ reference: 'old', at: at(DAY + 499) }))
  await store.traces.save(trace({ reference: 'new', at: at(DAY + 500) }))
  const keep = { keepSessionsSeconds: () => 100, keepTracesSeconds: 500 }
  await housekeeping({ store, clock: { now: () => at(DAY + 1000) }, ...keep }).run()
  assert.equal(await store.sessions.find('idle'), undefined)
  assert.equal((await store.sessions.find('live'))?.id, 'live')
  assert.equal(await store.traces.load('old'), undefined)
  assert.equal((await store.traces.load('new'))?.reference, 'new')
  // Judged as of the first second, when neither had expired: only what was removed can be claimed.
  assert.equal(await store.oneTime.claim('expired', at(2000), at(1)), true)
  assert.equal(await store.oneTime.claim('held', at(2000), at(1)), false)
})

test('a run removes more than one batch, each batch a call of its own', async () => {
  const store = memoryStore()
  await store.transaction(async ({ oneTime }) => {
    for (let n = 0; n < 1200; n += 1) await oneTime.claim(`key ${n}`, at(1), at(0))
  })
  const removed: number[] = []
  const counted = {
    ...store.oneTime,
    removeExpired: async (...args: Parameters<typeof store.oneTime.removeExpired>) => {
      const count = await store.oneTime.removeExpired(...args)
      removed.push(count)
      return count
    },
  }
  const keep = { keepSessionsSeconds: () => 100, keepTracesSeconds: 500 }
  await housekeeping({ store: { ...store, oneTime: counted }, clock: { now: () => at(DAY + 2) }, ...keep }).run()
  assert.deepEqual(removed, [500, 500, 200])
})

test('how long sessions are kept is asked at each run', async () => {
  const store = memoryStore()
  await store.sessions.create(session({ lastActivityAt: at(0) }), 'hash')
  let keepSeconds = 1000
  const house = housekeeping({
    store,
    clock: { now: () => at(100) },
    keepSessionsSeconds: () => keepSeconds,
    keepTracesSeconds: 1,
  })
  await house.run()
  assert.equal(await store.sessions.count(), 1)
  keepSeconds = 99
  await house.run()
  assert.equal(await store.sessions.count(), 0)
})
