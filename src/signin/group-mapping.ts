/** Roles from the groups that an identity provider sends (S-22). */

import type { GroupTarget } from '../config/config.ts'
import { type RoleAssignment, sameAssignment } from '../directory/grants.ts'
import type { Grant } from '../store/ports.ts'

type GroupMap = Readonly<Record<string, readonly GroupTarget[]>>

/** The roles that the values give by the map, each once, in the order of the values. Values match exactly; unknown ones give nothing. */
export function mappedGrants(values: readonly string[], map: GroupMap): readonly RoleAssignment[] {
  // Values come from outside: `constructor` and the like must find nothing.
  const targets = new Map(Object.entries(map))
  return distinctRoles(values.flatMap((value) => targets.get(value) ?? []))
}

/**
 * The grants that an authoritative mapping takes away: those that came from a group, that the map can give, and that
 * `given` does not hold any more. Local and asserted grants are never among them.
 */
export function withdrawnGrants(
  grants: readonly Grant[],
  { given, map }: { given: readonly RoleAssignment[]; map: GroupMap },
): readonly Grant[] {
  const possible = distinctRoles(Object.values(map).flat())
  return grants.filter(
    (grant) =>
      grant.source === 'group' &&
      possible.some((role) => sameAssignment(role, grant)) &&
      !given.some((role) => sameAssignment(role, grant)),
  )
}

function distinctRoles(targets: readonly GroupTarget[]): readonly RoleAssignment[] {
  const roles: RoleAssignment[] = []
  for (const target of targets) {
    if (!('role' in target) || roles.some((role) => sameAssignment(role, target))) continue
    roles.push({ role: target.role, service: target.service })
  }
  return roles
}
