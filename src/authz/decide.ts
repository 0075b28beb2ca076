/** The decision: may this subject do that? Pure: no clock, no store. Whatever no rule allows is denied. */

import type { Obligation } from '../profiles/profile.ts'
import { outcomeOf, type Table } from './arbitration.ts'
import type { CompiledObligation, CompiledOperation, ServiceRules, Snapshot } from './compiled.ts'
import { ALLOW, effectCode, effectOf } from './effects.ts'
import { reachesAnyOf } from './grants.ts'
import type { Decision, ObjectFacts, Question, Rule, Subject } from './model.ts'
import { type Asked, askedAbout, isVisible, objectPart } from './object-part.ts'
import { operationOf } from './operations.ts'
import { rolePart } from './role-part.ts'
import { type Standing, standingOf } from './standing.ts'
import { trailOf } from './trail.ts'
import { hiding, strictest, type Verdict } from './verdict.ts'

const NOTHING: readonly never[] = Object.freeze([])

/**
 * Decides one operation; with an object also for it, else in principle. No role, no page holds before everything but what
 * is public or exempt, also with `authorization: off`; there, any role that exists is enough, whatever it is for. A grant
 * counts as long as it stands in `subject`: who loads the subject leaves expired ones out. With `trail`, the decision
 * tells what was weighed.
 */
export function decide(
  snapshot: Snapshot,
  subject: Subject | null,
  question: Question,
  object: ObjectFacts | null = null,
  { trail = false }: { readonly trail?: boolean } = {},
): Decision {
  const service = snapshot.services.get(question.service)
  if (service === undefined) return denied(snapshot, 'unknown-service')
  const operation = question.name === null ? undefined : operationOf(service, question.name)
  const decision = conclude(snapshot, service, subject, question, operation, object)
  return trail ? { ...decision, trail: trailOf({ snapshot, service, subject, object, operation, question }) } : decision
}

/** A denial that is found before anything is weighed, such as `object-missing`. */
export function denied(snapshot: Snapshot, rule: Rule, hidden = false): Decision {
  const { revision } = snapshot
  return { effect: 'deny', rule, conflict: false, hidden, trail: NOTHING, obligations: NOTHING, revision }
}

function conclude(
  snapshot: Snapshot,
  service: ServiceRules,
  subject: Subject | null,
  question: Question,
  operation: CompiledOperation | undefined,
  object: ObjectFacts | null,
): Decision {
  if (operation !== undefined && operation.access !== 'role') return openToAll(snapshot, service, subject, operation)
  if (subject === null) return denied(snapshot, 'no-session')
  const standing = standingOf(snapshot, service, subject)
  if (service.authorization === 'off') {
    return standing.holdsRole ? allowed(snapshot, 'authorization-off') : denied(snapshot, 'no-role')
  }
  if (standing.roots.length === 0) return denied(snapshot, 'no-role')
  const { anyOfRoles = null, products = NOTHING, selector = null } = question
  if (anyOfRoles !== null && !reachesAnyOf(standing.roots, anyOfRoles))
    return denied(snapshot, 'service-rule', anyOfRoles.length === 0)
  if (question.name === null) return allowed(snapshot, 'role-reaches-service')
  const asked =
    object === null ? null : askedAbout(object, { snapshot, service, standing, subject, products, selector })
  const table = asked === null ? standing.table : asked.table
  if (operation === undefined) return unlisted(snapshot, service, table)
  const { code, rule, conflict, hides } = weigh(service, operation, standing, table, asked)
  const obligations = code === ALLOW ? due(operation.obligations, table) : NOTHING
  const { revision } = snapshot
  return { effect: effectOf(code), rule, conflict, hidden: hides, trail: NOTHING, obligations, revision }
}

function weigh(
  service: ServiceRules,
  operation: CompiledOperation,
  standing: Standing,
  table: Table,
  asked: Asked | null,
): Verdict {
  const byRoles = rolePart(service, operation, table)
  if (asked === null) return byRoles
  if (byRoles.code === ALLOW || table === standing.table) return strictest(byRoles, objectPart(asked, operation))
  return strictest(outsideScope(service, operation, standing, byRoles, asked), objectPart(asked, operation))
}

/** A denial for an object, where scopes count: one that a scope hides from view stays hidden whatever else is missing. */
function outsideScope(
  service: ServiceRules,
  operation: CompiledOperation,
  standing: Standing,
  byRoles: Verdict,
  asked: Asked,
): Verdict {
  if (isVisible(asked)) return byScopeAlone(service, operation, standing) ? { ...byRoles, rule: 'scope' } : byRoles
  if (byScopeAlone(service, operation, standing)) return hiding({ ...byRoles, rule: 'scope' })
  return isVisible({ ...asked, table: standing.table }) ? hiding(byRoles) : byRoles
}

function byScopeAlone(service: ServiceRules, operation: CompiledOperation, standing: Standing): boolean {
  return rolePart(service, operation, standing.table).code === ALLOW
}

function openToAll(
  snapshot: Snapshot,
  service: ServiceRules,
  subject: Subject | null,
  operation: CompiledOperation,
): Decision {
  const table = subject === null ? null : standingOf(snapshot, service, subject).table
  return allowed(snapshot, operation.access === 'exempt' ? 'exempt' : 'public', due(operation.obligations, table))
}

function unlisted(snapshot: Snapshot, service: ServiceRules, table: Table): Decision {
  if (service.unlistedOperations === 'deny') return denied(snapshot, 'unlisted-operation', true)
  const masks = due(service.everywhere, table)
  return allowed(snapshot, 'unlisted-open', [...new Map(masks.map((each) => [JSON.stringify(each), each])).values()])
}

function allowed(snapshot: Snapshot, rule: Rule, obligations: readonly Obligation[] = NOTHING): Decision {
  const { revision } = snapshot
  return { effect: 'allow', rule, conflict: false, hidden: false, trail: NOTHING, obligations, revision }
}

/** The obligations that a subject with these outcomes is not free of; without a subject, all. */
function due(obligations: readonly CompiledObligation[], table: Table | null): readonly Obligation[] {
  if (obligations.length === 0) return NOTHING
  return obligations
    .filter(({ unless }) => unless === null || table === null || effectCode(outcomeOf(table, unless)) !== ALLOW)
    .map(({ obligation }) => obligation)
}
