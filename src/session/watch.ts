/**
 * Tells whoever serves something long (a WebSocket, an event stream) that its session is over: expired, revoked, or of a
 * provider that is no longer active. The session service has the last word each time; here is only remembered when to ask.
 */

import { errorFields, type Log } from '../core/log.ts'
import { addSeconds, type Cancel, type Clock, every, type Instant, type Seconds, seconds } from '../core/time.ts'
import type { ChangeKey } from '../store/ports.ts'
import type { Life } from './life.ts'

export interface Watched {
  readonly sessionId: string
  /** The session's life as it is now, read from the store where it would be over; undefined when it is over. May reject. */
  readonly ask: () => Life | undefined | Promise<Life | undefined>
  /** Called at most once. */
  readonly ended: () => void
}

export interface SessionWatch {
  /** Watches until cancelled; asks at once, because the session may have ended since it was authenticated. */
  add(watched: Watched): Cancel
  /** Asks again for the sessions named by `session:<id>` keys (other keys are ignored), or for all. */
  recheck(keys: readonly ChangeKey[] | 'all'): void
  /** Looks for ends that are due twice a second until cancelled. */
  start(): Cancel
}

interface Entry extends Watched {
  /** The end as last heard; an action may have moved it since, so it is asked again then. */
  until: Instant
  /** Since when nobody could say whether the session lives. */
  unsureSince: Instant | undefined
}

const LOOK_INTERVAL = seconds(0.5)
/** Asked together, so that ten thousand at once hold up nobody else for long. */
const BATCH = 100
const SESSION_KEY = 'session:'

/**
 * Nothing is watched yet. A session that could not be asked for during `grace` counts as over. `awaySince`: since when nobody
 * could have been asked, where that is known.
 */
export function sessionWatch({
  awaySince,
  clock,
  log,
  grace,
}: {
  awaySince: () => Instant | undefined
  clock: Clock
  log: Log
  grace: Seconds
}): SessionWatch {
  const bySession = new Map<string, Set<Entry>>()
  const doubted = new Set<Entry>()
  let asking = false

  function doubt(entries: Iterable<Entry>): void {
    for (const entry of entries) doubted.add(entry)
    if (!asking) void askAll()
  }

  async function askAll(): Promise<void> {
    asking = true
    while (doubted.size > 0) {
      await Promise.all(takeBatch().map(ask))
    }
    asking = false
  }

  function takeBatch(): readonly Entry[] {
    const batch: Entry[] = []
    for (const entry of doubted) if (batch.push(entry) === BATCH) break
    for (const entry of batch) doubted.delete(entry)
    return batch
  }

  async function ask(entry: Entry): Promise<void> {
    try {
      const life = await entry.ask()
      if (life === undefined) return end(entry)
      entry.until = life.expiresAt
      entry.unsureSince = undefined
    } catch (error) {
      const now = clock.now()
      if (entry.unsureSince === undefined) log.warn('session.watch.unsure', errorFields(error))
      entry.unsureSince ??= awaySince() ?? now
      // Due again at the next look.
      entry.until = now
      if (now >= addSeconds(entry.unsureSince, grace)) end(entry)
    }
  }

  function end(entry: Entry): void {
    if (!remove(entry)) return
    try {
      entry.ended()
    } catch (error) {
      log.error('session.watch.failed', errorFields(error))
    }
  }

  function remove(entry: Entry): boolean {
    doubted.delete(entry)
    const entries = bySession.get(entry.sessionId)
    if (entries?.delete(entry) !== true) return false
    if (entries.size === 0) bySession.delete(entry.sessionId)
    return true
  }

  function* due(now: Instant): Generator<Entry> {
    for (const entries of bySession.values()) for (const entry of entries) if (entry.until <= now) yield entry
  }

  return {
    add(watched) {
      const entry: Entry = { ...watched, until: clock.now(), unsureSince: undefined }
      const entries = bySession.get(watched.sessionId) ?? new Set()
      bySession.set(watched.sessionId, entries.add(entry))
      doubt([entry])
      return () => void remove(entry)
    },
    recheck(keys) {
      if (keys === 'all') doubt([...bySession.values()].flatMap((entries) => [...entries]))
      else
        for (const key of keys)
          if (key.startsWith(SESSION_KEY)) doubt(bySession.get(key.slice(SESSION_KEY.length)) ?? [])
    },
    start: () => every(LOOK_INTERVAL, () => doubt(due(clock.now()))),
  }
}
