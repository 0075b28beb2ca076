/**
 * Records on their way into the store. What comes while one transaction is under way shares the next one, and each waits
 * for its own alone.
 */

import { AppError, toAppError } from '../core/errors.ts'
import { errorFields, type Log } from '../core/log.ts'
import type { AuditRecord, Store } from '../store/ports.ts'
import type { Shortfalls } from './shortfall.ts'

/** Beyond this nothing more is taken, so that a store that fails does not fill the memory. */
const MOST_WAITING = 10_000
/** Each transaction holds up all other writers for its time. */
const PER_TRANSACTION = 500
/** How long a request waits for its record. */
const PATIENCE_MS = 10_000
const RETRY_AFTER_SECONDS = '5'

export interface AuditQueue {
  /** Resolves when the record is durable. AUDIT_UNAVAILABLE when it cannot be written, or not within 10 s, or the queue is full. */
  write(record: AuditRecord): Promise<void>
  /** Takes a record that nobody waits for; it stays until it is durable. */
  note(record: AuditRecord): void
  /** Whether there is room for notes. */
  hasRoom(): boolean
  /** How many records wait. */
  length(): number
  /** Tries to write everything that waits. STORE_UNAVAILABLE; then it still waits. */
  flush(): Promise<void>
}

interface Waiting {
  readonly record: AuditRecord
  /** Of somebody who waits for it. */
  readonly caller: { resolve(): void; reject(error: AppError): void } | undefined
}

/** `shortfalls` hears of what could not be recorded. */
export function auditQueue(parts: {
  store: Pick<Store, 'transaction'>
  shortfalls: Pick<Shortfalls, 'refused' | 'failed' | 'recovered'>
  log: Log
}): AuditQueue {
  const { store, shortfalls, log } = parts
  let waiting: Waiting[] = []
  let underWay: Promise<AppError | undefined> | undefined

  function refusal(kind: 'full' | 'late' | 'failed', detail: string, cause?: AppError): AppError {
    shortfalls.refused(kind, detail)
    const headers = { 'Retry-After': RETRY_AFTER_SECONDS }
    return new AppError('AUDIT_UNAVAILABLE', detail, { headers, ...(cause === undefined ? {} : { cause }) })
  }

  /** Writes all there is; the error that ended it. */
  async function drain(): Promise<AppError | undefined> {
    let failure: AppError | undefined
    while (failure === undefined && waiting.length > 0) failure = await writeBatch(waiting.splice(0, PER_TRANSACTION))
    underWay = undefined
    return failure
  }

  async function writeBatch(batch: readonly Waiting[]): Promise<AppError | undefined> {
    try {
      await store.transaction(({ audit }) => audit.append(...batch.map(({ record }) => record)))
      for (const { caller } of batch) caller?.resolve()
      if (waiting.length < MOST_WAITING) shortfalls.recovered()
      return undefined
    } catch (thrown) {
      const error = toAppError(thrown)
      log.error('audit.write_failed', { records: batch.length, ...errorFields(error) })
      const all = [...batch, ...waiting]
      waiting = all.filter(({ caller }) => caller === undefined)
      const detail = `records cannot be written: ${error.message}`
      shortfalls.failed(detail)
      // Who came meanwhile would wait for nothing.
      for (const { caller } of all) caller?.reject(refusal('failed', detail, error))
      return error
    }
  }

  function start(): Promise<AppError | undefined> {
    // With something to write it is under way for longer than this call, so that its end comes after this assignment.
    if (waiting.length > 0) underWay ??= drain()
    return underWay ?? Promise.resolve(undefined)
  }

  return {
    write(record) {
      if (waiting.length >= MOST_WAITING) {
        void start()
        return Promise.reject(refusal('full', `${waiting.length} records wait already`))
      }
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const timer = setTimeout(() => {
        waiting = waiting.filter((each) => each.record !== record)
        reject(refusal('late', `a record was not written within ${PATIENCE_MS / 1000} s`))
      }, PATIENCE_MS)
      waiting.push({ record, caller: { resolve, reject } })
      void start()
      return promise.finally(() => clearTimeout(timer))
    },
    note(record) {
      waiting.push({ record, caller: undefined })
      void start()
    },
    hasRoom: () => waiting.length < MOST_WAITING,
    length: () => waiting.length,
    async flush() {
      // What is under way may have begun before the last record came.
      await underWay
      const failure = await start()
      if (failure !== undefined) throw failure
    },
  }
}
