/** What the audit could not record. It is counted, alarms while it lasts, and is recorded once records can be written again. */

import type { Alarms } from '../core/alarms.ts'
import { type Clock, type Instant, isoTime } from '../core/time.ts'
import type { AuditDetail } from './events.ts'

/**
 * A change that was refused since too many records wait (`full`), its own had waited too long (`late`) or the store failed
 * (`failed`); a denial (`denial`) of one kind too many.
 */
export type ShortfallKind = 'full' | 'late' | 'failed' | 'denial'

/** Told of each, for the metrics. */
export type CountShortfall = (kind: ShortfallKind) => void

export interface Shortfalls {
  /** A change was refused: AUDIT_BEHIND stands for `changes`. */
  refused(kind: Exclude<ShortfallKind, 'denial'>, detail: string): void
  /** A write failed that nobody waits for: AUDIT_BEHIND stands for `changes`. */
  failed(detail: string): void
  /** Records are written, and there is room: AUDIT_BEHIND ends for `changes`. */
  recovered(): void
  /** A denial was not counted: AUDIT_BEHIND stands for `denials` until it was not so from one `take` to the next. */
  lostDenial(): void
  /** Takes the counts out; undefined when there are none. */
  take(): AuditDetail<'audit.fell-short'> | undefined
}

export function shortfalls(parts: {
  alarms: Pick<Alarms, 'raise' | 'clear'>
  count: CountShortfall
  clock: Clock
}): Shortfalls {
  const { alarms, count, clock } = parts
  const none = { refused: 0, denials: 0 }
  let counts = none
  let since: Instant | undefined

  function add(kind: ShortfallKind): void {
    since ??= clock.now()
    counts = {
      refused: counts.refused + (kind === 'denial' ? 0 : 1),
      denials: counts.denials + (kind === 'denial' ? 1 : 0),
    }
    count(kind)
  }

  return {
    refused(kind, detail) {
      add(kind)
      alarms.raise('AUDIT_BEHIND', 'changes', detail)
    },
    failed: (detail) => alarms.raise('AUDIT_BEHIND', 'changes', detail),
    recovered: () => alarms.clear('AUDIT_BEHIND', 'changes'),
    lostDenial() {
      add('denial')
      alarms.raise('AUDIT_BEHIND', 'denials', 'denials of too many kinds within 10 s: some are not counted')
    },
    take() {
      if (counts.denials === 0) alarms.clear('AUDIT_BEHIND', 'denials')
      if (since === undefined) return undefined
      const taken = { ...counts, since: isoTime(since) }
      counts = none
      since = undefined
      return taken
    },
  }
}
