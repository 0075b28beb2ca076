/** Revisions in SQL. */

import type { Kysely } from 'kysely'

import { AppError } from '../../core/errors.ts'
import type { ChangeKey, Revisions } from '../ports.ts'
import { compiledOnce } from './compiled-once.ts'
import { inParts } from './in-parts.ts'
import type { Tables } from './schema.ts'

const KEPT_REVISIONS = 10_000

/** Old changes are removed once in so many revisions, since each removal costs a write. */
const REVISIONS_PER_PRUNING = 100

/** How many rows one statement writes. */
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

const nextRevision = compiledOnce((db, _: object) =>
  db
    .updateTable('revision')
    .set((is) => ({ n: is('n', '+', 1) }))
    .returning('n'),
)

/** A change of one key, at the newest revision. */
const insertChange = compiledOnce((db, { key }: { key: ChangeKey }) =>
  db
    .insertInto('changes')
    .columns(['n', 'key'])
    .expression((revision) => revision.selectFrom('revision').select((is) => ['n', is.val(key).as('key')])),
)

async function publishChange(db: Kysely<Tables>, keys: readonly ChangeKey[]): Promise<number> {
  const [first, ...others] = new Set(keys)
  // Statements run in the order of the calls; for one key, as most changes have, they cost one trip to the writer.
  const [answer] = await Promise.all([
    nextRevision(db, {}),
    first === undefined ? undefined : insertChange(db, { key: first }),
  ])
  const [head] = answer.rows
  if (head === undefined) throw new AppError('INTERNAL', 'the store has no row for its revision')
  const { n } = head
  const rows = others.map((key) => ({ n, key }))
  for (const some of inParts(rows, ROWS_PER_STATEMENT)) await db.insertInto('changes').values(some).execute()
  if (n > KEPT_REVISIONS && n % REVISIONS_PER_PRUNING === 0) await prune(db, n - KEPT_REVISIONS)
  return n
}

async function prune(db: Kysely<Tables>, floor: number): Promise<void> {
  await db.deleteFrom('changes').where('n', '<=', floor).execute()
  await db.updateTable('revision').set({ floor }).execute()
}
