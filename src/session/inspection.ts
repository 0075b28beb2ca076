/** What `GET session` shows of a session. Other programs read it: keys and their order are the contract. */

import { GUEST } from '../core/guest.ts'
import { type Instant, isoTime } from '../core/time.ts'
import type { GrantSource, Operator } from '../store/ports.ts'
import type { GovernedBy } from './life.ts'
import type { LiveSession } from './sessions.ts'

/** Absent facts are null; times are ISO 8601, UTC. */
export interface SessionDescription {
  readonly operator: {
    readonly id: string
    readonly account: string
    readonly displayName: string | null
    readonly email: string | null
    readonly source: 'saml' | 'local' | 'guest'
    readonly roles: readonly {
      readonly name: string
      readonly service: string | null
      readonly source: GrantSource
      readonly locked: boolean
    }[]
    /** Paths of the groups that he is a direct member of. */
    readonly groups: readonly string[]
  }
  /** Configured id, `local` for local accounts, `guest` for guests. */
  readonly identityProvider: string
  readonly nameId: string | null
  readonly sessionIndex: string | null
  readonly authnContext: string | null
  readonly authenticatedAt: string | null
  readonly signedInAt: string
  readonly lastActivityAt: string
  /** Includes the offset. */
  readonly expiresAt: string
  /** Whole seconds, rounded down. */
  readonly secondsLeft: number
  readonly governedBy: GovernedBy
  readonly offsetSeconds: number
  /** What the provider sent; only when asked for. */
  readonly attributes?: Readonly<Record<string, readonly string[]>>
}

/** The session as `GET session` shows it at `now`. Grants that are over by then are left out. */
export function describeSession(
  { session, expiresAt, governedBy }: LiveSession,
  operator: Operator,
  {
    now,
    offsetSeconds,
    includeAttributes,
    pathOf,
  }: {
    readonly now: Instant
    readonly offsetSeconds: number
    readonly includeAttributes: boolean
    /** Path of a group, by its id. */
    readonly pathOf: (group: string) => string | undefined
  },
): SessionDescription {
  return {
    operator: describeOperator(operator, now, pathOf),
    identityProvider: session.provider,
    nameId: session.nameId,
    sessionIndex: session.sessionIndex,
    authnContext: session.authnContext,
    authenticatedAt: isoTime(session.authenticatedAt),
    signedInAt: isoTime(session.signedInAt),
    lastActivityAt: isoTime(session.lastActivityAt),
    expiresAt: isoTime(expiresAt),
    secondsLeft: Math.max(Math.floor((expiresAt - now) / 1000), 0),
    governedBy,
    offsetSeconds,
    // fromEntries defines own properties, so an attribute called __proto__ is one like any other.
    ...(includeAttributes ? { attributes: Object.fromEntries(session.attributes) } : {}),
  }
}

function describeOperator(
  operator: Operator,
  now: Instant,
  pathOf: (group: string) => string | undefined,
): SessionDescription['operator'] {
  const { id, account, displayName, email, provider, grants, memberships } = operator
  return {
    id,
    account,
    displayName,
    email,
    source: provider === 'local' || provider === GUEST ? provider : 'saml',
    roles: grants
      .filter(({ expiresAt }) => expiresAt === null || now < expiresAt)
      .map(({ role, service, source, locked }) => ({ name: role, service, source, locked })),
    groups: memberships.flatMap(({ group }) => pathOf(group) ?? []).sort(),
  }
}
