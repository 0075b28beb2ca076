/** The part of a decision that the access rule of the object's type makes. */

import { listingOf } from './access-list.ts'
import { outcomeOf, type Table } from './arbitration.ts'
import type {
  CompiledOperation,
  CompiledReach,
  CompiledSelector,
  CompiledType,
  ServiceRules,
  Snapshot,
} from './compiled.ts'
import { ALLOW, DENY, DISABLE, effectCode } from './effects.ts'
import type { ObjectFacts, Subject } from './model.ts'
import { ownsAsMember, ownsHimself, reachingGroup } from './reach.ts'
import { memberOutcome, resourceVerdict, rolePart } from './role-part.ts'
import { type ObjectSketch, sketchOf } from './sketch.ts'
import { type Standing, tableFor } from './standing.ts'
import { hiding, strictest, type Verdict, verdict } from './verdict.ts'

/** What the access rules are judged from. */
export interface Asked {
  readonly snapshot: Snapshot
  readonly service: ServiceRules
  readonly standing: Standing
  readonly subject: Subject
  readonly object: ObjectFacts
  readonly sketch: ObjectSketch
  /** That the request names. */
  readonly products: readonly string[]
  /** Place of the selector that named the object; null: all of its type count. */
  readonly selector: number | null
  /** Outcomes for this object. */
  readonly table: Table
}

/** What the access rules are judged from, for an object. */
export function askedAbout(object: ObjectFacts, who: Omit<Asked, 'object' | 'sketch' | 'table'>): Asked {
  const { snapshot, service, standing, subject, products, selector } = who
  const sketch = sketchOf(snapshot, service, object)
  const table = tableFor(service, standing, object, { sketch, numbers: snapshot.numbers })
  return { snapshot, service, standing, subject, object, sketch, products, selector, table }
}

const NOBODY_READS: readonly CompiledOperation[] = []
const NO_RULE = verdict(ALLOW, 'statement')
const PASSES = verdict(ALLOW, 'passes-access-rule')
const LISTED = verdict(ALLOW, 'access-list')
const NOT_LISTED = verdict(DENY, 'access-list')
const UNLISTED_OBJECT = verdict(DENY, 'unlisted-object')
const OWNED = verdict(ALLOW, 'owner')
const NOT_OWNED = verdict(DENY, 'owner')
const HIMSELF = verdict(DENY, 'owner')
const REACHED = verdict(ALLOW, 'reach')
const NOT_REACHED = verdict(DENY, 'reach')

/**
 * The access rule of the object's type, for each selector by which the operation is about it; an operation that is about no
 * object of that type passes. A denial hides the object unless something that reads shows it.
 */
export function objectPart(asked: Asked, operation: CompiledOperation): Verdict {
  const result = bareObjectPart(asked, operation, asked.selector) ?? NO_RULE
  if (result.code === ALLOW || result.hides || result.rule === 'unlisted-object') return result
  if (result.code === DISABLE) return result
  // What asks by the same selector is denied like this.
  const same = operation.selectors.length === 1 ? operation.selectors[0] : undefined
  if (isVisible(asked, same)) return result
  return hiding(result)
}

/**
 * Whether some reading operation would show the object: allowed or disabled, by roles and by access rule. `denied`: a
 * selector that is known to deny it.
 */
export function isVisible(asked: Asked, denied?: CompiledSelector): boolean {
  const readers = asked.sketch.type?.readers ?? NOBODY_READS
  for (const reader of readers) if (shows(asked, reader, denied)) return true
  return false
}

function shows(asked: Asked, reader: CompiledOperation, denied: CompiledSelector | undefined): boolean {
  if (reader.access !== 'role') return true
  if (denied !== undefined && reader.selectors.includes(denied)) return false
  const byRoles = rolePart(asked.service, reader, asked.table)
  if (byRoles.code === DENY || byRoles.hides) return false
  const byRule = bareObjectPart(asked, reader, null)
  return byRule !== undefined && byRule.code !== DENY && !byRule.hides
}

/** With `place` by that selector alone; by all of the type where it is none of them. */
function bareObjectPart(asked: Asked, operation: CompiledOperation, place: number | null): Verdict | undefined {
  let result: Verdict | undefined
  let index = -1
  for (const selector of operation.selectors) {
    index += 1
    if (selector.type !== asked.sketch.type || (place !== null && operation.places[index] !== place)) continue
    const judged = judge(asked, operation, selector)
    result = result === undefined ? judged : strictest(result, judged)
  }
  return result === undefined && place !== null ? bareObjectPart(asked, operation, null) : result
}

/** The access rule for one selector, whatever else shows the object. Where it names ways of reach, these stand in place of the type's rule. */
export function judge(asked: Asked, operation: CompiledOperation, selector: CompiledSelector): Verdict {
  const { type } = selector
  const { table, service, object, sketch, standing } = asked
  if (selector.notSelf && ownsHimself(sketch, standing)) return HIMSELF
  if (type.passResource !== null && outcomeOf(table, type.passResource) === ALLOW) return PASSES
  if (selector.reach !== null) return byReach(asked, selector, selector.reach)
  switch (type.rule) {
    case 'none':
      return NO_RULE
    case 'open-unless-listed':
      return byLists(asked, operation, type)
    case 'owner-and-listed':
      return byOwnerAndLists(asked, selector)
    case 'reach':
      return NOT_REACHED
    case 'resource': {
      if (type.family === null) return NOT_LISTED
      const outcome = memberOutcome(service, table, type.family.index, type.family.prefix + object.id)
      return resourceVerdict(service, type.family.index, outcome)
    }
  }
}

function byLists({ sketch, standing, table }: Asked, { reads }: CompiledOperation, type: CompiledType): Verdict {
  const listing = listingOf(sketch, standing)
  if (listing !== 'no-list') return listing === 'listed' ? LISTED : NOT_LISTED
  if (reads || type.unlistedChanges === null) return LISTED
  return effectCode(outcomeOf(table, type.unlistedChanges)) === ALLOW ? LISTED : UNLISTED_OBJECT
}

function byOwnerAndLists({ sketch, standing }: Asked, { ownerOnly }: CompiledSelector): Verdict {
  if (ownsHimself(sketch, standing) || ownsAsMember(sketch, standing)) return OWNED
  if (ownerOnly) return NOT_OWNED
  const listing = listingOf(sketch, standing)
  return listing === 'listed' ? LISTED : listing === 'not-listed' ? NOT_LISTED : NOT_OWNED
}

function byReach(asked: Asked, { unowned, type }: CompiledSelector, reach: CompiledReach): Verdict {
  const { object, sketch, standing } = asked
  if (reach.anyone) return NO_RULE
  if (object.owner === null) return unowned === 'pass' && type.kind === 'object' ? OWNED : NOT_OWNED
  if (reach.self && ownsHimself(sketch, standing)) return OWNED
  if (reach.member && ownsAsMember(sketch, standing)) return OWNED
  for (const way of reach.rights) {
    if (reachingGroup(asked, way) !== undefined) return REACHED
  }
  return reach.rights.length > 0 ? NOT_REACHED : NOT_OWNED
}
