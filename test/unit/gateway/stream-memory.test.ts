import assert from 'node:assert/strict'
import { test } from 'node:test'

import { youngGarbageCollector } from '../../../src/core/garbage.ts'
import { streamMemory } from '../../../src/gateway/stream-memory.ts'
import { eventually } from '../../support/eventually.ts'

const MIB = 1024 * 1024

test('garbage is collected after every 8 MiB that pass, and small parts do not count', () => {
  let collected = 0
  const memory = streamMemory({ collect: () => (collected += 1), restrain: () => {} })
  for (let part = 0; part < 10_000; part += 1) memory.passed(4096)
  assert.equal(collected, 0)
  for (let part = 0; part < 7; part += 1) memory.passed(MIB)
  assert.equal(collected, 0)
  for (let part = 0; part < 9; part += 1) memory.passed(MIB)
  assert.equal(collected, 2)
})

test('V8 is restrained from the beginning of the first strain to the end of the last, whoever ends how often', () => {
  const calls: boolean[] = []
  const memory = streamMemory({ collect: () => {}, restrain: (isRestrained) => calls.push(isRestrained) })
  const first = memory.strained()
  const second = memory.strained()
  first()
  first()
  assert.deepEqual(calls, [true])
  second()
  assert.deepEqual(calls, [true, false])
  memory.strained()()
  assert.deepEqual(calls, [true, false, true, false])
})

test('the collector frees buffers that were made lately, and leaves no gc function behind', async () => {
  const collect = youngGarbageCollector()
  collect()
  const used = () => process.memoryUsage().arrayBuffers
  const before = used()
  const parts = Array.from({ length: 300 }, () => Buffer.alloc(64 * 1024))
  assert.ok(used() - before > 15 * MIB)
  parts.length = 0
  collect()
  // V8 gives the memory back on another thread.
  await eventually(() => used() - before < 2 * MIB)
  assert.equal('gc' in globalThis, false)
})
