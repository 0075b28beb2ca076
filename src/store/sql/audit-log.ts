/** The audit log in SQL. */

import type { Kysely } from 'kysely'
import { z } from 'zod'

import type { AuditLog } from '../ports.ts'
import type { Tables } from './schema.ts'

const Detail = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))

export function sqlAuditLog(db: Kysely<Tables>): AuditLog {
  return {
    async append({ id, at, event, actor, detail }) {
      await db
        .insertInto('audit')
        .values({ id, at, event, actor, detail: JSON.stringify(detail) })
        .execute()
    },
    async list({ after, limit }) {
      let query = db.selectFrom('audit').select(['id', 'at', 'event', 'actor', 'detail']).orderBy('seq').limit(limit)
      if (after !== undefined) {
        query = query.where('seq', '>', (audit) => audit.selectFrom('audit').select('seq').where('id', '=', after))
      }
      const rows = await query.execute()
      return rows.map(({ detail, ...record }) => ({ ...record, detail: Detail.parse(JSON.parse(detail)) }))
    },
  }
}
