/** The words of the authorization core. All of it is immutable data. */

import type { Effect, Obligation } from '../profiles/profile.ts'
import type { Snapshot } from './compiled.ts'

export type { Snapshot }

/** Stable ids of the rules that decide. */
export type Rule =
  /** deny: the snapshot has no such service. */
  | 'unknown-service'
  /** allow: the operation is open to everybody, or machine traffic that sign-in never touches. */
  | 'public'
  | 'exempt'
  /** deny: a caller without a session. */
  | 'no-session'
  /** deny: no role that applies to this service. */
  | 'no-role'
  /** deny: the operation is not listed, or no operation matches. */
  | 'unlisted-operation'
  /** allow: the same, on a service with `unlistedOperations: open`. */
  | 'unlisted-open'
  /** allow: the operation needs no more than a role that reaches the service. */
  | 'role-reaches-service'
  /** allow: the service has `authorization: off`, and the operator holds some role. */
  | 'authorization-off'
  /** disable, deny: the resource that opens the whole product is not allowed. */
  | 'front-door'
  /** allow, disable, deny: the nearest statement says so. */
  | 'statement'
  /** deny: nobody says anything. */
  | 'no-statement'
  /** deny: under a setting of the service nobody may do it. */
  | 'setting'
  /** deny: a rule of the service's own names other roles. */
  | 'service-rule'
  /** deny: an object is needed and none could be determined. */
  | 'object-missing'
  /** allow: the resource that passes every access rule of the type. */
  | 'passes-access-rule'
  /** allow, deny: an access list says so; deny: a changing operation on what nobody has listed. */
  | 'access-list'
  | 'unlisted-object'
  /** allow, deny: by owner. */
  | 'owner'
  /** allow, deny: by the group tree. */
  | 'reach'
  /** disable, deny: outside the scope of every grant that allows it. */
  | 'scope'

export interface Decision {
  readonly effect: Effect
  readonly rule: Rule
  /**
   * True when statements of equal strength contradicted each other and the most restrictive won: on a resource that the
   * operation needs, on the front door, or on the family's resource that stands for the object.
   */
  readonly conflict: boolean
  /** Whether a denial must look as if there were nothing (404). False with `allow`. */
  readonly hidden: boolean
  /** What was weighed; empty unless a trail was asked for. */
  readonly trail: readonly Step[]
  /** What holds while the operation is carried out; empty unless it is allowed. */
  readonly obligations: readonly Obligation[]
  /** Revision of the snapshot that decided. */
  readonly revision: number
}

/** What is asked about. */
export interface Question {
  readonly service: string
  /** Name or alias of an operation, or of a resource without operation of its own. Null: the use of the service as such. */
  readonly name: string | null
  /** Roles of which one must apply, itself or as an ancestor: a rule of the service's own. Absent or null: there is none; empty: no rule fits, so there is nothing. */
  readonly anyOfRoles?: readonly string[] | null
  /** Products that the request names, for rights that are for some products alone. Absent or empty: none. */
  readonly products?: readonly string[]
  /** Place of the selector, among the operation's in the profile, that the object was named by. Absent: all of its type count. */
  readonly selector?: number | null
}

/** An object, or what is known of it: an object that nobody knows has no owner, no list and nothing above it. */
export interface ObjectFacts {
  readonly type: string
  readonly id: string
  /** Of a type of kind `group`, the group itself; of kind `operator`, the operator. */
  readonly owner: Owner | null
  /** Ids of the groups whose direct member the owning operator is; empty unless an operator owns it. */
  readonly ownerGroups: readonly string[]
  /** Null: no list, `[]` in both: a list that names nobody. */
  readonly accessList: AccessList | null
  /** Everything above it, its parents' parents too, in any order, each once. */
  readonly ancestors: readonly Ancestor[]
}

/** Ids, not names. */
export type Owner = { readonly operator: string } | { readonly group: string }

/** Ids. A group stands for its direct members. */
export interface AccessList {
  readonly operators: readonly string[]
  readonly groups: readonly string[]
}

export interface Ancestor {
  readonly type: string
  readonly id: string
  readonly accessList: AccessList | null
}

