/** Which grants count on a service. */

import { ADMINISTRATOR } from '../core/names.ts'
import type { Grant } from '../store/ports.ts'
import type { ServiceRules, Snapshot, Step } from './model.ts'

/**
 * How one grant counts on the service. It applies when it names no other service and its role is `administrator`, which
 * stands for the profile's administrator role, or a role that the service's profile ships. A role that is no longer
 * known never applies.
 */
export function weighGrant(snapshot: Snapshot, service: ServiceRules, grant: Grant): Step {
  const { role } = grant
  const step = (outcome: Step['outcome'], standsFor: string | null = null): Step => ({
    role,
    service: grant.service,
    outcome,
    standsFor,
  })
  if (!snapshot.roles.has(role)) return step('unknown-role')
  if (grant.service !== null && grant.service !== service.id) return step('other-service')
  if (role === ADMINISTRATOR) return step('applies', service.administratorRole)
  return service.roles.has(role) ? step('applies', role) : step('other-profile')
}

/** The names of the granted roles that apply to the service, sorted, each once; the value of `X-Gatehouse-Roles`. */
export function effectiveRoles(snapshot: Snapshot, grants: readonly Grant[], service: string): readonly string[] {
  const rules = snapshot.services.get(service)
  if (rules === undefined) return []
  const applying = grants.filter((grant) => weighGrant(snapshot, rules, grant).outcome === 'applies')
  return [...new Set(applying.map((grant) => grant.role))].sort()
}
