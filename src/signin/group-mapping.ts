/** Roles, and rights in groups of the directory, from the groups that an identity provider sends (S-22, W-21). */

import type { GroupTarget, MappedMembership } from '../config/config.ts'
import { type RoleAssignment, sameAssignment } from '../directory/grants.ts'
import type { Grant } from '../store/ports.ts'

type GroupMap = Readonly<Record<string, readonly GroupTarget[]>>

/** The roles that the values give by the map, each once, in the order of the values. Values match exactly; unknown ones give nothing. */
export function mappedGrants(values: readonly string[], map: GroupMap): readonly RoleAssignment[] {
  return distinctRoles(targetsOf(values, map))
}

/** The rights that the values give, one entry for each group; of several, all rights together, each for all that it is given for. */
export function mappedMemberships(values: readonly string[], map: GroupMap): readonly MappedMembership[] {
  return together(targetsOf(values, map).filter((target) => 'group' in target))
}

/** The paths of all groups that the map can give rights in. */
export function mappedGroups(map: GroupMap): ReadonlySet<string> {
  return new Set(
    Object.values(map).flatMap((targets) => targets.flatMap((each) => ('group' in each ? each.group : []))),
  )
}

/** Rights that are given twice are given for the products of both; null = all. */
export function addedRights(
  some: MappedMembership['rights'],
  more: MappedMembership['rights'],
): MappedMembership['rights'] {
  const all = Map.groupBy([...some, ...more], ({ right }) => right)
  return [...all]
    .map(([right, given]) => {
      const products = given.every((each) => each.products !== null)
        ? given.flatMap((each) => each.products ?? [])
        : null
      return { right, products: products === null ? null : [...new Set(products)].sort() }
    })
    .sort((a, b) => (a.right < b.right ? -1 : 1))
}

function together(targets: readonly MappedMembership[]): readonly MappedMembership[] {
  return [...Map.groupBy(targets, ({ group }) => group)].map(([group, each]) => ({
    group,
    rights: each.reduce<MappedMembership['rights']>((rights, more) => addedRights(rights, more.rights), []),
  }))
}

function targetsOf(values: readonly string[], map: GroupMap): readonly GroupTarget[] {
  // Values come from outside: `constructor` and the like must find nothing.
  const targets = new Map(Object.entries(map))
  return values.flatMap((value) => targets.get(value) ?? [])
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
