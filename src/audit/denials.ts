/** Counts refusals that are alike, so that one session cannot fill the audit by asking again and again. */

import type { Clock, Instant } from '../core/time.ts'
import type { AuditedRequest } from './request-audit.ts'

/** Beyond this, refusals of a new kind are only counted as lost. */
const MOST_KINDS = 10_000

export interface CountedDenial {
  /** The first of them. */
  readonly denied: AuditedRequest
  /** Code of the answer. */
  readonly code: string
  readonly since: Instant
  count: number
}

export interface DenialCounts {
  /** Counts one more; false when there are too many kinds to count it. */
  add(denied: AuditedRequest, code: string): boolean
  /** Takes all counts out. */
  take(): readonly CountedDenial[]
}

/** Alike are those of one session, service, operation, rule and code. */
export function denialCounts({ clock }: { clock: Clock }): DenialCounts {
  let counts = new Map<string, CountedDenial>()
  return {
    add(denied, code) {
      const { session, service, operation, rule } = denied
      const kind = JSON.stringify([session, service, operation, rule, code])
      const known = counts.get(kind)
      if (known !== undefined) known.count += 1
      else if (counts.size >= MOST_KINDS) return false
      else counts.set(kind, { denied, code, since: clock.now(), count: 1 })
      return true
    },
    take() {
      const taken = [...counts.values()]
      counts = new Map()
      return taken
    },
  }
}
