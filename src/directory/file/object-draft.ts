/** The objects as a directory file makes them. */

import { isDeepStrictEqual } from 'node:util'
import { byBytes } from '../../core/by-bytes.ts'
import type { ObjectType, Profile } from '../../profiles/profile.ts'
import type { AccessList, DirectoryObject, Owner, ParentName } from '../../store/directory-ports.ts'
import { objectKey, objectText } from '../model.ts'
import type { MergeContext } from './context.ts'
import type { GroupDraft } from './group-draft.ts'
import type { PeopleDraft } from './operator-draft.ts'
import type { FilePath, ProblemList } from './problems.ts'
import type { FileEntry, FileObject, FileOwner } from './schema.ts'

type Parts = MergeContext & {
  readonly problems: ProblemList
  readonly groups: GroupDraft
  readonly people: PeopleDraft
}

/** The objects that there are afterwards. */
export function mergeObjects(
  current: readonly DirectoryObject[],
  described: readonly FileObject[] | undefined,
  parts: Parts,
): readonly DirectoryObject[] {
  const before = new Map(current.map((object) => [objectKey(object), object]))
  const next = new Map(parts.prune && described !== undefined ? [] : before)
  const places = new Map<string, number>()
  described?.forEach((entry, index) => {
    const path: FilePath = ['objects', index]
    const key = objectKey(entry)
    if (places.has(key)) parts.problems.add([...path, 'id'], `the object ${objectText(entry)} is there twice`)
    places.set(key, index)
    const type = typeOf(entry, path, parts)
    const { service, type: name, id } = entry
    const known = before.get(key) ?? {
      service,
      type: name,
      id,
      owner: null,
      accessList: null,
      parents: [],
      pending: null,
    }
    const merged = { ...known, ...readParts(entry, type, path, parts) }
    if (known.pending !== null && !isDeepStrictEqual(merged, known)) {
      parts.problems.add(path, 'a change of it is under way or in doubt; settle it first')
    }
    next.set(key, merged)
  })
  const cycle = cycleAmong(next)
  if (cycle !== undefined) {
    const index = places.get(cycle)
    const path = index === undefined ? ['objects'] : ['objects', index, 'parents']
    parts.problems.add(path, 'an object stands above itself')
  }
  return [...next.values()].sort(byName)
}

function typeOf(
  { service, type }: FileObject,
  path: FilePath,
  { services, profiles, problems }: Parts,
): { readonly profile: Profile; readonly type: ObjectType } | undefined {
  const profile = profiles.get(services.find(({ id }) => id === service)?.profile ?? '')
  if (profile === undefined) {
    problems.add([...path, 'service'], `there is no service ${service}`)
    return undefined
  }
  const known = profile.objectTypes.get(type)
  if (known !== undefined && known.kind === 'object') return { profile, type: known }
  const reason = known === undefined ? 'has no' : 'keeps in groups and operators the'
  problems.add([...path, 'type'], `the profile ${profile.id} of service ${service} ${reason} object type ${type}`)
  return undefined
}

function readParts(
  { owner, accessList, parents }: FileObject,
  type: ReturnType<typeof typeOf>,
  path: FilePath,
  parts: Parts,
): Partial<DirectoryObject> {
  return {
    ...(owner !== undefined && { owner: readOwner(owner, [...path, 'owner'], parts) }),
    ...(accessList !== undefined && { accessList: readList(accessList, [...path, 'accessList'], parts) }),
    ...(parents !== undefined && { parents: readParents(parents, type, [...path, 'parents'], parts) }),
  }
}

function readOwner(said: FileOwner | null, path: FilePath, { groups, people }: Parts): Owner | null {
  if (said === null) return null
  if ('group' in said) {
    const group = groups.refer(said.group, [...path, 'group'])
    return group === undefined ? null : { group }
  }
  const operator = people.refer({ account: said.operator, provider: said.provider }, [...path, 'operator'])
  return operator === undefined ? null : { operator }
}

function readList(said: readonly FileEntry[] | null, path: FilePath, { groups, people }: Parts): AccessList | null {
  if (said === null) return null
  const operators = new Set<string>()
  const listedGroups = new Set<string>()
  said.forEach((entry, index) => {
    const place = [...path, index]
    if ('group' in entry) {
      const id = groups.refer(entry.group, place)
      if (id !== undefined) listedGroups.add(id)
      return
    }
    const provider = 'provider' in entry ? entry.provider : undefined
    const id = people.refer({ account: entry.operator, provider }, place)
    if (id !== undefined) operators.add(id)
  })
  return { operators: [...operators].sort(byBytes), groups: [...listedGroups].sort(byBytes) }
}

function readParents(
  said: readonly ParentName[],
  type: ReturnType<typeof typeOf>,
  path: FilePath,
  { problems }: Parts,
): readonly ParentName[] {
  said.forEach((parent, index) => {
    if (type === undefined) return
    const { profile } = type
    if (!profile.objectTypes.has(parent.type)) {
      problems.add([...path, index], `the profile ${profile.id} has no object type ${parent.type}`)
    } else if (!type.type.parentTypes.includes(parent.type)) {
      problems.add([...path, index], `a ${parent.type} does not stand above a ${type.type.name}`)
    }
  })
  const each = new Map(said.map((parent) => [objectText(parent), parent]))
  return [...each.values()].sort((a, b) => byBytes(a.type, b.type) || byBytes(a.id, b.id))
}

function byName(a: DirectoryObject, b: DirectoryObject): number {
  return byBytes(a.service, b.service) || byBytes(a.type, b.type) || byBytes(a.id, b.id)
}

/** The key of an object that stands above itself; undefined when none does. */
function cycleAmong(objects: ReadonlyMap<string, DirectoryObject>): string | undefined {
  const state = new Map<string, 'open' | 'done'>()
  for (const start of objects.keys()) {
    const stack = [start]
    while (stack.length > 0) {
      const key = stack.at(-1) ?? start
      const object = objects.get(key)
      if (object === undefined || state.get(key) !== undefined) {
        state.set(key, 'done')
        stack.pop()
        continue
      }
      state.set(key, 'open')
      for (const parent of object.parents) {
        const above = objectKey({ service: object.service, ...parent })
        if (state.get(above) === 'open') return above
        if (state.get(above) === undefined) stack.push(above)
      }
    }
  }
  return undefined
}
