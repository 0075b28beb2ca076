import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'

import { AppError } from '../../../src/core/errors.ts'
import { addSeconds, type Instant, instant, seconds } from '../../../src/core/time.ts'
import { type SessionWatch, sessionWatch } from '../../../src/session/watch.ts'

let now: Instant
/** Ends by session; absent: over. */
let lives: Map<string, Instant>
let away: boolean
let awaySince: Instant | undefined
let asked: string[]
let ended: string[]
let watch: SessionWatch

beforeEach(() => {
  now = instant(1_000_000)
  lives = new Map()
  away = false
  awaySince = undefined
  asked = []
  ended = []
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  watch = sessionWatch({ awaySince: () => awaySince, clock: { now: () => now }, log, grace: seconds(30) })
})

function add(sessionId: string, name = sessionId) {
  return watch.add({
    sessionId,
    async ask() {
      asked.push(name)
      if (away) throw new AppError('STORE_UNAVAILABLE', 'away')
      const expiresAt = lives.get(sessionId)
      return expiresAt !== undefined && now < expiresAt ? { expiresAt, governedBy: 'timeout' } : undefined
    },
    ended: () => ended.push(name),
  })
}

const later = (by: number) => addSeconds(now, seconds(by))
const settled = () => delay(5)

/** Lets the look that comes twice a second come once. */
async function look(): Promise<void> {
  const stop = watch.start()
  await delay(520)
  stop()
}

describe('a watched session', () => {
  test('is asked for at once, because it may have ended meanwhile', async () => {
    add('gone')
    await settled()
    assert.deepEqual(ended, ['gone'])
  })

  test('is not asked for again before its end, and then ends when the answer says so', async () => {
    lives.set('a', later(60))
    add('a')
    await look()
    assert.deepEqual(asked, ['a'])
    now = later(60)
    await look()
    assert.deepEqual([asked, ended], [['a', 'a'], ['a']])
  })

  test('goes on when an action has moved its end', async () => {
    lives.set('a', later(60))
    add('a')
    await settled()
    lives.set('a', later(120))
    now = later(60)
    await look()
    assert.deepEqual(ended, [])
    now = later(60)
    await look()
    assert.deepEqual(ended, ['a'])
  })

  test('ends for all who watch it when it is revoked, and for nobody else', async () => {
    for (const id of ['a', 'b']) lives.set(id, later(60))
    add('a', 'a1')
    add('a', 'a2')
    add('b')
    await settled()
    lives.delete('a')
    lives.delete('b')
    watch.recheck(['operator:a', 'session:a', 'session:c'])
    await settled()
    assert.deepEqual(ended, ['a1', 'a2'])
    watch.recheck('all')
    await settled()
    assert.deepEqual(ended, ['a1', 'a2', 'b'])
  })

  test('is forgotten when its watch is cancelled, even while it is being asked for', async () => {
    const cancel = add('a')
    cancel()
    await settled()
    assert.deepEqual(ended, [])
    watch.recheck('all')
    await settled()
    assert.deepEqual(asked, ['a'])
  })

  test('goes on for the grace time while nobody can say whether it lives', async () => {
    lives.set('a', later(60))
    add('a')
    await settled()
    away = true
    watch.recheck(['session:a'])
    await settled()
    now = later(29)
    await look()
    assert.deepEqual(ended, [])
    away = false
    await look()
    away = true
    watch.recheck(['session:a'])
    await settled()
    now = later(30)
    await look()
    assert.deepEqual(ended, ['a'])
  })

  test('where it is known since when nobody could say, the grace time counts from then', async () => {
    lives.set('a', later(60))
    add('a')
    await settled()
    away = true
    awaySince = later(-29)
    watch.recheck(['session:a'])
    await settled()
    assert.deepEqual(ended, [])
    now = later(1)
    await look()
    assert.deepEqual(ended, ['a'])
  })

  test('one listener that fails keeps nobody from being told', async () => {
    lives.set('a', later(60))
    watch.add({
      sessionId: 'a',
      ask: () => undefined,
      ended() {
        throw new Error('broken')
      },
    })
    add('a')
    lives.clear()
    await settled()
    assert.deepEqual(ended, ['a'])
  })
})

test('ten thousand watched sessions cost next to nothing, and are told within a second', async () => {
  for (let index = 0; index < 10_000; index += 1) {
    lives.set(`s${index}`, later(60))
    add(`s${index}`)
  }
  await delay(50)
  assert.equal(asked.length, 10_000)
  const idle = process.cpuUsage()
  await look()
  const { user, system } = process.cpuUsage(idle)
  assert.ok(user + system < 200_000, `${user + system} µs for one look`)
  lives.clear()
  const started = performance.now()
  watch.recheck('all')
  while (ended.length < 10_000) await delay(1)
  assert.ok(performance.now() - started < 1000)
})
