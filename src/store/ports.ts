/**
 * What the house remembers: small ports, one per aggregate. Adapters: `memory`, `sql`, and `redis` for sessions. The comment of a method is its
 * contract; `test/contract/` holds every adapter to it. Every method throws `AppError('STORE_UNAVAILABLE')` when the
 * engine fails, and `AppError('INTERNAL')` when it is called against its contract (an id given out twice, a grant for nobody).
 * Ids and names compare exactly, byte by byte of their UTF-8; texts are ordered by the same bytes. Strings are well-formed
 * Unicode. What goes in and what comes out is the caller's: changing it later changes nothing here.
 */

import type { ChainHead, ChainLink } from '../core/chain.ts'
import type { Instant } from '../core/time.ts'
import type { Groups, Membership, Objects, Permission, RoleGrant, RoleKey, Roles } from './directory-ports.ts'

/** Where a grant comes from: a local change, the provider's admin attribute, a mapped group of the provider, or, never stored, that somebody is a guest. */
export type GrantSource = 'local' | 'assertion' | 'group' | 'guest'

export interface Grant extends RoleGrant {
  readonly source: GrantSource
  /** True while the provider asserts it: it cannot be taken away here. */
  readonly locked: boolean
}

export interface Operator {
  /** Immutable; never given out twice. */
  readonly id: string
  /** Identity provider's id, `local`, or `guest`. */
  readonly provider: string
  readonly account: string
  readonly displayName: string | null
  readonly email: string | null
  readonly enabled: boolean
  readonly createdAt: Instant
  readonly lastSignInAt: Instant | null
  /** In order of (role, service, scope), null first; one for each. */
  readonly grants: readonly Grant[]
  /** What is said of resources for him alone, in order of the resource, each once. */
  readonly permissions: readonly Permission[]
  /** In order of the group, each once. */
  readonly memberships: readonly Membership[]
}

export interface NewOperator {
  readonly id: string
  readonly provider: string
  readonly account: string
  readonly displayName: string | null
  readonly email: string | null
  readonly createdAt: Instant
}

export interface Operators {
  /** Creates the operator, enabled, without grants, permissions and memberships, unless (provider, account) is there. True when created. Atomic. INTERNAL when the id was given out before. */
  create(operator: NewOperator): Promise<boolean>
  /** Creates the operators with all that they have. INTERNAL when an id was given out before, (provider, account) is there, or a group is not. By itself all or none. For 10,000 at a time. */
  createAll(operators: readonly Operator[]): Promise<void>
  /** The operator with all that he has, or undefined. */
  load(id: string): Promise<Operator | undefined>
  /** The operator found by (provider, account), compared exactly, or undefined. */
  find(provider: string, account: string): Promise<Operator | undefined>
  /** Up to `limit` operators ordered by (account, provider), those after `after`. With `account`: only that account. Guests are none: their rows are there for their sessions alone. */
  list(query: {
    readonly account?: string
    readonly after?: { readonly account: string; readonly provider: string }
    readonly limit: number
  }): Promise<readonly Operator[]>
  /** Replaces the given fields, leaves the others. False when absent. Atomic. */
  update(
    id: string,
    fields: {
      readonly displayName?: string | null
      readonly email?: string | null
      readonly enabled?: boolean
      readonly lastSignInAt?: Instant
      readonly permissions?: readonly Permission[]
    },
  ): Promise<boolean>
  /** Deletes the operator with his grants, memberships and entries in access lists (a list stays, be it empty). False when absent. INTERNAL while he owns objects. */
  delete(id: string): Promise<boolean>
  /** Puts the grant in, replacing the one with the same (role, service, scope). INTERNAL when there is no such operator. */
  putGrant(operatorId: string, grant: Grant): Promise<void>
  /** Takes the grant of that (role, service, scope) out. False when absent. */
  removeGrant(operatorId: string, grant: RoleKey): Promise<boolean>
  /**
   * How many enabled operators hold one of `roles` by an unexpired grant without a scope, their own or that of a group they
   * are a direct member of: for every service, or for `service` where it is named.
   */
  countHolders(
    held: { readonly roles: readonly string[]; readonly service: string | null },
    now: Instant,
  ): Promise<number>
}

export interface Session {
  /** Public id, for the audit and the identity token; not the cookie's secret. */
  readonly id: string
  readonly operatorId: string
  /** Identity provider's id, `local`, or `guest`. */
  readonly provider: string
  readonly nameId: string | null
  readonly nameIdFormat: string | null
  readonly sessionIndex: string | null
  readonly authnContext: string | null
  /** What the provider sent: names and their values in order. */
  readonly attributes: readonly (readonly [name: string, values: readonly string[]])[]
  /** AuthnInstant of the assertion. */
  readonly authenticatedAt: Instant | null
  /** T0: our clock when the session was made. */
  readonly signedInAt: Instant
  /** The earliest of the assertion's AuthnStatements. */
  readonly sessionNotOnOrAfter: Instant | null
  readonly lastActivityAt: Instant
}

