/** What roles, groups, profiles and services compile to. Only this room looks inside. */

import type { Obligation, ResourceClass, RightWay } from '../profiles/profile.ts'
import type { HeldGrant, ObjectFacts, Scope, Subject } from './model.ts'
import type { Numbers } from './numbers.ts'
import type { ObjectSketch } from './sketch.ts'
import type { Standing } from './standing.ts'
import type { TableOf } from './tables.ts'

/**
 * Everything that decisions are made from, but for the facts about operators and objects. Swapped whole, never changed;
 * what it remembers besides are results that follow from it.
 */
export interface Snapshot {
  readonly revision: number
  /** By id. */
  readonly services: ReadonlyMap<string, ServiceRules>
  /** Every role that there is, by its full name; `administrator` has no entry of its own. */
  readonly roles: ReadonlyMap<string, CompiledRole>
  /** By id. */
  readonly groups: ReadonlyMap<string, CompiledGroup>
  readonly groupsByPath: ReadonlyMap<string, CompiledGroup>
  /** Of whom and what the facts name. */
  readonly numbers: Numbers
}

/** What a service's decisions need, its settings resolved. */
export interface ServiceRules {
  readonly id: string
  /** Id of its profile. */
  readonly profile: string
  readonly authorization: 'on' | 'off'
  readonly unlistedOperations: 'deny' | 'open'
  /** Names of all roles that can apply here, shipped and of the directory, without `administrator`. */
  readonly roles: ReadonlySet<string>
  /** Full name of the role that `administrator` stands for here. */
  readonly administratorRole: string
  readonly resources: ResourceIndex
  /** By name and alias. */
  readonly operations: ReadonlyMap<string, CompiledOperation>
  readonly objectTypes: ReadonlyMap<string, CompiledType>
  /** Resource without which nothing else is allowed. */
  readonly frontDoor: number | null
  /** What hides parts of an answer anywhere in the profile; it travels with what is open for being unlisted. */
  readonly everywhere: readonly CompiledObligation[]
  /** Effects by resource for a set of roles. */
  readonly tables: TableOf
  /** How subjects stand here; see `standingOf`. */
  readonly standings: WeakMap<Subject, Standing>
  /** How objects look from here; see `sketchOf`. */
  readonly sketches: WeakMap<ObjectFacts, ObjectSketch>
}

/**
 * The resources of a profile by number: those that it declares, and the members of its families that itself or some role
 * names. Any other member is treated as its family is.
 */
export interface ResourceIndex {
  readonly names: readonly string[]
  readonly classes: readonly ResourceClass[]
  readonly byName: ReadonlyMap<string, number>
  /** Families by their prefix, the longest first. */
  readonly families: readonly Family[]
}

export interface Family {
  readonly prefix: string
  readonly index: number
  /** Numbers of the members that are among the resources. */
  readonly members: readonly number[]
}

export interface CompiledRole {
  /** Its place among the roles. */
  readonly index: number
  readonly name: string
  readonly parents: readonly CompiledRole[]
  /** Null: it holds everywhere. */
  readonly scope: Scope | null
  /** Whether it, or a role above it, has a scope. */
  readonly scoped: boolean
  /** By profile, the effect (a number) by number of the resource; that of a family stands at each member it does not name. */
  readonly statements: ReadonlyMap<string, ReadonlyMap<number, number>>
  /** Profiles that it, or a role above it, is of or has a statement for. */
  readonly profiles: ReadonlySet<string>
}

export interface CompiledGroup {
  readonly id: string
  readonly path: string
  /** Its number in pre-order. */
  readonly first: number
  /** The greatest number inside it. */
  readonly last: number
  readonly parent: CompiledGroup | null
  readonly roles: readonly HeldGrant[]
}

export interface CompiledOperation {
  readonly name: string
  /** A member of a family that the operation is named after; its outcome counts instead of that of `resources`. */
  readonly member: string | null
  /** As the service's settings have it. */
  readonly access: 'role' | 'public' | 'exempt'
  readonly reads: boolean
  /** Whether nobody may do it, under the service's settings. */
  readonly denied: boolean
  readonly resources: readonly number[]
  /** Whether the front door must be open; not for the front door itself. */
  readonly behindFrontDoor: boolean
  /** Those that count under the service's settings. */
  readonly selectors: readonly CompiledSelector[]
  /** Of each of them, its place among the operation's selectors in the profile. */
  readonly places: readonly number[]
  /** Those that hold under the service's settings. */
  readonly obligations: readonly CompiledObligation[]
}

/** One object for all selectors of a service that are alike. */
export interface CompiledSelector {
  readonly type: CompiledType
  /** In place of the type's rule; null: that rule. */
  readonly reach: CompiledReach | null
  readonly unowned: 'refuse' | 'pass'
  readonly ownerOnly: boolean
  readonly notSelf: boolean
}

/** A group in which somebody holds a right, and the products that it is for; null: all. */
export interface RightHeld {
  readonly group: CompiledGroup
  readonly products: ReadonlySet<string> | null
}

/** Any of these is enough. */
export interface CompiledReach {
  readonly self: boolean
  readonly member: boolean
  readonly anyone: boolean
  readonly rights: readonly RightWay[]
}

export interface CompiledType {
  readonly name: string
  readonly rule: 'none' | 'open-unless-listed' | 'owner-and-listed' | 'reach' | 'resource'
  readonly kind: 'object' | 'group' | 'operator'
  readonly passResource: number | null
  readonly family: Family | null
  /** Resource that changes of what nobody has listed need, under the service's settings. */
  readonly unlistedChanges: number | null
  readonly parentTypes: ReadonlySet<string>
  /** Reading operations about objects of the type: what one of them shows is visible. */
  readonly readers: readonly CompiledOperation[]
}

export interface CompiledObligation {
  readonly obligation: Obligation
  /** Who is allowed this resource is free of it; null: nobody. */
  readonly unless: number | null
}

/** An object as a decision sees it: null = none is asked about. */
export type AskedObject = ObjectFacts | null
