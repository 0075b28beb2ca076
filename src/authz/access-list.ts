/**
 * The second decider: access lists. A list names operators, and groups that stand for their direct members. The lists of an
 * object are its own and those of what stands above it, as far as its type says; an empty list names nobody.
 */

import type { CompiledType } from './compiled.ts'
import type { AccessList, ObjectFacts, Subject } from './model.ts'

/** What the lists of an object say about a subject; `no-list`: there is none. */
export type Listing = 'no-list' | 'listed' | 'not-listed'

/** What the union of the object's lists says. */
export function listingOf(type: CompiledType, object: ObjectFacts, subject: Subject): Listing {
  let listing: Listing = 'no-list'
  if (object.accessList !== null) {
    if (names(object.accessList, subject)) return 'listed'
    listing = 'not-listed'
  }
  for (const above of object.ancestors) {
    if (above.accessList === null || !type.parentTypes.has(above.type)) continue
    if (names(above.accessList, subject)) return 'listed'
    listing = 'not-listed'
  }
  return listing
}

/** Whether a list names the subject, or a group that he is a direct member of. */
export function names({ operators, groups }: AccessList, { id, memberships = [] }: Subject): boolean {
  if (operators.includes(id)) return true
  return groups.length > 0 && memberships.some(({ group }) => groups.includes(group))
}
