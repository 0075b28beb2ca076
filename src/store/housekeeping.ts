/** Removes what nobody asks for any more: expired one-time keys and hand-overs, idle sessions, old traces. */

import type { SessionConfig } from '../config/config.ts'
import { addSeconds, type Clock, minutes, type Seconds, seconds } from '../core/time.ts'
import type { Store } from './ports.ts'

/** Each batch is a transaction of its own, so that sign-ins get their turn in between. */
const BATCH = 500

/** No session lasts longer without any activity, unless the configuration says so. */
const LONGEST_IDLE = seconds(35 * 24 * 3600)

/** How long sessions are kept after their last activity: far longer than any lasts. */
export function sessionsKeptFor({ timeoutMinutes }: Pick<SessionConfig, 'timeoutMinutes'>): Seconds {
  return seconds(Math.max(LONGEST_IDLE, 2 * minutes(timeoutMinutes)))
}

/** One-time keys are kept so much longer than they count: a clock that was ahead for a while makes none of them free. */
const KEEP_ONE_TIME = seconds(24 * 3600)

export interface Housekeeping {
  /** Removes everything that is over now. STORE_UNAVAILABLE when the store fails; what was removed until then stays removed. */
  run(): Promise<void>
}

/** `keepSessionsSeconds` is asked at each run, counts from the last activity kept and is longer than any session lasts. */
export function housekeeping({
  store,
  clock,
  keepSessionsSeconds,
  keepTracesSeconds,
}: {
  store: Store
  clock: Clock
  keepSessionsSeconds: () => number
  keepTracesSeconds: number
}): Housekeeping {
  return {
    async run() {
      const now = clock.now()
      const idleSince = addSeconds(now, seconds(-keepSessionsSeconds()))
      const tracedUntil = addSeconds(now, seconds(-keepTracesSeconds))
      await inBatches((limit) => store.oneTime.removeExpired(addSeconds(now, seconds(-KEEP_ONE_TIME)), limit))
      await inBatches((limit) => store.handoffs.removeExpired(now, limit))
      await inBatches((limit) => store.sessions.removeIdle(idleSince, limit))
      await inBatches((limit) => store.traces.removeBefore(tracedUntil, limit))
    },
  }
}

async function inBatches(remove: (limit: number) => Promise<number>): Promise<void> {
  while ((await remove(BATCH)) === BATCH);
}
