/** What every store holds to for sessions. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import type { Sessions } from '../../src/store/ports.ts'
import { AWKWARD_NAMES, at, type OpenStore, session, withCode } from './samples.ts'

export function sessionsContract(open: OpenStore): void {
  describe('sessions', () => {
    findTests(open)
    touchTests(open)
    secretTests(open)
    endTests(open)
  })
}

function findTests(open: OpenStore): void {
  test('a session is found by the hash of its secret, as it was stored', async (t) => {
    const { sessions } = await open(t)
    await sessions.create(session(), 'hash')
    assert.deepEqual(await sessions.find('hash'), session())
    assert.equal(await sessions.find('HASH'), undefined)
    assert.equal(await sessions.find('session-1'), undefined)
    assert.equal(await sessions.count(), 1)
  })

  test('every fact that may be absent may be there', async (t) => {
    const { sessions } = await open(t)
    const full = session({ authnContext: 'password', sessionNotOnOrAfter: at(60), authenticatedAt: at(-1) })
    const bare = session({ id: 's2', nameId: null, nameIdFormat: null, sessionIndex: null, authenticatedAt: null })
    await sessions.create(full, 'full')
    await sessions.create({ ...bare, attributes: [] }, 'bare')
    assert.deepEqual(await sessions.find('full'), full)
    assert.deepEqual(await sessions.find('bare'), { ...bare, attributes: [] })
  })

  test('secrets and ids compare exactly', async (t) => {
    const { sessions } = await open(t)
    for (const name of AWKWARD_NAMES) await sessions.create(session({ id: name, operatorId: name }), name)
    for (const name of AWKWARD_NAMES) {
      assert.equal((await sessions.find(name))?.id, name)
      assert.deepEqual(await sessions.revokeOperator(name), [name])
    }
    assert.equal(await sessions.count(), 0)
  })

  test('an id or a secret that is there already is an INTERNAL fault and changes nothing', async (t) => {
    const { sessions } = await open(t)
    await sessions.create(session(), 'hash')
    await assert.rejects(sessions.create(session({ operatorId: 'eve' }), 'other'), withCode('INTERNAL'))
    await assert.rejects(sessions.create(session({ id: 's2' }), 'hash'), withCode('INTERNAL'))
    assert.deepEqual(await sessions.find('hash'), session())
    assert.equal(await sessions.find('other'), undefined)
    assert.equal(await sessions.count(), 1)
  })
}

function touchTests(open: OpenStore): void {
  test('touch keeps the maximum, within one call as well', async (t) => {
    const { sessions } = await open(t)
    await sessions.create(session({ lastActivityAt: at(10) }), 'hash')
    await sessions.touch([{ id: 'session-1', at: at(9) }])
    assert.equal((await sessions.find('hash'))?.lastActivityAt, at(10))
    const [a, b, c] = [at(12), at(14), at(13)].map((when) => ({ id: 'session-1', at: when }))
    await sessions.touch([a, b, c].filter((activity) => activity !== undefined))
    assert.equal((await sessions.find('hash'))?.lastActivityAt, at(14))
  })

  test('touch never creates: an unknown or revoked session stays away', async (t) => {
    const { sessions } = await open(t)
    await sessions.create(session(), 'hash')
    await sessions.revoke('session-1')
    await sessions.touch([
      { id: 'session-1', at: at(5) },
      { id: 'unknown', at: at(5) },
    ])
    await sessions.touch([])
    assert.equal(await sessions.count(), 0)
    assert.equal(await sessions.find('hash'), undefined)
  })

  test('touch reaches each of many sessions', async (t) => {
    const store = await open(t)
    const ids = Array.from({ length: 1100 }, (_, index) => `s${index}`)
    await store.transaction(async ({ sessions }) => {
      for (const id of ids) await sessions.create(session({ id }), `hash of ${id}`)
    })
    await store.sessions.touch(ids.map((id, index) => ({ id, at: at(index + 1) })))
    for (const index of [0, 499, 500, 999, 1000, 1099]) {
      assert.equal((await store.sessions.find(`hash of s${index}`))?.lastActivityAt, at(index + 1))
    }
  })
}

function secretTests(open: OpenStore): void {
  test('another secret opens the same session, and activity is seen through either', async (t) => {
    const { sessions } = await open(t)
    await sessions.create(session(), 'hash')
    assert.equal(await sessions.addSecret('session-1', 'second'), true)
    assert.deepEqual(await sessions.find('second'), session())
    await sessions.touch([{ id: 'session-1', at: at(9) }])
    for (const hash of ['hash', 'second']) assert.equal((await sessions.find(hash))?.lastActivityAt, at(9))
    assert.equal(await sessions.count(), 1)
  })

  test('a session that is revoked or never was gets no secret', async (t) => {
    const { sessions } = await open(t)
    assert.equal(await sessions.addSecret('session-1', 'second'), false)
    await sessions.create(session(), 'hash')
    await sessions.revoke('session-1')
    assert.equal(await sessions.addSecret('session-1', 'second'), false)
    await sessions.create(session(), 'hash')
    assert.equal(await sessions.find('second'), undefined)
  })

  test('every secret of a session ends with it, however it ends', async (t) => {
    const { sessions } = await open(t)
    const endings = [
      () => sessions.revoke('session-1'),
      () => sessions.revokeOperator('operator-1'),
      () => sessions.revokeOtherProviders([]),
      () => sessions.removeIdle(at(1), 10),
    ]
    for (const end of endings) {
      await sessions.create(session(), 'hash')
      await sessions.addSecret('session-1', 'second')
      await end()
      for (const hash of ['hash', 'second']) assert.equal(await sessions.find(hash), undefined)
    }
  })

  test('a secret that is there already, of any session, is an INTERNAL fault', async (t) => {
    const { sessions } = await open(t)
    await sessions.create(session(), 'hash')
    await sessions.create(session({ id: 's2' }), 'hash of s2')
    for (const hash of ['hash', 'hash of s2']) {
      await assert.rejects(sessions.addSecret('session-1', hash), withCode('INTERNAL'))
    }
    assert.equal((await sessions.find('hash of s2'))?.id, 's2')
  })
}

function endTests(open: OpenStore): void {
  test('a revoked session is not found any more; revoking it again is false', async (t) => {
    const { sessions } = await open(t)
    await sessions.create(session(), 'hash')
    assert.equal(await sessions.revoke('session-1'), true)
    assert.equal(await sessions.find('hash'), undefined)
    assert.equal(await sessions.revoke('session-1'), false)
  })

  test('revoking an operator ends his sessions and returns their ids', async (t) => {
    const { sessions } = await open(t)
    await createThree(sessions)
    assert.deepEqual([...(await sessions.revokeOperator('ann'))].sort(), ['s1', 's2'])
    assert.deepEqual(await sessions.revokeOperator('ann'), [])
    assert.equal(await sessions.find('hash of s1'), undefined)
    assert.equal((await sessions.find('hash of s3'))?.id, 's3')
  })

  test('revoking other providers ends the sessions of all that are not named, local ones too', async (t) => {
    const { sessions } = await open(t)
    await createThree(sessions)
    assert.deepEqual(await sessions.revokeOtherProviders(['okta', 'entra', 'local']), [])
    assert.deepEqual(await sessions.revokeOtherProviders(['okta', 'entra']), ['s2'])
    assert.deepEqual([...(await sessions.revokeOtherProviders([]))].sort(), ['s1', 's3'])
    assert.equal(await sessions.count(), 0)
  })

  test('idle sessions are removed, the longest idle first and no more than asked', async (t) => {
    const { sessions } = await open(t)
    for (const second of [3, 1, 4, 2]) {
      await sessions.create(session({ id: `s${second}`, lastActivityAt: at(second) }), `hash of s${second}`)
    }
    assert.equal(await sessions.removeIdle(at(4), 2), 2)
    assert.equal(await sessions.find('hash of s2'), undefined)
    assert.equal((await sessions.find('hash of s3'))?.id, 's3')
    assert.equal(await sessions.removeIdle(at(4), 2), 1)
    assert.equal(await sessions.removeIdle(at(4), 2), 0)
    assert.equal((await sessions.find('hash of s4'))?.id, 's4')
  })
}

async function createThree(sessions: Sessions): Promise<void> {
  await sessions.create(session({ id: 's1', operatorId: 'ann', provider: 'okta' }), 'hash of s1')
  await sessions.create(session({ id: 's2', operatorId: 'ann', provider: 'local' }), 'hash of s2')
  await sessions.create(session({ id: 's3', operatorId: 'Ann', provider: 'okta' }), 'hash of s3')
}
