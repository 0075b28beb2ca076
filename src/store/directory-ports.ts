/**
 * What the house remembers of roles, groups and objects. The same rules as in `ports.ts`: the comment of a method is its
 * contract, ids and names compare by their bytes, lists come in the order of these bytes, and what is against the
 * contract is INTERNAL. Whatever names an operator or a group names his id, which is never given out again.
 */

import type { Instant } from '../core/time.ts'
import type { Effect } from '../profiles/profile.ts'

/** One object, alone or with everything below it. */
export interface ScopeEntry {
  readonly type: string
  readonly id: string
  readonly children: boolean
}

/** null: everywhere. Otherwise all entries must hold for an object; `[]` is never stored. */
export type Scope = readonly ScopeEntry[] | null

/** What a role or an operator says about one resource. */
export interface Permission {
  /** `<profile>:<resource>`, one of a family (`openlm:server_lic1`) or the family (`openlm:server_*`). */
  readonly resource: string
  readonly effect: Effect
}

/** A role that administrators made; shipped roles stand in profiles. */
export interface DirectoryRole {
  /** Lower case; the key under which it is granted. */
  readonly name: string
  readonly description: string | null
  /** Names of shipped roles and of roles of the directory, in order. */
  readonly parents: readonly string[]
  /** In order of the resource, each once. */
  readonly permissions: readonly Permission[]
  /** Bounds every statement of the role. */
  readonly scope: Scope
}

/** Who is given a role by name, or has it as a parent. */
export interface RoleUses {
  /** Ids of operators with a grant of it, expired ones too. */
  readonly operators: readonly string[]
  /** Ids of groups that carry it. */
  readonly groups: readonly string[]
  /** Roles of the directory that have it as a parent. */
  readonly roles: readonly string[]
}

export interface Roles {
  /** All roles of the directory, in order of their names. */
  list(): Promise<readonly DirectoryRole[]>
  /** Creates the role unless one of that name is there. True when created. Atomic. */
  create(role: DirectoryRole): Promise<boolean>
  /** Puts the role in the place of the one with its name. False when absent. Atomic. */
  replace(role: DirectoryRole): Promise<boolean>
  /** Who uses the role, of whatever kind: `administrator` and shipped ones too. */
  uses(name: string): Promise<RoleUses>
  /** Deletes the role, every grant of it, to operators and groups, and its place among parents, so that a role of the same name inherits nothing. False when absent. Atomic. */
  delete(name: string): Promise<boolean>
}

/** What tells the grants that somebody has apart. */
export interface RoleKey {
  /** `administrator`, `<profile>:<role>` or a role of the directory. */
  readonly role: string
  /** null = every service that the role applies to. */
  readonly service: string | null
  readonly scope: Scope
}

/** A role as an operator is given it, or a group for its direct members. */
export interface RoleGrant extends RoleKey {
  readonly expiresAt: Instant | null
}

/** A node of the forest. */
export interface Group {
  /** Immutable; never given out twice. */
  readonly id: string
  /** Id of the group above; null at the top. */
  readonly parent: string | null
  /** One segment of its path, NFC, without `/`; unique below its parent. */
  readonly name: string
  /** What such groups are called here, such as customer or student; it carries no rights. */
  readonly label: string | null
  /** In order of (role, service, scope), null first; one for each. */
  readonly roles: readonly RoleGrant[]
}

/** What a member may do in the context of a group; it reaches the group and everything below. */
export interface Right {
  readonly right: string
  /** Only for these products; null: for all. */
  readonly products: readonly string[] | null
}

/** Where a membership comes from: a local change, or a mapped group of the identity provider. */
export type MembershipSource = 'local' | 'group'

export interface Membership {
  /** Id of the group. */
  readonly group: string
  /** In order, each once. */
  readonly rights: readonly Right[]
  readonly source: MembershipSource
}

export interface Groups {
  /** All groups of the forest, in order of (parent, name), top level first. */
  list(): Promise<readonly Group[]>
  /** The group, or undefined. */
  load(id: string): Promise<Group | undefined>
  /** Creates the group with its roles. False when its name is taken below its parent. INTERNAL when the id was given out before or there is no such parent. Atomic. */
  create(group: Group): Promise<boolean>
  /** Replaces the given fields. False when absent, or when the name is taken where it would stand. INTERNAL when there is no such parent. Whether the forest stays one is the caller's to know. Atomic. */
  update(
    id: string,
    fields: { readonly parent?: string | null; readonly name?: string; readonly label?: string | null },
  ): Promise<boolean>
  /** Deletes the group with its roles, its memberships, and its entries in access lists (a list stays, be it empty). False when absent. INTERNAL while groups stand below it or it owns objects. Atomic. */
  delete(id: string): Promise<boolean>
  /** Puts the role in, replacing the one with the same (role, service, scope). INTERNAL when there is no such group. */
  putRole(id: string, role: RoleGrant): Promise<void>
  /** Takes the role of that (role, service, scope) out. False when absent. */
  removeRole(id: string, role: RoleKey): Promise<boolean>
  /** Makes the operator a member with these rights, replacing his membership in that group. INTERNAL when there is no such operator or group. */
  putMember(operatorId: string, membership: Membership): Promise<void>
  /** Ends a membership. False when absent. */
  removeMember(operatorId: string, group: string): Promise<boolean>
  /** Ids of the direct members, in order. */
  members(group: string): Promise<readonly string[]>
}

