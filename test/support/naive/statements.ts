/** Statements about a resource, found along every way from an operator to a role. */

import type { HeldGrant, Scope, Subject } from '../../../src/authz/model.ts'
import type { Effect } from '../../../src/profiles/profile.ts'
import { groupsOf, type NaiveCase, type NaiveModel } from './evaluator.ts'

/** One way to one role. */
export interface Path {
  /** Role that the grant names. */
  readonly granted: string
  /** From the one that is granted, in the service's terms, to the one that the way ends at. */
  readonly roles: readonly string[]
  /** In whole steps; half a step more by a group. */
  readonly distance: number
  /** All must hold. */
  readonly scopes: readonly Scope[]
}

interface Role {
  readonly name: string
  readonly parents: readonly string[]
  readonly scope: Scope | null
  /** Effect by full name. */
  readonly statements: ReadonlyMap<string, Effect>
}

export const naiveApplies = {
  /** Whether there is such a role. */
  exists: (model: NaiveModel, role: string): boolean => role === 'administrator' || findRole(model, role) !== undefined,
}

/** Every way from the subject to every role that it leads to, as long as the grant applies to the service. */
export function allPaths(
  { model, service, profile }: Pick<NaiveCase, 'model' | 'service' | 'profile'>,
  subject: Subject,
): readonly Path[] {
  const walk = (grant: HeldGrant, distance: number): readonly Path[] => {
    if (grant.service !== null && grant.service !== service.id) return []
    const administers = grant.role === 'administrator'
    const first = administers ? profile.administratorRole : grant.role
    if (!administers && !speaksOf(model, first, profile.id)) return []
    const scopes = grant.scope === null || grant.scope === undefined ? [] : [grant.scope]
    return pathsFrom(model, { granted: grant.role, roles: [], distance, scopes }, first)
  }
  return [
    ...subject.grants.flatMap((grant) => walk(grant, 1)),
    ...groupsOf(model, subject).flatMap(({ roles }) => roles.flatMap((grant) => walk(grant, 1.5))),
  ]
}

/** The nearest statement about a resource of the service's profile; the most restrictive where they differ; else deny. */
export function naiveArbitration(
  { model, profile, subject, paths, object }: NaiveCase,
  resource: string,
): { readonly effect: Effect; readonly conflict: boolean; readonly hidden: boolean } {
  const inScope = paths.filter(({ scopes }) => {
    if (object === null) return true
    return scopes.flat().every(({ type, id, children }) => {
      const itself = object.type === type && object.id === id
      return itself || (children && object.ancestors.some((above) => above.type === type && above.id === id))
    })
  })
  const found: { effect: Effect; distance: number }[] = []
  const own = new Map((subject.permissions ?? []).map((each) => [each.resource, each.effect]))
  for (const effect of said(own, profile.id, resource, [...profile.resources.keys()]))
    found.push({ effect, distance: 0 })
  for (const { roles, distance } of inScope) {
    const role = findRole(model, roles.at(-1) ?? '')
    const statements = role?.statements ?? new Map()
    for (const effect of said(statements, profile.id, resource, [...profile.resources.keys()]))
      found.push({ effect, distance })
  }
  const nearest = Math.min(...found.map(({ distance }) => distance))
  const effects = new Set(found.filter(({ distance }) => distance === nearest).map(({ effect }) => effect))
  const effect = effects.has('deny') || effects.size === 0 ? 'deny' : effects.has('disable') ? 'disable' : 'allow'
  return { effect, conflict: effects.size > 1, hidden: false }
}

/** What one role or operator says about a resource: by its exact name, else by its family. */
function said(
  statements: ReadonlyMap<string, Effect>,
  profile: string,
  resource: string,
  declared: readonly string[],
): readonly Effect[] {
  const exact = statements.get(`${profile}:${resource}`)
  if (exact !== undefined) return [exact]
  if (declared.includes(resource)) return []
  const family = declared
    .filter((name) => name.endsWith('*') && resource.startsWith(name.slice(0, -1)))
    .toSorted((one, other) => other.length - one.length)[0]
  const ofFamily = statements.get(`${profile}:${family}`)
  return ofFamily === undefined ? [] : [ofFamily]
}

function pathsFrom(model: NaiveModel, so: Path, name: string): readonly Path[] {
  const role = findRole(model, name)
  if (role === undefined) return []
  const scopes = role.scope === null ? so.scopes : [...so.scopes, role.scope]
  const here = { ...so, roles: [...so.roles, name], scopes }
  const above = role.parents.flatMap((parent) => pathsFrom(model, { ...here, distance: here.distance + 1 }, parent))
  return [here, ...above]
}

/** Whether the role is of the profile, or itself or an ancestor states something about it. */
function speaksOf(model: NaiveModel, name: string, profile: string): boolean {
  const role = findRole(model, name)
  if (role === undefined) return false
  if (model.profiles.get(profile)?.roles.has(name)) return true
  if ([...role.statements.keys()].some((resource) => resource.startsWith(`${profile}:`))) return true
  return role.parents.some((parent) => speaksOf(model, parent, profile))
}

function findRole(model: NaiveModel, name: string): Role | undefined {
  for (const profile of model.profiles.values()) {
    const shipped = profile.roles.get(name)
    if (shipped === undefined) continue
    const statements = new Map([...shipped.permissions].map(([key, effect]) => [`${profile.id}:${key}`, effect]))
    return { name, parents: shipped.parents, scope: null, statements }
  }
  const own = model.roles.find((role) => role.name === name)
  if (own === undefined) return undefined
  const statements = new Map(own.permissions.map(({ resource, effect }) => [resource, effect]))
  return { name, parents: own.parents, scope: own.scope ?? null, statements }
}
