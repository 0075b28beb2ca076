/** The sessions that this process has at hand, bounded in number and in text. */

import { LRUCache } from 'lru-cache'

import type { Instant } from '../core/time.ts'
import type { Session } from '../store/ports.ts'

export interface KnownSessions {
  /** The session that the secret opens, or undefined when it is not at hand. */
  find(secretHash: string): Session | undefined
  keep(secretHash: string, session: Session): void
  /** Moves the last activity forward; the session with it, or undefined when it is not at hand. */
  slide(sessionId: string, at: Instant): Session | undefined
  /** Forgets the session under all its secrets. */
  forget(sessionId: string): void
  forgetSecret(secretHash: string): void
  forgetAll(): void
}

/** One session; each host of ours that it was handed over to has a secret of its own for it. */
interface Entry {
  session: Session
  readonly secretHashes: Set<string>
}

const MOST_SESSIONS = 100_000
/** Characters; what providers send can be long. */
const MOST_TEXT = 256 * 1024 * 1024
/** What a session weighs without its attributes, about. */
const BARE_SESSION = 500

/** An empty cache; the sessions unused for longest go first. */
export function knownSessions(): KnownSessions {
  const byId = new Map<string, Entry>()
  const bySecret = new LRUCache<string, Entry>({
    max: MOST_SESSIONS,
    maxSize: MOST_TEXT,
    sizeCalculation: ({ session }) => weigh(session),
    noDisposeOnSet: true,
    dispose({ session, secretHashes }, secretHash) {
      secretHashes.delete(secretHash)
      if (secretHashes.size === 0) byId.delete(session.id)
    },
  })

  return {
    find: (secretHash) => bySecret.get(secretHash)?.session,
    keep(secretHash, session) {
      const entry = byId.get(session.id) ?? { session, secretHashes: new Set() }
      entry.session = session
      entry.secretHashes.add(secretHash)
      byId.set(session.id, entry)
      bySecret.set(secretHash, entry)
    },
    slide(sessionId, at) {
      const entry = byId.get(sessionId)
      if (entry === undefined) return undefined
      entry.session = withActivity(entry.session, at)
      return entry.session
    },
    forget(sessionId) {
      for (const secretHash of [...(byId.get(sessionId)?.secretHashes ?? [])]) bySecret.delete(secretHash)
    },
    forgetSecret: (secretHash) => void bySecret.delete(secretHash),
    forgetAll: () => bySecret.clear(),
  }
}

/** The session with its last activity at the later of what it says and `at`. */
export function withActivity(session: Session, at: Instant | undefined): Session {
  return at !== undefined && at > session.lastActivityAt ? { ...session, lastActivityAt: at } : session
}

function weigh({ attributes }: Session): number {
  let size = BARE_SESSION
  for (const [name, values] of attributes) {
    size += name.length
    for (const value of values) size += value.length
  }
  return size
}
