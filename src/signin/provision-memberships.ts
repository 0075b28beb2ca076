/** What a sign-in changes of an operator's memberships in groups of the directory (S-22, W-21). Pure. */

import type { IdentityProviderConfig, MappedMembership } from '../config/config.ts'
import type { Membership } from '../store/directory-ports.ts'
import { addedRights, mappedGroups } from './group-mapping.ts'

/** One change; without `membership` the one that he has ends. */
export interface MembershipChange {
  /** Id of the group. */
  readonly group: string
  readonly path: string
  readonly membership: Membership | null
}

/**
 * The changes that the group mapping makes. `given`: what the values of this sign-in give by the map; `idOf`: the group at a
 * path, undefined where there is none. A local membership stays as it is. Mode `additive` takes nothing away; `authoritative`
 * makes what came from the mapping what it gives now.
 */
export function membershipChanges(
  memberships: readonly Membership[],
  {
    given,
    groups,
    idOf,
  }: {
    given: readonly MappedMembership[]
    groups: IdentityProviderConfig['groups']
    idOf: (path: string) => string | undefined
  },
): readonly MembershipChange[] {
  const isAuthoritative = groups.mode === 'authoritative'
  const put = given.flatMap(({ group: path, rights }): readonly MembershipChange[] => {
    const group = idOf(path)
    const present = memberships.find((each) => each.group === group)
    if (group === undefined || present?.source === 'local') return []
    const wanted = isAuthoritative ? rights : addedRights(present?.rights ?? [], rights)
    if (present !== undefined && JSON.stringify(present.rights) === JSON.stringify(wanted)) return []
    return [{ group, path, membership: { group, rights: wanted, source: 'group' } }]
  })
  if (!isAuthoritative) return put
  const paths = new Set(given.map(({ group }) => group))
  const ended = [...mappedGroups(groups.map)].flatMap((path): readonly MembershipChange[] => {
    const group = paths.has(path) ? undefined : idOf(path)
    const present = memberships.find((each) => each.group === group)
    return group === undefined || present?.source !== 'group' ? [] : [{ group, path, membership: null }]
  })
  return [...put, ...ended]
}
