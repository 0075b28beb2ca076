/** Reads the audit from end to end. */

import type { Instant } from '../core/time.ts'
import type { AuditEntry, AuditLog } from '../store/ports.ts'

const PAGE = 500

/** All records in order, also those that come in meanwhile; a page at a time. STORE_UNAVAILABLE. */
export async function* auditEntries(
  audit: Pick<AuditLog, 'list'>,
  range: { readonly since?: Instant; readonly until?: Instant } = {},
): AsyncGenerator<AuditEntry> {
  let page = await audit.list({ ...range, limit: PAGE })
  while (page.length > 0) {
    yield* page
    const last = page.at(-1)
    page = last === undefined ? [] : await audit.list({ ...range, after: last.id, limit: PAGE })
  }
}
