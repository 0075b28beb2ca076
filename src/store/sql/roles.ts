/** Roles of the directory in SQL. */

import type { Kysely } from 'kysely'

import { scopeKey } from '../../core/role-key.ts'
import type { DirectoryRole, Roles, RoleUses } from '../directory-ports.ts'
import { permissionsColumn, toPermissions, toScope } from './role-columns.ts'
import type { Tables } from './schema.ts'

export function sqlRoles(db: Kysely<Tables>): Roles {
  return {
    list: () => listRoles(db),
    async create(role) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('roles')
        .values({ name: role.name, ...columnsOf(role) })
        .onConflict((conflict) => conflict.column('name').doNothing())
        .executeTakeFirstOrThrow()
      if (numInsertedOrUpdatedRows !== 1n) return false
      await putParents(db, role)
      return true
    },
    async replace(role) {
      const { numUpdatedRows } = await db
        .updateTable('roles')
        .set(columnsOf(role))
        .where('name', '=', role.name)
        .executeTakeFirstOrThrow()
      if (numUpdatedRows === 0n) return false
      await db.deleteFrom('role_parents').where('role', '=', role.name).execute()
      await putParents(db, role)
      return true
    },
    uses: (name) => usesOf(db, name),
    async delete(name) {
      const { numDeletedRows } = await db.deleteFrom('roles').where('name', '=', name).executeTakeFirstOrThrow()
      if (numDeletedRows === 0n) return false
      await db.deleteFrom('grants').where('role', '=', name).execute()
      await db.deleteFrom('group_roles').where('role', '=', name).execute()
      await db.deleteFrom('role_parents').where('parent', '=', name).execute()
      return true
    },
  }
}

function columnsOf({ description, permissions, scope }: DirectoryRole) {
  return { description, permissions: permissionsColumn(permissions), scope: scopeKey(scope) }
}

async function putParents(db: Kysely<Tables>, { name, parents }: DirectoryRole): Promise<void> {
  const rows = [...new Set(parents)].map((parent) => ({ role: name, parent }))
  if (rows.length > 0) await db.insertInto('role_parents').values(rows).execute()
}

async function listRoles(db: Kysely<Tables>): Promise<readonly DirectoryRole[]> {
  const rows = await db
    .selectFrom('roles')
    .leftJoin('role_parents', 'role_parents.role', 'roles.name')
    .selectAll('roles')
    .select('role_parents.parent')
    .orderBy('roles.name')
    .orderBy('role_parents.parent')
    .execute()
  const found = new Map<string, DirectoryRole & { readonly parents: string[] }>()
  for (const { name, description, permissions, scope, parent } of rows) {
    const known = { name, description, parents: [], permissions: toPermissions(permissions), scope: toScope(scope) }
    const role = found.get(name) ?? known
    found.set(name, role)
    if (parent !== null) role.parents.push(parent)
  }
  return [...found.values()]
}

async function usesOf(db: Kysely<Tables>, name: string): Promise<RoleUses> {
  const rows = await db
    .selectFrom('grants')
    .where('role', '=', name)
    .select((is) => [is.val<keyof RoleUses>('operators').as('kind'), 'operator_id as user'])
    .union(
      db
        .selectFrom('group_roles')
        .where('role', '=', name)
        .select((is) => [is.val<keyof RoleUses>('groups').as('kind'), 'group_id as user']),
    )
    .union(
      db
        .selectFrom('role_parents')
        .where('parent', '=', name)
        .select((is) => [is.val<keyof RoleUses>('roles').as('kind'), 'role as user']),
    )
    .orderBy('user')
    .execute()
  const of = (kind: keyof RoleUses): string[] => rows.filter((row) => row.kind === kind).map(({ user }) => user)
  return { operators: of('operators'), groups: of('groups'), roles: of('roles') }
}
