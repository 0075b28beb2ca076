/** Deadlines for what is waited for. */

import type { Seconds } from './time.ts'

/** What `work` comes to, or a rejection with `late()` when that takes longer than `limit`. The work itself is not stopped. */
export function within<Value>(work: Promise<Value>, limit: Seconds, late: () => Error): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), limit * 1000)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
