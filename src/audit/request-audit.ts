/** What the data plane records: allowed changes before they go on, how they ended, and refusals by count. */

import type { Alarms } from '../core/alarms.ts'
import type { Log } from '../core/log.ts'
import type { Random } from '../core/random.ts'
import { type Clock, isoTime } from '../core/time.ts'
import type { Store } from '../store/ports.ts'
import { auditedPath } from './audited-path.ts'
import { type CountedDenial, denialCounts } from './denials.ts'
import { auditQueue } from './queue.ts'
import { auditRecord } from './record.ts'
import { type CountShortfall, shortfalls } from './shortfall.ts'

/** A request of somebody with a session, as it was decided. */
export interface AuditedRequest {
  /** Request id. */
  readonly request: string
  readonly session: string
  /** Operator id. */
  readonly operator: string
  readonly account: string
  /** Identity provider's id. */
  readonly provider: string
  /** Service id. */
  readonly service: string
  /** Name of the profile's operation; null: the use of the service as such. */
  readonly operation: string | null
  /** `<type>:<id>` of the first object, its id masked where it looks like a key; null: none. */
  readonly object: string | null
  readonly method: string
  /** Without the query. */
  readonly path: string
  /** Rule that decided. */
  readonly rule: string
}

export interface Outcome extends Pick<AuditedRequest, 'request' | 'session' | 'service'> {
  readonly operator: string
  /** What the client got; 0 when no answer had begun. */
  readonly status: number
  /** Whether the answer went through to its end. */
  readonly complete: boolean
  /** Error code, when the answer was ours. */
  readonly code: string | null
}

export interface RequestAudit {
  /** Resolves when it is on the disk that the request was allowed; nothing may be forwarded before. AUDIT_UNAVAILABLE. */
  recordIntent(allowed: AuditedRequest, door: 'proxy' | 'forward-auth'): Promise<void>
  /** How a request ended whose intent was recorded. Nobody waits for it. */
  recordOutcome(outcome: Outcome): void
  /** Counts a refusal under the code of its answer; the counts are written with the next flush. */
  countDenial(denied: AuditedRequest, code: string): void
  /** Writes the counts and what waits. STORE_UNAVAILABLE; then everything still waits. */
  flush(): Promise<void>
  /** How many records wait. */
  waiting(): number
}

/** Records through the store's group commit. `count` hears of what could not be recorded, and `alarms` while it lasts. */
export function requestAudit(parts: {
  store: Pick<Store, 'transaction'>
  alarms: Pick<Alarms, 'raise' | 'clear'>
  count: CountShortfall
  clock: Clock
  random: Random
  log: Log
}): RequestAudit {
  const { clock, log } = parts
  const short = shortfalls(parts)
  const queue = auditQueue({ ...parts, shortfalls: short })
  const denials = denialCounts({ clock })

  function note({ denied, code, count, since }: CountedDenial): void {
    const detail = { ...denied, path: auditedPath(denied.path), code, count, since: isoTime(since) }
    queue.note(auditRecord(parts, 'request.denied', { actor: denied.operator, detail }))
  }

  function noteShortfall(): void {
    const detail = short.take()
    if (detail === undefined) return
    queue.note(auditRecord(parts, 'audit.fell-short', { actor: null, detail }))
    log.error('audit.fell_short', detail)
  }

  return {
    recordIntent(allowed, door) {
      const detail = { ...allowed, path: auditedPath(allowed.path), door }
      return queue.write(auditRecord(parts, 'request.allowed', { actor: allowed.operator, detail }))
    },
    recordOutcome({ operator, complete, ...outcome }) {
      const detail = { ...outcome, outcome: complete ? 'answered' : 'broken-off' }
      queue.note(auditRecord(parts, 'request.answered', { actor: operator, detail }))
    },
    countDenial(denied, code) {
      if (!denials.add(denied, code)) short.lostDenial()
    },
    async flush() {
      if (queue.hasRoom()) {
        for (const counted of denials.take()) note(counted)
        noteShortfall()
      }
      await queue.flush()
    },
    waiting: queue.length,
  }
}
