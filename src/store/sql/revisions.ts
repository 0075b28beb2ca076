/** Revisions in SQL. */

import type { Kysely } from 'kysely'

import type { ChangeKey, Revisions } from '../ports.ts'
import type { Tables } from './schema.ts'

const KEPT_REVISIONS = 10_000

/** Old changes are removed once in so many revisions, since each removal costs a write. */
const REVISIONS_PER_PRUNING = 100

/** How many rows one statement carries; databases bound the number of parameters. */
const ROWS_PER_STATEMENT = 500

export function sqlRevisions(db: Kysely<Tables>): Revisions {
  return {
    async head() {
      const { n } = await db.selectFrom('revision').select('n').executeTakeFirstOrThrow()
      return n
    },
    publish: (keys) => publishChange(db, keys),
    async changesSince(since) {
      // One statement, so that head, floor and keys are of one instant.
      const rows = await db
        .selectFrom('revision')
        .leftJoin('changes', (join) => join.on('changes.n', '>', since))
        .select(['revision.n', 'revision.floor', 'changes.key'])
        .orderBy('changes.n')
        .execute()
      const { n: head = 0, floor = 0 } = rows[0] ?? {}
      const keys = new Set(rows.flatMap(({ key }) => (key === null ? [] : [key])))
      return { head, keys: [...keys], complete: since >= floor && since <= head }
    },
  }
}

async function publishChange(db: Kysely<Tables>, keys: readonly ChangeKey[]): Promise<number> {
  const { n } = await db
    .updateTable('revision')
    .set((is) => ({ n: is('n', '+', 1) }))
    .returning('n')
    .executeTakeFirstOrThrow()
  const rows = [...new Set(keys)].map((key) => ({ n, key }))
  for (let start = 0; start < rows.length; start += ROWS_PER_STATEMENT) {
    await db
      .insertInto('changes')
      .values(rows.slice(start, start + ROWS_PER_STATEMENT))
      .execute()
  }
  if (n > KEPT_REVISIONS && n % REVISIONS_PER_PRUNING === 0) await prune(db, n - KEPT_REVISIONS)
  return n
}

async function prune(db: Kysely<Tables>, floor: number): Promise<void> {
  await db.deleteFrom('changes').where('n', '<=', floor).execute()
  await db.updateTable('revision').set({ floor }).execute()
}
