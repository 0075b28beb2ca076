/** The delegation bound (G-9, W-18): nobody gives what he does not hold there himself. */

import { isInside } from '../authz/groups.ts'
import type { Snapshot } from '../authz/model.ts'
import { AppError } from '../core/errors.ts'
import { ADMINISTRATOR } from '../core/names.ts'
import { scopeKey } from '../core/role-key.ts'
import type { Right, RoleKey, Scope } from '../store/directory-ports.ts'
import type { Operator } from '../store/ports.ts'
import { isServiceAdministrator } from './last-administrator.ts'

/** What is given. */
export type Gift =
  | { readonly kind: 'role'; readonly role: RoleKey }
  /** Rights in the context of a group. */
  | { readonly kind: 'rights'; readonly group: string; readonly rights: readonly Right[] }
  /** A statement on one operator; only administrators make these. */
  | { readonly kind: 'permission' }

/** Who gives: an operator's facts, without expired grants. */
export type Giver = Pick<Operator, 'grants' | 'memberships'>

/** DELEGATION_EXCEEDED, with what is lacking, unless the giver holds all that he gives, there and as far. */
export function checkDelegation(snapshot: Snapshot, giver: Giver, gift: Gift): void {
  const held = heldRoles(snapshot, giver)
  if (held.some((role) => role.role === ADMINISTRATOR && role.service === null && role.scope === null)) return
  if (gift.kind === 'permission') throw new AppError('DELEGATION_EXCEEDED', 'only administrators set permissions')
  if (gift.kind === 'role') {
    checkRole(snapshot, held, gift.role)
    return
  }
  if (held.some(({ role, scope }) => isServiceAdministrator(role) && scope === null)) return
  for (const right of gift.rights) {
    if (holdsRight(snapshot, giver, gift.group, right)) continue
    const products = right.products === null ? '' : ` for ${right.products.join(', ')}`
    throw new AppError('DELEGATION_EXCEEDED', `the giver does not hold ${right.right}${products} there`)
  }
}

function heldRoles(snapshot: Snapshot, { grants, memberships }: Giver): readonly RoleKey[] {
  const byGroup = memberships.flatMap(({ group }) => snapshot.groups.get(group)?.roles ?? [])
  return [...grants, ...byGroup.map(({ role, service, scope }) => ({ role, service, scope: scope ?? null }))]
}

function checkRole(snapshot: Snapshot, held: readonly RoleKey[], given: RoleKey): void {
  if (given.role !== ADMINISTRATOR && held.some((own) => gives(snapshot, own, given))) return
  throw new AppError('DELEGATION_EXCEEDED', `the giver does not hold ${given.role} himself, or not as far`)
}

/** He holds the very role, or administrates the service that it is for. */
function gives(snapshot: Snapshot, own: RoleKey, given: RoleKey): boolean {
  if (!covers(own.scope, given.scope)) return false
  if (own.role === given.role) return own.service === null || own.service === given.service
  const service = given.service === null ? undefined : snapshot.services.get(given.service)
  if (service === undefined || !service.roles.has(given.role)) return false
  if (own.role === ADMINISTRATOR) return own.service === given.service
  return own.role === service.administratorRole && (own.service === null || own.service === given.service)
}

/** All entries of a scope must hold: one with more entries, or the same, reaches no further. */
function covers(own: Scope, given: Scope): boolean {
  if (own === null) return true
  if (given === null) return false
  const entries = new Set(given.map((entry) => scopeKey([entry])))
  return own.every((entry) => entries.has(scopeKey([entry])))
}

/** A right reaches its group and everything below. */
function holdsRight(snapshot: Snapshot, { memberships }: Giver, group: string, { right, products }: Right): boolean {
  const target = snapshot.groups.get(group)
  return memberships.some((membership) => {
    const own = snapshot.groups.get(membership.group)
    if (target === undefined || own === undefined || !isInside(target.first, own)) return false
    return membership.rights.some(
      (each) =>
        each.right === right &&
        (each.products === null || products?.every((one) => each.products?.includes(one)) === true),
    )
  })
}
