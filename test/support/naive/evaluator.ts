/**
 * A second opinion: decides as the rules read, without any preparation, from the roles, groups and profiles as they are.
 * Slow on purpose. It shares no code with the gateway's own evaluator, and must agree with it.
 */

import type {
  Decision,
  DirectoryGroup,
  DirectoryRole,
  ObjectFacts,
  Question,
  Subject,
} from '../../../src/authz/model.ts'
import type { Effect, Operation, Profile } from '../../../src/profiles/profile.ts'
import { naiveObjectPart, naiveVisible } from './objects.ts'
import { allPaths, naiveApplies, naiveArbitration, type Path } from './statements.ts'

export interface NaiveService {
  readonly id: string
  readonly profile: string
  readonly authorization: 'on' | 'off'
  readonly unlistedOperations: 'deny' | 'open'
  readonly settings: Readonly<Record<string, unknown>>
}

export interface NaiveModel {
  readonly services: readonly NaiveService[]
  readonly profiles: ReadonlyMap<string, Profile>
  readonly roles: readonly DirectoryRole[]
  readonly groups: readonly DirectoryGroup[]
}

/** Everything that one naive decision looks at. */
export interface NaiveCase {
  readonly model: NaiveModel
  readonly service: NaiveService
  readonly profile: Profile
  readonly subject: Subject
  readonly object: ObjectFacts | null
  readonly products: readonly string[]
  readonly selector: number | null
  /** All ways from the subject to a role. */
  readonly paths: readonly Path[]
}

export type NaiveDecision = Pick<Decision, 'effect' | 'conflict' | 'hidden' | 'obligations'>

/** One part of a decision. */
export interface Part {
  readonly effect: Effect
  readonly conflict: boolean
  readonly hidden: boolean
}

export const REFUSED: Part = { effect: 'deny', conflict: false, hidden: false }

export const PASS: Part = { effect: 'allow', conflict: false, hidden: false }

const ORDER: readonly Effect[] = ['allow', 'disable', 'deny']

export function mostRestrictive(parts: readonly Part[]): Part {
  const effect = ORDER.findLast((each) => parts.some((part) => part.effect === each)) ?? 'allow'
  return {
    effect,
    conflict: parts.some((part) => part.conflict),
    hidden: effect !== 'allow' && parts.some((part) => part.hidden),
  }
}

/** Whether a setting has the value that a condition wants. */
export function naiveHolds(
  { profile, service }: Pick<NaiveCase, 'profile' | 'service'>,
  condition: { readonly setting: string; readonly is: unknown } | null,
): boolean {
  if (condition === null) return true
  const stated = service.settings[condition.setting]
  return (stated ?? profile.settings.get(condition.setting)?.default) === condition.is
}

export function naiveDecide(
  model: NaiveModel,
  subject: Subject | null,
  question: Question,
  object: ObjectFacts | null,
): NaiveDecision {
  const service = model.services.find(({ id }) => id === question.service)
  const profile = service === undefined ? undefined : model.profiles.get(service.profile)
  if (service === undefined || profile === undefined) return refuse(false)
  const operation = question.name === null ? undefined : findOperation(profile, question.name)
  const open = operation !== undefined && operation.access !== 'role'
  const asks = {
    model,
    service,
    profile,
    object,
    products: question.products ?? [],
    selector: question.selector ?? null,
  }
  if (open && naiveHolds(asks, operation.accessWhen)) {
    const paths = subject === null ? null : allPaths(asks, subject)
    return admit(obligations({ ...asks, object: null }, operation, subject, paths))
  }
  if (subject === null) return refuse(false)
  if (service.authorization === 'off') return heldRoles(model, subject).length > 0 ? admit([]) : refuse(false)
  const paths = allPaths(asks, subject)
  if (paths.length === 0) return refuse(false)
  const wanted = question.anyOfRoles ?? null
  const administers = paths.some(({ granted }) => granted === 'administrator')
  if (wanted !== null && !administers && !paths.some(({ roles }) => roles.some((role) => wanted.includes(role))))
    return refuse(false)
  if (question.name === null) return admit([])
  const asked: NaiveCase = { ...asks, subject, paths }
  if (operation === undefined) return unlisted(asked)
  const decided = mostRestrictive([...naiveRolePart(asked, operation), ...objectParts(asked, operation)])
  return { ...decided, obligations: decided.effect === 'allow' ? obligations(asked, operation, subject, paths) : [] }
}

