/**
 * The third decider: reach. Blind upward, transparent downward: a right in a group reaches what the group and all groups
 * below it own, and what the members of these own; a member reaches what his own group owns; everybody himself.
 */

import type { CompiledGroup, Snapshot } from './compiled.ts'
import { isInside } from './groups.ts'
import type { ObjectFacts, Subject } from './model.ts'
import type { Standing } from './standing.ts'

/** Whether the subject himself owns the object, or is it. */
export function ownsHimself(object: ObjectFacts, subject: Subject): boolean {
  return object.owner !== null && 'operator' in object.owner && object.owner.operator === subject.id
}

/** Whether the subject is a direct member of the group that owns the object, or is it. */
export function ownsAsMember(object: ObjectFacts, { memberships = [] }: Subject): boolean {
  const { owner } = object
  return owner !== null && 'group' in owner && memberships.some(({ group }) => group === owner.group)
}

/** The group in which the subject holds the right that reaches the object's owner; undefined when there is none. */
export function reachingGroup(
  snapshot: Snapshot,
  standing: Standing,
  object: ObjectFacts,
  right: string,
): CompiledGroup | undefined {
  const holders = standing.rights?.get(right)
  const { owner } = object
  if (holders === undefined || owner === null) return undefined
  for (const id of 'group' in owner ? [owner.group] : object.ownerGroups) {
    const owning = snapshot.groups.get(id)
    const reaching = owning === undefined ? undefined : holders.find((group) => isInside(owning, group))
    if (reaching !== undefined) return reaching
  }
  return undefined
}
