/**
 * Sessions: is this still the same person? A request whose session is cached is answered without waiting; the store is
 * read on a miss and before a session is called over.
 */

import type { SessionConfig } from '../config/config.ts'
import { AppError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Random } from '../core/random.ts'
import { addSeconds, type Cancel, type Clock, type Instant, seconds } from '../core/time.ts'
import type { ChangeKey, Session, Store } from '../store/ports.ts'
import { activity } from './activity.ts'
import type { SessionCookies } from './cookies.ts'
import { withActivity } from './known-sessions.ts'
import { type Life, sessionLife } from './life.ts'
import { sessionLookup } from './session-lookup.ts'
import { sessionWatch } from './watch.ts'

/** A session that is served now, with its end as the settings in force give it. */
export interface LiveSession extends Life {
  readonly session: Session
}

export interface PreparedSession {
  readonly session: Session
  /** What `sessions.create` stores it under. */
  readonly secretHash: string
  /** What `cookies.issue` gives to the browser. */
  readonly cookieValue: string
}

export interface SessionService {
  /** A session that begins now. The caller stores it inside its sign-in transaction. */
  prepare(facts: Omit<Session, 'id' | 'lastActivityAt' | 'signedInAt'>): PreparedSession
  /**
   * The session that a Cookie header opens; undefined when there is none, or when it is over, revoked or of a provider that
   * is not active. At once when it is cached. Rejects with STORE_UNAVAILABLE when the store had to be asked and is away, or is
   * away for longer than the grace time.
   * `host`: the other host that it was sent to; absent or null: that of publicUrl. `connection`: what it came over, which may
   * send the same again.
   */
  authenticate(
    cookieHeader: string | undefined,
    host?: string | null,
    connection?: object,
  ): LiveSession | undefined | Promise<LiveSession | undefined>
  /** Notes an action, which restarts the countdown at once; returns the session with its new end. Written to the store later. */
  recordAction(live: LiveSession): LiveSession
  /** Revokes the session and publishes `session:<id>`, in one transaction. False when it was not there. */
  end(session: string | LiveSession): Promise<boolean>
  /**
   * Calls `ended` once, within a second of the session's end: when it is over, revoked (as soon as that is evicted here), or
   * could not be asked for during the grace time. `cookieHeader` and `host` are what opened it. Until cancelled.
   */
  watch(session: Session, cookieHeader: string | undefined, ended: () => void, host?: string | null): Cancel
  /** Judges every watched session anew; for settings that have changed. */
  recheckWatched(): void
  /** Forgets cached sessions: those named by `session:<id>` keys (other keys are ignored), or all. Unflushed activity stays. */
  evict(keys: readonly ChangeKey[] | 'all'): void
  /** Writes activity that the store does not know yet; for the drain. Never rejects: a failure is logged and kept for the next time. */
  flush(): Promise<void>
  /** Flushes activity every 10 s and looks for the end of watched sessions until cancelled. */
  start(): Cancel
}

/**
 * `activeProviders` holds the ids of the configured providers, and `local` while local sign-in is on; asked at each request.
 * `graceSeconds` (default 30): how long sessions that are at hand go on while the store is away. `restoredAt`: no older session
 * counts, because it may have been revoked after the backup that was restored then. `isFresh`: whether a revocation would
 * have been heard of; while it is false, the store is asked each time.
 */
export function sessionService({
  store,
  cookies,
  settings,
  activeProviders,
  clock,
  random,
  log,
  graceSeconds = 30,
  restoredAt,
  isFresh = () => true,
}: {
  store: Pick<Store, 'sessions' | 'sessionsAwaySince' | 'transaction'>
  cookies: SessionCookies
  settings: () => SessionConfig
  activeProviders: () => Pick<ReadonlySet<string>, 'has'>
  graceSeconds?: number
  restoredAt?: Instant | undefined
  isFresh?: () => boolean
  clock: Clock
  random: Random
  log: Log
}): SessionService {
  const actions = activity({ sessions: store.sessions, log })
  const lookup = sessionLookup({ sessions: store.sessions, actions, isFresh })
  const grace = seconds(graceSeconds)
  const watching = sessionWatch({ awaySince: store.sessionsAwaySince, clock, log, grace })
  const isActive = ({ provider, signedInAt }: Session) =>
    activeProviders().has(provider) && (restoredAt === undefined || signedInAt >= restoredAt)
  const withLife = (session: Session): LiveSession => ({ session, ...sessionLife(session, settings()) })

  function served(session: Session | undefined): LiveSession | undefined {
    if (session === undefined || !isActive(session)) return undefined
    const live = withLife(session)
    return clock.now() < live.expiresAt ? live : undefined
  }

  function isGraceOver(): boolean {
    const since = store.sessionsAwaySince()
    return since !== undefined && clock.now() >= addSeconds(since, grace)
  }

  function authenticate(
    cookieHeader: string | undefined,
    host: string | null = null,
    connection?: object,
  ): LiveSession | undefined | Promise<LiveSession | undefined> {
    const secretHash = cookies.read(cookieHeader, host, connection)
    if (secretHash === undefined) return undefined
    const session = lookup.atHand(secretHash)
    if (session !== undefined && !isActive(session)) return undefined
    if (isGraceOver())
      return Promise.reject(new AppError('STORE_UNAVAILABLE', 'the session store is away for too long'))
    // Another process may have seen activity: the store has the last word on an end.
    return served(session) ?? lookup.read(secretHash).then(served)
  }

  function evict(keys: readonly ChangeKey[] | 'all'): void {
    lookup.evict(keys)
    watching.recheck(keys)
  }

  return {
    prepare(facts) {
      const { value, secretHash } = cookies.newSecret(random)
      const now = clock.now()
      const session = { ...facts, id: random.uuid(), signedInAt: now, lastActivityAt: now }
      return { session, secretHash, cookieValue: value }
    },
    authenticate,
    recordAction({ session }) {
      const now = clock.now()
      actions.record(session.id, now)
      return withLife(lookup.slide(session.id, now) ?? withActivity(session, now))
    },
    async end(ended) {
      const id = typeof ended === 'string' ? ended : ended.session.id
      const key = `session:${id}`
      const revoked = await store.transaction(async ({ sessions, revisions }) => {
        const found = await sessions.revoke(id)
        if (found) await revisions.publish([key])
        return found
      })
      evict([key])
      return revoked
    },
    watch: (session, cookieHeader, ended, host = null) =>
      watching.add({ sessionId: session.id, ask: () => authenticate(cookieHeader, host), ended }),
    recheckWatched: () => watching.recheck('all'),
    evict,
    flush: actions.flush,
    start() {
      const stops = [actions.start(), watching.start()]
      return () => {
        for (const stop of stops) stop()
      }
    },
  }
}
