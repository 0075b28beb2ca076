/** What an answer shows of objects whose change is in doubt: as it was before, as it was to be, or neither. */

import type { Snapshot } from '../../authz/model.ts'
import type { ShownState } from '../../profiles/profile.ts'
import { idOf, valuesAt } from '../../profiles/request-facts.ts'
import type {
  AccessList,
  DirectoryObject,
  ObjectName,
  Objects,
  Owner,
  PlannedChange,
} from '../../store/directory-ports.ts'
import type { Operators } from '../../store/ports.ts'
import type { Judgement } from './judge.ts'
import { groupNamed, operatorNamed } from './named-owners.ts'

/** An object that the service has shown. */
export interface SeenObject {
  readonly object: ObjectName
  /** Id of the change that was pending when it was compared. */
  readonly change: string
  readonly outcome: 'done' | 'dropped'
}

interface SeeingParts {
  readonly stored: Pick<Objects, 'load'>
  readonly operators: Pick<Operators, 'list'>
  readonly snapshot: () => Snapshot
}

/** What the service answered to a request about objects; `answer`: undefined when it is no JSON. */
interface Shown {
  readonly service: string
  readonly judgement: Judgement
  readonly answer: unknown
  readonly status: number
}

/** Those of the objects asked for that the answer decides about. */
export async function seenObjects(parts: SeeingParts, shown: Shown): Promise<readonly SeenObject[]> {
  const { candidate, selected } = shown.judgement
  const shows = candidate?.operation.shows ?? null
  if (shows === null) return []
  const selector = candidate?.operation.objects[shows.selector]
  const asked = selected.flatMap((each) => (each.selector === selector ? each.objects : []))
  const found = await Promise.all(
    asked.map(async ({ type, id }): Promise<readonly SeenObject[]> => {
      const object = { service: shown.service, type, id }
      const stored = await parts.stored.load(object)
      if (!stored?.pending) return []
      const { id: change, planned } = stored.pending
      const outcome = await outcomeOf(parts, shows, { stored, planned, shown, isAlone: asked.length === 1 })
      return outcome === undefined ? [] : [{ object, change, outcome }]
    }),
  )
  return found.flat()
}

interface Doubt {
  readonly stored: DirectoryObject
  readonly planned: PlannedChange
  readonly shown: Shown
  /** Whether nothing else was asked for. */
  readonly isAlone: boolean
}

async function outcomeOf(
  parts: SeeingParts,
  shows: ShownState,
  { stored, planned, shown: { answer, status }, isAlone }: Doubt,
): Promise<SeenObject['outcome'] | undefined> {
  // Of several that were asked for, nobody knows which one is not there.
  if (status === 404 || status === 410) return isAlone && planned.kind === 'delete' ? 'done' : undefined
  const items = status === 200 ? valuesAt(answer, shows.items) : []
  const [item, another] = items.filter((each) => idOf(valuesAt(each, shows.id)[0]) === stored.id)
  if (item === undefined || another !== undefined) return undefined
  if (planned.kind === 'delete') return 'dropped'
  if (planned.kind === 'owner' && shows.owner !== null) {
    const owner = await shownOwner(parts, shows.owner, item)
    return owner === undefined ? undefined : decided(ownerKey(owner), ownerKey(planned.from), ownerKey(planned.to))
  }
  if (planned.kind !== 'access-list' || shows.accessList === null) return undefined
  const list = await shownList(parts, shows.accessList, item)
  return list === undefined ? undefined : decided(listKey(list), listKey(stored.accessList), listKey(planned.to))
}

/** What looks alike before and after tells nothing. */
function decided(shown: string, before: string, after: string): SeenObject['outcome'] | undefined {
  if (before === after) return undefined
  if (shown === after) return 'done'
  return shown === before ? 'dropped' : undefined
}

/** Null: the item says that nobody owns it; undefined: it does not say, or names somebody unknown. */
async function shownOwner(
  { operators, snapshot }: SeeingParts,
  { operator, group }: NonNullable<ShownState['owner']>,
  item: unknown,
): Promise<Owner | null | undefined> {
  const people = operator === null ? [] : valuesAt(item, operator)
  const paths = group === null ? [] : valuesAt(item, group)
  const [named, another] = [...people, ...paths].filter((each) => each !== null)
  if (another !== undefined || people.length + paths.length === 0) return undefined
  if (named === undefined) return null
  const name = idOf(named)
  if (name === undefined) return undefined
  return people.includes(named) ? operatorNamed(operators, name) : groupNamed(snapshot(), name)
}

async function shownList(
  { operators, snapshot }: SeeingParts,
  at: string,
  item: unknown,
): Promise<AccessList | undefined> {
  const [entries] = valuesAt(item, at)
  if (!Array.isArray(entries)) return undefined
  const found = await Promise.all(
    entries.map(async (entry) => {
      const name = idOf(entry)
      return name === undefined ? undefined : ((await operatorNamed(operators, name)) ?? groupNamed(snapshot(), name))
    }),
  )
  if (found.some((each) => each === undefined)) return undefined
  return {
    operators: found.flatMap((each) => (each !== undefined && 'operator' in each ? [each.operator] : [])),
    groups: found.flatMap((each) => (each !== undefined && 'group' in each ? [each.group] : [])),
  }
}

function ownerKey(owner: Owner | null): string {
  return JSON.stringify(owner)
}

/** Products show an empty list where there is none. */
function listKey(list: AccessList | null): string {
  return JSON.stringify([[...(list?.operators ?? [])].sort(), [...(list?.groups ?? [])].sort()])
}
