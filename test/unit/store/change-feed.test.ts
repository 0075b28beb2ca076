/** The change feed: what the caches of a process hear of a change. */

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'

import { silentLog } from '../../../src/core/log.ts'
import { type ChangeFeed, changeFeed } from '../../../src/store/change-feed.ts'
import { memoryStore } from '../../../src/store/memory/memory-store.ts'
import type { Revisions } from '../../../src/store/ports.ts'

type Heard = (readonly string[] | 'all')[]

function listen(t: TestContext, revisions: Revisions): { feed: ChangeFeed; heard: Heard } {
  const feed = changeFeed({ revisions, log: silentLog, intervalSeconds: 3600 })
  t.after(() => feed.close())
  const heard: Heard = []
  feed.subscribe((keys) => heard.push(keys))
  return { feed, heard }
}

test('a change is heard at the next poll after its commit, once', async (t) => {
  const { revisions } = memoryStore()
  const { feed, heard } = listen(t, revisions)
  await feed.poll()
  assert.deepEqual(heard, [])
  await revisions.publish(['operator:1'])
  await revisions.publish(['roles'])
  await feed.poll()
  await feed.poll()
  assert.deepEqual(heard, [['operator:1', 'roles']])
})

test('a poll asked for while another is under way looks again', async (t) => {
  const { revisions } = memoryStore()
  const { feed, heard } = listen(t, revisions)
  const early = feed.poll()
  await Promise.resolve()
  await revisions.publish(['roles'])
  await feed.poll()
  await early
  assert.deepEqual(heard, [['roles']])
})

test('polling by the interval needs no call', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const { revisions } = memoryStore()
  const feed = changeFeed({ revisions, log: silentLog, intervalSeconds: 0.25 })
  const heard = new Promise((resolve) => feed.subscribe(resolve))
  await revisions.publish(['roles'])
  t.mock.timers.tick(250)
  assert.deepEqual(await heard, ['roles'])
  feed.close()
})

test('what the store no longer knows in full is heard as all', async (t) => {
  const { revisions } = memoryStore()
  let behind = await revisions.publish(['roles'])
  const { feed, heard } = listen(t, {
    ...revisions,
    changesSince: async (since) => ({ ...(await revisions.changesSince(since)), complete: since >= behind }),
  })
  await feed.poll()
  assert.deepEqual(heard, ['all'])
  behind = 0
  await revisions.publish(['settings'])
  await feed.poll()
  assert.deepEqual(heard, ['all', ['settings']])
})

test('a store that was put back to an earlier state is heard as all', async (t) => {
  let { revisions } = memoryStore()
  const { feed, heard } = listen(t, {
    head: () => revisions.head(),
    publish: (keys) => revisions.publish(keys),
    changesSince: (since) => revisions.changesSince(since),
  })
  await revisions.publish(['a'])
  await revisions.publish(['b'])
  await feed.poll()
  revisions = memoryStore().revisions
  await revisions.publish(['c'])
  await feed.poll()
  assert.deepEqual(heard, [['a', 'b'], 'all'])
})

test('a store that fails is logged once and asked again, and nothing is missed', async (t) => {
  const { revisions } = memoryStore()
  const events: string[] = []
  let away = true
  const head = async () => {
    if (away) throw new Error('away')
    return revisions.head()
  }
  const log = { ...silentLog, error: (event: string) => events.push(event) }
  const feed = changeFeed({ revisions: { ...revisions, head }, log, intervalSeconds: 3600 })
  t.after(() => feed.close())
  const heard: Heard = []
  feed.subscribe((keys) => heard.push(keys))
  await revisions.publish(['roles'])
  await feed.poll()
  await feed.poll()
  assert.deepEqual(events, ['store.poll_failed'])
  away = false
  await feed.poll()
  assert.deepEqual(heard, [['roles']])
  away = true
  await feed.poll()
  assert.equal(events.length, 2)
})

test('a listener that throws keeps nobody else from hearing', async (t) => {
  const { revisions } = memoryStore()
  const feed = changeFeed({ revisions, log: silentLog, intervalSeconds: 3600 })
  t.after(() => feed.close())
  const heard: Heard = []
  feed.subscribe(() => {
    throw new Error('broken')
  })
  feed.subscribe((keys) => heard.push(keys))
  await revisions.publish(['roles'])
  await feed.poll()
  assert.deepEqual(heard, [['roles']])
})

test('who has left, and everybody after close, hears nothing more', async (t) => {
  const { revisions } = memoryStore()
  const { feed, heard } = listen(t, revisions)
  const left: Heard = []
  const leave = feed.subscribe((keys) => left.push(keys))
  leave()
  await revisions.publish(['a'])
  await feed.poll()
  feed.close()
  await revisions.publish(['b'])
  await feed.poll()
  assert.deepEqual({ heard, left }, { heard: [['a']], left: [] })
})

test('what the store said counts from when it was asked, and not at all before or when it fails', async () => {
  const { revisions } = memoryStore()
  let now = 0
  let away = false
  const head = async () => {
    now += 500
    if (away) throw new Error('away')
    return revisions.head()
  }
  const stopwatch = () => now
  const feed = changeFeed({ revisions: { ...revisions, head }, log: silentLog, intervalSeconds: 3600, stopwatch })
  assert.equal(feed.unconfirmedSeconds(), Number.POSITIVE_INFINITY)
  await feed.poll()
  assert.equal(feed.unconfirmedSeconds(), 0.5)
  away = true
  await feed.poll()
  assert.equal(feed.unconfirmedSeconds(), 1)
  away = false
  await feed.poll()
  assert.equal(feed.unconfirmedSeconds(), 0.5)
  feed.close()
})
