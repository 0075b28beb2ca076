/** The audit log in SQL. Links are not made here: they come with the commit. */

import type { Kysely, Selectable } from 'kysely'
import { z } from 'zod'

import { type ChainHead, type ChainLink, canonicalDetail } from '../../core/chain.ts'
import type { AuditEntry, AuditLog, AuditRecord, ChainState } from '../ports.ts'
import { compiledOnce } from './compiled-once.ts'
import { inParts } from './in-parts.ts'
import type { Tables } from './schema.ts'

/** How many rows one statement writes. */
const ROWS_PER_STATEMENT = 100

const Detail = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))

type AppendedRow = Omit<Tables['audit'], 'seq' | keyof ChainLink>

const insertOne = compiledOnce((db, { id, at, event, actor, detail }: AppendedRow) =>
  db.insertInto('audit').values({ id, at, event, actor, detail }),
)

export function sqlAuditLog(db: Kysely<Tables>): AuditLog {
  return {
    append: (...records) => append(db, records),
    async list({ after, since, until, limit }) {
      let query = db.selectFrom('audit').selectAll().orderBy('seq').limit(limit)
      if (since !== undefined) query = query.where('at', '>=', since)
      if (until !== undefined) query = query.where('at', '<', until)
      if (after !== undefined) {
        query = query.where('seq', '>', (audit) => audit.selectFrom('audit').select('seq').where('id', '=', after))
      }
      return (await query.execute()).map(toEntry)
    },
    async find(writer, number) {
      const place = db.selectFrom('audit').selectAll().where('writer', '=', writer).where('number', '=', number)
      const row = await place.executeTakeFirst()
      return row && toEntry(row)
    },
    async chains({ only, after, limit }) {
      let query = db.selectFrom('audit_chains').selectAll().orderBy('writer').limit(limit)
      if (only === 'unanchored') query = query.whereRef('number', '>', 'anchored')
      if (only === 'cut') query = query.where('removed', '>', 0)
      if (after !== undefined) query = query.where('writer', '>', after)
      return (await query.execute()).map(toChain)
    },
    async markAnchored(heads) {
      for (const head of heads) await markAnchored(db, head)
    },
    removeThrough: (id) => removeThrough(db, id),
  }
}

async function append(db: Kysely<Tables>, records: readonly AuditRecord[]): Promise<void> {
  const rows = records.map(
    ({ id, at, event, actor, detail }): AppendedRow => ({ id, at, event, actor, detail: canonicalDetail(detail) }),
  )
  const [only, ...others] = rows
  if (only !== undefined && others.length === 0) await insertOne(db, only)
  else {
    // Statements run in the order of the calls.
    const parts = inParts(rows, ROWS_PER_STATEMENT)
    await Promise.all(parts.map((some) => db.insertInto('audit').values(some).execute()))
  }
}

/** What was written while the anchor was signed is news for the next one. */
async function markAnchored(db: Kysely<Tables>, { writer, number }: ChainHead): Promise<void> {
  await db
    .updateTable('audit_chains')
    .set((is) => ({ anchored: number, news: is.case().when('number', '>', number).then(is.ref('news')).else(0).end() }))
    .where('writer', '=', writer)
    .where('anchored', '<', number)
    .execute()
}

async function removeThrough(db: Kysely<Tables>, id: string): Promise<number> {
  const last = await db.selectFrom('audit').select('seq').where('id', '=', id).executeTakeFirst()
  if (last === undefined) return 0
  const removed = await db
    .selectFrom('audit')
    .innerJoin(
      (audit) =>
        audit
          .selectFrom('audit')
          .select((is) => ['audit.writer', is.fn.max('audit.number').as('number')])
          .where('seq', '<=', last.seq)
          .groupBy('audit.writer')
          .as('ends'),
      (join) => join.onRef('ends.writer', '=', 'audit.writer').onRef('ends.number', '=', 'audit.number'),
    )
    .select(['audit.writer', 'audit.number', 'audit.hash'])
    .execute()
  for (const { writer, number, hash } of removed) {
    await db
      .updateTable('audit_chains')
      .set({ removed: number ?? 0, removed_hash: hash ?? '' })
      .where('writer', '=', writer ?? '')
      .execute()
  }
  await db.deleteFrom('audit_chains').whereRef('removed', '=', 'number').execute()
  const { numDeletedRows } = await db.deleteFrom('audit').where('seq', '<=', last.seq).executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}

function toEntry(row: Selectable<Tables['audit']>): AuditEntry {
  const { id, at, event, actor, writer, number, previous, hash } = row
  const linked = writer !== null && number !== null && previous !== null && hash !== null
  const link = linked ? { writer, number, previous, hash } : null
  return { id, at, event, actor, detail: Detail.parse(JSON.parse(row.detail)), link }
}

function toChain({ news, removed_hash, ...chain }: Tables['audit_chains']): ChainState {
  return { ...chain, hasNews: news === 1, removedHash: removed_hash }
}
