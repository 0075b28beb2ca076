/** Grants: which of them hold, and which are the same. */

import { isSameRole } from '../core/role-key.ts'
import type { Instant } from '../core/time.ts'
import type { Scope } from '../store/directory-ports.ts'
import type { Grant } from '../store/ports.ts'

/** A role, and the service that it is given for; null = every service that the role applies to. */
export interface RoleAssignment {
  readonly role: string
  readonly service: string | null
}

/** Whether the grant holds at `now`; it ends with the instant of its expiry. */
export function holds(grant: Pick<Grant, 'expiresAt'>, now: Instant): boolean {
  return grant.expiresAt === null || now < grant.expiresAt
}

/** `operator` (or anything with grants) without the grants that are over at `now`; the very same when there are none. */
export function withoutExpired<Holder extends { readonly grants: readonly Grant[] }>(
  holder: Holder,
  now: Instant,
): Holder {
  const grants = holder.grants.filter((grant) => holds(grant, now))
  return grants.length === holder.grants.length ? holder : { ...holder, grants }
}

/** Whether both speak of the same role for the same service in the same scope, everywhere if none is said; an operator has at most one such grant. */
export function sameAssignment(a: MaybeScoped, b: MaybeScoped): boolean {
  return isSameRole({ ...a, scope: a.scope ?? null }, { ...b, scope: b.scope ?? null })
}

type MaybeScoped = RoleAssignment & { readonly scope?: Scope }
