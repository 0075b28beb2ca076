/** The tables as Kysely sees them. Column types are those of every database: text, whole numbers, and 0 or 1 for no or yes. */

import type { Generated } from 'kysely'

import type { Instant } from '../../core/time.ts'
import type { GrantSource } from '../ports.ts'

export interface Tables {
  operators: OperatorRow
  grants: GrantRow
  sessions: SessionRow
  session_secrets: { hash: string; session_id: string }
  handoffs: HandoffRow
  one_time: { key: string; until: Instant }
  traces: TraceTableRow
  audit: AuditRow
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
}

interface GrantRow {
  operator_id: string
  role: string
  /** Empty for every service, because null would not take part in the primary key. */
  service: string
  source: GrantSource
  locked: number
  expires_at: Instant | null
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
  /** JSON. */
  detail: string
}