/** The front door and every resource that is needed; a scope that is in the way, of this or of seeing the object at all, hides what nothing shows. */
export function naiveRolePart(asked: NaiveCase, operation: Operation): readonly Part[] {
  const parts = neededParts(asked, operation)
  if (asked.object === null || mostRestrictive(parts).effect === 'allow') return parts
  if (naiveVisible(asked)) return parts
  const inPrinciple = mostRestrictive(neededParts({ ...asked, object: null }, operation))
  const unscoped = { ...asked, paths: asked.paths.map((path) => ({ ...path, scopes: [] })) }
  if (inPrinciple.effect !== 'allow' && !naiveVisible(unscoped)) return parts
  return parts.map((part) => ({ ...part, hidden: true }))
}

/** The same without a thought for scopes. */
export function neededParts(asked: NaiveCase, operation: Operation): readonly Part[] {
  if (operation.deniedWhen !== null && naiveHolds(asked, operation.deniedWhen)) return [REFUSED]
  const { frontDoor } = asked.profile
  const parts = operation.resources.map((resource) => resourcePart(asked, resource))
  if (frontDoor === null || operation.resources.includes(frontDoor)) return parts
  const door = naiveArbitration(asked, frontDoor)
  return [...parts, { ...door, hidden: door.effect !== 'allow' }]
}

/** A resource as such, and whether its denial is not even seen. */
export function resourcePart(asked: NaiveCase, resource: string): Part {
  const { effect, conflict } = naiveArbitration(asked, resource)
  const family = [...asked.profile.resources.keys()]
    .filter((name) => name.endsWith('*') && resource.startsWith(name.slice(0, -1)))
    .toSorted((one, other) => other.length - one.length)[0]
  const kind = (asked.profile.resources.get(resource) ?? asked.profile.resources.get(family ?? ''))?.class
  const hidden =
    (effect === 'deny' && kind !== 'action') || (effect === 'disable' && (kind === 'menu' || kind === 'server'))
  return { effect, conflict, hidden }
}

function objectParts(asked: NaiveCase, operation: Operation): readonly Part[] {
  return asked.object === null ? [] : naiveObjectPart(asked, operation)
}

/** By name, by alias, or the resource of that name. */
function findOperation(profile: Profile, name: string): Operation | undefined {
  const listed = profile.operations.find((each) => each.name === name || each.aliases.includes(name))
  if (listed !== undefined || !profile.resources.has(name)) return listed
  return {
    name,
    aliases: [],
    description: name,
    resources: [name],
    access: 'role',
    accessWhen: null,
    deniedWhen: null,
    reads: false,
    searches: false,
    activity: true,
    routes: [],
    objects: [],
    bulk: 'whole',
    obligations: [],
    changes: [],
    gives: null,
    shows: null,
    response: null,
  }
}

function unlisted(asked: NaiveCase): NaiveDecision {
  if (asked.service.unlistedOperations === 'deny') return refuse(true)
  const all = asked.profile.operations.flatMap((each) => obligations(asked, each, asked.subject, asked.paths))
  const masks = all.filter(({ kind }) => kind !== 'filterItems')
  return admit(masks.filter((mask, place) => masks.findIndex((each) => same(each, mask)) === place))
}

function obligations(
  asks: Omit<NaiveCase, 'subject' | 'paths'>,
  operation: Operation,
  subject: Subject | null,
  paths: readonly Path[] | null,
): Decision['obligations'] {
  return operation.obligations
    .filter(({ when }) => naiveHolds(asks, when))
    .filter(({ unless }) => {
      if (unless === null || subject === null || paths === null) return true
      return naiveArbitration({ ...asks, subject, paths }, unless).effect !== 'allow'
    })
    .map(({ obligation }) => obligation)
}

function heldRoles(model: NaiveModel, subject: Subject): readonly string[] {
  const held = [...subject.grants, ...groupsOf(model, subject).flatMap(({ roles }) => roles)]
  return held.map(({ role }) => role).filter((role) => naiveApplies.exists(model, role))
}

export function groupsOf(model: NaiveModel, subject: Subject): readonly DirectoryGroup[] {
  return (subject.memberships ?? []).flatMap(({ group }) => model.groups.filter(({ id }) => id === group))
}

function refuse(hidden: boolean): NaiveDecision {
  return { effect: 'deny', conflict: false, hidden, obligations: [] }
}

function admit(obliged: Decision['obligations']): NaiveDecision {
  return { effect: 'allow', conflict: false, hidden: false, obligations: obliged }
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
