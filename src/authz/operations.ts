/** Compiles the operations and object types of a profile under the settings of one service. */

import { AppError } from '../core/errors.ts'
import type { ObjectSelector, ObjectType, Operation, Profile, ReachWay, SettingCondition } from '../profiles/profile.ts'
import { holds as holdsUnder, type Settings } from '../profiles/request-facts.ts'
import type {
  CompiledObligation,
  CompiledOperation,
  CompiledReach,
  CompiledSelector,
  CompiledType,
  Family,
  ResourceIndex,
  ServiceRules,
} from './compiled.ts'
import { resourceNumber } from './resources.ts'

export interface CompiledOperations {
  readonly operations: ReadonlyMap<string, CompiledOperation>
  readonly objectTypes: ReadonlyMap<string, CompiledType>
  readonly everywhere: readonly CompiledObligation[]
}

/**
 * The operation of that name or alias. A member of a family whose own operation is listed is one too, like any resource
 * without an operation of its own. Undefined: it is not listed.
 */
export function operationOf({ operations, resources }: ServiceRules, name: string): CompiledOperation | undefined {
  const listed = operations.get(name)
  if (listed !== undefined || name.endsWith('*')) return listed
  const family = resources.families.find(({ prefix }) => name.length > prefix.length && name.startsWith(prefix))
  const ofFamily = family === undefined ? undefined : operations.get(`${family.prefix}*`)
  return ofFamily === undefined || ofFamily.resources[0] !== family?.index
    ? undefined
    : { ...ofFamily, name, member: name }
}

/** The profile's operations, by name and alias, and its object types. */
export function compileOperations(profile: Profile, resources: ResourceIndex, settings: Settings): CompiledOperations {
  const holds = (condition: SettingCondition | null) => holdsUnder(condition, settings)
  const number = (name: string) => resourceNumber(resources, name) ?? NOBODY
  const readers = new Map<string, CompiledOperation[]>()
  const objectTypes = new Map<string, CompiledType>()
  for (const type of profile.objectTypes.values()) {
    const ofType: CompiledOperation[] = []
    readers.set(type.name, ofType)
    objectTypes.set(type.name, compileType(type, ofType, { resources, holds, number }))
  }
  const selectorOf = selectorCompiler(objectTypes)
  const operations = new Map<string, CompiledOperation>()
  for (const operation of profile.operations) {
    const compiled = compileOperation(operation, { profile, selectorOf, holds, number })
    for (const name of [operation.name, ...operation.aliases]) operations.set(name, compiled)
    if (!compiled.reads) continue
    for (const type of new Set(compiled.selectors.map((selector) => selector.type))) {
      readers.get(type.name)?.push(compiled)
    }
  }
  for (const { name } of profile.resources.values()) {
    if (!operations.has(name)) operations.set(name, operationOfResource(name, { profile, number }))
  }
  const everywhere = [...new Set(operations.values())].flatMap(({ obligations }) => obligations)
  return {
    operations,
    objectTypes,
    everywhere: everywhere.filter(({ obligation }) => obligation.kind !== 'filterItems'),
  }
}

/** A number that no resource has: nobody is allowed it. */
const NOBODY = -1

interface Compiler {
  readonly holds: (condition: SettingCondition | null) => boolean
  readonly number: (resource: string) => number
}

function compileType(
  type: ObjectType,
  readers: readonly CompiledOperation[],
  { resources, holds, number }: Compiler & { readonly resources: ResourceIndex },
): CompiledType {
  const family: Family | undefined = resources.families.find(({ index }) => resources.names[index] === type.resource)
  const changes = type.unlistedChanges !== null && holds(type.unlistedChanges.when) ? type.unlistedChanges : null
  return {
    name: type.name,
    rule: type.rule,
    kind: type.kind,
    passResource: type.passResource === null ? null : number(type.passResource),
    family: family ?? null,
    unlistedChanges: changes === null ? null : number(changes.resource),
    parentTypes: new Set(type.parentTypes),
    readers,
  }
}

function compileOperation(
  operation: Operation,
  {
    profile,
    selectorOf,
    holds,
    number,
  }: Compiler & { readonly profile: Profile; readonly selectorOf: (selector: ObjectSelector) => CompiledSelector },
): CompiledOperation {
  const { frontDoor } = profile
  const selectors = operation.objects.flatMap((each, place) => (holds(each.when) ? [{ ...each, place }] : []))
  const obligations = operation.obligations
    .filter(({ when }) => holds(when))
    .map(({ obligation, unless }) => ({ obligation, unless: unless === null ? null : number(unless) }))
  return {
    name: operation.name,
    member: null,
    access: holds(operation.accessWhen) ? operation.access : 'role',
    reads: operation.reads,
    denied: operation.deniedWhen !== null && holds(operation.deniedWhen),
    resources: operation.resources.map(number),
    behindFrontDoor: frontDoor !== null && !operation.resources.includes(frontDoor),
    selectors: selectors.map(selectorOf),
    places: selectors.map(({ place }) => place),
    obligations,
  }
}

/** Compiles selectors, those that are alike to one object. */
function selectorCompiler(
  objectTypes: ReadonlyMap<string, CompiledType>,
): (selector: ObjectSelector) => CompiledSelector {
  const known = new Map<string, CompiledSelector>()
  return ({ type: name, reach, unowned, ownerOnly, notSelf }) => {
    const type = objectTypes.get(name)
    if (type === undefined) throw new AppError('CONFIG_INVALID', `there is no object type ${name}`)
    const key = JSON.stringify([name, reach, unowned, ownerOnly, notSelf])
    const selector = known.get(key) ?? { type, reach: compileReach(reach), unowned, ownerOnly, notSelf }
    known.set(key, selector)
    return selector
  }
}

function compileReach(ways: readonly ReachWay[]): CompiledReach | null {
  if (ways.length === 0) return null
  const rights = ways.filter((way) => typeof way !== 'string')
  return { self: ways.includes('self'), member: ways.includes('member'), anyone: ways.includes('anyone'), rights }
}

/** A resource without an operation of its own is one of its name. */
function operationOfResource(
  name: string,
  { profile, number }: Pick<Compiler, 'number'> & { readonly profile: Profile },
): CompiledOperation {
  return {
    name,
    member: null,
    access: 'role',
    reads: false,
    denied: false,
    resources: [number(name)],
    behindFrontDoor: profile.frontDoor !== null && profile.frontDoor !== name,
    selectors: [],
    places: [],
    obligations: [],
  }
}
