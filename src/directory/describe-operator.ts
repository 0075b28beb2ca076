/** How an operator is shown to administrators. */

import { isoTime } from '../core/time.ts'
import type { MembershipSource, Right } from '../store/directory-ports.ts'
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
  readonly groups: readonly {
    readonly group: string
    readonly rights: Readonly<Record<string, true | { readonly products: readonly string[] }>>
    readonly source: MembershipSource
  }[]
  readonly createdAt: string
  readonly lastSignInAt: string | null
}

/** The operator with every grant that is stored, expired ones too, ordered by role, then service; `paths` are those of the groups, by id. */
export function describeOperator(operator: Operator, paths: ReadonlyMap<string, string>): OperatorDescription {
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
    groups: operator.memberships
      .map(({ group, rights, source }) => ({ group: paths.get(group) ?? group, rights: rightsSection(rights), source }))
      .sort((a, b) => compare(a.group, b.group)),
    createdAt: isoTime(operator.createdAt),
    lastSignInAt: isoTime(operator.lastSignInAt),
  }
}

function rightsSection(rights: readonly Right[]): OperatorDescription['groups'][number]['rights'] {
  return Object.fromEntries(rights.map(({ right, products }) => [right, products === null ? true : { products }]))
}

function byRoleThenService(a: Grant, b: Grant): number {
  return compare(a.role, b.role) || compare(a.service ?? '', b.service ?? '')
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
