/** Changes of objects: owners, lists and parents, at once or together with the service behind the gateway. */

import type { KnownPerson } from '../authz/object-resolution.ts'
import { AppError } from '../core/errors.ts'
import { addSeconds, type Instant, seconds } from '../core/time.ts'
import type {
  AccessList,
  DirectoryObject,
  ObjectName,
  Owner,
  ParentName,
  PendingChange,
  PlannedChange,
} from '../store/directory-ports.ts'
import { type Change, recordChange } from './change.ts'
import { type Actor, committer, type DirectoryParts, type Outcome } from './commit.ts'
import { objectKey, objectText } from './model.ts'
import { objectChangeKey } from './object-facts.ts'
import { checkThere, peopleOf } from './planned-people.ts'
import { letsIn, type NewParents, recordWidening, wideningOf, wideningText } from './widening.ts'
import { auditedList, ownerText } from './write-model.ts'

/** How long the service may take to answer before a change counts as in doubt. */
const PENDING_SECONDS = seconds(60)

/** A change of one object. */
export interface ObjectChange {
  readonly object: ObjectName
  readonly planned: PlannedChange
}

/** A change that is under way at the service: the same id for all objects of one request. */
export interface UnderWay {
  readonly id: string
  readonly objects: readonly ObjectName[]
  /** What it would open to more than now, for a reader; null: nothing. */
  readonly widens: string | null
}

/**
 * Every change is all or nothing. Refusals: OBJECT_UNKNOWN; OBJECT_PENDING while another change waits or is in doubt;
 * OBJECT_CHANGED when the owner is not the one that the change began from; OPERATOR_UNKNOWN, GROUP_UNKNOWN for somebody
 * who is not there. All throw STORE_UNAVAILABLE.
 */
export interface ObjectDirectory {
  /** Stores a new object; false, and nothing changes, when it is there. */
  create(object: ObjectName, owner: Owner | null, actor: Actor): Promise<boolean>
  /** Changes objects at once. An unknown one gets a list or parents, but no owner: OBJECT_UNKNOWN. */
  change(changes: readonly ObjectChange[], actor: Actor): Promise<void>
  /**
   * Locks the objects with what is asked of the service. Nothing of them changes until `finish`. ACCESS_WIDENED when `bound`,
   * who is out now, would be let in by it; null: nobody is bound.
   */
  begin(changes: readonly ObjectChange[], actor: Actor, bound: KnownPerson | null): Promise<UnderWay>
  /** The service said yes, or definitely no; or nobody knows, and the objects stay locked until `settle`. `done` becomes `in-doubt` where the new owner or somebody on the list is not there any more. */
  finish(change: Pick<UnderWay, 'id' | 'objects'>, outcome: ChangeOutcome, actor: Actor): Promise<ChangeOutcome>
  /** Ends a change in doubt, all of it or nothing; OBJECT_PENDING while it may still be answered, OBJECT_UNKNOWN when nothing is pending. */
  settle(object: ObjectName, outcome: 'done' | 'dropped', actor: Actor): Promise<void>
  /**
   * Ends the changes in doubt of which the service has shown every object with the same outcome; all others stay. One that
   * shows as not done is dropped only when nothing of it can be under way any more.
   */
  settleSeen(seen: readonly SeenOutcome[]): Promise<void>
}

/** What the service has shown of an object whose change, of that id, was pending. */
interface SeenOutcome {
  readonly object: ObjectName
  readonly change: string
  readonly outcome: 'done' | 'dropped'
}

export type ChangeOutcome = 'done' | 'dropped' | 'in-doubt'

export function objectDirectory(parts: DirectoryParts): ObjectDirectory {
  const commit = committer(parts)
  return {
    create: (object, owner, actor) => commit(actor, (change) => createObject(change, object, owner)),
    async change(changes, actor) {
      await commit(actor, async (change) => {
        for (const each of changes) await applyPlanned(change, await changeable(change, each), each.planned)
        return { value: undefined, keys: keysOf(changes.map(({ object }) => object)) }
      })
    },
    begin: (changes, actor, bound) => commit(actor, (change) => begin(change, changes, bound)),
    finish: (underWay, outcome, actor) => commit(actor, (change) => finish(change, underWay, outcome)),
    settleSeen: (seen) => commit(null, (change) => settleSeen(change, seen)),
    async settle(object, outcome, actor) {
      await commit(actor, (change) => settle(change, object, outcome))
    },
  }
}

