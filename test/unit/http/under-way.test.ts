import assert from 'node:assert/strict'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { test } from 'node:test'
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { youngGarbageCollector } from '../../../src/core/garbage.ts'
import { responsesUnderWay } from '../../../src/http/under-way.ts'

const MEBIBYTE = 1024 * 1024
const UNDER_WAY = 8

const begin = () => new ServerResponse(new IncomingMessage(new Socket()))

test('a response is under way until it is closed', () => {
  const underWay = responsesUnderWay()
  const [first, second, third] = [begin(), begin(), begin()]
  for (const response of [first, second, third]) underWay.add(response)
  assert.deepEqual(underWay.all(), [third, second, first])
  second.emit('close')
  assert.deepEqual(underWay.all(), [third, first])
  third.emit('close')
  assert.deepEqual(underWay.all(), [first])
  first.emit('close')
  assert.deepEqual(underWay.all(), [])
  underWay.add(second)
  assert.deepEqual(underWay.all(), [second])
})

test('responses that are closed go with the young garbage, also behind some that have grown old', () => {
  const underWay = responsesUnderWay()
  const open: ServerResponse[] = []
  /** A response of many kibibytes begins; where that makes too many, the oldest is over. */
  const beginNext = () => {
    const response = Object.assign(begin(), { content: new Array(2048).fill(0) })
    underWay.add(response)
    open.push(response)
    if (open.length > UNDER_WAY) open.shift()?.emit('close')
  }
  for (let count = 0; count < UNDER_WAY; count += 1) beginNext()
  setFlagsFromString('--expose-gc')
  const collectAll: () => void = runInNewContext('gc')
  collectAll()
  const collectYoung = youngGarbageCollector()
  const before = getHeapStatistics().used_heap_size
  for (let count = 0; count < 4000; count += 1) {
    beginNext()
    if (count % 100 === 0) collectYoung()
  }
  collectYoung()
  collectYoung()
  const kept = getHeapStatistics().used_heap_size - before
  assert(kept < 5 * MEBIBYTE, `${(kept / MEBIBYTE).toFixed(1)} MiB of 64 MiB are kept`)
})
