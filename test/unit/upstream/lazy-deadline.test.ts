import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'

import { systemStopwatch } from '../../../src/core/time.ts'
import { lazyDeadline } from '../../../src/upstream/lazy-deadline.ts'

function open() {
  const passed: number[] = []
  const since = systemStopwatch()
  const deadline = lazyDeadline(systemStopwatch, () => passed.push(systemStopwatch() - since))
  return { deadline, passed }
}

describe('a deadline', () => {
  test('passes once', async () => {
    const { deadline, passed } = open()
    deadline.set(30)
    await delay(120)
    assert.equal(passed.length, 1)
    assert.ok((passed[0] ?? 0) >= 29)
  })

  test('that is moved on all the time does not pass before it is left alone', async () => {
    const { deadline, passed } = open()
    for (let turn = 0; turn < 8; turn += 1) {
      deadline.set(50)
      await delay(15)
    }
    assert.deepEqual(passed, [])
    await delay(100)
    assert.equal(passed.length, 1)
    assert.ok((passed[0] ?? 0) >= 150)
  })

  test('that is moved nearer passes earlier', async () => {
    const { deadline, passed } = open()
    deadline.set(10_000)
    deadline.set(30)
    await delay(120)
    assert.equal(passed.length, 1)
  })

  test('can be set again when it has passed', async () => {
    const { deadline, passed } = open()
    deadline.set(20)
    await delay(60)
    deadline.set(20)
    await delay(60)
    assert.equal(passed.length, 2)
  })

  test('does not pass when it is stopped', async () => {
    const { deadline, passed } = open()
    deadline.set(20)
    deadline.stop()
    await delay(60)
    assert.deepEqual(passed, [])
  })
})