function keysOf(objects: readonly ObjectName[]): readonly string[] {
  return objects.map(objectChangeKey)
}

async function createObject(change: Change, name: ObjectName, owner: Owner | null): Promise<Outcome<boolean>> {
  await checkThere(change.ports, owner === null ? [] : [owner])
  const { service, type, id } = name
  const fresh = await change.ports.objects.create([{ service, type, id, owner, accessList: null, parents: [] }])
  if (fresh === 0) return { value: false, keys: [] }
  await recordChange(change, 'object.created', { service, type, id, owner: ownerText(owner) })
  return { value: true, keys: keysOf([name]) }
}

/** The object as it stands, made where it is unknown and may be; refuses what cannot begin. */
async function changeable({ ports }: Change, { object: name, planned }: ObjectChange): Promise<DirectoryObject> {
  await checkThere(ports, peopleOf(planned))
  let object = await ports.objects.load(name)
  if (object === undefined && (planned.kind === 'access-list' || planned.kind === 'parents')) {
    const { service, type, id } = name
    await ports.objects.create([{ service, type, id, owner: null, accessList: null, parents: [] }])
    object = await ports.objects.load(name)
  }
  if (object === undefined) throw new AppError('OBJECT_UNKNOWN', `there is no object ${objectText(name)}`)
  if (object.pending !== null) throw new AppError('OBJECT_PENDING', `a change of ${objectText(name)} is not settled`)
  if (planned.kind === 'owner' && ownerText(object.owner) !== ownerText(planned.from)) {
    throw new AppError('OBJECT_CHANGED', `${objectText(name)} has another owner by now`)
  }
  return object
}

async function begin(
  change: Change,
  changes: readonly ObjectChange[],
  bound: KnownPerson | null,
): Promise<Outcome<UnderWay>> {
  const { ports, clock, random, actor } = change
  const widened = await wideningOf(ports, changes.flatMap(newParents))
  const own = bound === null ? undefined : widened.find((each) => letsIn(each, bound))
  if (own !== undefined) throw new AppError('ACCESS_WIDENED', `it would let the mover in to ${objectText(own.object)}`)
  const since = clock.now()
  const shared = { id: random.uuid(), by: actor, since, until: addSeconds(since, PENDING_SECONDS) }
  for (const each of changes) {
    const name = await changeable(change, each)
    const pending: PendingChange = { ...shared, planned: each.planned }
    if (!(await ports.objects.begin(name, pending))) throw new AppError('OBJECT_PENDING', objectText(name))
    await recordChange(change, 'object.change-begun', { ...audited(name), change: shared.id, kind: each.planned.kind })
  }
  const objects = changes.map(({ object }) => object)
  return { value: { id: shared.id, objects, widens: wideningText(widened) }, keys: keysOf(objects) }
}

function newParents({ object, planned }: ObjectChange): readonly NewParents[] {
  if (planned.kind === 'delete') return [{ object, parents: null }]
  return planned.kind === 'parents' ? [{ object, parents: planned.to }] : []
}

async function finish(
  change: Change,
  { id, objects }: Pick<UnderWay, 'id' | 'objects'>,
  wanted: ChangeOutcome,
): Promise<Outcome<ChangeOutcome>> {
  const locked: DirectoryObject[] = []
  for (const name of objects) {
    const object = await change.ports.objects.load(name)
    if (object?.pending?.id !== id) throw new AppError('OBJECT_CHANGED', `${objectText(name)} was settled by another`)
    locked.push(object)
  }
  const outcome = wanted === 'done' ? await possible(change, locked) : wanted
  for (const object of locked) await finishOne(change, object, outcome)
  return { value: outcome, keys: keysOf(objects) }
}

/** What was asked of the service may name somebody who was deleted meanwhile; then only an administrator can tell. */
async function possible({ ports }: Change, locked: readonly DirectoryObject[]): Promise<ChangeOutcome> {
  try {
    await checkThere(
      ports,
      locked.flatMap(({ pending }) => (pending === null ? [] : peopleOf(pending.planned))),
    )
    return 'done'
  } catch (error) {
    if (error instanceof AppError && ['OPERATOR_UNKNOWN', 'GROUP_UNKNOWN'].includes(error.code)) return 'in-doubt'
    throw error
  }
}

