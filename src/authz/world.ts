/** A whole directory as decisions see it: for questions about everybody, for rehearsals, and for decision cases. */

import type { Profile } from '../profiles/profile.ts'
import type { Snapshot } from './compiled.ts'
import type { AccessList, DirectoryGroup, DirectoryRole, HeldGrant, ObjectFacts, Owner, Subject } from './model.ts'
import { groupFacts, groupsOf, personFacts, storedFacts } from './object-resolution.ts'
import { compileSnapshot, type SnapshotService } from './snapshot.ts'

/** A directory at one instant; what a store and a directory file hold fits. */
export interface WholeDirectory {
  readonly operators: readonly WholeOperator[]
  readonly roles: readonly DirectoryRole[]
  readonly groups: readonly (DirectoryGroup & { readonly roles: readonly ExpiringGrant[] })[]
  readonly objects: readonly WholeObject[]
}

export interface WholeOperator extends Subject {
  readonly account: string
  /** Identity provider's id, or `local`. */
  readonly provider: string
  readonly enabled: boolean
  readonly grants: readonly ExpiringGrant[]
}

export interface ExpiringGrant extends HeldGrant {
  /** Milliseconds since 1970; null: never. */
  readonly expiresAt: number | null
}

export interface WholeObject {
  readonly service: string
  readonly type: string
  readonly id: string
  readonly owner: Owner | null
  readonly accessList: AccessList | null
  readonly parents: readonly { readonly type: string; readonly id: string }[]
}

/** What an object is called. */
export interface ObjectReference {
  readonly type: string
  readonly id: string
}

export interface World {
  readonly snapshot: Snapshot
  readonly profiles: ReadonlyMap<string, Profile>
  /** Enabled operators, without expired grants, in the order of the directory. */
  readonly operators: readonly WholeOperator[]
  /** The operator of that id as decisions know him: null when he is disabled or not there, since then he has no session. */
  current(id: string): WholeOperator | null
  /** Facts about an object of a service; one that nobody knows is not owned, listed or below anything. */
  facts(service: string, object: ObjectReference): ObjectFacts
  /** The objects of a service that the directory knows, groups and operators among them where the profile has such types. */
  objects(service: string): readonly ObjectReference[]
}

/** The directory at `now`, compiled. Throws CONFIG_INVALID like `compileSnapshot`. */
export function world({
  services,
  profiles,
  directory,
  now,
  revision = 0,
}: {
  services: readonly SnapshotService[]
  profiles: ReadonlyMap<string, Profile>
  directory: WholeDirectory
  now: number
  revision?: number
}): World {
  const current = <Grant extends ExpiringGrant>(grants: readonly Grant[]): readonly Grant[] =>
    grants.filter(({ expiresAt }) => expiresAt === null || expiresAt > now)
  const groups = directory.groups.map((group) => ({ ...group, roles: current(group.roles) }))
  const snapshot = compileSnapshot({ services, profiles, roles: directory.roles, groups, revision })
  const operators = directory.operators
    .filter(({ enabled }) => enabled)
    .map((operator) => ({ ...operator, grants: current(operator.grants) }))
  const currentById = new Map(operators.map((operator) => [operator.id, operator]))
  const known = {
    snapshot,
    people: peopleByAccount(directory.operators),
    peopleById: new Map(directory.operators.map((operator) => [operator.id, operator])),
    objects: objectsByName(directory.objects),
  }
  return {
    snapshot,
    profiles,
    operators,
    current: (id) => currentById.get(id) ?? null,
    facts: (service, object) => factsOf(known, service, object),
    objects: (service) => {
      const types = [...(snapshot.services.get(service)?.objectTypes.values() ?? [])]
      const kinds = new Set(types.map(({ kind }) => kind))
      const ofKind = (kind: 'group' | 'operator', ids: readonly string[]) =>
        types.filter((type) => type.kind === kind).flatMap(({ name }) => ids.map((id) => ({ type: name, id })))
      return [
        ...directory.objects.filter((object) => object.service === service).map(({ type, id }) => ({ type, id })),
        ...(kinds.has('group') ? ofKind('group', [...snapshot.groupsByPath.keys()]) : []),
        ...(kinds.has('operator') ? ofKind('operator', [...known.people.keys()]) : []),
      ]
    },
  }
}

interface Known {
  readonly snapshot: Snapshot
  /** By account; null where several providers have the account, so that it is nobody's. */
  readonly people: ReadonlyMap<string, WholeOperator | null>
  readonly peopleById: ReadonlyMap<string, WholeOperator>
  readonly objects: ReadonlyMap<string, WholeObject>
}

function factsOf(known: Known, service: string, { type, id }: ObjectReference): ObjectFacts {
  const kind = known.snapshot.services.get(service)?.objectTypes.get(type)?.kind ?? 'object'
  if (kind === 'group') return groupFacts(known.snapshot, type, id)
  if (kind === 'operator') return personFacts(type, id, known.people.get(id) ?? undefined)
  return storedFacts(type, id, (...name) => storedObject(known, service, ...name))
}

function storedObject({ objects, peopleById }: Known, service: string, type: string, id: string) {
  const object = objects.get(nameOf(service, type, id))
  if (object === undefined) return undefined
  const owning = object.owner !== null && 'operator' in object.owner ? peopleById.get(object.owner.operator) : undefined
  return { ...object, ownerGroups: owning === undefined ? [] : groupsOf(owning) }
}

function peopleByAccount(operators: readonly WholeOperator[]): ReadonlyMap<string, WholeOperator | null> {
  const people = new Map<string, WholeOperator | null>()
  for (const operator of operators) people.set(operator.account, people.has(operator.account) ? null : operator)
  return people
}

function objectsByName(objects: readonly WholeObject[]): ReadonlyMap<string, WholeObject> {
  return new Map(objects.map((object) => [nameOf(object.service, object.type, object.id), object]))
}

function nameOf(service: string, type: string, id: string): string {
  return JSON.stringify([service, type, id])
}