export interface Sessions {
  /** Stores the session under the hash of its cookie's secret. INTERNAL when the id or the hash is there already. */
  create(session: Session, secretHash: string): Promise<void>
  /** Lets another secret open the session too, until it ends. False when there is none of that id. INTERNAL when the hash is there already. */
  addSecret(id: string, secretHash: string): Promise<boolean>
  /** The session that the secret opens, or undefined when unknown or revoked. */
  find(secretHash: string): Promise<Session | undefined>
  /** Sets lastActivityAt to the later of what stands there and what is given. Never creates a session. */
  touch(activity: readonly { readonly id: string; readonly at: Instant }[]): Promise<void>
  /** Ends one session. False when there is none of that id. */
  revoke(id: string): Promise<boolean>
  /** Ends all sessions of the operator and returns their ids. */
  revokeOperator(operatorId: string): Promise<readonly string[]>
  /** Ends all sessions of the providers that are not in `providers` (`local` is one like others); returns their ids. */
  revokeOtherProviders(providers: readonly string[]): Promise<readonly string[]>
  /** Removes up to `limit` sessions whose last activity is before `before`, the longest idle first; returns how many. */
  removeIdle(before: Instant, limit: number): Promise<number>
  /** How many sessions are kept. */
  count(): Promise<number>
}

export interface OneTime {
  /** Stores `key` until `until`. False when it is already there and unexpired at `now`. Atomic across processes. */
  claim(key: string, until: Instant, now: Instant): Promise<boolean>
  /** Removes up to `limit` expired keys; returns how many. */
  removeExpired(now: Instant, limit: number): Promise<number>
}

/** A session on its way to another host of ours. */
export interface Handoff {
  /** SHA-256 of the code in the address. */
  readonly codeHash: string
  readonly sessionId: string
  /** The host, with its port where it has one, that the code is good for. */
  readonly host: string
  /** SHA-256 of the nonce that the browser holds there. */
  readonly nonceHash: string
  /** Path and query that the browser goes on to. */
  readonly returnPath: string
  readonly until: Instant
}

export interface Handoffs {
  /** Keeps the hand-over until it is consumed, over, or its session ends. False when there is no such session. INTERNAL when the code is there already. */
  issue(handoff: Handoff): Promise<boolean>
  /** Takes the hand-over out: exactly one caller gets it, undefined when unknown, taken or over at `now`. Atomic across processes. */
  consume(codeHash: string, now: Instant): Promise<Handoff | undefined>
  /** Removes up to `limit` that are over; returns how many. */
  removeExpired(now: Instant, limit: number): Promise<number>
}

/** One row of a kept check table. */
export interface TraceRow {
  readonly check: string
  readonly outcome: 'passed' | 'failed' | 'not-reached'
  /** Set on the failed row: error code, what was expected, what came, where to mend it. */
  readonly code?: string
  readonly expected?: string
  readonly received?: string
  readonly hint?: string
}

/** What happened at one visit to the assertion consumer. */
export interface Trace {
  readonly reference: string
  readonly at: Instant
  /** Provider's id, null when the issuer was not recognised. */
  readonly provider: string | null
  readonly account: string | null
  /** `signed-in` or the error code of the refusal. */
  readonly outcome: string
  /** One sentence for the administrator: the true cause. */
  readonly cause: string
  readonly rows: readonly TraceRow[]
  /** Things noticed on the way, such as an admin attribute with an unknown value. */
  readonly notes: readonly string[]
}

export interface Traces {
  /** Keeps the trace. INTERNAL when its reference is there already. */
  save(trace: Trace): Promise<void>
  /** The trace, or undefined. */
  load(reference: string): Promise<Trace | undefined>
  /** Removes up to `limit` traces from before `before`; returns how many. */
  removeBefore(before: Instant, limit: number): Promise<number>
}

export interface AuditRecord {
  /** UUID. */
  readonly id: string
  readonly at: Instant
  /** Event name, such as `session.created`; see `src/audit/events.ts`. */
  readonly event: string
  /** Operator id of who did it; null: the gateway or somebody unknown. */
  readonly actor: string | null
  /** What it was done to: operator, session, grant. Fixed keys per event, no secrets. */
  readonly detail: Readonly<Record<string, string | number | boolean | null>>
}

/** A record as it is kept. */
export interface AuditEntry extends AuditRecord {
  /** null until the transaction that appended it commits. One that stays null was not written by a gateway. */
  readonly link: ChainLink | null
}

