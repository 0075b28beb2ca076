/** The part of a decision that roles and statements make. */

import type { ResourceClass } from '../profiles/profile.ts'
import { outcomeOf, outcomeOfMember, type Table } from './arbitration.ts'
import type { CompiledOperation, ServiceRules } from './compiled.ts'
import { ALLOW, DENY, effectCode, isConflict, isSilent, type Outcome } from './effects.ts'
import { hidesResource, strictest, type Verdict, verdict } from './verdict.ts'

const OPEN = verdict(ALLOW, 'statement')
const SWITCHED_OFF = verdict(DENY, 'setting')
const NEEDS_NOTHING = verdict(ALLOW, 'role-reaches-service')

/**
 * The front door, then every resource that the operation needs; the most restrictive counts. An operation that needs
 * none is allowed to whoever has a role here.
 */
export function rolePart(service: ServiceRules, operation: CompiledOperation, table: Table): Verdict {
  const { resources, member, denied } = operation
  if (denied) return SWITCHED_OFF
  let result = resources.length === 0 ? NEEDS_NOTHING : OPEN
  if (operation.behindFrontDoor && service.frontDoor !== null) {
    const door = outcomeOf(table, service.frontDoor)
    if (door !== ALLOW) result = strictest(result, throughFrontDoor(door))
  }
  for (const number of resources) {
    const outcome = member === null ? outcomeOf(table, number) : memberOutcome(service, table, number, member)
    if (outcome !== ALLOW) result = strictest(result, resourceVerdict(service, number, outcome))
  }
  return result
}

/** What the outcome of a resource means for what needs it. */
export function resourceVerdict({ resources }: ServiceRules, number: number, outcome: Outcome): Verdict {
  const resourceClass = resources.classes[number] ?? 'action'
  const known = VERDICTS[resourceClass][outcome]
  if (known !== undefined) return known
  const made = makeVerdict(resourceClass, outcome)
  VERDICTS[resourceClass][outcome] = made
  return made
}

/** There are few different ones; made once, by class and outcome. */
const VERDICTS: Readonly<Record<ResourceClass, Verdict[]>> = {
  action: [],
  menu: [],
  tab: [],
  column: [],
  view: [],
  filter: [],
  server: [],
}

function makeVerdict(resourceClass: ResourceClass, outcome: Outcome): Verdict {
  const code = effectCode(outcome)
  return {
    code,
    rule: isSilent(outcome) ? 'no-statement' : 'statement',
    conflict: isConflict(outcome),
    hides: hidesResource(resourceClass, code),
  }
}

/** The outcome of a member of the family with that number. */
export function memberOutcome({ resources }: ServiceRules, table: Table, family: number, member: string): Outcome {
  return outcomeOfMember(table, resources, family, member)
}

/** A front door that is not open: what is behind it is not seen. */
function throughFrontDoor(outcome: Outcome): Verdict {
  return { code: effectCode(outcome), rule: 'front-door', conflict: isConflict(outcome), hides: true }
}
