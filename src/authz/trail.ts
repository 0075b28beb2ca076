/** Tells what a decision weighed: grants, statements with their distance, the rule of the object. */

import type { CompiledOperation, CompiledSelector, ServiceRules, Snapshot } from './compiled.ts'
import { effectCode, effectOf } from './effects.ts'
import { grantsOf, standsFor, weighGrant } from './grants.ts'
import type {
  GrantStep,
  ObjectFacts,
  ObjectStep,
  Question,
  ResourcePurpose,
  ResourceStep,
  Scope,
  Step,
  Subject,
} from './model.ts'
import { type Asked, askedAbout, judge } from './object-part.ts'
import { reasonOf } from './object-reason.ts'
import { resourceStep } from './resource-trail.ts'
import { compileScope, scopeHolds } from './scope.ts'
import { namesOf, sketchOf } from './sketch.ts'
import { closedGates, standingOf } from './standing.ts'

/** What was weighed for a decision, in its order; nothing for a caller without a session. */
export function trailOf({
  snapshot,
  service,
  subject,
  object,
  operation,
  question,
}: {
  readonly snapshot: Snapshot
  readonly service: ServiceRules
  readonly subject: Subject | null
  readonly object: ObjectFacts | null
  readonly operation: CompiledOperation | undefined
  readonly question: Question
}): readonly Step[] {
  if (subject === null) return []
  const steps: Step[] = [...grantSteps(snapshot, service, subject, object)]
  const standing = standingOf(snapshot, service, subject)
  if (operation === undefined || operation.access !== 'role') return steps
  if (service.authorization === 'off' || standing.roots.length === 0) return steps
  const { products = [], selector: named = null } = question
  const asked =
    object === null ? null : askedAbout(object, { snapshot, service, standing, subject, products, selector: named })
  const table = asked === null ? standing.table : asked.table
  const closed =
    asked === null ? [] : closedGates(standing.gates, namesOf(asked.sketch, asked.object, snapshot.numbers))
  const resource = (purpose: ResourcePurpose, number: number, member: string | null = null): ResourceStep =>
    resourceStep({ service, standing, closed, table }, { purpose, number, member })
  if (operation.behindFrontDoor && service.frontDoor !== null) steps.push(resource('front-door', service.frontDoor))
  steps.push(...operation.resources.map((number) => resource('needed', number, operation.member)))
  if (asked !== null) {
    const isOfType = ({ type }: CompiledSelector) => type === asked.sketch.type
    const byName = operation.selectors.filter((each, at) => isOfType(each) && operation.places[at] === named)
    for (const selector of byName.length === 0 ? operation.selectors.filter(isOfType) : byName) {
      steps.push(...objectSteps(asked, operation, selector, resource))
    }
  }
  const freeing = operation.obligations.flatMap(({ unless }) => unless ?? [])
  return [...steps, ...[...new Set(freeing)].map((number) => resource('obligation', number))]
}

function grantSteps(
  snapshot: Snapshot,
  service: ServiceRules,
  subject: Subject,
  object: ObjectFacts | null,
): readonly GrantStep[] {
  const isOutside = (scope: Scope): boolean => {
    if (object === null) return false
    const compiled = compileScope(scope, snapshot.numbers)
    return !scopeHolds(compiled, namesOf(sketchOf(snapshot, service, object), object, snapshot.numbers))
  }
  return grantsOf(snapshot, subject).map(({ grant, source }) => {
    const weighed = weighGrant(snapshot, service, grant)
    const { role, scope = null } = grant
    const outside = weighed === 'applies' && scope !== null && isOutside(scope)
    return {
      kind: 'grant',
      role,
      service: grant.service,
      source,
      outcome: outside ? 'out-of-scope' : weighed,
      standsFor: weighed === 'applies' ? standsFor(service, role) : null,
    }
  })
}

/** The resources that the access rule looked at, then what it came to. */
function objectSteps(
  asked: Asked,
  operation: CompiledOperation,
  selector: CompiledSelector,
  resource: (purpose: ResourcePurpose, number: number, member?: string | null) => ResourceStep,
): readonly Step[] {
  const { type } = selector
  const { object } = asked
  const steps: Step[] = []
  if (type.passResource !== null) steps.push(resource('passes-access-rule', type.passResource))
  const judged = judge(asked, operation, selector)
  if (type.unlistedChanges !== null && type.rule === 'open-unless-listed' && !operation.reads) {
    steps.push(resource('unlisted-changes', type.unlistedChanges))
  }
  if (type.rule === 'resource' && type.family !== null) {
    steps.push(resource('object', type.family.index, type.family.prefix + object.id))
  }
  const step: ObjectStep = {
    kind: 'object',
    type: object.type,
    id: object.id,
    effect: effectOf(effectCode(judged.code)),
    rule: judged.rule,
    reason: reasonOf(asked, selector, judged),
  }
  return [...steps, step]
}
