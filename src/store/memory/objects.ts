/** Objects in memory. */

import { byBytes } from '../../core/by-bytes.ts'
import { AppError } from '../../core/errors.ts'
import type {
  AccessList,
  DirectoryObject,
  NewObject,
  ObjectName,
  Objects,
  ObjectWithOwner,
  Owner,
  ParentName,
} from '../directory-ports.ts'
import { byTypeAndId, isOwner, tidyList } from './parts.ts'
import type { Reach, State } from './state.ts'

export function memoryObjects(reach: Reach): Objects {
  return {
    load: async (name) => structuredClone(reach().objects.get(keyOf(name))),
    family: async (service, type, ids) => structuredClone(familyOf(reach(), { service, type, ids })),
    list: async (query) => structuredClone(listObjects(reach(), query)),
    create: async (objects) => createObjects(reach(), objects),
    async setOwner(name, { from, to }) {
      checkOwner(reach(), to)
      return change(reach(), name, (object) =>
        isOwner(object.owner, from) ? { owner: structuredClone(to) } : undefined,
      )
    },
    async setAccessList(name, accessList) {
      checkList(reach(), accessList)
      return change(reach(), name, () => ({ accessList: tidyList(accessList) }))
    },
    setParents: async (name, parents) =>
      change(reach(), name, () => ({ parents: structuredClone(tidyParents(parents)) })),
    delete: async (name) => deleteObject(reach(), name),
    begin: async (name, pending) => change(reach(), name, () => ({ pending: structuredClone(pending) })),
    extend: async (name, pendingId, until) =>
      changePending(reach(), name, pendingId, (object) => object.pending && { ...object.pending, until }),
    release: async (name, pendingId) => changePending(reach(), name, pendingId, () => null),
  }
}

function keyOf({ service, type, id }: ObjectName): string {
  return JSON.stringify([service, type, id])
}

function tidyParents(parents: readonly ParentName[]): readonly ParentName[] {
  const each = new Map(parents.map(({ type, id }) => [JSON.stringify([type, id]), { type, id }]))
  return [...each.values()].sort(byTypeAndId)
}

function checkOwner({ operators, groups }: State, owner: Owner | null): void {
  if (owner === null) return
  if ('operator' in owner ? operators.has(owner.operator) : groups.has(owner.group)) return
  throw new AppError('INTERNAL', 'the owner of an object is not there')
}

function checkList({ operators, groups }: State, list: AccessList | null): void {
  if (list === null) return
  if (list.operators.every((id) => operators.has(id)) && list.groups.every((id) => groups.has(id))) return
  throw new AppError('INTERNAL', 'an access list names somebody who is not there')
}

function createObjects(state: State, objects: readonly NewObject[]): number {
  for (const { owner, accessList } of objects) {
    checkOwner(state, owner)
    checkList(state, accessList)
  }
  const before = state.objects.size
  for (const { service, type, id, owner, accessList, parents } of objects) {
    const key = keyOf({ service, type, id })
    if (state.objects.has(key)) continue
    const kept = { owner, accessList: tidyList(accessList), parents: tidyParents(parents) }
    state.objects.set(key, structuredClone({ service, type, id, ...kept, pending: null }))
  }
  return state.objects.size - before
}

/** Lays what `next` says over the object. False when it is absent, when a change is pending, or when `next` says nothing. */
function change(
  { objects }: State,
  name: ObjectName,
  next: (object: DirectoryObject) => Partial<DirectoryObject> | undefined,
): boolean {
  const object = objects.get(keyOf(name))
  const fields = object === undefined || object.pending !== null ? undefined : next(object)
  if (object === undefined || fields === undefined) return false
  objects.set(keyOf(name), { ...object, ...fields })
  return true
}

function changePending(
  { objects }: State,
  name: ObjectName,
  pendingId: string,
  next: (object: DirectoryObject) => DirectoryObject['pending'],
): boolean {
  const object = objects.get(keyOf(name))
  if (object === undefined || object.pending?.id !== pendingId) return false
  objects.set(keyOf(name), { ...object, pending: next(object) })
  return true
}

function deleteObject({ objects }: State, name: ObjectName): boolean {
  const object = objects.get(keyOf(name))
  if (object === undefined || object.pending !== null) return false
  objects.delete(keyOf(name))
  for (const [key, other] of objects) {
    if (!isBelow(other, name)) continue
    const parents = other.parents.filter(({ type, id }) => type !== name.type || id !== name.id)
    objects.set(key, { ...other, parents })
  }
  return true
}

function isBelow(object: DirectoryObject, parent: ObjectName): boolean {
  if (object.service !== parent.service) return false
  return object.parents.some(({ type, id }) => type === parent.type && id === parent.id)
}

function familyOf(
  { objects, operators }: State,
  { service, type, ids }: { service: string; type: string; ids: readonly string[] },
): readonly ObjectWithOwner[] {
  const found = new Map<string, DirectoryObject>()
  const wanted = ids.map((id) => keyOf({ service, type, id }))
  for (let key = wanted.pop(); key !== undefined; key = wanted.pop()) {
    const object = objects.get(key)
    if (object === undefined || found.has(key)) continue
    found.set(key, object)
    wanted.push(...object.parents.map((parent) => keyOf({ service, ...parent })))
  }
  return [...found.values()].sort(byName).map((object) => {
    const { owner } = object
    const person = owner !== null && 'operator' in owner ? operators.get(owner.operator) : undefined
    return { ...object, ownerGroups: person?.memberships.map(({ group }) => group) ?? [] }
  })
}

function listObjects(
  { objects }: State,
  { owner, parent, pending, after, limit }: Parameters<Objects['list']>[0],
): readonly DirectoryObject[] {
  return [...objects.values()]
    .filter((object) => owner === undefined || isOwner(object.owner, owner))
    .filter((object) => parent === undefined || isBelow(object, parent))
    .filter((object) => pending === undefined || object.pending !== null)
    .filter((object) => after === undefined || byName(object, after) > 0)
    .sort(byName)
    .slice(0, limit)
}

function byName(a: ObjectName, b: ObjectName): number {
  return byBytes(a.service, b.service) || byTypeAndId(a, b)
}
