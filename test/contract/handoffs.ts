/** What every store holds to for sessions on their way to another host. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { AWKWARD_NAMES, at, handoff, type OpenStore, session, withCode } from './samples.ts'

export function handoffsContract(open: OpenStore): void {
  describe('hand-overs', () => {
    test('a hand-over is consumed as it was issued', async (t) => {
      const { sessions, handoffs } = await open(t)
      await sessions.create(session(), 'hash')
      assert.equal(await handoffs.issue(handoff()), true)
      assert.deepEqual(await handoffs.consume('code', at(59.999)), handoff())
    })

    test('of 50 parallel callers exactly one gets it', async (t) => {
      const { sessions, handoffs } = await open(t)
      await sessions.create(session(), 'hash')
      await handoffs.issue(handoff())
      const taken = await Promise.all(Array.from({ length: 50 }, () => handoffs.consume('code', at(1))))
      assert.equal(taken.filter((each) => each !== undefined).length, 1)
      assert.equal(await handoffs.consume('code', at(1)), undefined)
    })

    test('who asks too late gets nothing, and takes it from everybody else', async (t) => {
      const { sessions, handoffs } = await open(t)
      await sessions.create(session(), 'hash')
      await handoffs.issue(handoff())
      assert.equal(await handoffs.consume('code', at(60)), undefined)
      assert.equal(await handoffs.consume('code', at(1)), undefined)
    })

    test('codes compare exactly', async (t) => {
      const { sessions, handoffs } = await open(t)
      await sessions.create(session(), 'hash')
      for (const name of AWKWARD_NAMES) await handoffs.issue(handoff({ codeHash: name, returnPath: name }))
      for (const name of AWKWARD_NAMES) assert.equal((await handoffs.consume(name, at(1)))?.returnPath, name)
    })

    test('there is none without its session, and none is left when the session has ended', async (t) => {
      const { sessions, handoffs } = await open(t)
      assert.equal(await handoffs.issue(handoff()), false)
      await sessions.create(session(), 'hash')
      await handoffs.issue(handoff())
      await sessions.revoke('session-1')
      await sessions.create(session(), 'hash')
      assert.equal(await handoffs.consume('code', at(1)), undefined)
    })

    test('a code that is there already is an INTERNAL fault and changes nothing', async (t) => {
      const { sessions, handoffs } = await open(t)
      await sessions.create(session(), 'hash')
      await handoffs.issue(handoff())
      await assert.rejects(handoffs.issue(handoff({ host: 'evil.test' })), withCode('INTERNAL'))
      assert.deepEqual(await handoffs.consume('code', at(1)), handoff())
    })

    test('those that are over are removed, no more than asked, and no other', async (t) => {
      const { sessions, handoffs } = await open(t)
      await sessions.create(session(), 'hash')
      for (const second of [10, 20, 30, 40]) {
        await handoffs.issue(handoff({ codeHash: `code ${second}`, until: at(second) }))
      }
      assert.equal(await handoffs.removeExpired(at(30), 2), 2)
      assert.equal(await handoffs.removeExpired(at(30), 2), 1)
      assert.equal(await handoffs.removeExpired(at(30), 2), 0)
      assert.equal((await handoffs.consume('code 40', at(39)))?.codeHash, 'code 40')
    })
  })
}
