/** Groups and memberships in SQL. */

import { type Kysely, sql } from 'kysely'

import { byRole } from '../../core/role-key.ts'
import type { Group, Groups, RoleGrant } from '../directory-ports.ts'
import { compiledOnce } from './compiled-once.ts'
import { membershipRow } from './operator-columns.ts'
import { roleColumns, toRoleKey } from './role-columns.ts'
import type { Tables } from './schema.ts'

export function sqlGroups(db: Kysely<Tables>): Groups {
  return {
    list: () => loadGroups(db, null),
    load: async (id) => (await loadGroups(db, id))[0],
    async create({ id, parent, name, label, roles }) {
      if ((await insertGroup(db, { id, parent, name, label })).numAffectedRows !== 1n) return false
      for (const role of roles) await putRole(db, id, role)
      return true
    },
    update: (id, fields) => updateGroup(db, id, fields),
    async delete(id) {
      const { numDeletedRows } = await db.deleteFrom('groups').where('id', '=', id).executeTakeFirstOrThrow()
      return numDeletedRows > 0n
    },
    putRole: (id, role) => putRole(db, id, role),
    async removeRole(id, unwanted) {
      return (await deleteRole(db, { group_id: id, ...roleColumns(unwanted) })).numAffectedRows === 1n
    },
    async putMember(operatorId, membership) {
      await insertMember(db, membershipRow(operatorId, membership))
    },
    async removeMember(operatorId, group) {
      return (await deleteMember(db, { operator_id: operatorId, group_id: group })).numAffectedRows === 1n
    },
    async members(group) {
      const rows = await db
        .selectFrom('memberships')
        .where('group_id', '=', group)
        .select('operator_id')
        .orderBy('operator_id')
        .execute()
      return rows.map(({ operator_id: id }) => id)
    },
  }
}

/** Nothing when the name is taken below its parent. */
const insertGroup = compiledOnce((db, { id, parent, name, label }: Tables['groups']) =>
  db
    .insertInto('groups')
    .values({ id, parent, name, label })
    .onConflict((conflict) => conflict.expression(sql`coalesce(parent, ''), name`).doNothing()),
)

type Place = Pick<Group, 'id' | 'parent' | 'name'>

async function isTaken(db: Kysely<Tables>, { id, parent, name }: Place): Promise<boolean> {
  const other = await db
    .selectFrom('groups')
    .where(sql`coalesce(parent, '')`, '=', parent ?? '')
    .where('name', '=', name)
    .where('id', '<>', id)
    .select('id')
    .executeTakeFirst()
  return other !== undefined
}

async function updateGroup(db: Kysely<Tables>, id: string, fields: Parameters<Groups['update']>[1]): Promise<boolean> {
  const group = await db.selectFrom('groups').where('id', '=', id).selectAll().executeTakeFirst()
  if (group === undefined) return false
  const next = { ...group, ...fields }
  if (await isTaken(db, next)) return false
  const { parent, name, label } = next
  await db.updateTable('groups').set({ parent, name, label }).where('id', '=', id).execute()
  return true
}

const insertRole = compiledOnce((db, { group_id, role, service, scope, expires_at }: Tables['group_roles']) =>
  db
    .insertInto('group_roles')
    .values({ group_id, role, service, scope, expires_at })
    .onConflict((conflict) => conflict.columns(['group_id', 'role', 'service', 'scope']).doUpdateSet({ expires_at })),
)

async function putRole(db: Kysely<Tables>, groupId: string, role: RoleGrant): Promise<void> {
  await insertRole(db, { group_id: groupId, ...roleColumns(role), expires_at: role.expiresAt })
}

const deleteRole = compiledOnce((db, key: Omit<Tables['group_roles'], 'expires_at'>) =>
  db
    .deleteFrom('group_roles')
    .where('group_id', '=', key.group_id)
    .where('role', '=', key.role)
    .where('service', '=', key.service)
    .where('scope', '=', key.scope),
)

const insertMember = compiledOnce((db, { operator_id, group_id, rights, source }: Tables['memberships']) =>
  db
    .insertInto('memberships')
    .values({ operator_id, group_id, rights, source })
    .onConflict((conflict) => conflict.columns(['operator_id', 'group_id']).doUpdateSet({ rights, source })),
)

const deleteMember = compiledOnce((db, key: Pick<Tables['memberships'], 'operator_id' | 'group_id'>) =>
  db.deleteFrom('memberships').where('operator_id', '=', key.operator_id).where('group_id', '=', key.group_id),
)

/** All groups, or the one of that id. */
async function loadGroups(db: Kysely<Tables>, id: string | null): Promise<readonly Group[]> {
  const all = db
    .selectFrom('groups')
    .leftJoin('group_roles', 'group_roles.group_id', 'groups.id')
    .selectAll('groups')
    .select(['group_roles.role', 'group_roles.service', 'group_roles.scope', 'group_roles.expires_at'])
    .orderBy(sql`coalesce(parent, '')`)
    .orderBy('groups.name')
  const rows = await (id === null ? all : all.where('groups.id', '=', id)).execute()
  const found = new Map<string, Group & { readonly roles: RoleGrant[] }>()
  for (const { role, service, scope, expires_at: expiresAt, ...group } of rows) {
    const known = found.get(group.id) ?? { ...group, roles: [] }
    found.set(group.id, known)
    if (role === null) continue
    known.roles.push({ ...toRoleKey({ role, service: service ?? '', scope: scope ?? '' }), expiresAt })
  }
  for (const { roles } of found.values()) roles.sort(byRole)
  return [...found.values()]
}
