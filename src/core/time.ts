/** Instants, durations and the clock. Everything that asks for the time gets a `Clock` handed in; tests hand in their own. */

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number & { readonly __instant: unique symbol }

/** A duration in seconds. */
export type Seconds = number & { readonly __seconds: unique symbol }

export interface Clock {
  /** The present instant, in whole milliseconds. */
  now(): Instant
}

export const systemClock: Clock = { now: () => Date.now() as Instant }

/** Milliseconds since some instant; never goes back, whatever happens to the clock. For durations. */
export type Stopwatch = () => number

export const systemStopwatch: Stopwatch = () => performance.now()

/** Mints an instant from milliseconds since 1970-01-01T00:00:00Z. */
export function instant(epochMilliseconds: number): Instant {
  return epochMilliseconds as Instant
}

/** Mints a duration from a number of seconds. */
export function seconds(value: number): Seconds {
  return value as Seconds
}

/** A duration given in minutes (fractions allowed) as seconds. */
export function minutes(value: number): Seconds {
  return (value * 60) as Seconds
}

/** `at` moved by `by` seconds; a negative duration moves back. */
export function addSeconds(at: Instant, by: Seconds): Instant {
  return (at + by * 1000) as Instant
}

/** ISO 8601 with milliseconds, UTC; null stays null. */
export function isoTime(at: Instant): string
export function isoTime(at: Instant | null): string | null
export function isoTime(at: Instant | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}

/** Cancels what `every` started. */
export type Cancel = () => void

/** Runs `work` every `interval` until cancelled; the timer keeps no process alive. */
export function every(interval: Seconds, work: () => void): Cancel {
  const timer = setInterval(work, interval * 1000)
  timer.unref()
  return () => clearInterval(timer)
}

/** Runs `work` once after `wait` unless cancelled; the timer keeps no process alive. */
export function soon(wait: Seconds, work: () => void): Cancel {
  const timer = setTimeout(work, Math.max(0, wait * 1000))
  timer.unref()
  return () => clearTimeout(timer)
}
