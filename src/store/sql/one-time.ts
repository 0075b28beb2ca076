/** One-time keys in SQL. */

import type { Kysely } from 'kysely'

import type { Instant } from '../../core/time.ts'
import type { OneTime } from '../ports.ts'
import { compiledOnce } from './compiled-once.ts'
import type { Tables } from './schema.ts'

const putKey = compiledOnce((db, { key, until, now }: { key: string; until: Instant; now: Instant }) =>
  db
    .insertInto('one_time')
    .values({ key, until })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ until }).where('one_time.until', '<=', now)),
)

export function sqlOneTime(db: Kysely<Tables>): OneTime {
  return {
    async claim(key, until, now) {
      const { numAffectedRows } = await putKey(db, { key, until, now })
      return numAffectedRows === 1n
    },
    async removeExpired(now, limit) {
      const { numDeletedRows } = await db
        .deleteFrom('one_time')
        .where('key', 'in', (keys) =>
          keys.selectFrom('one_time').select('key').where('until', '<=', now).orderBy('until').limit(limit),
        )
        .executeTakeFirstOrThrow()
      return Number(numDeletedRows)
    },
  }
}
