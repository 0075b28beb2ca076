/** What the memory store remembers, and how a transaction gets its own copy. */

import type { Instant } from '../../core/time.ts'
import type { DirectoryObject, DirectoryRole, Group } from '../directory-ports.ts'
import type { AuditEntry, ChainState, ChangeKey, Handoff, Operator, Session, Trace } from '../ports.ts'

/** Values inside are never changed in place, so a shallow copy of the maps is a snapshot. */
export interface State {
  readonly operators: Map<string, Operator>
  /** By name. */
  readonly roles: Map<string, DirectoryRole>
  readonly groups: Map<string, Group>
  /** By `objectKey`. */
  readonly objects: Map<string, DirectoryObject>
  readonly sessions: Map<string, Session>
  /** Hash of a cookie's secret → session id. */
  readonly secrets: Map<string, string>
  /** By the hash of the code. */
  readonly handoffs: Map<string, Handoff>
  readonly oneTime: Map<string, Instant>
  readonly traces: Map<string, Trace>
  readonly audit: AuditEntry[]
  /** By writer. */
  readonly chains: Map<string, ChainState>
  readonly changes: { readonly n: number; readonly keys: readonly ChangeKey[] }[]
  head: number
  restoredAt: Instant | undefined
}

/** The state as a port reaches it; throws when the transaction it belongs to is over. */
export type Reach = () => State

export function emptyState(): State {
  return {
    operators: new Map(),
    roles: new Map(),
    groups: new Map(),
    objects: new Map(),
    sessions: new Map(),
    secrets: new Map(),
    handoffs: new Map(),
    oneTime: new Map(),
    traces: new Map(),
    audit: [],
    chains: new Map(),
    changes: [],
    head: 0,
    restoredAt: undefined,
  }
}

/** A copy that can change without the original. */
export function copyOf(state: State): State {
  return {
    operators: new Map(state.operators),
    roles: new Map(state.roles),
    groups: new Map(state.groups),
    objects: new Map(state.objects),
    sessions: new Map(state.sessions),
    secrets: new Map(state.secrets),
    handoffs: new Map(state.handoffs),
    oneTime: new Map(state.oneTime),
    traces: new Map(state.traces),
    audit: [...state.audit],
    chains: new Map(state.chains),
    changes: [...state.changes],
    head: state.head,
    restoredAt: state.restoredAt,
  }
}
