/**
 * The third decider: reach. Blind upward, transparent downward: a right in a group reaches what the group and all groups
 * below it own, and what the members of these own; a member reaches what his own group owns; everybody himself.
 */

import type { RightWay } from '../profiles/profile.ts'
import type { CompiledGroup, RightHeld } from './compiled.ts'
import { isInside } from './groups.ts'
import type { ObjectSketch } from './sketch.ts'
import type { Standing } from './standing.ts'

/** Whether the subject himself owns the object, or is it. */
export function ownsHimself({ owner }: ObjectSketch, { self }: Standing): boolean {
  return owner === self
}

/** Whether the subject is a direct member of the group that owns the object, or is it. */
export function ownsAsMember({ owner }: ObjectSketch, { groups }: Standing): boolean {
  return groups.includes(owner)
}

/** What a right is judged from: whose it is, what it is to reach, and the products that the request names. */
export interface Reaching {
  readonly standing: Standing
  readonly sketch: ObjectSketch
  readonly products: readonly string[]
}

/**
 * The group in which the subject holds the right that reaches the object's owner; undefined when there is none. A person
 * is reached by one of his groups or, where the way says so, only by way of every one of them.
 */
export function reachingGroup(reaching: Reaching, way: RightWay): CompiledGroup | undefined {
  const { standing, sketch, products } = reaching
  const holders = standing.rights?.get(way.right)
  if (holders === undefined) return undefined
  let found: CompiledGroup | undefined
  for (const owning of sketch.owningGroups) {
    const holder = holders.find((held) => isWithin(owning, held, way) && coversProducts(held, way.products, products))
    if (holder === undefined && way.groups === 'every') return undefined
    if (holder !== undefined && way.groups === 'any') return holder.group
    found ??= holder?.group
  }
  return found
}

function isWithin(place: number, { group }: RightHeld, { above }: RightWay): boolean {
  return isInside(place, group) && !(above && place === group.first)
}

/** Whether the right is for all products that are named; where it matters which, a request that names none is for none. */
function coversProducts({ products: own }: RightHeld, place: RightWay['products'], named: readonly string[]): boolean {
  if (place === null) return own === null
  return named.length > 0 && (own === null || named.every((product) => own.has(product)))
}