/** A chain of the audit: its newest record, and how far it is anchored and removed. */
export interface ChainState extends ChainHead {
  /** The newest number that an anchor lists; 0 for none. */
  readonly anchored: number
  /** Whether anything but anchors was written since. */
  readonly hasNews: boolean
  /** The records up to this number were removed; 0 for none. */
  readonly removed: number
  /** Hash of the last removed record; empty for none. */
  readonly removedHash: string
}

export interface AuditLog {
  /** Appends, in that order; the store keeps the order of appends. INTERNAL when an id is there already. By itself all or none. */
  append(...records: readonly AuditRecord[]): Promise<void>
  /**
   * Up to `limit` records in order, those after the record with id `after` (from the start without it; none when it is
   * unknown), from `since` on and before `until`. A store links what it appends to the chain of its process when the
   * transaction commits, in the order of the commits: numbers have no gap, whatever was undone.
   */
  list(query: {
    readonly after?: string
    readonly since?: Instant
    readonly until?: Instant
    readonly limit: number
  }): Promise<readonly AuditEntry[]>
  /** The record at that place, or undefined. */
  find(writer: string, number: number): Promise<AuditEntry | undefined>
  /** Up to `limit` chains ordered by writer, those after `after`; `unanchored`: whose head no anchor lists; `cut`: whose first records were removed. */
  chains(query: {
    readonly only?: 'unanchored' | 'cut'
    readonly after?: string
    readonly limit: number
  }): Promise<readonly ChainState[]>
  /** Notes that an anchor lists these heads. Chains that are not there are passed over. */
  markAnchored(heads: readonly ChainHead[]): Promise<void>
  /** Removes the record with that id and all before it; returns how many. A chain that is gone entirely is forgotten. */
  removeThrough(id: string): Promise<number>
}

/** A fact that changed, as a cache knows it: `operator:<id>`, `session:<id>`, `roles`, `groups`, `object:<service>:<type>:<id>`, `settings`. */
export type ChangeKey = string

export interface Revisions {
  /** The number of the newest committed change; 0 in a new store. */
  head(): Promise<number>
  /** Publishes a change of `keys` and returns its number. Numbers follow commit order: make it the last call of a transaction. */
  publish(keys: readonly ChangeKey[]): Promise<number>
  /**
   * The keys changed after revision `since`, each once, with the head they lead to. `complete` is false when the store no
   * longer knows them all (it keeps the newest 10,000 revisions or more) or `since` is ahead of it.
   */
  changesSince(since: number): Promise<{ head: number; keys: readonly ChangeKey[]; complete: boolean }>
}

/** Restores from a backup: what was claimed, revoked or changed after the backup is unknown here. */
export interface Restores {
  /** Notes that the store was put back to an earlier state at `at`. */
  record(at: Instant): Promise<void>
  /** The latest instant at which it was put back; undefined when it never was. */
  last(): Promise<Instant | undefined>
}

/** The ports as seen inside a transaction, or outside where every call commits by itself. */
export interface Ports {
  readonly operators: Operators
  readonly roles: Roles
  readonly groups: Groups
  readonly objects: Objects
  readonly sessions: Sessions
  readonly handoffs: Handoffs
  readonly oneTime: OneTime
  readonly traces: Traces
  readonly audit: AuditLog
  readonly revisions: Revisions
  readonly restores: Restores
}

export interface StoreStats {
  /** Transactions that wait for their turn now. */
  readonly queued: number
  /** Transactions committed so far, and how often that took a write to the disk. */
  readonly transactions: number
  readonly commits: number
  /** Seconds that the last transactions took from their call to their commit, oldest first; empties what it returns. */
  readonly takeDurations: () => readonly number[]
}

export interface Store extends Ports {
  /**
   * Runs `work` on ports that commit together when it returns and leave nothing behind when it throws; what it throws is
   * rethrown. Serialised against other writers: reads inside see what was written inside and no later change by others.
   * Durable when the promise resolves; when it rejects for the engine (STORE_UNAVAILABLE) nothing was promised. All writers wait
   * for `work`: it calls nothing but the ports it is given, and those end with it.
   */
  transaction<Value>(work: (ports: Ports) => Promise<Value>): Promise<Value>
  /** Since when the engine of the sessions has not answered, where that is another than the directory's; undefined while it does. At once. */
  sessionsAwaySince(): Instant | undefined
  /** How the directory's writes are doing; for metrics. */
  stats(): StoreStats
  /** Resolves when the directory's engine answers; throws STORE_UNAVAILABLE otherwise. */
  ping(): Promise<void>
  /** Finishes what is under way and releases files and connections. */
  close(): Promise<void>
}
