/** Restores in SQL. */

import type { Kysely } from 'kysely'

import type { Restores } from '../ports.ts'
import type { Tables } from './schema.ts'

export function sqlRestores(db: Kysely<Tables>): Restores {
  return {
    async record(at) {
      await db
        .insertInto('restores')
        .values({ at })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    },
    async last() {
      const newest = await db.selectFrom('restores').select('at').orderBy('at', 'desc').limit(1).executeTakeFirst()
      return newest?.at
    },
  }
}