async function finishOne(change: Change, object: DirectoryObject, outcome: ChangeOutcome): Promise<void> {
  const { pending } = object
  if (pending === null) return
  const { objects } = change.ports
  const { id, planned } = pending
  const detail = { ...audited(object), change: id, kind: planned.kind, outcome }
  await recordChange(change, 'object.change-ended', detail)
  if (outcome === 'in-doubt') {
    await objects.extend(object, id, change.clock.now())
    return
  }
  await objects.release(object, id)
  if (outcome === 'done') await applyPlanned(change, object, planned)
  else if (isBare(object)) await objects.delete(object)
}

/** An object about which nothing is known need not be stored. */
function isBare({ owner, accessList, parents }: DirectoryObject): boolean {
  return owner === null && accessList === null && parents.length === 0
}

async function settle(change: Change, name: ObjectName, outcome: 'done' | 'dropped'): Promise<Outcome<void>> {
  const { ports, clock } = change
  const pending = (await ports.objects.load(name))?.pending
  if (!pending) throw new AppError('OBJECT_UNKNOWN', `no change of ${objectText(name)} is in doubt`)
  if (clock.now() < pending.until) {
    throw new AppError('OBJECT_PENDING', `the change of ${objectText(name)} may still be answered`)
  }
  const together = await ports.objects.list({ pending: true, limit: MOST_TOGETHER })
  const objects = together.filter((object) => object.pending?.id === pending.id)
  const { value, keys } = await finish(change, { id: pending.id, objects }, outcome)
  if (value !== outcome) {
    throw new AppError('OBJECT_PENDING', 'the change names somebody who is not there any more; drop it instead')
  }
  return { value: undefined, keys }
}

async function settleSeen(change: Change, seen: readonly SeenOutcome[]): Promise<Outcome<void>> {
  const waiting = await change.ports.objects.list({ pending: true, limit: MOST_TOGETHER })
  const keys: string[] = []
  for (const [id, shown] of Map.groupBy(seen, (each) => each.change)) {
    const objects = waiting.filter(({ pending }) => pending?.id === id)
    const [outcome, another] = new Set(shown.map((each) => each.outcome))
    const known = new Set(shown.map(({ object }) => objectKey(object)))
    const isWhole = objects.length > 0 && objects.every((object) => known.has(objectKey(object)))
    if (!isWhole || outcome === undefined || another !== undefined) continue
    const isOver = ({ pending }: DirectoryObject) => pending !== null && change.clock.now() >= endOf(pending, outcome)
    if (objects.every(isOver)) keys.push(...(await finish(change, { id, objects }, outcome)).keys)
  }
  return { value: undefined, keys }
}

/** What shows as not done may still be on its way for as long as the service has to answer. */
function endOf({ since, until }: PendingChange, outcome: 'done' | 'dropped'): Instant {
  return outcome === 'done' ? until : addSeconds(since, PENDING_SECONDS)
}

const MOST_TOGETHER = 100_000

function audited({ service, type, id }: ObjectName): ObjectName {
  return { service, type, id }
}

async function applyPlanned(change: Change, object: DirectoryObject, planned: PlannedChange): Promise<void> {
  switch (planned.kind) {
    case 'owner':
      return moveObject(change, object, planned)
    case 'access-list':
      return setList(change, object, planned.to)
    case 'parents':
      return setParents(change, object, planned.to)
    case 'delete':
      return deleteObject(change, object)
  }
}

async function moveObject(
  change: Change,
  object: DirectoryObject,
  { from, to }: { from: Owner | null; to: Owner | null },
): Promise<void> {
  if (!(await change.ports.objects.setOwner(object, { from, to }))) {
    throw new AppError('OBJECT_CHANGED', `${objectText(object)} has another owner by now`)
  }
  await recordChange(change, 'object.moved', { ...audited(object), from: ownerText(from), to: ownerText(to) })
}

async function setList(change: Change, object: DirectoryObject, list: AccessList | null): Promise<void> {
  await change.ports.objects.setAccessList(object, list)
  await recordChange(change, 'object.list-changed', { ...audited(object), ...auditedList(list) })
}

async function setParents(change: Change, object: DirectoryObject, parents: readonly ParentName[]): Promise<void> {
  await recordWidening(change, await wideningOf(change.ports, [{ object, parents }]))
  await change.ports.objects.setParents(object, parents)
  const names = parents.map(objectText).join(', ')
  await recordChange(change, 'object.parents-changed', { ...audited(object), parents: names })
}

async function deleteObject(change: Change, object: DirectoryObject): Promise<void> {
  await recordWidening(change, await wideningOf(change.ports, [{ object, parents: null }]))
  await change.ports.objects.delete(object)
  await recordChange(change, 'object.deleted', audited(object))
}
