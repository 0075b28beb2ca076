/**
 * From what is known of an object to the facts that decisions are made from. There is one way, whoever asks: requests,
 * questions, rehearsals and decision cases.
 */

import type { CompiledGroup, Snapshot } from './compiled.ts'
import type { AccessList, Ancestor, ObjectFacts, Owner } from './model.ts'

/** A stored object. */
export interface KnownObject {
  readonly owner: Owner | null
  /** Ids of the groups whose direct member the owning operator is; empty unless an operator owns it. */
  readonly ownerGroups: readonly string[]
  readonly accessList: AccessList | null
  readonly parents: readonly { readonly type: string; readonly id: string }[]
}

/** An operator as an object. */
export interface KnownPerson {
  readonly id: string
  readonly memberships?: readonly { readonly group: string }[]
}

/** An object that nobody knows: without owner, list and anything above it. */
export function unknownFacts(type: string, id: string): ObjectFacts {
  return { type, id, owner: null, ownerGroups: [], accessList: null, ancestors: [] }
}

/** A stored object with everything above it, as far as `known` has it: what is named as a parent and not stored has no list. */
export function storedFacts(
  type: string,
  id: string,
  known: (type: string, id: string) => KnownObject | undefined,
): ObjectFacts {
  const object = known(type, id)
  if (object === undefined) return unknownFacts(type, id)
  const { owner, ownerGroups, accessList } = object
  return { type, id, owner, ownerGroups, accessList, ancestors: ancestorsOf(object, known) }
}

function ancestorsOf(
  object: KnownObject,
  known: (type: string, id: string) => KnownObject | undefined,
): readonly Ancestor[] {
  const found = new Map<string, Ancestor>()
  const waiting = [...object.parents]
  // Grows while it is gone through.
  for (const { type, id } of waiting) {
    const name = JSON.stringify([type, id])
    if (found.has(name)) continue
    const stored = known(type, id)
    found.set(name, { type, id, accessList: stored?.accessList ?? null })
    waiting.push(...(stored?.parents ?? []))
  }
  return [...found.values()]
}

/** A group of the directory, by its path; the groups around it stand above it. */
export function groupFacts({ groupsByPath }: Pick<Snapshot, 'groupsByPath'>, type: string, path: string): ObjectFacts {
  const group = groupsByPath.get(path)
  if (group === undefined) return unknownFacts(type, path)
  return { ...unknownFacts(type, path), owner: { group: group.id }, ancestors: groupsAbove(type, group) }
}

function groupsAbove(type: string, { parent }: CompiledGroup): readonly Ancestor[] {
  const above: Ancestor[] = []
  for (let next = parent; next !== null; next = next.parent) above.push({ type, id: next.path, accessList: null })
  return above
}

/** An operator of the directory, by his account; undefined: nobody in particular, as when several providers have it. */
export function personFacts(type: string, account: string, person: KnownPerson | undefined): ObjectFacts {
  if (person === undefined) return unknownFacts(type, account)
  return { ...unknownFacts(type, account), owner: { operator: person.id }, ownerGroups: groupsOf(person) }
}

/** Ids of the groups whose direct member somebody is. */
export function groupsOf({ memberships = [] }: KnownPerson): readonly string[] {
  return memberships.map(({ group }) => group)
}
