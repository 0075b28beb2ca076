import assert from 'node:assert/strict'
import test from 'node:test'
import { freeBytes, ownBuffer } from '../../../src/core/garbage.ts'

test('memory is given back at once, but not what others share', () => {
  const own = new Uint8Array(100_000)
  const whole = new Uint8Array(100_000)
  const part = whole.subarray(1)
  assert.equal(ownBuffer(own), own.buffer)
  assert.equal(ownBuffer(part), undefined)
  freeBytes(own)
  freeBytes(part)
  assert.deepEqual([own.length, own.buffer.detached], [0, true])
  assert.deepEqual([part.length, whole.length], [99_999, 100_000])
})
