/**
 * What decisions read of an object, as numbers: comparing them reads no text, and all of it is in one place. Made once for the
 * facts at hand and dropped with the snapshot. What is told about a decision comes from the facts themselves.
 */

import type { CompiledType, ServiceRules, Snapshot } from './compiled.ts'
import type { ObjectFacts } from './model.ts'
import type { Numbers } from './numbers.ts'

export interface ObjectSketch {
  /** Null: the service has no such type. */
  readonly type: CompiledType | null
  /** Number of the operator or group that owns it; `NOBODY`. */
  readonly owner: number
  /** Places in the forest of the owning group, or of the groups of the owning operator; `NOBODY`: that group is gone. */
  readonly owningGroups: readonly number[]
  /** Numbers of whom the lists that count for it name: its own, and of what stands above it as far as its type says; null: there is none. */
  readonly listed: readonly number[] | null
  /** Numbers of itself and then of everything above it, as of so many numbered objects; see `namesOf`. */
  names: readonly number[]
  namesOfCount: number
}

/** No number that anything has. */
const NOBODY = -1
const NONE: readonly number[] = []

/** How the object looks to decisions on the service. */
export function sketchOf(snapshot: Snapshot, service: ServiceRules, object: ObjectFacts): ObjectSketch {
  const before = service.sketches.get(object)
  if (before !== undefined) return before
  const sketch = draw(snapshot, service.objectTypes.get(object.type) ?? null, object)
  service.sketches.set(object, sketch)
  return sketch
}

/** Numbers of an object and of everything above it, itself first. Made when a scope asks, and again when there are more scopes since. */
export function namesOf(sketch: ObjectSketch, object: ObjectFacts, numbers: Numbers): readonly number[] {
  if (sketch.namesOfCount === numbers.scopedCount) return sketch.names
  const number = ({ type, id }: { type: string; id: string }) => numbers.inScope(type, id) ?? NOBODY
  sketch.names = [number(object), ...object.ancestors.map(number)]
  sketch.namesOfCount = numbers.scopedCount
  return sketch.names
}

function draw({ groups, numbers }: Snapshot, type: CompiledType | null, object: ObjectFacts): ObjectSketch {
  const { owner, ownerGroups } = object
  const place = (id: string) => groups.get(id)?.first ?? NOBODY
  const listed = type === null ? null : listedOn(type, object, numbers)
  const made = { type, listed, names: NONE, namesOfCount: 0 }
  if (owner === null) return { ...made, owner: NOBODY, owningGroups: NONE }
  return 'group' in owner
    ? { ...made, owner: numbers.group(owner.group), owningGroups: [place(owner.group)] }
    : { ...made, owner: numbers.operator(owner.operator), owningGroups: ownerGroups.map(place) }
}

function listedOn(
  type: CompiledType,
  { accessList, ancestors }: ObjectFacts,
  { operator, group }: Numbers,
): readonly number[] | null {
  const above = ancestors.filter(({ type: name }) => type.parentTypes.has(name)).map((each) => each.accessList)
  const lists = [accessList, ...above].filter((each) => each !== null)
  if (lists.length === 0) return null
  return NONE.concat(...lists.map(({ operators, groups }) => operators.map(operator).concat(groups.map(group))))
}
