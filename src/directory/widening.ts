/** Whom a change of parents would let in (C-13, C-25): moving or deleting what stands above an object changes who may touch it. */

import type { ObjectFacts } from '../authz/model.ts'
import { groupsOf, type KnownObject, type KnownPerson, storedFacts } from '../authz/object-resolution.ts'
import type { AccessList, DirectoryObject, ObjectName, ParentName } from '../store/directory-ports.ts'
import type { Ports } from '../store/ports.ts'
import { type Change, recordChange } from './change.ts'
import { type DirectoryModel, objectKey, objectText } from './model.ts'

/** What an object would be open to that it is not now. */
export interface Widening {
  readonly object: ObjectName
  /** It would have no list at all, so that whoever the roles allow may touch it. */
  readonly opens: boolean
  /** Ids that lists would name which name them nowhere now. */
  readonly operators: readonly string[]
  readonly groups: readonly string[]
  /** Whom the lists name now. */
  readonly listed: AccessList
}

/** An object, and the parents that it would have; null: it would be deleted. */
export interface NewParents {
  readonly object: ObjectName
  readonly parents: readonly ParentName[] | null
}

/** Objects by their key. */
type Stored = ReadonlyMap<string, KnownObject>

/** The objects that would be open to more than they are now, if all of that were done together. What is not stored counts as without list. */
export async function wideningOf(
  { objects }: Pick<Ports, 'objects'>,
  changes: readonly NewParents[],
): Promise<readonly Widening[]> {
  const affected = new Map<string, ObjectName>()
  const before = new Map<string, KnownObject>()
  const read = async ({ service, type, id }: ObjectName): Promise<void> => {
    for (const each of await objects.family(service, type, [id])) before.set(objectKey(each), each)
  }
  for (const { object, parents } of changes) {
    await read(object)
    const below = parents === null ? await childrenOf({ objects }, object) : [object]
    for (const each of below) affected.set(objectKey(each), each)
    for (const each of parents === null ? below : parents) await read({ ...object, ...nameOf(each) })
  }
  return widened([...affected.values()], before, rearranged(before, changes))
}

/** The same between two states of the directory: of objects above which something was moved or deleted. */
export function wideningBetween(before: DirectoryModel, after: DirectoryModel): readonly Widening[] {
  const [old, now] = [storedOf(before.objects), storedOf(after.objects)]
  const moved = new Set([...old].flatMap(([key, object]) => (isMoved(object, now.get(key)) ? [key] : [])))
  if (moved.size === 0) return []
  const affected = after.objects.filter((object) => {
    const { ancestors } = factsOf(object, old)
    return [object, ...ancestors.map((above) => ({ ...object, ...above }))].some((each) => moved.has(objectKey(each)))
  })
  return widened(affected, old, now)
}

/** Whether the widening lets this very operator in who is out now: it opens the object, or names him or a group of his. */
export function letsIn({ opens, operators, groups, listed }: Widening, who: KnownPerson): boolean {
  const names = (list: AccessList) =>
    list.operators.includes(who.id) || groupsOf(who).some((group) => list.groups.includes(group))
  return !names(listed) && (opens || names({ operators, groups }))
}

/** What widens, for a reader: `device:dev-7 (open to all), device:dev-8`; null for nothing. At most ten are named. */
export function wideningText(widenings: readonly Widening[]): string | null {
  if (widenings.length === 0) return null
  const named = widenings.slice(0, MOST_NAMED).map(({ object, opens }) => {
    return `${objectText(object)}${opens ? ' (open to all)' : ''}`
  })
  const others = widenings.length - named.length
  return `${named.join(', ')}${others === 0 ? '' : ` and ${others} more`}`
}

/** Leaves a record of each. */
export async function recordWidening(change: Change, widenings: readonly Widening[]): Promise<void> {
  for (const { object, opens, operators, groups } of widenings) {
    const counts = { operators: operators.length, groups: groups.length }
    await recordChange(change, 'object.access-widened', { ...object, opens, ...counts })
  }
}

const MOST_NAMED = 10
const PAGE = 1000

async function childrenOf(
  { objects }: Pick<Ports, 'objects'>,
  parent: ObjectName,
): Promise<readonly DirectoryObject[]> {
  const all: DirectoryObject[] = []
  while (true) {
    const after = all.at(-1)
    const page = await objects.list({ parent, limit: PAGE, ...(after !== undefined && { after }) })
    all.push(...page)
    if (page.length < PAGE) return all
  }
}

function rearranged(before: Stored, changes: readonly NewParents[]): Stored {
  const after = new Map(before)
  for (const { object, parents } of changes) {
    const key = objectKey(object)
    if (parents === null) after.delete(key)
    else after.set(key, { ...(after.get(key) ?? BARE), parents })
  }
  return after
}

const BARE: KnownObject = { owner: null, ownerGroups: [], accessList: null, parents: [] }

function storedOf(objects: readonly DirectoryObject[]): Stored {
  return new Map(objects.map((object) => [objectKey(object), { ...object, ownerGroups: [] }]))
}

function isMoved({ parents }: KnownObject, after: KnownObject | undefined): boolean {
  return after === undefined || JSON.stringify(parents) !== JSON.stringify(after.parents)
}

function nameOf({ type, id }: ParentName): ParentName {
  return { type, id }
}

function factsOf({ service, type, id }: ObjectName, stored: Stored): ObjectFacts {
  return storedFacts(type, id, (of, called) => stored.get(objectKey({ service, type: of, id: called })))
}

function widened(affected: readonly ObjectName[], before: Stored, after: Stored): readonly Widening[] {
  return affected.flatMap((object) => {
    const old = after.has(objectKey(object)) ? listsOf(factsOf(object, before)) : null
    return old === null ? [] : compared(object, old, listsOf(factsOf(object, after)))
  })
}

/** All lists that bear on the object, taken together; null: there is none. */
function listsOf({ accessList, ancestors }: ObjectFacts): AccessList | null {
  const lists = [accessList, ...ancestors.map((each) => each.accessList)].filter((list) => list !== null)
  if (lists.length === 0) return null
  return {
    operators: [...new Set(lists.flatMap(({ operators }) => operators))],
    groups: [...new Set(lists.flatMap(({ groups }) => groups))],
  }
}

function compared({ service, type, id }: ObjectName, listed: AccessList, now: AccessList | null): readonly Widening[] {
  const operators = (now?.operators ?? []).filter((each) => !listed.operators.includes(each))
  const groups = (now?.groups ?? []).filter((each) => !listed.groups.includes(each))
  if (now !== null && operators.length + groups.length === 0) return []
  return [{ object: { service, type, id }, opens: now === null, operators, groups, listed }]
}
