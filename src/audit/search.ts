/** Picks records of the audit. */

import type { AuditEntry } from '../store/ports.ts'

/** Begins the names of events that are there for `verify`. */
const OF_CHAINS = 'chain.'

export interface AuditQuestion {
  /** Names of events, any of them; empty: every event but those of the audit about its chains. */
  readonly events: readonly string[]
  /** Texts that must all be the actor or in the detail, each as a whole value: an account, a session, a request, a role. */
  readonly about: readonly string[]
  /** How many at most: the newest. */
  readonly limit: number
}

/** The newest records that fit, oldest first; never more than that many are in memory. */
export async function searchAudit(
  entries: AsyncIterable<AuditEntry>,
  { events, about, limit }: AuditQuestion,
): Promise<readonly AuditEntry[]> {
  let found: AuditEntry[] = []
  for await (const entry of entries) {
    if (events.length === 0 ? entry.event.startsWith(OF_CHAINS) : !events.includes(entry.event)) continue
    if (!about.every((text) => isAbout(entry, text))) continue
    found.push(entry)
    if (found.length >= limit * 2) found = found.slice(-limit)
  }
  return found.slice(-limit)
}

function isAbout({ actor, detail }: AuditEntry, text: string): boolean {
  return actor === text || Object.values(detail).some((value) => value !== null && String(value) === text)
}
