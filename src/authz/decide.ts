/** The decision: may this subject do that? Pure: no clock, no store. Whatever no rule allows is denied. */

import type { Decision, Effect, Operation, Rule, Snapshot, Step, Subject } from './model.ts'
import { weighGrant } from './reach.ts'

/**
 * Decides one operation. No role, no page holds before everything else, also with `authorization: off`; there, any role
 * that exists is enough, whatever it is for. Otherwise a role that reaches the service may use it. A grant counts as
 * long as it stands in `subject`: who loads the subject leaves expired ones out.
 */
export function decide(snapshot: Snapshot, subject: Subject | null, operation: Operation): Decision {
  const service = snapshot.services.get(operation.service)
  if (service === undefined) return decision(snapshot, 'deny', 'unknown-service', [])
  if (subject === null) return decision(snapshot, 'deny', 'no-session', [])
  const trail = subject.grants.map((grant) => weighGrant(snapshot, service, grant))
  if (service.authorization === 'off' && trail.some((step) => step.outcome !== 'unknown-role')) {
    return decision(snapshot, 'allow', 'authorization-off', trail)
  }
  if (trail.some((step) => step.outcome === 'applies')) {
    return decision(snapshot, 'allow', 'role-reaches-service', trail)
  }
  return decision(snapshot, 'deny', 'no-role', trail)
}

function decision(snapshot: Snapshot, effect: Effect, rule: Rule, trail: readonly Step[]): Decision {
  return { effect, rule, conflict: false, trail, obligations: [], revision: snapshot.revision }
}
