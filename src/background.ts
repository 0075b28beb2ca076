/** What runs beside the requests, by the clock. */

import type { Shared } from './app.ts'
import type { Config } from './config/config.ts'
import { errorFields } from './core/log.ts'
import { every, minutes, seconds } from './core/time.ts'
import type { ChangeFeed } from './store/change-feed.ts'
import { housekeeping, sessionsKeptFor } from './store/housekeeping.ts'

/** How long the store may be silent while what is cached is served. */
export const FRESH_SECONDS = 2
const HOUSEKEEPING_MINUTES = 5
const KEEP_TRACES_SECONDS = 14 * 24 * 3600

/** Raises an alarm while nobody can say whether what is cached still holds. */
export function watchStore({ alarms }: Shared, feed: ChangeFeed): () => void {
  return every(seconds(1), () => {
    if (feed.unconfirmedSeconds() < FRESH_SECONDS) alarms.clear('STORE_SILENT', '')
    else alarms.raise('STORE_SILENT', '', `not heard of for more than ${FRESH_SECONDS} s; nothing cached is served`)
  })
}

/** Removes what is too old to be of use, every few minutes until cancelled. */
export function startHousekeeping({ store, clock, log }: Shared, config: () => Config): () => void {
  const cleaner = housekeeping({
    store,
    clock,
    keepSessionsSeconds: () => sessionsKeptFor(config().session),
    keepTracesSeconds: seconds(KEEP_TRACES_SECONDS),
  })
  const run = (): void => {
    cleaner.run().catch((error: unknown) => log.error('housekeeping.failed', errorFields(error)))
  }
  return every(minutes(HOUSEKEEPING_MINUTES), run)
}
