/** The tables as Kysely sees them. Column types are those of every database: text, whole numbers, and 0 or 1 for no or yes. */

import type { Generated } from 'kysely'

import type { Instant } from '../../core/time.ts'
import type { MembershipSource } from '../directory-ports.ts'
import type { GrantSource } from '../ports.ts'

export interface Tables {
  operators: OperatorRow
  grants: GrantRow
  roles: RoleRow
  role_parents: { role: string; parent: string }
  groups: { id: string; parent: string | null; name: string; label: string | null }
  group_roles: GroupRoleRow
  memberships: MembershipRow
  objects: ObjectRow
  object_parents: ObjectKey & { parent_type: string; parent_id: string }
  listed_operators: ObjectKey & { entry: string }
  listed_groups: ObjectKey & { entry: string }
  sessions: SessionRow
  session_secrets: { hash: string; session_id: string }
  handoffs: HandoffRow
  one_time: { key: string; until: Instant }
  traces: TraceTableRow
  audit: AuditRow
  audit_chains: AuditChainRow
  /** One row: the head, and the newest revision whose changes are no longer kept. */
  revision: { n: number; floor: number }
  changes: { n: number; key: string }
  restores: { at: Instant }
}

interface OperatorRow {
  id: string
  provider: string
  account: string
  display_name: string | null
  email: string | null
  enabled: number
  created_at: Instant
  last_sign_in_at: Instant | null
  /** JSON. */
  permissions: string
}

interface GrantRow {
  operator_id: string
  role: string
  /** Empty for every service, because null would not take part in the primary key. */
  service: string
  /** See `scopeKey`. */
  scope: string
  source: GrantSource
  locked: number
  expires_at: Instant | null
}

interface RoleRow {
  name: string
  description: string | null
  /** JSON. */
  permissions: string
  /** See `scopeKey`. */
  scope: string
}

interface GroupRoleRow {
  group_id: string
  role: string
  /** Empty for every service. */
  service: string
  /** See `scopeKey`. */
  scope: string
  expires_at: Instant | null
}

interface MembershipRow {
  operator_id: string
  group_id: string
  /** JSON. */
  rights: string
  source: MembershipSource
}

interface ObjectKey {
  service: string
  type: string
  id: string
}

interface ObjectRow extends ObjectKey {
  owner_operator: string | null
  owner_group: string | null
  /** 1 when there is an access list, be it empty. */
  listed: number
  pending_id: string | null
  pending_by: string | null
  pending_since: Instant | null
  pending_until: Instant | null
  /** JSON. */
  planned: string | null
}

interface SessionRow {
  id: string
  operator_id: string
  provider: string
  name_id: string | null
  name_id_format: string | null
  session_index: string | null
  authn_context: string | null
  /** JSON. */
  attributes: string
  authenticated_at: Instant | null
  signed_in_at: Instant
  session_not_on_or_after: Instant | null
  last_activity_at: Instant
}

interface HandoffRow {
  code_hash: string
  session_id: string
  host: string
  nonce_hash: string
  return_path: string
  until: Instant
}

interface TraceTableRow {
  reference: string
  at: Instant
  provider: string | null
  account: string | null
  outcome: string
  cause: string
  /** JSON. */
  rows: string
  /** JSON. */
  notes: string
}

interface AuditRow {
  seq: Generated<number>
  id: string
  at: Instant
  event: string
  actor: string | null
  /** JSON, keys in order. */
  detail: string
  /** The link; null until the transaction commits. */
  writer: string | null
  number: number | null
  previous: string | null
  hash: string | null
}

interface AuditChainRow {
  writer: string
  number: number
  hash: string
  anchored: number
  news: number
  removed: number
  removed_hash: string
}
