/** What every store holds to for one-time keys and traces. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { AWKWARD_NAMES, at, type OpenStore, trace, withCode } from './samples.ts'

export function oneTimeContract(open: OpenStore): void {
  describe('one-time keys', () => {
    test('of 50 parallel claims of one key exactly one is true', async (t) => {
      const { oneTime } = await open(t)
      const claims = Array.from({ length: 50 }, () => oneTime.claim('assertion _1', at(60), at(0)))
      assert.equal((await Promise.all(claims)).filter(Boolean).length, 1)
    })

    test('a key is taken until its end and can be claimed again from then on', async (t) => {
      const { oneTime } = await open(t)
      assert.equal(await oneTime.claim('key', at(60), at(0)), true)
      assert.equal(await oneTime.claim('key', at(600), at(59.999)), false)
      assert.equal(await oneTime.claim('key', at(120), at(60)), true)
      assert.equal(await oneTime.claim('key', at(600), at(119)), false)
    })

    test('of 50 parallel claims of an expired key exactly one is true', async (t) => {
      const { oneTime } = await open(t)
      await oneTime.claim('key', at(60), at(0))
      const claims = Array.from({ length: 50 }, () => oneTime.claim('key', at(120), at(61)))
      assert.equal((await Promise.all(claims)).filter(Boolean).length, 1)
    })

    test('keys compare exactly', async (t) => {
      const { oneTime } = await open(t)
      for (const name of AWKWARD_NAMES) assert.equal(await oneTime.claim(name, at(60), at(0)), true)
      for (const name of AWKWARD_NAMES) assert.equal(await oneTime.claim(name, at(60), at(0)), false)
    })

    test('expired keys are removed, no more than asked, and no other', async (t) => {
      const { oneTime } = await open(t)
      for (const second of [10, 20, 30, 40]) await oneTime.claim(`key ${second}`, at(second), at(0))
      assert.equal(await oneTime.removeExpired(at(30), 2), 2)
      assert.equal(await oneTime.removeExpired(at(30), 2), 1)
      assert.equal(await oneTime.removeExpired(at(30), 2), 0)
      assert.equal(await oneTime.claim('key 40', at(99), at(30)), false)
    })
  })
}

export function tracesContract(open: OpenStore): void {
  describe('traces', () => {
    test('a trace is loaded by its exact reference, as it was saved', async (t) => {
      const { traces } = await open(t)
      await traces.save(trace())
      assert.deepEqual(await traces.load('ABCD-2345'), trace())
      assert.equal(await traces.load('abcd-2345'), undefined)
    })

    test('a reference that is there already is an INTERNAL fault and changes nothing', async (t) => {
      const { traces } = await open(t)
      await traces.save(trace())
      await assert.rejects(traces.save(trace({ outcome: 'signed-in' })), withCode('INTERNAL'))
      assert.deepEqual(await traces.load('ABCD-2345'), trace())
    })

    test('old traces are removed, no more than asked, and no other', async (t) => {
      const { traces } = await open(t)
      for (const second of [1, 2, 3, 4]) await traces.save(trace({ reference: `t${second}`, at: at(second) }))
      assert.equal(await traces.removeBefore(at(4), 2), 2)
      assert.equal(await traces.removeBefore(at(4), 2), 1)
      assert.equal(await traces.removeBefore(at(4), 2), 0)
      assert.equal((await traces.load('t4'))?.reference, 't4')
    })
  })
}

export function restoresContract(open: OpenStore): void {
  describe('restores', () => {
    test('the latest counts, whatever the order they are recorded in', async (t) => {
      const { restores } = await open(t)
      assert.equal(await restores.last(), undefined)
      for (const second of [20, 30, 10, 30]) await restores.record(at(second))
      assert.equal(await restores.last(), at(30))
    })

    test('one that is undone with its transaction never was', async (t) => {
      const store = await open(t)
      const undone = store.transaction(async ({ restores }) => {
        await restores.record(at(10))
        throw new Error('undone')
      })
      await assert.rejects(undone, { message: 'undone' })
      assert.equal(await store.restores.last(), undefined)
    })
  })
}
