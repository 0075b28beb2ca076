import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import {
  countingKeys,
  currentKey,
  type KeyRing,
  keyFileName,
  type RingKey,
  withNextKey,
} from '../../../src/core/key-ring.ts'
import { instant, seconds } from '../../../src/core/time.ts'

const at = (second: number) => instant(second * 1000)
const key = (text: string, from: number): RingKey => ({ text, from: at(from), file: null })
const RING: KeyRing = [key('a', 0), key('b', 100), key('c', 200)]
const texts = (ring: readonly RingKey[]) => ring.map(({ text }) => text).join('')

describe('a ring of keys', () => {
  it('uses the latest key whose time has come', () => {
    for (const [now, used] of [
      [0, 'a'],
      [99.999, 'a'],
      [100, 'b'],
      [199, 'b'],
      [5000, 'c'],
    ] as const) {
      assert.equal(currentKey(RING, at(now)).text, used, `at ${now}`)
    }
  })

  it('uses its first key while the time of none has come', () => {
    assert.equal(currentKey([key('later', 50), key('latest', 60)], at(1)).text, 'later')
  })

  it('counts keys to come, and those replaced less than the time to keep ago', () => {
    for (const [now, counting] of [
      [0, 'abc'],
      [129.999, 'abc'],
      [130, 'bc'],
      [229, 'bc'],
      [230, 'c'],
      [9999, 'c'],
    ] as const) {
      assert.equal(texts(countingKeys(RING, at(now), seconds(30))), counting, `at ${now}`)
    }
  })

  it('takes another configured key as its last, once', () => {
    const next = withNextKey([key('a', 0)], 'b', { now: at(10), lead: seconds(5) })
    assert.deepEqual(next, [key('a', 0), key('b', 15)])
    assert.equal(withNextKey(next, 'b', { now: at(20), lead: seconds(5) }), next)
    assert.deepEqual(withNextKey(next, 'a', { now: at(20), lead: seconds(5) }), [key('b', 15), key('a', 25)])
  })

  it('names files by the first use, to the second', () => {
    assert.equal(keyFileName('identity', instant(Date.UTC(2026, 10, 24, 9, 5, 7))), 'identity-20261124T090507Z.key')
  })
})
