/** From a secret's hash to the session: at hand when it was read before, else from the store, once for all who ask together. */

import type { Instant } from '../core/time.ts'
import type { ChangeKey, Session, Sessions } from '../store/ports.ts'
import type { Activity } from './activity.ts'
import { knownSessions, withActivity } from './known-sessions.ts'

export interface SessionLookup {
  /** The session as far as this process knows it; it may be over. */
  atHand(secretHash: string): Session | undefined
  /** The session as it is stored, with the activity of this process; undefined when unknown or revoked. */
  read(secretHash: string): Promise<Session | undefined>
  /** Moves the last activity of a session at hand forward; the session with it, or undefined when it is not at hand. */
  slide(sessionId: string, at: Instant): Session | undefined
  /** Forgets the sessions named by `session:<id>` keys (other keys are ignored), or all. */
  evict(keys: readonly ChangeKey[] | 'all'): void
}

const SESSION_KEY = 'session:'

export function sessionLookup({
  sessions,
  actions,
  isFresh,
}: {
  sessions: Pick<Sessions, 'find'>
  actions: Pick<Activity, 'latest'>
  /** Whether a change would have been heard of; while it is false, nothing is at hand. */
  isFresh: () => boolean
}): SessionLookup {
  const known = knownSessions()
  const underWay = new Map<string, Promise<Session | undefined>>()
  /** Counts evictions: what was read from the store before one must not be kept after it. */
  let evictions = 0

  async function load(secretHash: string): Promise<Session | undefined> {
    const before = evictions
    const stored = await sessions.find(secretHash)
    if (stored === undefined) {
      known.forgetSecret(secretHash)
      return undefined
    }
    const session = withActivity(stored, actions.latest(stored.id))
    if (evictions === before) known.keep(secretHash, session)
    return session
  }

  return {
    atHand: (secretHash) => (isFresh() ? known.find(secretHash) : undefined),
    slide: known.slide,
    read(secretHash) {
      const joined = underWay.get(secretHash)
      if (joined !== undefined) return joined
      const mine = load(secretHash).finally(() => {
        if (underWay.get(secretHash) === mine) underWay.delete(secretHash)
      })
      underWay.set(secretHash, mine)
      return mine
    },
    evict(keys) {
      const named = keys === 'all' ? keys : keys.filter((key) => key.startsWith(SESSION_KEY))
      if (named.length === 0) return
      evictions += 1
      // Who asks from now on must not be answered by a read that began before.
      underWay.clear()
      if (named === 'all') known.forgetAll()
      else for (const key of named) known.forget(key.slice(SESSION_KEY.length))
    },
  }
}
