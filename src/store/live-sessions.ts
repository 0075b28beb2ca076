/**
 * What an engine beside the directory's keeps of sessions. The directory says which sessions there are, whose they are and
 * which secrets open them; the rest is here, and counts for nothing without that.
 */

import type { Instant } from '../core/time.ts'
import type { Session, Sessions } from './ports.ts'

/** What the provider said when the session began, and the last activity. */
export type LiveFacts = Pick<
  Session,
  'nameId' | 'nameIdFormat' | 'sessionIndex' | 'authnContext' | 'attributes' | 'lastActivityAt'
>

/** Every call is over within a second or so; those that fail throw `AppError('STORE_UNAVAILABLE')`. */
export interface LiveSessions {
  /** Keeps the facts of a session under its id, in place of whatever is there. Atomic. */
  write(session: Session): Promise<void>
  /** The facts kept under the id; undefined when there are none, or what is there is not ours: that is logged. */
  read(id: string): Promise<LiveFacts | undefined>
  /** As `Sessions.touch`. Atomic for each session. */
  touch: Sessions['touch']
  /** Forgets the sessions. */
  remove(ids: readonly string[]): Promise<void>
  /** Since when the engine has not answered; undefined while it does. At once. */
  awaySince(): Instant | undefined
  /** Lets go of everything; what is under way fails. */
  close(): void
}
