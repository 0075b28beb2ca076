/** How an operator is shown to administrators. */

import { isoTime } from '../core/time.ts'
import type { Grant, GrantSource, Operator } from '../store/ports.ts'

/** What `operators show` prints; times are ISO 8601, UTC. */
export interface OperatorDescription {
  readonly id: string
  readonly account: string
  readonly provider: string
  readonly displayName: string | null
  readonly email: string | null
  readonly enabled: boolean
  readonly roles: readonly {
    readonly name: string
    readonly service: string | null
    readonly source: GrantSource
    readonly locked: boolean
    readonly expiresAt: string | null
  }[]
  readonly groups: readonly never[]
  readonly createdAt: string
  readonly lastSignInAt: string | null
}

/** The operator with every grant that is stored, expired ones too, ordered by role, then service. */
export function describeOperator(operator: Operator): OperatorDescription {
  return {
    id: operator.id,
    account: operator.account,
    provider: operator.provider,
    displayName: operator.displayName,
    email: operator.email,
    enabled: operator.enabled,
    roles: operator.grants.toSorted(byRoleThenService).map((grant) => ({
      name: grant.role,
      service: grant.service,
      source: grant.source,
      locked: grant.locked,
      expiresAt: isoTime(grant.expiresAt),
    })),
    groups: [],
    createdAt: isoTime(operator.createdAt),
    lastSignInAt: isoTime(operator.lastSignInAt),
  }
}

function byRoleThenService(a: Grant, b: Grant): number {
  return compare(a.role, b.role) || compare(a.service ?? '', b.service ?? '')
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
