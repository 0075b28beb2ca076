/**
 * Operations that change owners, lists or places of objects change them at two places: at the service and here. The objects
 * are locked with what is asked of the service; its answer commits or drops that, and without one they stay in doubt.
 */

import { decide } from '../../authz/decide.ts'
import type { Snapshot, Subject } from '../../authz/model.ts'
import { AppError } from '../../core/errors.ts'
import { isGuestId } from '../../core/guest.ts'
import type { ObjectChange as Change, NamedOwner, Profile, ValueSource } from '../../profiles/profile.ts'
import { idsAt, type ObjectReference, textsOf, valuesAt } from '../../profiles/request-facts.ts'
import type { AccessList, ObjectName, Objects, Owner, ParentName, PlannedChange } from '../../store/directory-ports.ts'
import type { Operators } from '../../store/ports.ts'
import type { Judgement, ObjectFactsReader } from './judge.ts'
import { groupNamed, operatorNamed } from './named-owners.ts'
import { type SeenObject, seenObjects } from './seen-objects.ts'

/** What the service made of a request: 2xx, a definite refusal, or nobody knows. */
export type Outcome = 'done' | 'dropped' | 'in-doubt'

export interface ObjectErrand {
  /** What the change opens to more than now, for the one who makes it; null: nothing. */
  readonly widens: string | null
  /** Once. `answer`: the JSON value that the service answered with; undefined when it is none. `status`: 0 where it did not answer. Rejects with STORE_UNAVAILABLE. */
  conclude(outcome: Outcome, answer: unknown, status: number): Promise<void>
}

/** Changes of stored objects; see `directory/object-changes.ts`. */
export interface ChangingObjects {
  create(object: ObjectName, owner: Owner | null, actor: string | null): Promise<boolean>
  begin(
    changes: readonly { readonly object: ObjectName; readonly planned: PlannedChange }[],
    actor: string | null,
    bound: Subject | null,
  ): Promise<UnderWay>
  finish(underWay: UnderWay, outcome: Outcome, actor: string | null): Promise<unknown>
  settleSeen(seen: readonly SeenObject[]): Promise<void>
}

interface UnderWay {
  readonly id: string
  readonly objects: readonly ObjectName[]
  readonly widens: string | null
}

export interface ObjectErrandParts {
  readonly changing: ChangingObjects
  readonly stored: Pick<Objects, 'load'>
  readonly operators: Pick<Operators, 'list'>
  readonly snapshot: () => Snapshot
  readonly facts: ObjectFactsReader
  /** By id of the service. */
  readonly profileOf: (service: string) => Profile | undefined
}

/**
 * Locks what the request would change; undefined when it changes nothing here. Rejects with OBJECT_PENDING and OBJECT_CHANGED
 * (409), NOT_FOUND for an object that is not stored, OBJECT_UNDETERMINED when the request does not say plainly what to change to,
 * ACCESS_WIDENED when it would let its maker in where he is out now (C-25).
 */
export type BeginErrand = (
  service: string,
  actor: Subject,
  judgement: Judgement,
) => undefined | Promise<ObjectErrand | undefined>

export function objectErrands(parts: ObjectErrandParts): BeginErrand {
  const { changing } = parts

  async function begin(service: string, by: Subject, judgement: Judgement): Promise<ObjectErrand | undefined> {
    const actor = by.id
    const operation = judgement.candidate?.operation
    const changes = operation?.changes ?? []
    const planned = (await Promise.all(changes.map((change) => plan(parts, { service, judgement, change })))).flat()
    async function firstOwner({ owner }: Extract<Change, { kind: 'create' }>): Promise<Owner | null> {
      if (typeof owner === 'object') return newOwner(parts, judgement, owner)
      // One guest is many people.
      return owner === 'caller' && !isGuestId(actor) ? { operator: actor } : null
    }
    const creations = await Promise.all(
      changes
        .filter((change) => change.kind === 'create')
        .map(async (each) => ({ ...each, owner: await firstOwner(each) })),
    )
    if (planned.length === 0 && creations.length === 0) return undefined
    const bound = (await passesLists(parts, service, by, judgement)) ? null : by
    const underWay = planned.length === 0 ? undefined : await beginOrHide(changing, planned, by, bound)
    return {
      widens: underWay?.widens ?? null,
      async conclude(outcome, answer) {
        if (underWay !== undefined) await changing.finish(underWay, outcome, actor)
        if (outcome !== 'done') return
        for (const creation of creations) {
          const ids = placesOf(judgement, creation.id, answer) ?? []
          for (const id of ids) await changing.create({ service, type: creation.type, id }, creation.owner, actor)
        }
      },
    }
  }
  return (service, actor, judgement) => {
    const operation = judgement.candidate?.operation
    if (operation === undefined) return undefined
    if (operation.changes.length > 0) return begin(service, actor, judgement)
    const isSettling = judgement.hasPending && operation.shows !== null
    return isSettling ? Promise.resolve(settling(parts, service, judgement)) : undefined
  }
}

/** A read of objects whose change is in doubt: what the service shows settles it. */
function settling(parts: ObjectErrandParts, service: string, judgement: Judgement): ObjectErrand {
  return {
    widens: null,
    async conclude(_outcome, answer, status) {
      const seen = await seenObjects(parts, { service, judgement, answer, status })
      if (seen.length > 0) await parts.changing.settleSeen(seen)
    },
  }
}

