/** Alarms: conditions that somebody must look at, shown by readyz, metrics and the status page until they end. */

import type { Clock, Instant } from './time.ts'

export interface Alarm {
  /** Stable name, such as `RELOAD_FAILED`. */
  readonly code: string
  /** What it concerns (a provider id, a file); empty when there is only one such thing. */
  readonly subject: string
  readonly detail: string
  readonly since: Instant
}

export interface Alarms {
  /** Raises or refreshes the alarm for (code, subject); its `since` stays. */
  raise(code: string, subject: string, detail: string): void
  /** Ends the alarm for (code, subject); nothing happens when there is none. */
  clear(code: string, subject: string): void
  list(): readonly Alarm[]
}

/** Alarms of this process. */
export function alarms({ clock }: { clock: Clock }): Alarms {
  const raised = new Map<string, Alarm>()
  return {
    raise(code, subject, detail) {
      const key = `${code} ${subject}`
      raised.set(key, { code, subject, detail, since: raised.get(key)?.since ?? clock.now() })
    },
    clear(code, subject) {
      raised.delete(`${code} ${subject}`)
    },
    list: () => [...raised.values()],
  }
}
