/** The audit's hash chains. Records from before are linked by the next process that opens the store to write. */

import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

import type { Tables } from '../schema.ts'

export const auditChains: Migration = {
  async up(db: Kysely<Tables>) {
    await db.schema.alterTable('audit').addColumn('writer', 'text').execute()
    await db.schema.alterTable('audit').addColumn('number', 'bigint').execute()
    await db.schema.alterTable('audit').addColumn('previous', 'text').execute()
    await db.schema.alterTable('audit').addColumn('hash', 'text').execute()
    await db.schema.createIndex('audit_place').on('audit').columns(['writer', 'number']).unique().execute()
    await db.schema.createIndex('audit_unlinked').on('audit').column('seq').where(sql.ref('hash'), 'is', null).execute()
    await db.schema
      .createTable('audit_chains')
      .addColumn('writer', 'text', (column) => column.notNull().primaryKey())
      .addColumn('number', 'bigint', (column) => column.notNull())
      .addColumn('hash', 'text', (column) => column.notNull())
      .addColumn('anchored', 'bigint', (column) => column.notNull())
      .addColumn('news', 'integer', (column) => column.notNull())
      .addColumn('removed', 'bigint', (column) => column.notNull())
      .addColumn('removed_hash', 'text', (column) => column.notNull())
      .execute()
  },
}
