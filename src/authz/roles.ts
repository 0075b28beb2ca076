/** Compiles the roles of the profiles and of the directory: ancestors found, statements by number of their resource. */

import { ADMINISTRATOR } from '../core/names.ts'
import type { Effect, Profile } from '../profiles/profile.ts'
import type { CompiledRole, ResourceIndex } from './compiled.ts'
import { codeOf } from './effects.ts'
import type { DirectoryRole, Scope } from './model.ts'
import { isFamily, isResource } from './resources.ts'

export interface RoleDefinition {
  readonly name: string
  readonly parents: readonly string[]
  readonly scope: Scope | null
  /** Profile that ships it; null: a role of the directory. */
  readonly profile: string | null
  readonly statements: readonly { readonly profile: string; readonly resource: string; readonly effect: Effect }[]
}

/** The roles that the profiles ship, then those of the directory, not checked yet. */
export function roleDefinitions(
  profiles: ReadonlyMap<string, Profile>,
  roles: readonly DirectoryRole[],
): readonly RoleDefinition[] {
  const shipped = [...profiles.values()].flatMap((profile) =>
    [...profile.roles.values()].map(({ name, parents, permissions }) => ({
      name,
      parents,
      scope: null,
      profile: profile.id,
      statements: [...permissions].map(([resource, effect]) => ({ profile: profile.id, resource, effect })),
    })),
  )
  const own = roles.map(({ name, parents, scope, permissions }) => ({
    name,
    parents,
    scope: scope ?? null,
    profile: null,
    statements: permissions.map(({ resource, effect }) => ({ ...splitResource(resource), effect })),
  }))
  return [...shipped, ...own]
}

/** `<profile>:<resource>` in its parts; a profile's id has no colon. */
export function splitResource(fullName: string): { readonly profile: string; readonly resource: string } {
  const colon = fullName.indexOf(':')
  return { profile: fullName.slice(0, Math.max(colon, 0)), resource: fullName.slice(colon + 1) }
}

/** One line for everything that is wrong with roles: names given twice, unknown parents and resources, cycles. */
export function roleProblems(
  profiles: ReadonlyMap<string, Profile>,
  definitions: readonly RoleDefinition[],
): readonly string[] {
  const names = new Set<string>()
  const problems: string[] = []
  for (const { name } of definitions) {
    if (name === ADMINISTRATOR) problems.push(`role ${name}: the name is the gateway's own`)
    if (names.has(name)) problems.push(`role ${name}: the name is given twice`)
    names.add(name)
  }
  for (const { name, parents, statements } of definitions) {
    for (const parent of parents) {
      if (!names.has(parent)) problems.push(`role ${name}: its parent ${parent} does not exist`)
    }
    for (const statement of statements) {
      const profile = profiles.get(statement.profile)
      if (profile !== undefined && isResource(profile, statement.resource)) continue
      problems.push(`role ${name}: there is no resource ${statement.profile}:${statement.resource}`)
    }
  }
  const cycle = problems.length === 0 ? parentsFirst(definitions).cycle : []
  if (cycle.length > 0) problems.push(`role ${cycle[0]}: it is its own ancestor (${cycle.join(' → ')})`)
  return problems
}

/** The roles by name; they must be without problems, and `resources` (by profile) must know every member that they name. */
export function compileRoles(
  definitions: readonly RoleDefinition[],
  resources: ReadonlyMap<string, ResourceIndex>,
): ReadonlyMap<string, CompiledRole> {
  const compiled = new Map<string, CompiledRole>()
  for (const definition of parentsFirst(definitions).order) {
    const parents = definition.parents.flatMap((name) => compiled.get(name) ?? [])
    const statements = numberedStatements(definition, resources)
    const profiles = new Set([...statements.keys(), ...parents.flatMap((parent) => [...parent.profiles])])
    if (definition.profile !== null) profiles.add(definition.profile)
    const { name, scope } = definition
    const scoped = scope !== null || parents.some((parent) => parent.scoped)
    compiled.set(name, { index: compiled.size, name, parents, scope, scoped, statements, profiles })
  }
  return compiled
}

function numberedStatements(
  { statements }: RoleDefinition,
  resources: ReadonlyMap<string, ResourceIndex>,
): ReadonlyMap<string, ReadonlyMap<number, number>> {
  const byProfile = new Map<string, Map<number, number>>()
  // Families first: an exact name in the same role beats its family.
  const inOrder = statements.toSorted((one, other) => Number(isFamily(other.resource)) - Number(isFamily(one.resource)))
  for (const { profile, resource, effect } of inOrder) {
    const index = resources.get(profile)
    const number = index?.byName.get(resource)
    if (index === undefined || number === undefined) continue
    const numbered = byProfile.get(profile) ?? new Map<number, number>()
    byProfile.set(profile, numbered)
    const members = index.families.find((family) => family.index === number)?.members ?? []
    for (const each of [number, ...members]) numbered.set(each, codeOf(effect))
  }
  return byProfile
}

/** The definitions with parents before children, and the names along a cycle where there is one. */
function parentsFirst(definitions: readonly RoleDefinition[]): {
  readonly order: readonly RoleDefinition[]
  readonly cycle: readonly string[]
} {
  const children = new Map<string, RoleDefinition[]>()
  const missing = new Map<string, number>()
  for (const definition of definitions) {
    const parents = new Set(definition.parents)
    missing.set(definition.name, parents.size)
    for (const parent of parents) children.set(parent, [...(children.get(parent) ?? []), definition])
  }
  const order = definitions.filter(({ name }) => missing.get(name) === 0)
  for (const { name } of order) {
    for (const child of children.get(name) ?? []) {
      const left = (missing.get(child.name) ?? 0) - 1
      missing.set(child.name, left)
      if (left === 0) order.push(child)
    }
  }
  return { order, cycle: order.length < definitions.length ? cycleAmong(definitions, missing) : [] }
}

/** Follows parents that were never reached until a name comes again. */
function cycleAmong(definitions: readonly RoleDefinition[], missing: ReadonlyMap<string, number>): readonly string[] {
  const stuck = new Map(definitions.filter(({ name }) => missing.get(name) !== 0).map((each) => [each.name, each]))
  const path: string[] = []
  let name = [...stuck.keys()][0]
  while (name !== undefined && !path.includes(name)) {
    path.push(name)
    name = stuck.get(name)?.parents.find((parent) => stuck.has(parent))
  }
  return name === undefined ? [] : [...path.slice(path.indexOf(name)), name]
}
