/** Makes audit records. */

import type { Random } from '../core/random.ts'
import type { Clock } from '../core/time.ts'
import type { AuditRecord } from '../store/ports.ts'
import { AUDIT_EVENTS, type AuditDetail, type AuditEvent } from './events.ts'

/** Characters; what is longer is cut and ends in an ellipsis. */
const LONGEST_TEXT = 256

/** Signed, and worth nothing when cut. */
const UNCUT = 'statement'

/**
 * A record of the event, now. `actor` is the operator id of who did it; null: the gateway, the command, or somebody
 * unknown. Only the keys that the event has are taken from `detail`, and texts are cut to 256 characters and made
 * well-formed Unicode.
 */
export function auditRecord<Event extends AuditEvent>(
  { clock, random }: { clock: Clock; random: Random },
  event: Event,
  { actor, detail }: { actor: string | null; detail: AuditDetail<Event> },
): AuditRecord {
  const given = new Map<string, string | number | boolean | null>(Object.entries(detail))
  const kept = AUDIT_EVENTS[event].map((key) => [key, bounded(key, given.get(key) ?? null)] as const)
  return { id: random.uuid(), at: clock.now(), event, actor, detail: Object.fromEntries(kept) }
}

function bounded(key: string, value: string | number | boolean | null): string | number | boolean | null {
  if (typeof value !== 'string') return value
  const text = value.toWellFormed()
  return text.length <= LONGEST_TEXT || key === UNCUT ? text : `${text.slice(0, LONGEST_TEXT - 1).toWellFormed()}…`
}
