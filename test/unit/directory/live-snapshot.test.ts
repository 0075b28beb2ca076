/** The snapshot in force: it follows roles and groups, and stays when they do not compile. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { knownRole } from '../../../src/authz/snapshot.ts'
import { alarms } from '../../../src/core/alarms.ts'
import { silentLog } from '../../../src/core/log.ts'
import { instant } from '../../../src/core/time.ts'
import { liveSnapshot } from '../../../src/directory/live-snapshot.ts'
import { memoryStore } from '../../../src/store/memory/memory-store.ts'
import type { ChangeKey } from '../../../src/store/ports.ts'
import { NOW, RULES } from '../../support/directory.ts'

const DESK = { name: 'desk', description: null, parents: [], permissions: [], scope: null }

async function opened(now = () => NOW) {
  const store = memoryStore()
  const raised = alarms({ clock: { now } })
  const listeners = new Set<(keys: readonly ChangeKey[] | 'all') => void>()
  let revision = 0
  const nextRevision = () => {
    revision += 1
    return revision
  }
  const open = () =>
    liveSnapshot({
      store,
      ...RULES,
      clock: { now },
      alarms: raised,
      log: silentLog,
      nextRevision,
      subscribe(listener) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    })
  return { store, raised, listeners, open }
}

test('G-7: a role that was made is in the next snapshot, and other changes make none', async (t) => {
  const { store, open } = await opened()
  const live = await open()
  t.after(live.close)
  const before = live.current()
  await store.roles.create(DESK)
  await live.refresh(['operator:1', 'object:clm:pak:p'])
  assert.equal(live.current(), before)
  await live.refresh(['roles'])
  assert.equal(knownRole(live.current(), 'desk'), true)
  assert.equal(live.current().revision, before.revision + 1)
})

test('G-7: what others changed comes by the feed, also while the first snapshot is being made', async (t) => {
  const { store, listeners, open } = await opened()
  const opening = open()
  await store.groups.create({ id: 'g', parent: null, name: 'acme', label: null, roles: [] })
  for (const listener of listeners) listener(['groups'])
  const live = await opening
  t.after(live.close)
  await live.refresh([])
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(live.current().groupsByPath.get('acme')?.id, 'g')
  live.close()
  assert.equal(listeners.size, 0)
})

test('what does not compile leaves the snapshot in force and raises an alarm, until something compiles', async (t) => {
  const { store, raised, open } = await opened()
  const live = await open()
  t.after(live.close)
  const before = live.current()
  await store.roles.create({ ...DESK, parents: ['ghost'] })
  await live.refresh('all')
  assert.equal(live.current(), before)
  assert.deepEqual(
    raised.list().map(({ code }) => code),
    ['SNAPSHOT_FAILED'],
  )
  assert.match(raised.list()[0]?.detail ?? '', /ghost/)
  await store.roles.replace(DESK)
  await live.refresh(['roles'])
  assert.deepEqual(raised.list(), [])
  assert.equal(knownRole(live.current(), 'desk'), true)
})

test('a directory that does not compile at the start is refused and leaves nothing behind', async () => {
  const { store, listeners, open } = await opened()
  await store.roles.create({ ...DESK, parents: ['ghost'] })
  await assert.rejects(open(), { code: 'CONFIG_INVALID' })
  assert.equal(listeners.size, 0)
})

test('G-10: a role on a group ends at its instant, without anybody changing anything', async (t) => {
  let now = NOW
  const { store, open } = await opened(() => now)
  const role = { role: 'web-application:user', service: null, scope: null }
  const roles = [{ ...role, expiresAt: instant(NOW + 40) }]
  await store.groups.create({ id: 'g', parent: null, name: 'acme', label: null, roles })
  const live = await open()
  t.after(live.close)
  assert.equal(live.current().groups.get('g')?.roles.length, 1)
  now = instant(NOW + 40)
  for (let wait = 0; wait < 200 && live.current().groups.get('g')?.roles.length === 1; wait += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  assert.equal(live.current().groups.get('g')?.roles.length, 0)
})
