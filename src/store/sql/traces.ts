/** Traces of sign-ins in SQL. */

import type { Kysely } from 'kysely'
import { z } from 'zod'

import type { Trace, Traces } from '../ports.ts'
import { compiledOnce } from './compiled-once.ts'
import type { Tables } from './schema.ts'

const Rows = z.array(
  z.strictObject({
    check: z.string(),
    outcome: z.enum(['passed', 'failed', 'not-reached']),
    code: z.string().exactOptional(),
    expected: z.string().exactOptional(),
    received: z.string().exactOptional(),
    hint: z.string().exactOptional(),
  }),
)

const Notes = z.array(z.string())

const insertTrace = compiledOnce((db, row: Tables['traces']) => {
  const { reference, at, provider, account, outcome, cause, rows, notes } = row
  return db.insertInto('traces').values({ reference, at, provider, account, outcome, cause, rows, notes })
})

export function sqlTraces(db: Kysely<Tables>): Traces {
  return {
    async save({ rows, notes, ...trace }) {
      await insertTrace(db, { ...trace, rows: JSON.stringify(rows), notes: JSON.stringify(notes) })
    },
    async load(reference) {
      const row = await db.selectFrom('traces').selectAll().where('reference', '=', reference).executeTakeFirst()
      return row && toTrace(row)
    },
    async removeBefore(before, limit) {
      const { numDeletedRows } = await db
        .deleteFrom('traces')
        .where('reference', 'in', (traces) =>
          traces.selectFrom('traces').select('reference').where('at', '<', before).orderBy('at').limit(limit),
        )
        .executeTakeFirstOrThrow()
      return Number(numDeletedRows)
    },
  }
}

function toTrace({ rows, notes, ...trace }: Tables['traces']): Trace {
  return { ...trace, rows: Rows.parse(JSON.parse(rows)), notes: Notes.parse(JSON.parse(notes)) }
}
