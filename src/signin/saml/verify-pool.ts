/** Threads that verify messages, so that no message, however made, holds up the thread that forwards requests. */

import { availableParallelism } from 'node:os'
import { Piscina } from 'piscina'
import { AppError } from '../../core/errors.ts'
import { ownBuffer } from '../../core/garbage.ts'
import { type FormReading, readPostForm, unreadForItsTime } from './post-form.ts'
import { refusedForItsTime, type VerifyInput, type VerifyOutcome } from './verify.ts'

/** One task, from the moment a thread takes it; a usual message needs a few milliseconds. */
const TASK_MILLISECONDS = 2000

/** Tasks that may wait for a thread. */
const MAX_WAITING = 64

/** Forms up to this are read by whoever asks: that takes less than half a millisecond. */
const SHORT_FORM_BYTES = 32 * 1024

/** Where both want one processor, the thread that forwards requests gets three quarters of it (`nice`; elsewhere it would hold for the process). */
const NICE = process.platform === 'linux' ? 5 : 0

/** Both throw OVERLOADED, with Retry-After, when 64 tasks wait already, and replace a thread that takes longer than 2 s. */
export interface VerifyPool {
  /** The outcome of the message half of the check table; SAML_TOO_LARGE for a message that takes too long. */
  verify(input: VerifyInput): Promise<VerifyOutcome>
  /** What a form holds; SAML_TOO_LARGE for one that takes too long. Its bytes may be gone afterwards. */
  readForm(octets: Uint8Array): Promise<FormReading>
  /** Tasks that wait for a thread now. */
  waiting(): number
  /** Finishes what runs and ends the threads. */
  close(): Promise<void>
}

/** A pool of `threads` threads, all but one of the cores by default; they start with the first task. */
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
  const limit = `${taskMilliseconds / 1000} s`
  let started: Promise<Piscina> | undefined

  /** Runs one function of the worker; the outcome of `late` when it takes too long. */
  async function run<Value>(task: Task, late: () => Value): Promise<Value> {
    await take()
    try {
      started ??= start(worker, threads)
      return await within(taskMilliseconds, await started, task, late)
    } finally {
      giveBack()
    }
  }

  return {
    verify: (input) => run({ name: 'verify', input }, () => refusedForItsTime(limit)),
    async readForm(octets) {
      if (octets.length <= SHORT_FORM_BYTES) return readPostForm(octets)
      // Handed over, so that nothing is left for a collector here. What shares its memory with others is copied.
      const own = ownBuffer(octets) ?? new Uint8Array(octets).buffer
      const task: Task = { name: 'readForm', input: new Uint8Array(own), transferList: [own] }
      return run(task, () => unreadForItsTime(limit))
    },
    waiting,
    async close() {
      await (await started)?.close()
    },
  }
}

interface Task {
  readonly name: 'verify' | 'readForm'
  readonly input: unknown
  readonly transferList?: ArrayBuffer[]
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

/** The time of a task must not begin before there is a thread to take it. */
async function start(worker: URL, threads: number): Promise<Piscina> {
  const pool = new Piscina({
    filename: worker.href,
    minThreads: threads,
    maxThreads: threads,
    recordTiming: false,
    niceIncrement: NICE,
  })
  await pool.run(undefined, { name: 'ready' })
  return pool
}

async function within<Value>(
  milliseconds: number,
  pool: Piscina,
  { name, input, transferList = [] }: Task,
  late: () => Value,
): Promise<Value> {
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), milliseconds)
  try {
    return await pool.run(input, { name, transferList, signal: deadline.signal })
  } catch (error) {
    if (deadline.signal.aborted && error instanceof Error && error.name === 'AbortError') return late()
    throw error
  } finally {
    clearTimeout(timer)
  }
}
