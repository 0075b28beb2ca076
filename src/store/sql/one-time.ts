/** One-time keys in SQL. */

import type { Kysely } from 'kysely'

import type { OneTime } from '../ports.ts'
import type { Tables } from './schema.ts'

export function sqlOneTime(db: Kysely<Tables>): OneTime {
  return {
    async claim(key, until, now) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('one_time')
        .values({ key, until })
        .onConflict((conflict) => conflict.column('key').doUpdateSet({ until }).where('one_time.until', '<=', now))
        .executeTakeFirstOrThrow()
      return numInsertedOrUpdatedRows === 1n
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
