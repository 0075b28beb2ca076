/** Alarms: conditions that somebody must look at, shown by readyz, metrics and the status page until they end. */

import type { Clock, Instant } from './time.ts'

/** What can be alarming; docs/operations.md says of each what it means and what to do. */
export const ALARM_CODES = [
  /** The configuration could not be put in force; the one before is. */
  'RELOAD_FAILED',
  /** A part of the configuration needs a restart. */
  'RESTART_NEEDED',
  /** Roles or groups could not be compiled; those before are in force. */
  'SNAPSHOT_FAILED',
  /** A decision could not be made: what was asked is denied. */
  'DECISION_FAILED',
  /** A key file could not be used; the keys before are in force. */
  'KEYS_UNUSABLE',
  /** The store cannot say whether anything has changed; nothing cached is served. */
  'STORE_SILENT',
  /** Records of the audit are not written, or are given up. */
  'AUDIT_BEHIND',
  /** The engine of the sessions does not answer. */
  'SESSION_STORE_AWAY',
  /** The engine of the sessions answers, and takes nothing. */
  'SESSION_STORE_REFUSES',
  /** The engine of the sessions would drop some of them when its memory is full. */
  'SESSION_STORE_POLICY',
  /** No usable metadata: nobody can sign in at that provider. */
  'METADATA_MISSING',
  /** The metadata URL is down; the last good copy is used. */
  'METADATA_STALE',
  /** The metadata URL gave something unacceptable; the last good copy is used. */
  'METADATA_REFUSED',
  /** Another provider has the same entityID. */
  'METADATA_DUPLICATE',
] as const

export type AlarmCode = (typeof ALARM_CODES)[number]

export interface Alarm {
  readonly code: AlarmCode
  /** What it concerns (a provider id, a file); empty when there is only one such thing. */
  readonly subject: string
  readonly detail: string
  readonly since: Instant
}

export interface Alarms {
  /** Raises or refreshes the alarm for (code, subject); its `since` stays. */
  raise(code: AlarmCode, subject: string, detail: string): void
  /** Ends the alarm for (code, subject); nothing happens when there is none. */
  clear(code: AlarmCode, subject: string): void
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
