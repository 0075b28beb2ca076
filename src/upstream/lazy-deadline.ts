/** A deadline that is moved all the time, at the cost of a number: its timer looks only now and then how far it is. */

import type { Stopwatch } from '../core/time.ts'

export interface LazyDeadline {
  /** From now on it is so many milliseconds away. */
  set(milliseconds: number): void
  /** For good. */
  stop(): void
}

/** Calls `passed` when the deadline is over; it is then set again or not. The timer keeps no process alive. */
export function lazyDeadline(stopwatch: Stopwatch, passed: () => void): LazyDeadline {
  let due = Number.POSITIVE_INFINITY
  /** When the timer looks next. */
  let looksAt = Number.POSITIVE_INFINITY
  let timer: NodeJS.Timeout | undefined

  function look(): void {
    looksAt = Number.POSITIVE_INFINITY
    const left = due - stopwatch()
    if (left > 0) arm(left)
    else {
      due = Number.POSITIVE_INFINITY
      passed()
    }
  }
  function arm(milliseconds: number): void {
    clearTimeout(timer)
    looksAt = due
    timer = setTimeout(look, milliseconds).unref()
  }
  return {
    set(milliseconds) {
      due = stopwatch() + milliseconds
      if (due < looksAt) arm(milliseconds)
    },
    stop() {
      due = Number.POSITIVE_INFINITY
      clearTimeout(timer)
    },
  }
}
