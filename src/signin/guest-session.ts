/** The session of a guest: made in one transaction with its audit record, in the place of the one that the browser had. */

import { auditRecord } from '../audit/record.ts'
import { GUEST, guestOf } from '../core/guest.ts'
import type { Random } from '../core/random.ts'
import type { Clock } from '../core/time.ts'
import type { LiveSession, PreparedSession, SessionService } from '../session/sessions.ts'
import type { ChangeKey, Store } from '../store/ports.ts'
import { endReplaced } from './replaced-session.ts'

/** Makes a session for the guest of a service; `presented`, the session that the browser has, ends with it. */
export type OpenGuestSession = (service: string, presented: LiveSession | undefined) => Promise<PreparedSession>

interface GuestSessionParts {
  readonly store: Pick<Store, 'transaction'>
  readonly sessions: Pick<SessionService, 'prepare'>
  /** Called with what has changed, once it is committed. */
  readonly published: (keys: readonly ChangeKey[]) => void
  readonly countSignIn: (visit: { provider: string; outcome: string }) => void
  readonly clock: Clock
  readonly random: Random
}

export function guestSessionOpener(parts: GuestSessionParts): OpenGuestSession {
  return async (service, presented) => {
    const id = guestOf(service)
    const prepared = parts.sessions.prepare({ ...NOTHING_KNOWN, operatorId: id, provider: GUEST })
    const detail = { session: prepared.session.id, operator: id, account: id, provider: GUEST }
    const keys = await parts.store.transaction(async (ports) => {
      const person = { id, provider: GUEST, account: id, displayName: null, email: null }
      await ports.operators.create({ ...person, createdAt: parts.clock.now() })
      const ended = presented === undefined ? [] : await endReplaced(ports, parts, presented.session)
      await ports.sessions.create(prepared.session, prepared.secretHash)
      await ports.audit.append(auditRecord(parts, 'session.created', { actor: id, detail }))
      if (ended.length > 0) await ports.revisions.publish(ended)
      return ended
    })
    parts.published(keys)
    parts.countSignIn({ provider: GUEST, outcome: 'signed-in' })
    return prepared
  }
}

/** Whether the session is one of a guest. */
export function isGuest({ session }: LiveSession): boolean {
  return session.provider === GUEST
}

const NOTHING_KNOWN = {
  nameId: null,
  nameIdFormat: null,
  sessionIndex: null,
  authnContext: null,
  attributes: [],
  authenticatedAt: null,
  sessionNotOnOrAfter: null,
} as const
