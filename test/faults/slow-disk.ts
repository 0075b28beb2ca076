/** A disk whose every write takes 50 ms: forwarding does not wait for it, and what must be durable waits for it and no more. */

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Figure, Soak } from '../soak/soak.ts'
import { type FaultHouse, openFaultHouse, percentiles } from './house.ts'
import { held } from './storage.ts'

const SOURCE = join(import.meta.dirname, 'slow-sync.c')
const SYNC_MS = 50
/** A commit syncs once; the one under way, the own one, and one for a log that starts over. */
const USUAL_SYNCS = 3
/** SQLite syncs up to four times for a commit that brings its log into the file, which no two in a row do; twice at most else. */
const MOST_SYNCS = 6
/** Between requests, so that it is the disk that is measured and not the machine. */
const PAUSE_MS = 4

interface Measured {
  readonly safe: { median: number; p99: number }
  readonly unsafe: { median: number; p99: number }
  readonly signIn: number
}

/** Needs a C compiler; left out where there is none. */
export const slowDisk: Soak = async ({ short }) => {
  const house = await openFaultHouse()
  const shim = join(house.folder, 'slow-sync.so')
  try {
    const compiled = spawnSync('cc', ['-shared', '-fPIC', '-O2', '-o', shim, SOURCE, '-ldl'])
    if (compiled.status !== 0) return [{ what: 'slow disk', value: 'left out: no C compiler' }]
    const requests = short ? 400 : 3000
    const usual = await measure(house, {}, requests)
    const slow = await measure(house, { LD_PRELOAD: shim }, requests)
    return figuresOf(usual, slow)
  } finally {
    await house.close()
  }
}

function figuresOf(usual: Measured, slow: Measured): readonly Figure[] {
  // On a busy machine the slowest requests differ by more than a disk would make them.
  const limit = Math.max(usual.safe.p99 + SYNC_MS / 2, 2.5 * usual.safe.p99)
  const medianLimit = usual.safe.median + SYNC_MS / 2
  return [
    { what: 'sign-in: usual and slow disk, ms', value: `${usual.signIn.toFixed(0)} and ${slow.signIn.toFixed(0)}` },
    held('sign-in waits for the disk', slow.signIn >= SYNC_MS, slow.signIn),
    { what: 'safe requests, median: usual and slow disk, ms', value: pair(usual.safe.median, slow.safe.median) },
    { what: 'safe requests, p99: usual and slow disk, ms', value: pair(usual.safe.p99, slow.safe.p99) },
    held(
      'safe requests do not wait for the disk',
      slow.safe.p99 < limit && slow.safe.median < medianLimit,
      slow.safe.p99,
    ),
    { what: 'unsafe requests, median: usual and slow disk, ms', value: pair(usual.unsafe.median, slow.unsafe.median) },
    { what: 'unsafe requests, p99: usual and slow disk, ms', value: pair(usual.unsafe.p99, slow.unsafe.p99) },
    held('unsafe requests wait for their record', slow.unsafe.median >= SYNC_MS, slow.unsafe.median),
    held(
      'unsafe requests wait for the write under way and their own, no more',
      slow.unsafe.median < usual.unsafe.median + USUAL_SYNCS * SYNC_MS &&
        slow.unsafe.p99 < usual.unsafe.p99 + MOST_SYNCS * SYNC_MS,
      slow.unsafe.p99,
    ),
  ]
}

function pair(one: number, other: number): string {
  return `${one.toFixed(1)} and ${other.toFixed(1)}`
}

/** Requests of a session while sign-ins keep the writer busy. */
async function measure(house: FaultHouse, env: Readonly<Record<string, string>>, requests: number): Promise<Measured> {
  const { running } = await house.start(env)
  await house.signInOnce()
  const before = performance.now()
  const { session = '' } = await house.signInOnce()
  const signIn = performance.now() - before
  let over = false
  const writing = (async () => {
    while (!over) {
      await house.signInOnce()
      await delay(20)
    }
  })()
  const safe = await times(requests, () => house.ask('/app/x', session))
  const unsafe = await times(Math.ceil(requests / 10), () => house.ask('/app/x', session, 'POST'))
  over = true
  await writing
  running.signal('SIGTERM')
  await running.ended
  return { safe: percentiles(safe), unsafe: percentiles(unsafe), signIn }
}

async function times(count: number, request: () => Promise<number>): Promise<readonly number[]> {
  const durations: number[] = []
  for (let index = 0; index < count; index += 1) {
    const before = performance.now()
    const status = await request()
    durations.push(performance.now() - before)
    if (status !== 200) throw new Error(`a request was answered ${status}`)
    await delay(PAUSE_MS)
  }
  return durations
}
