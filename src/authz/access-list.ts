/**
 * The second decider: access lists. A list names operators, and groups that stand for their direct members. The lists of an
 * object are its own and those of what stands above it, as far as its type says; an empty list names nobody.
 */

import type { AccessList, Subject } from './model.ts'
import type { ObjectSketch } from './sketch.ts'
import type { Standing } from './standing.ts'

/** What the lists of an object say about a subject; `no-list`: there is none. */
export type Listing = 'no-list' | 'listed' | 'not-listed'

/** What the union of the object's lists says. */
export function listingOf({ listed }: ObjectSketch, { self, groups }: Standing): Listing {
  if (listed === null) return 'no-list'
  if (listed.includes(self)) return 'listed'
  for (const group of groups) if (listed.includes(group)) return 'listed'
  return 'not-listed'
}

/** Whether a list names the subject, or a group that he is a direct member of. */
export function names({ operators, groups }: AccessList, { id, memberships = [] }: Subject): boolean {
  return operators.includes(id) || memberships.some(({ group }) => groups.includes(group))
}
