/**
 * The first decider: the nearest statement wins. Distances are in half steps: 0 on the operator himself, 2 in a role granted
 * to him, 3 in a role of his group, 2 more for each parent. Statements of different effect at the nearest distance are
 * a conflict, and the most restrictive holds. Where nobody says anything, the answer is no.
 */

import type { CompiledRole, ResourceIndex } from './compiled.ts'
import { codeOf, contend, NO_STATEMENT, type Outcome } from './effects.ts'
import type { HeldGrant, Permission, Source } from './model.ts'
import { splitResource } from './roles.ts'

/** A granted role that applies to the service. */
export interface Root {
  readonly role: CompiledRole
  readonly distance: number
  readonly source: Source
  readonly grant: HeldGrant
}

/** A role with its shortest way from the operator. */
export interface Reached {
  readonly role: CompiledRole
  readonly distance: number
  readonly root: Root
  /** The role it was reached through; null: it is the granted one. */
  readonly through: Reached | null
}

/** Statements on the operator himself. */
export interface OwnStatements {
  /** Outcome by number of the resource. */
  readonly byNumber: ReadonlyMap<number, Outcome>
  /** Outcome by name, of members of families that no role names. */
  readonly byName: ReadonlyMap<string, Outcome>
}

/** What arbitration comes to for every resource of a profile. */
export interface Table {
  /** Outcome by number of the resource, as characters: small, and at hand in one step. */
  readonly outcomes: string
  /** Outcome of members of families that only the operator's own statements name. */
  readonly members: ReadonlyMap<string, Outcome> | null
}

const ROLE_OF_OPERATOR = 2
const ROLE_OF_GROUP = 3
const PARENT = 2

/** Distance of a role that is granted by `source`. */
export function distanceOf(source: Source): number {
  return source.kind === 'operator' ? ROLE_OF_OPERATOR : ROLE_OF_GROUP
}

/** Every role that `roots` lead to without passing through `excluded`, each once, the nearest first. */
export function reachedRoles(roots: readonly Root[], excluded: ReadonlySet<CompiledRole>): readonly Reached[] {
  const reached: Reached[] = []
  const seen = new Set(excluded)
  // Roots are at 2 and 3, parents 2 further: two rows that advance in turn visit all in order of distance.
  let near = roots.filter(({ distance }) => distance === ROLE_OF_OPERATOR).map(asReached)
  let far = roots.filter(({ distance }) => distance === ROLE_OF_GROUP).map(asReached)
  while (near.length > 0 || far.length > 0) {
    const fresh = near.filter(({ role }) => !seen.has(role) && seen.add(role))
    reached.push(...fresh)
    near = far
    far = fresh.flatMap((through) => parentsOf(through))
  }
  return reached
}

/** The outcomes for every resource of `profile`, from statements that `reached` and `own` make. */
export function fillTable(
  profile: string,
  { names }: ResourceIndex,
  reached: readonly Reached[],
  own: OwnStatements | null,
): Table {
  const outcomes = new Uint8Array(names.length).fill(NO_STATEMENT)
  const nearest = new Int32Array(names.length).fill(-1)
  for (const [number, outcome] of own?.byNumber ?? []) {
    outcomes[number] = outcome
    nearest[number] = 0
  }
  for (const { role, distance } of reached) {
    for (const [number, code] of role.statements.get(profile) ?? []) {
      if (nearest[number] === -1) {
        nearest[number] = distance
        outcomes[number] = code
      } else if (nearest[number] === distance) {
        outcomes[number] = contend(outcomes[number] ?? NO_STATEMENT, code)
      }
    }
  }
  const members = own === null || own.byName.size === 0 ? null : own.byName
  return { outcomes: String.fromCharCode(...outcomes), members }
}

/** The statements on an operator for one profile; null when there is none. Unknown resources say nothing. */
export function ownStatements(
  profile: string,
  resources: ResourceIndex,
  permissions: readonly Permission[],
): OwnStatements | null {
  const stated = permissions
    .map(({ resource, effect }) => ({ ...splitResource(resource), code: codeOf(effect) }))
    .filter((each) => each.profile === profile)
  if (stated.length === 0) return null
  const exact = new Map<string, Outcome>()
  for (const { resource, code } of stated) {
    const before = exact.get(resource)
    exact.set(resource, before === undefined ? code : contend(before, code))
  }
  const byNumber = new Map<number, Outcome>()
  const byName = new Map<string, Outcome>()
  for (const [resource, outcome] of exact) {
    const number = resources.byName.get(resource)
    if (number === undefined) byName.set(resource, outcome)
    else byNumber.set(number, outcome)
  }
  for (const { index, members } of resources.families) {
    const outcome = byNumber.get(index)
    if (outcome === undefined) continue
    for (const member of members) if (!byNumber.has(member)) byNumber.set(member, outcome)
  }
  return { byNumber, byName }
}

/** The outcome for a resource by its number; nobody says anything about a number that no resource has. */
export function outcomeOf(table: Table, number: number): Outcome {
  const outcome = table.outcomes.charCodeAt(number)
  return Number.isNaN(outcome) ? NO_STATEMENT : outcome
}

/** The outcome for a member of a family. */
export function outcomeOfMember(table: Table, resources: ResourceIndex, family: number, name: string): Outcome {
  return table.members?.get(name) ?? outcomeOf(table, resources.byName.get(name) ?? family)
}

function asReached(root: Root): Reached {
  return { role: root.role, distance: root.distance, root, through: null }
}

function parentsOf(through: Reached): readonly Reached[] {
  return through.role.parents.map((role) => ({
    role,
    distance: through.distance + PARENT,
    root: through.root,
    through,
  }))
}
