/** How a subject stands on a service: what follows from his facts alone, worked out once. */

import { type OwnStatements, ownStatements, type Root, type Table } from './arbitration.ts'
import type { CompiledRole, RightHeld, ServiceRules, Snapshot } from './compiled.ts'
import { grantsOf, rootsOf } from './grants.ts'
import type { Membership, ObjectFacts, Subject } from './model.ts'
import type { Numbers } from './numbers.ts'
import { type ScopeGate, scopeGates, scopeHolds } from './scope.ts'
import { namesOf, type ObjectSketch } from './sketch.ts'
import { knownRole } from './snapshot.ts'

export interface Standing {
  /** Whether he holds any role that exists. */
  readonly holdsRole: boolean
  /** Grants that apply to the service; without any, nothing is allowed. */
  readonly roots: readonly Root[]
  readonly own: OwnStatements | null
  /** Outcomes in principle: no scope counts. */
  readonly table: Table
  readonly gates: readonly ScopeGate[]
  /** Tables by the set of gates that are closed; null: there are no gates. */
  readonly scopedTables: Map<number, Table> | null
  /** His number. */
  readonly self: number
  /** Numbers of the groups that he is a direct member of. */
  readonly groups: readonly number[]
  /** Groups in which he holds a right, by the right; null: he holds none. */
  readonly rights: ReadonlyMap<string, readonly RightHeld[]> | null
}

/** Sets of gates that a standing remembers tables for; a set is a number below 2^53. */
const KEPT_TABLES = 256
const NUMBERED_GATES = 50

const NONE: ReadonlySet<CompiledRole> = new Set()
const NO_MEMBERSHIPS: readonly Membership[] = []

/** How `subject` stands on `service`. */
export function standingOf(snapshot: Snapshot, service: ServiceRules, subject: Subject): Standing {
  const before = service.standings.get(subject)
  if (before !== undefined) return before
  const standing = workOut(snapshot, service, subject)
  service.standings.set(subject, standing)
  return standing
}

/** The outcomes for an object: statements whose scope does not hold for it do not count. */
export function tableFor(
  service: ServiceRules,
  standing: Standing,
  object: ObjectFacts,
  { sketch, numbers }: { readonly sketch: ObjectSketch; readonly numbers: Numbers },
): Table {
  const { gates, scopedTables } = standing
  if (scopedTables === null) return standing.table
  const names = namesOf(sketch, object, numbers)
  let closed = 0
  for (let place = 0; place < gates.length; place += 1) {
    const gate = gates[place]
    if (gate !== undefined && !scopeHolds(gate.compiled, names)) closed += 2 ** place
  }
  if (closed === 0) return standing.table
  const before = scopedTables.get(closed)
  if (before !== undefined) return before
  const table = scopedTable(service, standing, closedGates(gates, names))
  if (scopedTables.size >= KEPT_TABLES) scopedTables.clear()
  if (gates.length <= NUMBERED_GATES) scopedTables.set(closed, table)
  return table
}

/** The gates that do not open for an object with these names. */
export function closedGates(gates: readonly ScopeGate[], names: readonly number[]): readonly ScopeGate[] {
  return gates.filter(({ compiled }) => !scopeHolds(compiled, names))
}

/** What is left of a standing where some gates are closed. */
export function openWays(
  { roots }: Pick<Standing, 'roots'>,
  closed: readonly ScopeGate[],
): { readonly roots: readonly Root[]; readonly excluded: ReadonlySet<CompiledRole> } {
  const closedRoots = new Set(closed.flatMap(({ root }) => root ?? []))
  return {
    roots: roots.filter((root) => !closedRoots.has(root)),
    excluded: new Set(closed.flatMap(({ role }) => role ?? [])),
  }
}

function scopedTable(service: ServiceRules, standing: Standing, closed: readonly ScopeGate[]): Table {
  const { roots, excluded } = openWays(standing, closed)
  return service.tables(roots, standing.own, excluded)
}

function workOut(snapshot: Snapshot, service: ServiceRules, subject: Subject): Standing {
  const held = grantsOf(snapshot, subject)
  const roots = rootsOf(snapshot, service, held)
  const permissions = subject.permissions ?? []
  const own = permissions.length === 0 ? null : ownStatements(service.profile, service.resources, permissions)
  const gates = scopeGates(roots, snapshot.numbers)
  const { memberships = NO_MEMBERSHIPS } = subject
  return {
    holdsRole: held.some(({ grant }) => knownRole(snapshot, grant.role)),
    roots,
    own,
    table: service.tables(roots, own, NONE),
    gates,
    scopedTables: gates.length === 0 ? null : new Map(),
    self: snapshot.numbers.operator(subject.id),
    groups: memberships.map(({ group }) => snapshot.numbers.group(group)),
    rights: rightsOf(snapshot, memberships),
  }
}

function rightsOf(snapshot: Snapshot, memberships: readonly Membership[]): Standing['rights'] {
  let rights: Map<string, RightHeld[]> | null = null
  for (const membership of memberships) {
    const group = snapshot.groups.get(membership.group)
    if (group === undefined) continue
    for (const { right, products = null } of membership.rights) {
      rights ??= new Map()
      const held = { group, products: products === null ? null : new Set(products) }
      const others = rights.get(right)
      if (others === undefined) rights.set(right, [held])
      else others.push(held)
    }
  }
  return rights
}
