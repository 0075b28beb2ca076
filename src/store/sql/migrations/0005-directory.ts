/** Roles, groups, memberships and objects; grants with a scope. */

import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

import type { Tables } from '../schema.ts'

export const directory: Migration = {
  async up(db: Kysely<Tables>) {
    await addScopeToGrants(db)
    await db.schema
      .alterTable('operators')
      .addColumn('permissions', 'text', (column) => column.notNull().defaultTo('[]'))
      .execute()
    await createRoles(db)
    await createGroups(db)
    await createMemberships(db)
    await createObjects(db)
    await createAccessLists(db)
  },
}

/** The scope belongs to the primary key, which cannot be changed in place. */
async function addScopeToGrants(db: Kysely<Tables>): Promise<void> {
  await db.schema.dropIndex('grants_role').execute()
  await db.schema.alterTable('grants').renameTo('unscoped_grants').execute()
  await db.schema
    .createTable('grants')
    .addColumn('operator_id', 'text', (column) => column.notNull().references('operators.id').onDelete('cascade'))
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('service', 'text', (column) => column.notNull())
    .addColumn('scope', 'text', (column) => column.notNull())
    .addColumn('source', 'text', (column) => column.notNull())
    .addColumn('locked', 'integer', (column) => column.notNull())
    .addColumn('expires_at', 'bigint')
    .addPrimaryKeyConstraint('scoped_grants_key', ['operator_id', 'role', 'service', 'scope'])
    .execute()
  await sql`
    insert into grants (operator_id, role, service, scope, source, locked, expires_at)
    select operator_id, role, service, '', source, locked, expires_at from unscoped_grants
  `.execute(db)
  await db.schema.dropTable('unscoped_grants').execute()
  await db.schema.createIndex('grants_role').on('grants').columns(['role', 'service']).execute()
}

async function createRoles(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable('roles')
    .addColumn('name', 'text', (column) => column.notNull().primaryKey())
    .addColumn('description', 'text')
    .addColumn('permissions', 'text', (column) => column.notNull())
    .addColumn('scope', 'text', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('role_parents')
    .addColumn('role', 'text', (column) => column.notNull().references('roles.name').onDelete('cascade'))
    .addColumn('parent', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('role_parents_key', ['role', 'parent'])
    .execute()
  await db.schema.createIndex('role_parents_parent').on('role_parents').column('parent').execute()
}

async function createGroups(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable('groups')
    .addColumn('id', 'text', (column) => column.notNull().primaryKey())
    .addColumn('parent', 'text', (column) => column.references('groups.id'))
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('label', 'text')
    .execute()
  await db.schema.createIndex('groups_parent').on('groups').column('parent').execute()
  // Groups without a parent stand below the same nothing, which null would not say.
  await sql`create unique index groups_place on "groups" (coalesce(parent, ''), name)`.execute(db)
  await db.schema
    .createTable('group_roles')
    .addColumn('group_id', 'text', (column) => column.notNull().references('groups.id').onDelete('cascade'))
    .addColumn('role', 'text', (column) => column.notNull())
    .addColumn('service', 'text', (column) => column.notNull())
    .addColumn('scope', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'bigint')
    .addPrimaryKeyConstraint('group_roles_key', ['group_id', 'role', 'service', 'scope'])
    .execute()
  await db.schema.createIndex('group_roles_role').on('group_roles').column('role').execute()
}

async function createMemberships(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable('memberships')
    .addColumn('operator_id', 'text', (column) => column.notNull().references('operators.id').onDelete('cascade'))
    .addColumn('group_id', 'text', (column) => column.notNull().references('groups.id').onDelete('cascade'))
    .addColumn('rights', 'text', (column) => column.notNull())
    .addColumn('source', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('memberships_key', ['operator_id', 'group_id'])
    .execute()
  await db.schema.createIndex('memberships_group').on('memberships').column('group_id').execute()
}

/** Owners are not let go while they own something: nothing is orphaned in silence. */
async function createObjects(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable('objects')
    .addColumn('service', 'text', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('owner_operator', 'text', (column) => column.references('operators.id'))
    .addColumn('owner_group', 'text', (column) => column.references('groups.id'))
    .addColumn('listed', 'integer', (column) => column.notNull())
    .addColumn('pending_id', 'text')
    .addColumn('pending_by', 'text')
    .addColumn('pending_since', 'bigint')
    .addColumn('pending_until', 'bigint')
    .addColumn('planned', 'text')
    .addPrimaryKeyConstraint('objects_key', ['service', 'type', 'id'])
    .addCheckConstraint('objects_one_owner', sql`owner_operator is null or owner_group is null`)
    .execute()
  await db.schema.createIndex('objects_owner_operator').on('objects').column('owner_operator').execute()
  await db.schema.createIndex('objects_owner_group').on('objects').column('owner_group').execute()
  await db.schema.createIndex('objects_pending').on('objects').column('pending_id').execute()
  await db.schema
    .createTable('object_parents')
    .addColumn('service', 'text', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('parent_type', 'text', (column) => column.notNull())
    .addColumn('parent_id', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('object_parents_key', ['service', 'type', 'id', 'parent_type', 'parent_id'])
    .addForeignKeyConstraint(
      'object_parents_object',
      ['service', 'type', 'id'],
      'objects',
      ['service', 'type', 'id'],
      (key) => key.onDelete('cascade'),
    )
    .execute()
  await db.schema
    .createIndex('object_parents_parent')
    .on('object_parents')
    .columns(['service', 'parent_type', 'parent_id'])
    .execute()
}

async function createAccessLists(db: Kysely<Tables>): Promise<void> {
  for (const kind of ['operator', 'group'] as const) {
    const table = `listed_${kind}s`
    await db.schema
      .createTable(table)
      .addColumn('service', 'text', (column) => column.notNull())
      .addColumn('type', 'text', (column) => column.notNull())
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('entry', 'text', (column) => column.notNull().references(`${kind}s.id`).onDelete('cascade'))
      .addPrimaryKeyConstraint(`${table}_key`, ['service', 'type', 'id', 'entry'])
      .addForeignKeyConstraint(
        `${table}_object`,
        ['service', 'type', 'id'],
        'objects',
        ['service', 'type', 'id'],
        (key) => key.onDelete('cascade'),
      )
      .execute()
    await db.schema.createIndex(`${table}_entry`).on(table).column('entry').execute()
  }
}
