/** Tells the caches of this process what changed, by asking the store again and again: a lost message cannot happen. */

import { errorFields, type Log } from '../core/log.ts'
import { every, type Stopwatch, seconds, systemStopwatch } from '../core/time.ts'
import type { ChangeKey, Revisions } from './ports.ts'

/** Gets the keys that changed, or `all` when nobody knows which. */
export type ChangeListener = (keys: readonly ChangeKey[] | 'all') => void

export interface ChangeFeed {
  /** Calls `listener` at each change seen from now on; returns what ends that. */
  subscribe(listener: ChangeListener): () => void
  /** Looks now. Every change committed before the call has reached the listeners when it resolves, unless the store failed. */
  poll(): Promise<void>
  /** Seconds since the newest change was last known for certain; what is cached may be older than a change since. */
  unconfirmedSeconds(): number
  /** Ends the polling; listeners are not called any more. */
  close(): void
}

/**
 * A feed of `revisions`, polled every `intervalSeconds`. A failing store is logged once and asked again. At first nothing is
 * confirmed.
 */
export function changeFeed({
  revisions,
  log,
  intervalSeconds,
  stopwatch = systemStopwatch,
}: {
  revisions: Revisions
  log: Log
  intervalSeconds: number
  stopwatch?: Stopwatch
}): ChangeFeed {
  const listeners = new Set<ChangeListener>()
  const look = watcher(revisions, log, (keys) => tell(listeners, keys, log))
  let confirmedAt = Number.NEGATIVE_INFINITY

  /** What the head was is known of the instant before it was asked for. */
  async function lookAndNote(): Promise<void> {
    const asked = stopwatch()
    if (await look()) confirmedAt = asked
  }

  let pending = 0
  let last: Promise<void> = Promise.resolve()

  /** One after another: a look that is under way may have missed what was committed since. */
  function poll(): Promise<void> {
    pending += 1
    last = last.then(lookAndNote).finally(() => {
      pending -= 1
    })
    return last
  }

  const cancel = every(seconds(intervalSeconds), () => {
    if (pending === 0) void poll()
  })
  return {
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    poll,
    unconfirmedSeconds: () => (stopwatch() - confirmedAt) / 1000,
    close() {
      cancel()
      listeners.clear()
    },
  }
}

/** A function that looks for changes since it last looked and says them; false when the store failed. It never throws. */
function watcher(revisions: Revisions, log: Log, say: ChangeListener): () => Promise<boolean> {
  let seen = 0
  let failing = false
  return async () => {
    try {
      if ((await revisions.head()) !== seen) {
        const { head, keys, complete } = await revisions.changesSince(seen)
        seen = head
        say(complete ? keys : 'all')
      }
      failing = false
      return true
    } catch (error) {
      if (!failing) log.error('store.poll_failed', errorFields(error))
      failing = true
      return false
    }
  }
}

function tell(listeners: ReadonlySet<ChangeListener>, keys: readonly ChangeKey[] | 'all', log: Log): void {
  for (const listener of listeners) {
    try {
      listener(keys)
    } catch (error) {
      log.error('store.change_listener_failed', errorFields(error))
    }
  }
}
