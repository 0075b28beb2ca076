import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'

import { AppError } from '../../../src/core/errors.ts'
import type { Log } from '../../../src/core/log.ts'
import type { LiveSessions } from '../../../src/store/live-sessions.ts'
import { memoryStore } from '../../../src/store/memory/memory-store.ts'
import type { Session, Store } from '../../../src/store/ports.ts'
import { sessionsApart } from '../../../src/store/sessions-apart.ts'
import { at, auditRecord, session, withCode } from '../../contract/samples.ts'

const DAY = 24 * 3600

/** What the other engine was asked to do, in order; `failing` calls fail. */
let calls: string[]
let failing: Set<string>
let live: Map<string, Session>
let directory: Store
let logged: string[]
let store: Store

beforeEach(() => {
  calls = []
  failing = new Set()
  live = new Map()
  directory = memoryStore()
  logged = []
  const note = (event: string) => void logged.push(event)
  const log: Log = { debug: note, info: note, warn: note, error: note }
  store = sessionsApart({
    directory,
    live: engine(),
    log,
    lost: ({ audit }, { id }) => audit.append(auditRecord({ id: `lost ${id}` })),
  })
})

function engine(): LiveSessions {
  const call = (name: string) => {
    calls.push(name)
    if (failing.has(name)) throw new AppError('STORE_UNAVAILABLE', `${name} was made to fail`)
  }
  return {
    async write(fresh) {
      call('write')
      live.set(fresh.id, fresh)
    },
    async read(id) {
      call('read')
      return live.get(id)
    },
    touch: async () => call('touch'),
    async remove(ids) {
      call('remove')
      for (const id of ids) live.delete(id)
    },
    awaySince: () => (failing.has('away') ? at(0) : undefined),
    close: () => call('close'),
  }
}

const registeredAt = async () => (await directory.sessions.find('apart:hash'))?.lastActivityAt

describe('a store whose sessions are kept by two engines', () => {
  test('writes a session when it is committed, and none that was ended or undone before', async () => {
    await store.transaction(async ({ sessions }) => {
      await sessions.create(session(), 'hash')
      assert.deepEqual(await sessions.find('hash'), session())
      assert.deepEqual(calls, [])
    })
    assert.deepEqual(calls, ['write'])
    await store.transaction(async ({ sessions }) => {
      await sessions.create(session({ id: 's2' }), 'hash of s2')
      await sessions.revoke('s2')
    })
    const undone = store.transaction(async ({ sessions }) => {
      await sessions.create(session({ id: 's3' }), 'hash of s3')
      throw new Error('no')
    })
    await assert.rejects(undone, /no/)
    assert.deepEqual([...live.keys()], ['session-1'])
  })

  test('ends a session again that could not be kept, and records it; a write that arrives later makes no session', async () => {
    failing.add('write')
    await assert.rejects(store.sessions.create(session(), 'hash'), withCode('STORE_UNAVAILABLE'))
    assert.equal(await store.sessions.count(), 0)
    assert.deepEqual(
      (await store.audit.list({ limit: 9 })).map(({ id }) => id).filter((id) => id !== 'opening'),
      ['lost session-1'],
    )
    live.set('session-1', session())
    assert.equal(await store.sessions.find('hash'), undefined)
  })

  test('begins nothing while the other engine is known to be away', async () => {
    failing.add('away')
    const begun = store.transaction(async ({ sessions, oneTime }) => {
      await oneTime.claim('request', at(60), at(0))
      await sessions.create(session(), 'hash')
    })
    await assert.rejects(begun, withCode('STORE_UNAVAILABLE'))
    assert.equal(await store.oneTime.claim('request', at(60), at(0)), true)
    assert.deepEqual(calls, [])
  })

  test('ends sessions without the other engine, and believes nothing that is left there', async () => {
    await store.sessions.create(session(), 'hash')
    failing.add('remove').add('away')
    assert.equal(await store.sessions.revoke('session-1'), true)
    assert.deepEqual([...live.keys()], ['session-1'])
    assert.equal(await store.sessions.find('hash'), undefined)
    assert.deepEqual(logged, ['session.remove.failed'])
  })

  test('asks the other engine for no session that is not in the register', async () => {
    live.set('session-1', session())
    assert.equal(await store.sessions.find('hash'), undefined)
    assert.deepEqual(calls, [])
  })

  test('knows from the register alone whose a session is, since when and until when', async () => {
    await store.sessions.create(session({ sessionNotOnOrAfter: at(60) }), 'hash')
    const forged = { operatorId: 'eve', provider: 'evil', signedInAt: at(99), sessionNotOnOrAfter: null }
    live.set('session-1', session({ ...forged, nameId: 'as it was sent', lastActivityAt: at(5) }))
    const expected = session({ sessionNotOnOrAfter: at(60), nameId: 'as it was sent', lastActivityAt: at(5) })
    assert.deepEqual(await store.sessions.find('hash'), expected)
  })

  test('tells the register of activity once a day', async () => {
    await store.sessions.create(session(), 'hash')
    for (const second of [10, 20, DAY - 1]) await store.sessions.touch([{ id: 'session-1', at: at(second) }])
    assert.equal(await registeredAt(), at(10))
    await store.sessions.touch([{ id: 'session-1', at: at(DAY + 10) }])
    assert.equal(await registeredAt(), at(DAY + 10))
    assert.equal(calls.filter((call) => call === 'touch').length, 4)
  })

  test('leaves sessions in the register that open nothing for a gateway that keeps them in the directory again', async () => {
    await store.sessions.create(session(), 'hash')
    await store.sessions.addSecret('session-1', 'second')
    for (const hash of ['hash', 'second']) assert.equal(await directory.sessions.find(hash), undefined)
  })
})
