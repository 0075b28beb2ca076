/** What is odd about a directory's roles: conflicts, roles that nobody reaches, near twins, statements that decide nothing (openlm.md O-23). */

import { outcomeOf, reachedRoles } from './arbitration.ts'
import type { CompiledRole, ServiceRules } from './compiled.ts'
import { effectOf, isConflict } from './effects.ts'
import { type Standing, standingOf } from './standing.ts'
import type { WholeDirectory, World } from './world.ts'

export type Finding =
  /** Statements of equal strength differ; the most restrictive holds. */
  | {
      readonly kind: 'conflict'
      readonly account: string
      readonly provider: string
      readonly service: string
      readonly resources: readonly string[]
    }
  /** A role of the directory that no enabled operator has, himself, by a group, or as an ancestor. */
  | { readonly kind: 'unreachable-role'; readonly role: string }
  /** Two roles of the directory whose effects, inherited ones included, differ for one resource. */
  | { readonly kind: 'near-twins'; readonly roles: readonly [string, string]; readonly resource: string }
  /** A statement of a role that is reached, but never the nearest for anybody. */
  | { readonly kind: 'unused-permission'; readonly role: string; readonly resource: string }

/** Everything that is odd, conflicts first. */
export function lint(world: World, directory: Pick<WholeDirectory, 'roles'>): readonly Finding[] {
  const own = directory.roles.flatMap(({ name }) => world.snapshot.roles.get(name) ?? [])
  const use = usesOf(world)
  return [
    ...conflicts(world),
    ...own
      .filter((role) => !use.reached.has(role))
      .map(({ name }): Finding => ({ kind: 'unreachable-role', role: name })),
    ...nearTwins(world, own),
    ...own.filter((role) => use.reached.has(role)).flatMap((role) => unusedOf(world, role, use.deciding)),
  ]
}

function* everyStanding(world: World): Generator<{ rules: ServiceRules; standing: Standing; index: number }> {
  for (const rules of world.snapshot.services.values()) {
    for (const [index, operator] of world.operators.entries()) {
      yield { rules, standing: standingOf(world.snapshot, rules, operator), index }
    }
  }
}

function conflicts(world: World): readonly Finding[] {
  const found: Finding[] = []
  for (const { rules, standing, index } of everyStanding(world)) {
    const resources = rules.resources.names.filter((_name, number) => isConflict(outcomeOf(standing.table, number)))
    const operator = world.operators[index]
    if (resources.length === 0 || operator === undefined) continue
    const { account, provider } = operator
    found.push({ kind: 'conflict', account, provider, service: rules.id, resources })
  }
  return found
}

interface Uses {
  readonly reached: Set<CompiledRole>
  /** `<profile>:<number>` of statements that are the nearest for somebody, by role. */
  readonly deciding: Map<CompiledRole, Set<string>>
}

/** Which roles are reached and which of their statements decide, on services that are configured. */
function usesOf(world: World): Uses {
  const uses: Uses = { reached: new Set(), deciding: new Map() }
  for (const { rules, standing } of everyStanding(world)) {
    const nearest = new Map<number, number>([...(standing.own?.byNumber.keys() ?? [])].map((number) => [number, 0]))
    for (const { role, distance } of reachedRoles(standing.roots, new Set())) {
      uses.reached.add(role)
      for (const number of role.statements.get(rules.profile)?.keys() ?? []) {
        // Where scopes close a nearer way, a farther statement decides.
        const decides = standing.gates.length > 0 || (nearest.get(number) ?? distance) === distance
        if (decides) markUsed(uses, role, `${rules.profile}:${number}`)
        if (!nearest.has(number)) nearest.set(number, distance)
      }
    }
  }
  return uses
}

function markUsed({ deciding }: Uses, role: CompiledRole, statement: string): void {
  const statements = deciding.get(role)
  if (statements === undefined) deciding.set(role, new Set([statement]))
  else statements.add(statement)
}

/** Statements on services of the profile that never decide; of profiles without a service here nothing can be told. */
function unusedOf(world: World, role: CompiledRole, deciding: Uses['deciding']): readonly Finding[] {
  const byProfile = new Map([...world.snapshot.services.values()].map((rules) => [rules.profile, rules.resources]))
  return [...role.statements].flatMap(([profile, statements]) => {
    const resources = byProfile.get(profile)
    if (resources === undefined) return []
    return [...statements.keys()]
      .filter((number) => !deciding.get(role)?.has(`${profile}:${number}`))
      .map(
        (number): Finding => ({
          kind: 'unused-permission',
          role: role.name,
          resource: `${profile}:${resources.names[number] ?? ''}`,
        }),
      )
  })
}

function nearTwins(world: World, roles: readonly CompiledRole[]): readonly Finding[] {
  const effects = roles.map((role) => ({ role, effects: effectsOf(world, role) }))
  return effects.flatMap((one, place) =>
    effects.slice(place + 1).flatMap((other): readonly Finding[] => {
      const resource = onlyDifference(one.effects, other.effects)
      return resource === undefined ? [] : [{ kind: 'near-twins', roles: [one.role.name, other.role.name], resource }]
    }),
  )
}

/** What the role comes to by itself, by full name of the resource. */
function effectsOf(world: World, role: CompiledRole): ReadonlyMap<string, string> {
  const root = { role, distance: 2, source: { kind: 'operator' }, grant: { role: role.name, service: null } } as const
  const effects = new Map<string, string>()
  for (const each of reachedRoles([root], new Set())) {
    for (const [profile, statements] of each.role.statements) {
      const names = [...world.snapshot.services.values()].find((rules) => rules.profile === profile)?.resources.names
      for (const [number, code] of statements) {
        const resource = `${profile}:${names?.[number] ?? number}`
        if (!effects.has(resource)) effects.set(resource, effectOf(code))
      }
    }
  }
  return effects
}

/** The one resource for which two roles differ; undefined when it is none or more than one. */
function onlyDifference(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): string | undefined {
  if (Math.abs(one.size - other.size) > 1) return undefined
  let only: string | undefined
  for (const resource of new Set([...one.keys(), ...other.keys()])) {
    if (one.get(resource) === other.get(resource)) continue
    if (only !== undefined) return undefined
    only = resource
  }
  return only
}
