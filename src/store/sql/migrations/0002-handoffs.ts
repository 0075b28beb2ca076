/** Sessions on their way to another host. */

import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

import type { Tables } from '../schema.ts'

export const handoffs: Migration = {
  async up(db: Kysely<Tables>) {
    await db.schema
      .createTable('handoffs')
      .addColumn('code_hash', 'text', (column) => column.notNull().primaryKey())
      .addColumn('session_id', 'text', (column) => column.notNull().references('sessions.id').onDelete('cascade'))
      .addColumn('host', 'text', (column) => column.notNull())
      .addColumn('nonce_hash', 'text', (column) => column.notNull())
      .addColumn('return_path', 'text', (column) => column.notNull())
      .addColumn('until', 'bigint', (column) => column.notNull())
      .execute()
    await db.schema.createIndex('handoffs_until').on('handoffs').column('until').execute()
    await db.schema.createIndex('handoffs_session').on('handoffs').column('session_id').execute()
  },
}
