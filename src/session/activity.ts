/** Activity of sessions: exact in this process at once, written to the store in batches. */

import { errorFields, type Log } from '../core/log.ts'
import { type Cancel, every, type Instant, seconds } from '../core/time.ts'
import type { Sessions } from '../store/ports.ts'

export interface Activity {
  /** Notes an action of the session; an earlier one than what is known changes nothing. */
  record(sessionId: string, at: Instant): void
  /** The latest action that a row just read from the store may lack. */
  latest(sessionId: string): Instant | undefined
  /** Writes what the store does not know yet. What cannot be written is logged and kept for the next time; never rejects. */
  flush(): Promise<void>
  /** Flushes every 10 s until cancelled, so that no session is written more often. */
  start(): Cancel
}

const FLUSH_INTERVAL = seconds(10)
/** Bounds how long one write holds up the others. */
const BATCH = 1_000

export function activity({ sessions, log }: { sessions: Pick<Sessions, 'touch'>; log: Log }): Activity {
  const unflushed = new Map<string, Instant>()
  /** The last flush: who read a row just before it was written still has to learn of the action. */
  let written = new Map<string, Instant>()
  let flushing: Promise<void> | undefined

  async function writeAll(): Promise<void> {
    const all = [...unflushed].map(([id, at]) => ({ id, at }))
    written = new Map()
    try {
      for (let start = 0; start < all.length; start += BATCH) {
        const batch = all.slice(start, start + BATCH)
        await sessions.touch(batch)
        // Only now: a session that is read while the write is under way must not lose its latest action.
        for (const { id, at } of batch) {
          written.set(id, at)
          if (unflushed.get(id) === at) unflushed.delete(id)
        }
      }
    } catch (error) {
      log.error('session.flush.failed', { waiting: unflushed.size, ...errorFields(error) })
    }
  }

  function flush(): Promise<void> {
    // After the one under way, because that one may have begun before the newest action.
    const mine = (flushing ?? Promise.resolve()).then(writeAll).finally(() => {
      if (flushing === mine) flushing = undefined
    })
    flushing = mine
    return mine
  }

  return {
    record(sessionId, at) {
      if (at > (unflushed.get(sessionId) ?? 0)) unflushed.set(sessionId, at)
    },
    latest: (sessionId) => unflushed.get(sessionId) ?? written.get(sessionId),
    flush,
    start: () =>
      every(FLUSH_INTERVAL, () => {
        if (flushing === undefined) void flush()
      }),
  }
}
