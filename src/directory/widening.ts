/** Whom a change of parents would let in (C-13, C-25): moving or deleting what stands above an object changes who may touch it. */

import type { ObjectName, ObjectWithOwner, ParentName } from '../store/directory-ports.ts'
import type { Ports } from '../store/ports.ts'
import { objectKey } from './model.ts'
import { type CurrentObject, factsOf } from './object-facts.ts'
import type { CurrentOperator } from './operator-facts.ts'

/** What an object would be open to that it is not now. */
export interface Widening {
  readonly object: ObjectName
  /** It would have no list at all, so that whoever the roles allow may touch it. */
  readonly opens: boolean
  /** Ids that lists would name which name them nowhere now. */
  readonly operators: readonly string[]
  readonly groups: readonly string[]
}

/** An object, and the parents that it would have. */
export interface NewParents {
  readonly object: ObjectName
  readonly parents: readonly ParentName[]
}

/** The objects that would be open to more than they are now, each with what is new. What is not stored counts as without list. */
export async function wideningOf(
  { objects }: Pick<Ports, 'objects'>,
  changes: readonly NewParents[],
): Promise<readonly Widening[]> {
  const found: Widening[] = []
  for (const { object, parents } of changes) {
    const family = [...(await objects.family(object.service, object.type, [object.id]))]
    for (const parent of parents) family.push(...(await objects.family(object.service, parent.type, [parent.id])))
    const known = new Map(family.map((each) => [objectKey(each), each]))
    const now = known.get(objectKey(object)) ?? bare(object)
    const before = factsOf(object, [...known.values()])
    const after = factsOf(object, [...known.values(), { ...now, parents }])
    const each = compared(object, listsOf(before), listsOf(after))
    if (each !== undefined) found.push(each)
  }
  return found
}

/** The parents that objects would have if `gone` were deleted. */
export async function parentsWithout(
  { objects }: Pick<Ports, 'objects'>,
  gone: ObjectName,
): Promise<readonly NewParents[]> {
  const changes: NewParents[] = []
  let after: ObjectName | undefined
  while (true) {
    const page = await objects.list({ parent: gone, limit: PAGE, ...(after !== undefined && { after }) })
    for (const object of page) {
      const parents = object.parents.filter(({ type, id }) => type !== gone.type || id !== gone.id)
      changes.push({ object, parents })
    }
    after = page.at(-1)
    if (page.length < PAGE) return changes
  }
}

/** Whether the widening lets this very operator in: it opens the object, or names him or a group of his. */
export function letsIn(
  { opens, operators, groups }: Widening,
  who: Pick<CurrentOperator, 'id' | 'memberships'>,
): boolean {
  return opens || operators.includes(who.id) || who.memberships.some(({ group }) => groups.includes(group))
}

const PAGE = 1000

interface Lists {
  readonly any: boolean
  readonly operators: ReadonlySet<string>
  readonly groups: ReadonlySet<string>
}

/** All lists that bear on the object, taken together. */
function listsOf({ accessList, ancestors }: CurrentObject): Lists {
  const lists = [accessList, ...ancestors.map((each) => each.accessList)].filter((list) => list !== null)
  return {
    any: lists.length > 0,
    operators: new Set(lists.flatMap(({ operators }) => operators)),
    groups: new Set(lists.flatMap(({ groups }) => groups)),
  }
}

function compared(object: ObjectName, before: Lists, after: Lists): Widening | undefined {
  if (!before.any) return undefined
  const { service, type, id } = object
  const opens = !after.any
  const operators = [...after.operators].filter((each) => !before.operators.has(each))
  const groups = [...after.groups].filter((each) => !before.groups.has(each))
  if (!opens && operators.length + groups.length === 0) return undefined
  return { object: { service, type, id }, opens, operators, groups }
}

function bare(name: ObjectName): ObjectWithOwner {
  return { ...name, owner: null, accessList: null, parents: [], pending: null, ownerGroups: [] }
}
