/** When the store was put back to an earlier state. */

import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

import type { Tables } from '../schema.ts'

export const restores: Migration = {
  async up(db: Kysely<Tables>) {
    await db.schema
      .createTable('restores')
      .addColumn('at', 'bigint', (column) => column.notNull().primaryKey())
      .execute()
  },
}
