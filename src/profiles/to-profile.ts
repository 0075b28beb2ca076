/** From a checked file to the profile that it stands for, with every name that leads nowhere. */

import { conditionOf } from './fields.ts'
import type { OperationFile, ProfileFile } from './file-schema.ts'
import type {
  ConditionalObligation,
  Effect,
  Giving,
  ObjectChange,
  ObjectSelector,
  ObjectType,
  Operation,
  Profile,
  ShippedRole,
} from './profile.ts'

/** The profile; frozen. Its references are not checked. */
export function toProfile(file: ProfileFile): Profile {
  const operations = Object.entries(file.operations).map(([name, given]) => toOperation(name, given))
  return deepFreeze({
    id: file.id,
    title: file.title,
    description: file.description,
    resources: new Map(Object.entries(file.resources).map(([name, given]) => [name, { name, ...given }])),
    roles: new Map(Object.entries(file.roles).map(([name, given]) => toRole(file.id, name, given))),
    administratorRole: `${file.id}:${file.administratorRole}`,
    guestRole: file.guestRole === null ? null : `${file.id}:${file.guestRole}`,
    objectTypes: new Map(Object.entries(file.objectTypes).map(([name, given]) => [name, toObjectType(name, given)])),
    operations,
    fields: new Map(Object.entries(file.fields)),
    bases: file.bases,
    paths: file.paths,
    frontDoor: file.frontDoor,
    serviceRules: file.serviceRules,
    settings: new Map(Object.entries(file.settings).map(([name, given]) => [name, { name, ...given }])),
  })
}

function toRole(profile: string, name: string, given: ProfileFile['roles'][string]): [string, ShippedRole] {
  const full = `${profile}:${name}`
  const statements = (['allow', 'disable', 'deny'] as const).flatMap((effect) =>
    given[effect].map((resource): [string, Effect] => [resource, effect]),
  )
  const parents = given.parents.map((parent) => `${profile}:${parent}`)
  return [full, { name: full, description: given.description, parents, permissions: new Map(statements) }]
}

function toObjectType(name: string, given: ProfileFile['objectTypes'][string]): ObjectType {
  const { unlistedChanges } = given
  return {
    ...given,
    name,
    unlistedChanges:
      unlistedChanges === null ? null : { resource: unlistedChanges.resource, when: conditionOf(unlistedChanges.when) },
  }
}

function toOperation(name: string, given: OperationFile): Operation {
  const {
    accessWhen,
    deniedWhen,
    resources = [name],
    searches = given.reads,
    objects,
    obligations,
    changes,
    gives,
    response,
    ...rest
  } = given
  return {
    ...rest,
    name,
    resources,
    searches,
    accessWhen: conditionOf(accessWhen),
    deniedWhen: conditionOf(deniedWhen),
    objects: objects.map((each): ObjectSelector => ({ ...each, when: conditionOf(each.when) })),
    obligations: obligations.map(toObligation),
    changes: changes.map(toChange),
    gives: gives === null ? null : toGiving(gives),
    response:
      response === null
        ? null
        : {
            ...response,
            ids: new Map(Object.entries(response.ids)),
            parameterFields: new Map(Object.entries(response.parameterFields)),
          },
  }
}

function toObligation(given: OperationFile['obligations'][number]): ConditionalObligation {
  const { unless } = given
  const when = conditionOf(given.when)
  if ('mask' in given)
    return { obligation: { kind: 'mask', field: given.mask, keepLast: given.keepLast }, unless, when }
  if ('removeField' in given) return { obligation: { kind: 'removeField', field: given.removeField }, unless, when }
  return { obligation: { kind: 'filterItems', type: given.filterItems }, unless, when }
}

function toChange(given: OperationFile['changes'][number]): ObjectChange {
  if ('create' in given) {
    const owner = 'to' in given ? { to: given.to, owner: given.owner } : given.owner
    return { kind: 'create', type: given.create, id: given.id, owner }
  }
  if ('delete' in given) return { kind: 'delete', selector: given.delete }
  if ('move' in given) return { kind: 'move', selector: given.move, owner: given.owner, to: given.to }
  if ('list' in given) return { kind: 'list', selector: given.list, entries: given.entries, does: given.does }
  if ('clearList' in given) return { kind: 'clear-list', selector: given.clearList }
  return { kind: 'parents', selector: given.of, parents: given.parents, does: given.does }
}

function toGiving(given: NonNullable<OperationFile['gives']>): Giving {
  if ('group' in given) {
    return { kind: 'rights', rights: given.rights, products: given.products ?? null, group: given.group }
  }
  const { role, names, unnamed = null } = given
  return { kind: 'role', role, names: new Map(Object.entries(names)), unnamed }
}

/** Freezes plain objects and arrays all the way down; a `Map` is only ever handed out as a `ReadonlyMap`. */
function deepFreeze<Value>(value: Value): Value {
  if (value instanceof Map) for (const each of value.values()) deepFreeze(each)
  else if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const each of Object.values(value)) deepFreeze(each)
  }
  return value
}
