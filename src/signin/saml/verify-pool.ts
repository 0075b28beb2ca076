/** Threads that verify messages, so that no message, however made, holds up the thread that forwards requests. */

import { availableParallelism } from 'node:os'
import { Piscina } from 'piscina'
import { AppError } from '../../core/errors.ts'
import { refusedForItsTime, type VerifyInput, type VerifyOutcome } from './verify.ts'

/** One message, from the moment a thread takes it; a usual one needs a few milliseconds. */
const TASK_MILLISECONDS = 2000

/** Messages that may wait for a thread. */
const MAX_WAITING = 64

export interface VerifyPool {
  /**
   * The outcome of the message half of the check table. A message that takes longer than 2 s is refused with SAML_TOO_LARGE and
   * its thread replaced. Throws OVERLOADED, with Retry-After, when 64 messages wait already.
   */
  verify(input: VerifyInput): Promise<VerifyOutcome>
  /** Messages that wait for a thread now. */
  waiting(): number
  /** Finishes what runs and ends the threads. */
  close(): Promise<void>
}

/** A pool of `threads` threads, all but one of the cores by default; they start with the first message. */
export function verifyPool({
  threads = Math.max(1, availableParallelism() - 1),
  taskMilliseconds = TASK_MILLISECONDS,
  worker = new URL('./verify-worker.ts', import.meta.url),
}: {
  threads?: number
  taskMilliseconds?: number
  worker?: URL
} = {}): VerifyPool {
  const { take, giveBack, waiting } = places(threads)
  let started: Promise<Piscina> | undefined
  return {
    async verify(input) {
      await take()
      try {
        started ??= start(worker, threads)
        return await run(await started, input, taskMilliseconds)
      } finally {
        giveBack()
      }
    },
    waiting,
    async close() {
      await (await started)?.close()
    },
  }
}

/** As many places as threads, and a short queue for them. */
function places(threads: number): {
  readonly take: () => Promise<void>
  readonly giveBack: () => void
  readonly waiting: () => number
} {
  const waiting: (() => void)[] = []
  let free = threads
  return {
    async take() {
      if (free > 0) {
        free -= 1
        return
      }
      if (waiting.length >= MAX_WAITING) {
        const detail = `${MAX_WAITING} messages wait for verification`
        throw new AppError('OVERLOADED', detail, { headers: { 'Retry-After': '1' } })
      }
      await new Promise<void>((resolve) => waiting.push(resolve))
    },
    giveBack() {
      const next = waiting.shift()
      if (next === undefined) free += 1
      else next()
    },
    waiting: () => waiting.length,
  }
}

/** The time of a message must not begin before there is a thread to take it. */
async function start(worker: URL, threads: number): Promise<Piscina> {
  const pool = new Piscina({ filename: worker.href, minThreads: threads, maxThreads: threads, recordTiming: false })
  await pool.run(undefined, { name: 'ready' })
  return pool
}

async function run(pool: Piscina, input: VerifyInput, taskMilliseconds: number): Promise<VerifyOutcome> {
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), taskMilliseconds)
  try {
    return await pool.run(input, { name: 'verify', signal: deadline.signal })
  } catch (error) {
    if (deadline.signal.aborted && error instanceof Error && error.name === 'AbortError') {
      return refusedForItsTime(`${taskMilliseconds / 1000} s`)
    }
    throw error
  } finally {
    clearTimeout(timer)
  }
}