export interface ObjectName {
  /** Service's id. */
  readonly service: string
  /** One of the profile's object types. */
  readonly type: string
  readonly id: string
}

/** One operator or one group, by id. */
export type Owner = { readonly operator: string } | { readonly group: string }

/** Ids, each in order and once. Empty: nobody is listed, which is not the same as no list. */
export interface AccessList {
  readonly operators: readonly string[]
  readonly groups: readonly string[]
}

export interface ParentName {
  readonly type: string
  readonly id: string
}

/** What a pending change will make of the object. */
export type PlannedChange =
  | { readonly kind: 'owner'; readonly from: Owner | null; readonly to: Owner | null }
  | { readonly kind: 'access-list'; readonly to: AccessList | null }
  | { readonly kind: 'parents'; readonly to: readonly ParentName[] }
  | { readonly kind: 'delete' }

/** A change that waits for the word of the service behind the gateway. While it stands, nothing else of the object changes. */
export interface PendingChange {
  /** UUID. */
  readonly id: string
  /** Operator id of who makes it; null: the gateway. */
  readonly by: string | null
  readonly since: Instant
  /** From then on, without an answer, it is in doubt. */
  readonly until: Instant
  readonly planned: PlannedChange
}

/** What is known of an object; one that is not stored has no owner, no list and no parents. */
export interface DirectoryObject extends ObjectName {
  readonly owner: Owner | null
  /** null: no list. */
  readonly accessList: AccessList | null
  /** Objects of the same service, in order of (type, id); they need not be stored. */
  readonly parents: readonly ParentName[]
  readonly pending: PendingChange | null
}

/** An object to be stored; no change of it is pending. */
export type NewObject = Omit<DirectoryObject, 'pending'>

/** A stored object with what a decision about it needs besides. */
export interface ObjectWithOwner extends DirectoryObject {
  /** Groups that the owner is a direct member of when he is an operator, in order; else empty. */
  readonly ownerGroups: readonly string[]
}

export interface Objects {
  /** The object, or undefined. */
  load(name: ObjectName): Promise<DirectoryObject | undefined>
  /** Those of the named objects that are stored, and everything stored that stands above them, each once, in one reading. For 10,000 ids at a time and more. */
  family(service: string, type: string, ids: readonly string[]): Promise<readonly ObjectWithOwner[]>
  /** Up to `limit` objects in order of (service, type, id), those after `after`; narrowed to an owner, to those that stand directly below `parent`, or to those that change. */
  list(query: {
    readonly owner?: Owner
    readonly parent?: ObjectName
    readonly pending?: true
    readonly after?: ObjectName
    readonly limit: number
  }): Promise<readonly DirectoryObject[]>
  /** Creates the objects with their owners, lists and parents; what is there already stays as it is. How many are new. INTERNAL when an owner or a list names somebody who is not there. Atomic. */
  create(objects: readonly NewObject[]): Promise<number>
  /** Gives the object to `to` if its owner is `from` and no change is pending: of many callers with the same `from` exactly one gets true. False also when absent. INTERNAL when `to` is not there. Atomic. */
  setOwner(name: ObjectName, change: { readonly from: Owner | null; readonly to: Owner | null }): Promise<boolean>
  /** Replaces the access list. False when absent or while a change is pending. INTERNAL when it names somebody who is not there. Atomic. */
  setAccessList(name: ObjectName, accessList: AccessList | null): Promise<boolean>
  /** Replaces the parents. False when absent or while a change is pending. Atomic. */
  setParents(name: ObjectName, parents: readonly ParentName[]): Promise<boolean>
  /** Deletes the object with its list and its place among parents, so that one of the same name inherits nothing. False when absent or while a change is pending. Atomic. */
  delete(name: ObjectName): Promise<boolean>
  /** Locks the object with a pending change. False when absent or while another one is pending: of many callers exactly one gets true. Atomic. */
  begin(name: ObjectName, pending: PendingChange): Promise<boolean>
  /** Moves the end of the pending change of that id, say to now. False when it is not pending. Atomic. */
  extend(name: ObjectName, pendingId: string, until: Instant): Promise<boolean>
  /** Takes the pending change of that id away, and changes nothing else. False when it is not pending. Atomic. */
  release(name: ObjectName, pendingId: string): Promise<boolean>
}
