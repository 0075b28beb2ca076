/** Compiles services, profiles and the directory's roles and groups to the snapshot that decisions are made from. */

import type { ServiceConfig } from '../config/config.ts'
import { AppError } from '../core/errors.ts'
import { ADMINISTRATOR } from '../core/names.ts'
import type { Profile } from '../profiles/profile.ts'
import { settingsOf } from '../profiles/request-facts.ts'
import type { CompiledGroup, CompiledRole, ResourceIndex, ServiceRules, Snapshot } from './compiled.ts'
import { compileGroups } from './groups.ts'
import type { DirectoryGroup, DirectoryRole, ObjectFacts, Subject } from './model.ts'
import { numbering } from './numbers.ts'
import { compileOperations } from './operations.ts'
import { indexResources } from './resources.ts'
import { compileRoles, type RoleDefinition, roleDefinitions, roleProblems } from './roles.ts'
import type { ObjectSketch } from './sketch.ts'
import type { Standing } from './standing.ts'
import { type TableOf, tables } from './tables.ts'

/** What a service contributes; one that says nothing about it denies what is not listed, with the profile's settings. */
export type SnapshotService = Pick<ServiceConfig, 'id' | 'profile' | 'authorization'> &
  Partial<Pick<ServiceConfig, 'unlistedOperations' | 'settings'>>

/** What a snapshot is made of. */
export interface SnapshotParts {
  readonly services: readonly SnapshotService[]
  readonly profiles: ReadonlyMap<string, Profile>
  /** Roles of the directory. */
  readonly roles?: readonly DirectoryRole[]
  /** Groups of the directory, their roles without expired ones. */
  readonly groups?: readonly DirectoryGroup[]
  readonly revision: number
}

/**
 * An immutable snapshot. Throws CONFIG_INVALID with one line per problem: a service without profile, two of one id, and
 * whatever `modelProblems` finds; the caller keeps the snapshot it has.
 */
export function compileSnapshot({ services, profiles, roles = [], groups = [], revision }: SnapshotParts): Snapshot {
  const definitions = roleDefinitions(profiles, roles)
  const forest = compileGroups(groups)
  const problems = [
    ...serviceProblems(services, profiles),
    ...roleProblems(profiles, definitions),
    ...(forest.ok ? [] : forest.error),
  ]
  if (!forest.ok || problems.length > 0) throw new AppError('CONFIG_INVALID', problems.join('\n'))
  const resources = indexAll(profiles, definitions)
  const compiledRoles = compileRoles(definitions, resources)
  const ofProfile = new Map([...resources].map(([id, index]) => [id, { index, tables: tables(id, index) }]))
  const compiledServices = services.flatMap((service) => {
    const profile = profiles.get(service.profile)
    const shared = ofProfile.get(service.profile)
    return profile && shared ? compileService(service, { profile, ...shared, roles: compiledRoles }) : []
  })
  const compiledGroups = forest.value
  let byPath: ReadonlyMap<string, CompiledGroup> | undefined
  return Object.freeze({
    revision,
    services: new Map(compiledServices.map((service) => [service.id, service])),
    roles: compiledRoles,
    groups: compiledGroups,
    numbers: numbering(),
    // Most changes are of roles, and few questions name a group by its path.
    get groupsByPath() {
      byPath ??= new Map([...compiledGroups.values()].map((group) => [group.path, group]))
      return byPath
    },
  })
}

/** Whether there is a role of that name: the gateway's own, a shipped one or one of the directory. */
export function knownRole(snapshot: Snapshot, role: string): boolean {
  return role === ADMINISTRATOR || snapshot.roles.has(role)
}

/** One line for everything that would keep the roles and groups of a directory from compiling; see `compileSnapshot`. */
export function modelProblems({ profiles, roles = [], groups = [] }: Omit<SnapshotParts, 'services' | 'revision'>) {
  const forest = compileGroups(groups)
  return [...roleProblems(profiles, roleDefinitions(profiles, roles)), ...(forest.ok ? [] : forest.error)]
}

function serviceProblems(
  services: readonly SnapshotService[],
  profiles: ReadonlyMap<string, Profile>,
): readonly string[] {
  const problems: string[] = []
  const seen = new Set<string>()
  for (const { id, profile } of services) {
    if (seen.has(id)) problems.push(`two services have the id ${id}`)
    seen.add(id)
    if (!profiles.has(profile)) problems.push(`service ${id}: there is no profile ${profile}`)
  }
  return problems
}

/** The resources of every profile, with all members of families that some role names. */
function indexAll(
  profiles: ReadonlyMap<string, Profile>,
  definitions: readonly RoleDefinition[],
): ReadonlyMap<string, ResourceIndex> {
  const named = new Map<string, Set<string>>()
  for (const { profile, resource } of definitions.flatMap(({ statements }) => statements)) {
    named.set(profile, (named.get(profile) ?? new Set()).add(resource))
  }
  return new Map([...profiles.values()].map((each) => [each.id, indexResources(each, named.get(each.id) ?? [])]))
}

function compileService(
  service: SnapshotService,
  parts: {
    readonly profile: Profile
    readonly index: ResourceIndex
    readonly tables: TableOf
    readonly roles: ReadonlyMap<string, CompiledRole>
  },
): ServiceRules {
  const { profile, index: resources } = parts
  const { id, authorization, unlistedOperations = 'deny', settings = {} } = service
  const applying = [...parts.roles.values()].filter((role) => role.profiles.has(profile.id))
  return Object.freeze({
    id,
    profile: profile.id,
    authorization,
    unlistedOperations,
    roles: new Set(applying.map(({ name }) => name)),
    administratorRole: profile.administratorRole,
    resources,
    ...compileOperations(profile, resources, settingsOf(profile.settings, settings)),
    frontDoor: profile.frontDoor === null ? null : (resources.byName.get(profile.frontDoor) ?? -1),
    tables: parts.tables,
    standings: new WeakMap<Subject, Standing>(),
    sketches: new WeakMap<ObjectFacts, ObjectSketch>(),
  })
}
