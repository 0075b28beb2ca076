/** Numbers the resources of a profile, so that effects stand in arrays. */

import type { Profile, ResourceClass } from '../profiles/profile.ts'
import type { Family, ResourceIndex } from './compiled.ts'

/** The numbers of the profile's resources, and of those members of its families that itself or `named` names. */
export function indexResources(profile: Profile, named: Iterable<string>): ResourceIndex {
  const byName = new Map<string, number>()
  const classes: ResourceClass[] = []
  const add = (name: string, resourceClass: ResourceClass): number => {
    const index = classes.push(resourceClass) - 1
    byName.set(name, index)
    return index
  }
  const families: { prefix: string; index: number; members: number[] }[] = []
  for (const { name, class: resourceClass } of profile.resources.values()) {
    const index = add(name, resourceClass)
    if (isFamily(name)) families.push({ prefix: name.slice(0, -1), index, members: [] })
  }
  families.sort((one, other) => other.prefix.length - one.prefix.length)
  for (const name of [...namedBy(profile), ...named]) {
    const family = byName.has(name) ? undefined : families.find((each) => isMember(each, name))
    if (family !== undefined) family.members.push(add(name, classes[family.index] ?? 'action'))
  }
  return { names: [...byName.keys()], classes, byName, families }
}

/** The number of a resource that is declared, named by some role, or else of its family; undefined when there is none. */
export function resourceNumber(resources: ResourceIndex, name: string): number | undefined {
  return resources.byName.get(name) ?? resources.families.find((family) => isMember(family, name))?.index
}

/** Whether the profile knows a resource of that name, as such, as a family or as a member of one. */
export function isResource(profile: Profile, name: string): boolean {
  if (profile.resources.has(name)) return true
  if (name.includes('*')) return false
  for (const family of profile.resources.keys()) {
    if (isFamily(family) && name.length >= family.length && name.startsWith(family.slice(0, -1))) return true
  }
  return false
}

/** Whether a resource's name stands for a family. */
export function isFamily(name: string): boolean {
  return name.endsWith('*')
}

/** Resources that the rules of the profile name. */
function namedBy({ frontDoor, objectTypes, operations }: Profile): readonly string[] {
  const ofTypes = [...objectTypes.values()].flatMap((type) => [type.passResource, type.unlistedChanges?.resource])
  const ofOperations = operations.flatMap(({ resources, obligations }) => [
    ...resources,
    ...obligations.map(({ unless }) => unless),
  ])
  return [frontDoor, ...ofTypes, ...ofOperations].filter((name) => typeof name === 'string')
}

function isMember({ prefix }: Pick<Family, 'prefix'>, name: string): boolean {
  return name.length > prefix.length && name.startsWith(prefix)
}
