/**
 * What a sign-in changes of an operator's grants. Pure: from the grants that stand and what the provider says now, the
 * list of changes.
 */

import type { IdentityProviderConfig } from '../config/config.ts'
import { ADMINISTRATOR } from '../core/names.ts'
import type { Instant } from '../core/time.ts'
import { holds, type RoleAssignment, sameAssignment } from '../directory/grants.ts'
import type { Grant } from '../store/ports.ts'
import { withdrawnGrants } from './group-mapping.ts'

/** One change, with the audit event that tells of it. */
export interface GrantChange {
  readonly action: 'put' | 'remove'
  readonly grant: Grant
  readonly event: 'role.granted' | 'role.revoked' | 'role.locked' | 'role.unlocked'
}

const EVERYWHERE: RoleAssignment = { role: ADMINISTRATOR, service: null }
const ASSERTED: Grant = { ...EVERYWHERE, source: 'assertion', locked: true, expiresAt: null, scope: null }

/**
 * The change that the admin attribute makes (N-4, N-6); `asserted` is true only when it counts as true.
 *
 * Asserted: the operator holds Administrator, locked. A local grant without expiry stays local and is locked; one with
 * an expiry, or one from a group, gives way to the provider's, which has no end while it is asserted.
 * Not asserted any more: mode `fnms` unlocks what is locked and leaves it until an administrator revokes it; mode
 * `authoritative` removes what the provider gave, and only unlocks a local grant.
 */
export function adminGrantChanges(
  grants: readonly Grant[],
  { asserted, mode, now }: { asserted: boolean; mode: IdentityProviderConfig['adminMode']; now: Instant },
): readonly GrantChange[] {
  const present = grants.find((grant) => sameAssignment(grant, EVERYWHERE))
  if (asserted) return assertedChanges(present, now)
  if (present === undefined) return []
  if (mode === 'authoritative' && present.source === 'assertion') {
    return [{ action: 'remove', grant: present, event: 'role.revoked' }]
  }
  return present.locked ? [{ action: 'put', grant: { ...present, locked: false }, event: 'role.unlocked' }] : []
}

function assertedChanges(present: Grant | undefined, now: Instant): readonly GrantChange[] {
  if (present === undefined || !holds(present, now)) return [{ action: 'put', grant: ASSERTED, event: 'role.granted' }]
  if (present.source === 'group' || present.expiresAt !== null) {
    return [{ action: 'put', grant: ASSERTED, event: 'role.locked' }]
  }
  return present.locked ? [] : [{ action: 'put', grant: { ...present, locked: true }, event: 'role.locked' }]
}

/**
 * The changes that the group mapping makes (S-22). `given`: what the values of this sign-in give by the map. A role
 * that the operator holds already keeps its source. Mode `additive` takes nothing away; `authoritative` takes away what
 * came from a group, could come from the map, and did not come this time.
 */
export function groupGrantChanges(
  grants: readonly Grant[],
  {
    given,
    groups,
    now,
    knownRole,
  }: {
    given: readonly RoleAssignment[]
    groups: IdentityProviderConfig['groups']
    now: Instant
    knownRole: (role: string) => boolean
  },
): readonly GrantChange[] {
  const present = grants.filter((grant) => holds(grant, now))
  const missing = given.filter((role) => knownRole(role.role) && !present.some((grant) => sameAssignment(grant, role)))
  const withdrawn = groups.mode === 'authoritative' ? withdrawnGrants(grants, { given, map: groups.map }) : []
  return [
    ...missing.map((role): GrantChange => ({ action: 'put', grant: fromGroup(role), event: 'role.granted' })),
    ...withdrawn.map((grant): GrantChange => ({ action: 'remove', grant, event: 'role.revoked' })),
  ]
}

function fromGroup({ role, service }: RoleAssignment): Grant {
  return { role, service, source: 'group', locked: false, expiresAt: null, scope: null }
}
