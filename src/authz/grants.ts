/** Which grants count on a service. */

import { ADMINISTRATOR } from '../core/names.ts'
import { distanceOf, type Root, reachedRoles } from './arbitration.ts'
import type { ServiceRules, Snapshot } from './compiled.ts'
import type { GrantStep, HeldGrant, Source, Subject } from './model.ts'
import { knownRole } from './snapshot.ts'

const OF_OPERATOR: Source = Object.freeze({ kind: 'operator' })

/** A grant with where it comes from. */
export interface SourcedGrant {
  readonly grant: HeldGrant
  readonly source: Source
}

/** A subject's own grants, then those of the groups that he is a direct member of. Groups that are gone give nothing. */
export function grantsOf(snapshot: Snapshot, subject: Subject): readonly SourcedGrant[] {
  const held: SourcedGrant[] = subject.grants.map((grant) => ({ grant, source: OF_OPERATOR }))
  for (const { group: id } of subject.memberships ?? []) {
    const group = snapshot.groups.get(id)
    for (const grant of group?.roles ?? []) held.push({ grant, source: { kind: 'group', group: group?.path ?? id } })
  }
  return held
}

/**
 * How a grant counts on the service, whatever the object. It applies when it names no other service and its role is
 * `administrator`, which stands for the profile's administrator role, one that the service's profile ships, or one that
 * itself or through an ancestor speaks about that profile. A role that is gone never applies.
 */
export function weighGrant(
  snapshot: Snapshot,
  service: ServiceRules,
  { role, service: named }: HeldGrant,
): Exclude<GrantStep['outcome'], 'out-of-scope'> {
  if (!knownRole(snapshot, role)) return 'unknown-role'
  if (named !== null && named !== service.id) return 'other-service'
  return role === ADMINISTRATOR || service.roles.has(role) ? 'applies' : 'other-profile'
}

/** Name of the role that a granted role stands for on a service. */
export function standsFor(service: ServiceRules, role: string): string {
  return role === ADMINISTRATOR ? service.administratorRole : role
}

/** The grants that apply, as what arbitration begins with. */
export function rootsOf(snapshot: Snapshot, service: ServiceRules, held: readonly SourcedGrant[]): readonly Root[] {
  const roots: Root[] = []
  for (const { grant, source } of held) {
    if (weighGrant(snapshot, service, grant) !== 'applies') continue
    const role = snapshot.roles.get(standsFor(service, grant.role))
    if (role !== undefined) roots.push({ role, distance: distanceOf(source), source, grant })
  }
  return roots
}

/** Whether one of the roles is granted, or above one that is; a grant of `administrator` is enough. */
export function reachesAnyOf(roots: readonly Root[], names: readonly string[]): boolean {
  if (roots.some(({ grant }) => grant.role === ADMINISTRATOR)) return true
  return reachedRoles(roots, new Set()).some(({ role }) => names.includes(role.name))
}

/**
 * The names of the granted roles that apply to the service, the subject's own and those of his groups, sorted, each once;
 * the value of `X-Gatehouse-Roles`.
 */
export function effectiveRoles(snapshot: Snapshot, subject: Subject, service: string): readonly string[] {
  const rules = snapshot.services.get(service)
  if (rules === undefined) return []
  const applying = grantsOf(snapshot, subject).filter(({ grant }) => weighGrant(snapshot, rules, grant) === 'applies')
  return [...new Set(applying.map(({ grant }) => grant.role))].sort()
}