/** Who asks. An operator with his facts is a subject; null in its place stands for a caller without a session. */
export interface Subject {
  readonly id: string
  /** His own, without expired ones. */
  readonly grants: readonly HeldGrant[]
  /** Statements on himself. */
  readonly permissions?: readonly Permission[]
  readonly memberships?: readonly Membership[]
}

export interface HeldGrant {
  /** `administrator`, `<profile>:<role>` or a role of the directory. One that is gone never applies. */
  readonly role: string
  /** null = every service that the role applies to. */
  readonly service: string | null
  readonly scope?: Scope | null
}

/** All entries must hold for the object. Where no object is asked about, scopes do not count. */
export type Scope = readonly ScopeEntry[]

/** Holds for the object itself, and with `children` for what has it among its ancestors. */
export interface ScopeEntry {
  readonly type: string
  readonly id: string
  readonly children: boolean
}

/** A statement on an operator or in a role of the directory. */
export interface Permission {
  /** `<profile>:<resource>`: also one of a family, such as `openlm:server_lic1`, or all of it by its `*`. */
  readonly resource: string
  readonly effect: Effect
}

export interface Membership {
  /** Id of the group. */
  readonly group: string
  readonly rights: readonly HeldRight[]
}

export interface HeldRight {
  readonly right: string
  /** Absent or null: for all products. */
  readonly products?: readonly string[] | null
}

/** A role that the directory holds; shipped ones are in their profiles. */
export interface DirectoryRole {
  readonly name: string
  /** Roles of the directory or shipped ones. */
  readonly parents: readonly string[]
  readonly permissions: readonly Permission[]
  readonly scope?: Scope | null
}

/** A group of the forest. */
export interface DirectoryGroup {
  readonly id: string
  /** Id of the group above; null: none. */
  readonly parent: string | null
  /** Last segment of its path. */
  readonly name: string
  /** Roles of its direct members, without expired ones. */
  readonly roles: readonly HeldGrant[]
}

/** Where a statement or a grant stands. */
export type Source =
  | { readonly kind: 'operator' }
  /** By a group that he is a direct member of; its path. */
  | { readonly kind: 'group'; readonly group: string }

/** One thing that was weighed, in the order of the decision. */
export type Step = GrantStep | ResourceStep | ObjectStep

/** A grant, the operator's own or of one of his groups. */
export interface GrantStep {
  readonly kind: 'grant'
  readonly role: string
  /** The service that the grant names; null = every service that the role applies to. */
  readonly service: string | null
  readonly source: Source
  readonly outcome: 'applies' | 'other-service' | 'other-profile' | 'unknown-role' | 'out-of-scope'
  /** Role that the grant stands for here: the profile's administrator role for `administrator`; null unless it applies. */
  readonly standsFor: string | null
}

/** What the arbitration of one resource came to. */
export interface ResourceStep {
  readonly kind: 'resource'
  readonly resource: string
  /** Why it was asked for. */
  readonly purpose: ResourcePurpose
  readonly effect: Effect
  readonly conflict: boolean
  /** The statements that apply, the nearest first. */
  readonly statements: readonly WeighedStatement[]
}

export type ResourcePurpose =
  | 'front-door'
  /** The operation needs it. */
  | 'needed'
  /** Who is allowed it passes the access rule of the object's type. */
  | 'passes-access-rule'
  /** Changes of what nobody has listed need it. */
  | 'unlisted-changes'
  /** It stands for the object. */
  | 'object'
  /** Who is allowed it is free of an obligation. */
  | 'obligation'

export interface WeighedStatement {
  /** Resource that it names: the one asked for, or its family. */
  readonly resource: string
  readonly effect: Effect
  /** From the operator, in steps: 0 on himself, 1 in his role, 2 in its parent; half a step more by a group. */
  readonly distance: number
  /** The roles from the granted one to the one that states it; empty: it stands on the operator himself. */
  readonly roles: readonly string[]
  readonly source: Source
  /** `decides`: the nearest, and the most restrictive of these. */
  readonly outcome: 'decides' | 'loses-conflict' | 'overridden' | 'out-of-scope'
}

/** What the access rule of the object's type came to, for one selector of the operation. */
export interface ObjectStep {
  readonly kind: 'object'
  readonly type: string
  readonly id: string
  readonly effect: Effect
  readonly rule: Rule
  /** What decided it: the list that names him or does not, the owner, the group and the right. */
  readonly reason: string
}
