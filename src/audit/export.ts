/** The audit as text for other programs: NDJSON, or CSV for a spreadsheet. */

import { pipeline, Readable } from 'node:stream'

import { stringify } from 'csv-stringify'

import { canonicalText } from '../core/chain.ts'
import { isoTime } from '../core/time.ts'
import type { AuditEntry } from '../store/ports.ts'
import { AUDIT_EVENTS } from './events.ts'

export type ExportFormat = 'ndjson' | 'csv'

/**
 * Chunks of text, one record after another and never more than a page of them in memory. A line of NDJSON is what the record's hash covers,
 * in that very form, with `hash` at its end. A field of CSV that a spreadsheet would take for a formula begins with an apostrophe.
 */
export function exportAudit(entries: AsyncIterable<AuditEntry>, format: ExportFormat): AsyncIterable<string | Buffer> {
  return format === 'ndjson' ? lines(entries) : csv(entries)
}

async function* lines(entries: AsyncIterable<AuditEntry>): AsyncGenerator<string> {
  for await (const entry of entries) {
    const { hash = null, ...place } = entry.link ?? { number: null, previous: null, writer: null }
    yield `${canonicalText(entry, place).slice(0, -1)},"hash":${JSON.stringify(hash)}}\n`
  }
}

/** Keys of all events' details, each once. */
const DETAIL_COLUMNS = [...new Set<string>(Object.values(AUDIT_EVENTS).flat())].toSorted()

async function* rows(entries: AsyncIterable<AuditEntry>): AsyncGenerator<readonly unknown[]> {
  yield ['at', 'event', 'actor', ...DETAIL_COLUMNS, 'id', 'writer', 'number', 'previous', 'hash']
  for await (const { at, event, actor, detail, id, link } of entries) {
    const known = DETAIL_COLUMNS.map((key) => detail[key] ?? null)
    yield [isoTime(at), event, actor, ...known, id, link?.writer, link?.number, link?.previous, link?.hash]
  }
}

/** RFC 4180. What goes wrong on the way is thrown by the iteration. */
function csv(entries: AsyncIterable<AuditEntry>): AsyncIterable<Buffer> {
  const cast = { boolean: (value: boolean) => String(value) }
  const options = { escape_formulas: true, record_delimiter: 'windows', cast }
  const text = stringify(options)
  pipeline(Readable.from(rows(entries)), text, () => {
    // Told by the iteration of the text, which ends with the same error.
  })
  return text
}
