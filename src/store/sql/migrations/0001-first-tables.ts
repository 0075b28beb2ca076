/** The first tables. Text compares by bytes: BINARY is SQLite's own collation and is not changed anywhere. */

import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

import type { Tables } from '../schema.ts'

export const firstTables: Migration = {
  async up(db: Kysely<Tables>) {
    await createOperators(db)
    await createSessions(db)
    await createOneTime(db)
    await createTraces(db)
    await createAudit(db)
    await createRevisions(db)
  },
}

async function createOperators(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable('operators')
    .addColumn('id', 'text', (column) => column.notNull().primaryKey())
    .addColumn('provider', 'text', (column) => column.notNull())
    .addColumn('account', 'text', (column) => column.notNull())
    .addColumn('display_name', 'text')
    .addColumn('email', 'text')
    .addColumn('enabled', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('last_sign_in_at', 'bigint')
    // In the order of the list, so that one index serves both.
    .addUniqueConstraint('operators_account_provider', ['account', 'provider'])
    .execute()
  await db.schema
    .createTable('grants')
    .addColumn('operator_id', 'text', (column) => column.notNull().references('operators.id').onDelete('cascade'))
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('service', 'text', (column) => column.notNull())
    .addColumn('source', 'text', (column) => column.notNull())
    .addColumn('locked', 'integer', (column) => column.notNull())
    .addColumn('expires_at', 'bigint')
    .addPrimaryKeyConstraint('grants_key', ['operator_id', 'role', 'service'])
    .execute()
  await db.schema.createIndex('grants_role').on('grants').columns(['role', 'service']).execute()
}

async function createSessions(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable('sessions')
    .addColumn('id', 'text', (column) => column.notNull().primaryKey())
    .addColumn('operator_id', 'text', (column) => column.notNull())
    .addColumn('provider', 'text', (column) => column.notNull())
    .addColumn('name_id', 'text')
    .addColumn('name_id_format', 'text')
    .addColumn('session_index', 'text')
    .addColumn('authn_context', 'text')
    .addColumn('attributes', 'text', (column) => column.notNull())
    .addColumn('authenticated_at', 'bigint')
    .addColumn('signed_in_at', 'bigint', (column) => column.notNull())
    .addColumn('session_not_on_or_after', 'bigint')
    .addColumn('last_activity_at', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('sessions_operator').on('sessions').column('operator_id').execute()
  await db.schema.createIndex('sessions_activity').on('sessions').column('last_activity_at').execute()
  await db.schema
    .createTable('session_secrets')
    .addColumn('hash', 'text', (column) => column.notNull().primaryKey())
    .addColumn('session_id', 'text', (column) => column.notNull().references('sessions.id').onDelete('cascade'))
    .execute()
  await db.schema.createIndex('session_secrets_session').on('session_secrets').column('session_id').execute()
}

async function createOneTime(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable('one_time')
    .addColumn('key', 'text', (column) => column.notNull().primaryKey())
    .addColumn('until', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('one_time_until').on('one_time').column('until').execute()
}

async function createTraces(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable('traces')
    .addColumn('reference', 'text', (column) => column.notNull().primaryKey())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('provider', 'text')
    .addColumn('account', 'text')
    .addColumn('outcome', 'text', (column) => column.notNull())
    .addColumn('cause', 'text', (column) => column.notNull())
    .addColumn('rows', 'text', (column) => column.notNull())
    .addColumn('notes', 'text', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('traces_at').on('traces').column('at').execute()
}

async function createAudit(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable('audit')
    // Autoincrement never gives a number twice, even when the newest record is removed.
    .addColumn('seq', 'integer', (column) => column.notNull().primaryKey().autoIncrement())
    .addColumn('id', 'text', (column) => column.notNull().unique())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('event', 'text', (column) => column.notNull())
    .addColumn('actor', 'text')
    .addColumn('detail', 'text', (column) => column.notNull())
    .execute()
}

async function createRevisions(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable('revision')
    .addColumn('n', 'bigint', (column) => column.notNull())
    .addColumn('floor', 'bigint', (column) => column.notNull())
    .execute()
  await db.insertInto('revision').values({ n: 0, floor: 0 }).execute()
  await db.schema
    .createTable('changes')
    .addColumn('n', 'bigint', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('changes_key', ['n', 'key'])
    .execute()
}
