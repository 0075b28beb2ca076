/** Tells how the arbitration of one resource went: every statement, its distance and what became of it. */

import {
  type OwnStatements,
  outcomeOf,
  outcomeOfMember,
  type Reached,
  reachedRoles,
  type Table,
} from './arbitration.ts'
import type { ServiceRules } from './compiled.ts'
import { effectCode, effectOf, isConflict } from './effects.ts'
import type { ResourcePurpose, ResourceStep, WeighedStatement } from './model.ts'
import type { ScopeGate } from './scope.ts'
import { openWays, type Standing } from './standing.ts'

interface Ways {
  readonly service: ServiceRules
  readonly standing: Standing
  /** Gates that the object keeps closed. */
  readonly closed: readonly ScopeGate[]
  /** Outcomes that the decision was made from. */
  readonly table: Table
}

interface Wanted {
  readonly purpose: ResourcePurpose
  /** Number of the resource, or of its family. */
  readonly number: number
  /** Name of the member of the family that is asked for. */
  readonly member: string | null
}

/** A statement before it is known which are the nearest. */
type Found = Omit<WeighedStatement, 'outcome'> & { readonly inScope: boolean }

/** One resource with all statements about it, the nearest first. */
export function resourceStep(ways: Ways, { purpose, number, member }: Wanted): ResourceStep {
  const { service, table } = ways
  const { resources } = service
  const outcome = member === null ? outcomeOf(table, number) : outcomeOfMember(table, resources, number, member)
  const resource = member ?? resources.names[number] ?? ''
  const effect = effectOf(effectCode(outcome))
  const found = statementsOn(ways, resources.byName.get(resource) ?? number, resource)
  const nearest = Math.min(...found.filter(({ inScope }) => inScope).map(({ distance }) => distance))
  const statements = found.map(({ inScope, ...statement }): WeighedStatement => {
    if (!inScope) return { ...statement, outcome: 'out-of-scope' }
    if (statement.distance > nearest) return { ...statement, outcome: 'overridden' }
    return { ...statement, outcome: statement.effect === effect ? 'decides' : 'loses-conflict' }
  })
  return { kind: 'resource', resource, purpose, effect, conflict: isConflict(outcome), statements }
}

function statementsOn({ service, standing, closed }: Ways, number: number, resource: string): readonly Found[] {
  const { roots, excluded } = openWays(standing, closed)
  const open = reachedRoles(roots, excluded)
  const inScope = new Set(open.map(({ role }) => role))
  const beyond = closed.length === 0 ? [] : reachedRoles(standing.roots, new Set())
  return [
    ...ownFound(standing.own, number, resource),
    ...open.flatMap((each) => foundAt(service, each, number, true)),
    ...beyond.filter(({ role }) => !inScope.has(role)).flatMap((each) => foundAt(service, each, number, false)),
  ]
}

function ownFound(own: OwnStatements | null, number: number, resource: string): readonly Found[] {
  const outcome = own?.byName.get(resource) ?? own?.byNumber.get(number)
  if (outcome === undefined) return []
  const effect = effectOf(effectCode(outcome))
  return [{ resource, effect, distance: 0, roles: [], source: { kind: 'operator' }, inScope: true }]
}

function foundAt(
  { profile, resources }: ServiceRules,
  { role, distance, root, through }: Reached,
  number: number,
  inScope: boolean,
): readonly Found[] {
  const code = role.statements.get(profile)?.get(number)
  if (code === undefined) return []
  const roles = [role.name]
  for (let below = through; below !== null; below = below.through) roles.unshift(below.role.name)
  const resource = resources.names[number] ?? ''
  return [{ resource, effect: effectOf(code), distance: distance / 2, roles, source: root.source, inScope }]
}
