/** `gatehouse audit list`: records for a reader. */

import { AUDIT_EVENTS } from '../audit/events.ts'
import { auditEntries } from '../audit/read.ts'
import { searchAudit } from '../audit/search.ts'
import { AppError } from '../core/errors.ts'
import { type Instant, isoTime } from '../core/time.ts'
import type { AuditEntry, Store } from '../store/ports.ts'
import { textTable } from './output.ts'

const MOST = 10_000

export interface ListOptions {
  readonly event: readonly string[]
  readonly about: readonly string[]
  readonly limit: number
  readonly since?: Instant
  readonly until?: Instant
}

/** A record, with the account of who did it; null: the gateway, the command, or somebody who is not there any more. */
export interface ListedRecord {
  readonly at: string
  readonly event: string
  readonly actor: string | null
  readonly account: string | null
  readonly detail: AuditEntry['detail']
  readonly id: string
}

/** The records that the options ask for, oldest first. CONFIG_INVALID for an event that there is none of. */
export async function listAudit(
  { audit, operators }: Pick<Store, 'audit' | 'operators'>,
  { event: events, about, limit, ...range }: ListOptions,
): Promise<readonly ListedRecord[]> {
  const unknown = events.find((name) => !Object.hasOwn(AUDIT_EVENTS, name))
  if (unknown !== undefined) {
    const known = Object.keys(AUDIT_EVENTS).join(', ')
    throw new AppError('CONFIG_INVALID', `--event ${unknown}: there is no such event; there are: ${known}`)
  }
  const found = await searchAudit(auditEntries(audit, range), { events, about, limit })
  const actors = new Set(found.flatMap(({ actor }) => actor ?? []))
  const accounts = new Map<string, string | undefined>()
  for (const id of actors) accounts.set(id, (await operators.load(id))?.account)
  return found.map(({ id, at, event, actor, detail }) => {
    return { at: isoTime(at), event, actor, account: accounts.get(actor ?? '') ?? null, detail, id }
  })
}

/** The number of an option. CONFIG_INVALID. */
export function readLimit(text: string): number {
  const limit = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (limit >= 1 && limit <= MOST) return limit
  throw new AppError('CONFIG_INVALID', `--limit ${text}: must be a whole number from 1 to ${MOST}`)
}

export function recordTable(records: readonly ListedRecord[]): string {
  if (records.length === 0) return 'no record'
  const rows = records.map(({ at, event, actor, account, detail }) => [at, event, account ?? actor, detailText(detail)])
  return textTable(['AT', 'EVENT', 'BY', 'DETAIL'], rows)
}

/** Without what is empty, and without signatures, which are for `audit verify`. */
function detailText(detail: AuditEntry['detail']): string {
  return Object.entries(detail)
    .flatMap(([key, value]) => (value === null || key === 'statement' ? [] : [`${key}=${value}`]))
    .join(' ')
}
