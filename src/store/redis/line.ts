/**
 * The line to a Redis: every exchange has a deadline, and while nobody answers they all fail at once. It is asked twice a
 * second whether it is back.
 */

import { within } from '../../core/deadline.ts'
import { AppError } from '../../core/errors.ts'
import { type Cancel, type Clock, every, type Instant, seconds } from '../../core/time.ts'
import type { RedisClient, RedisCommands } from './client.ts'
import { redisFailure } from './failure.ts'

/** One exchange, for the metrics. */
export interface StoreCall {
  readonly engine: 'redis'
  readonly operation: string
  readonly seconds: number
  readonly failed: boolean
}

export interface RedisLine {
  /**
   * What `exchange` comes to. STORE_UNAVAILABLE when nobody answers in time, or the server refuses it; at once while it is known
   * to be away.
   */
  ask<Value>(operation: string, exchange: (redis: RedisCommands) => Promise<Value>): Promise<Value>
  /** Since when nobody answers; undefined while somebody does. */
  awaySince(): Instant | undefined
  /** Looks whether it is there, twice a second, until closed. */
  watch(): void
  close(): void
}

export interface LineParts {
  readonly client: RedisClient
  readonly clock: Clock
  readonly observe: (call: StoreCall) => void
  /** Called with the reason when nobody answers any more. */
  readonly lost: (error: unknown) => void
  /** Called when somebody answers again. */
  readonly back: () => void
  /** Called when the server refuses an operation, and when it lets it pass again. */
  readonly refused: (operation: string, error: unknown) => void
  readonly accepted: (operation: string) => void
}

const DEADLINE = seconds(1)
const LOOK_INTERVAL = seconds(0.5)
/** Nothing is ever there. */
const PROBE = 'gatehouse:probe'

/** The line over a client, which connects with the first exchange. */
export function redisLine({ client, clock, observe, ...tell }: LineParts): RedisLine {
  let away: Instant | undefined
  const refusing = new Set<string>()
  let connected: Promise<void> | undefined
  let looking = false
  let stop: Cancel = () => {}

  async function attempt<Value>(operation: string, exchange: (redis: RedisCommands) => Promise<Value>): Promise<Value> {
    const start = clock.now()
    const done = (failed: boolean) =>
      observe({ engine: 'redis', operation, seconds: (clock.now() - start) / 1000, failed })
    try {
      connected ??= client.connect()
      const value = await within(
        connected.then(() => exchange(client)),
        DEADLINE,
        tooLate,
      )
      done(false)
      answered()
      if (refusing.delete(operation)) tell.accepted(operation)
      return value
    } catch (error) {
      done(true)
      const kind = redisFailure(error)
      if (kind === 'away') unanswered(start, error)
      else answered()
      if (kind === 'refused') refuse(operation, error)
      throw kind === 'wrong-type' ? error : unavailable(error)
    }
  }

  function unanswered(since: Instant, error: unknown): void {
    if (away !== undefined) return
    away = since
    tell.lost(error)
  }

  function answered(): void {
    if (away === undefined) return
    away = undefined
    tell.back()
  }

  function refuse(operation: string, error: unknown): void {
    if (refusing.has(operation)) return
    refusing.add(operation)
    tell.refused(operation, error)
  }

  async function look(): Promise<void> {
    looking = true
    // Its outcome shows in `away`.
    await attempt('look', (redis) => redis.exists(PROBE)).catch(() => {})
    looking = false
  }

  return {
    ask: (operation, exchange) => {
      if (away === undefined) return attempt(operation, exchange)
      return Promise.reject(unavailable(new Error('no answer to the last question')))
    },
    awaySince: () => away,
    watch() {
      stop = every(LOOK_INTERVAL, () => {
        if (!looking) void look()
      })
    },
    close() {
      stop()
      client.close()
    },
  }
}

function tooLate(): Error {
  return new Error(`no answer within ${DEADLINE} s`)
}

function unavailable(cause: unknown): AppError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new AppError('STORE_UNAVAILABLE', `the session store: ${reason}`, { cause })
}
