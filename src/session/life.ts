/** How long a session lives. Pure arithmetic over its facts and the settings in force; nothing is remembered. */

import type { SessionConfig } from '../config/config.ts'
import { GUEST } from '../core/guest.ts'
import { type Instant, instant } from '../core/time.ts'
import type { Session } from '../store/ports.ts'

/** The rule that ends a session. */
export type GovernedBy = 'session-not-on-or-after' | 'timeout' | 'idle' | 'absolute'

export interface Life {
  /** The session is served while now < expiresAt. Includes the offset where the rule has one. */
  readonly expiresAt: Instant
  readonly governedBy: GovernedBy
}

/** The facts of a session that its life depends on. */
export type LifeFacts = Pick<Session, 'provider' | 'signedInAt' | 'sessionNotOnOrAfter' | 'lastActivityAt'>

/** How long a guest may stay, whatever he does; no offset is added. */
const GUEST_MINUTES = 60

/**
 * When the session ends and by which rule: the earliest of its mode's own end (S-16 to S-18), the idle limit, the
 * absolute limit, and that of guests. Of equal ends the one named first here governs.
 */
export function sessionLife(session: LifeFacts, settings: SessionConfig): Life {
  let life = ownEnd(session, settings)
  if (settings.idleMaxMinutes !== null) {
    life = earlier(life, slidingEnd(session, settings.idleMaxMinutes, settings, 'idle'))
  }
  if (settings.absoluteMaxMinutes !== null) {
    life = earlier(life, { expiresAt: after(session.signedInAt, settings.absoluteMaxMinutes), governedBy: 'absolute' })
  }
  if (session.provider === GUEST) {
    life = earlier(life, { expiresAt: after(session.signedInAt, GUEST_MINUTES), governedBy: 'absolute' })
  }
  return life
}

/** The end that the mode sets. A SessionNotOnOrAfter decides and the timeout setting is ignored (S-16). */
function ownEnd(session: LifeFacts, settings: SessionConfig): Life {
  const end = session.sessionNotOnOrAfter
  if (end === null) return slidingEnd(session, settings.timeoutMinutes, settings, 'timeout')
  if (settings.idpExpiry === 'strict') {
    return { expiresAt: after(end, settings.samlOffsetMinutes), governedBy: 'session-not-on-or-after' }
  }
  const windowMinutes = Math.max(end - session.signedInAt, 0) / 60_000
  return slidingEnd(session, windowMinutes, settings, 'session-not-on-or-after')
}

/** A countdown that each action restarts (S-17), with the offset on top. */
function slidingEnd(session: LifeFacts, windowMinutes: number, settings: SessionConfig, governedBy: GovernedBy): Life {
  return { expiresAt: after(session.lastActivityAt, windowMinutes + settings.samlOffsetMinutes), governedBy }
}

/** Settings are in minutes with fractions, instants in whole milliseconds. */
function after(from: Instant, durationMinutes: number): Instant {
  return instant(Math.round(from + durationMinutes * 60_000))
}

function earlier(a: Life, b: Life): Life {
  return b.expiresAt < a.expiresAt ? b : a
}