/** An object that nobody has stored looks like any that is not there. */
async function beginOrHide(
  changing: ChangingObjects,
  planned: Parameters<ChangingObjects['begin']>[0],
  { id }: Subject,
  bound: Subject | null,
): Promise<UnderWay> {
  try {
    return await changing.begin(planned, id, bound)
  } catch (error) {
    if (error instanceof AppError && error.code === 'OBJECT_UNKNOWN') throw new AppError('NOT_FOUND', error.message)
    throw error
  }
}

/** Whether somebody passes the access rules of everything that the request is about, as the product's administrators do. */
async function passesLists(
  { snapshot, facts, profileOf }: ObjectErrandParts,
  service: string,
  subject: Subject,
  { selected }: Judgement,
): Promise<boolean> {
  const types = profileOf(service)?.objectTypes
  const objects = await facts.load(
    service,
    selected.flatMap((each) => each.objects),
  )
  const current = snapshot()
  return objects.every((object) => {
    const name = types?.get(object.type)?.passResource ?? null
    return name !== null && decide(current, subject, { service, name }, object).effect === 'allow'
  })
}

function placesOf(
  { candidate, facts }: Judgement,
  source: ValueSource,
  answer: unknown,
): readonly string[] | undefined {
  if (source.in === 'answer') return textsOf(valuesAt(answer, source.at))
  return candidate === null ? undefined : idsAt(source, candidate.parameters, facts)
}

interface Planning {
  readonly service: string
  readonly judgement: Judgement
  readonly change: Change
}

async function plan(
  parts: ObjectErrandParts,
  { service, judgement, change }: Planning,
): Promise<readonly { object: ObjectName; planned: PlannedChange }[]> {
  if (change.kind === 'create') return []
  const objects = selectedBy(judgement, change.kind === 'parents' ? change.selector : change.selector)
  const planned = await Promise.all(
    objects.map(async ({ type, id }) => {
      const object = { service, type, id }
      const next = await plannedFor(parts, { service, judgement, change }, object)
      return next === undefined ? [] : [{ object, planned: next }]
    }),
  )
  return planned.flat()
}

function selectedBy({ candidate, selected }: Judgement, place: number): readonly ObjectReference[] {
  const selector = candidate?.operation.objects[place]
  return selected.find((each) => each.selector === selector)?.objects ?? []
}

async function plannedFor(
  parts: ObjectErrandParts,
  { judgement, change }: Planning,
  object: ObjectName,
): Promise<PlannedChange | undefined> {
  const stored = await parts.stored.load(object)
  switch (change.kind) {
    case 'create':
      return undefined
    case 'delete':
      return stored === undefined ? undefined : { kind: 'delete' }
    case 'move':
      return { kind: 'owner', from: stored?.owner ?? null, to: await newOwner(parts, judgement, change) }
    case 'clear-list':
      return { kind: 'access-list', to: null }
    case 'list': {
      const entries = await newEntries(parts, judgement, change.entries)
      return { kind: 'access-list', to: changedList(stored?.accessList ?? null, entries, change.does) }
    }
    case 'parents': {
      const parents = selectedBy(judgement, change.parents)
      return { kind: 'parents', to: changedParents(stored?.parents ?? [], parents, change.does) }
    }
  }
}

async function newOwner(parts: ObjectErrandParts, judgement: Judgement, { owner, to }: NamedOwner): Promise<Owner> {
  const [name, another] = placesOf(judgement, owner, undefined) ?? []
  const found =
    name === undefined || another !== undefined
      ? undefined
      : await (to === 'group' ? groupNamed(parts.snapshot(), name) : operatorNamed(parts.operators, name))
  if (found === undefined) throw new AppError('OBJECT_UNDETERMINED', 'nobody in particular would own it')
  return found
}

/** Operators by account, or groups by path where there is no operator of that account. */
async function newEntries(parts: ObjectErrandParts, judgement: Judgement, source: ValueSource): Promise<AccessList> {
  const names = placesOf(judgement, source, undefined)
  if (names === undefined || names.length === 0)
    throw new AppError('OBJECT_UNDETERMINED', 'nobody is named for the list')
  const found = await Promise.all(
    names.map(async (name) => (await operatorNamed(parts.operators, name)) ?? groupNamed(parts.snapshot(), name)),
  )
  if (found.some((each) => each === undefined))
    throw new AppError('OBJECT_UNDETERMINED', 'somebody unknown is named for the list')
  return {
    operators: found.flatMap((each) => (each !== undefined && 'operator' in each ? [each.operator] : [])),
    groups: found.flatMap((each) => (each !== undefined && 'group' in each ? [each.group] : [])),
  }
}

/** Who is taken off the last list leaves an empty one, which names nobody (decision 9). */
function changedList(now: AccessList | null, entries: AccessList, does: 'add' | 'remove'): AccessList {
  const { operators, groups } = now ?? { operators: [], groups: [] }
  const changed = (before: readonly string[], named: readonly string[]) =>
    does === 'add' ? [...new Set([...before, ...named])] : before.filter((each) => !named.includes(each))
  return { operators: changed(operators, entries.operators), groups: changed(groups, entries.groups) }
}

function changedParents(
  now: readonly ParentName[],
  named: readonly ObjectReference[],
  does: 'add' | 'remove',
): readonly ParentName[] {
  const isNamed = (each: ParentName) => named.some(({ type, id }) => type === each.type && id === each.id)
  const others = now.filter((each) => !isNamed(each))
  return does === 'add' ? [...others, ...named.map(({ type, id }) => ({ type, id }))] : others
}
