/** Operators and their grants in SQL. */

import type { Kysely } from 'kysely'

import type { Instant } from '../../core/time.ts'
import type { Grant, NewOperator, Operator, Operators } from '../ports.ts'
import { compiledOnce } from './compiled-once.ts'
import { findOperator, loadOperator, loadOperators } from './operator-rows.ts'
import { permissionsColumn, reachingServices, roleColumns } from './role-columns.ts'
import type { Tables } from './schema.ts'

export function sqlOperators(db: Kysely<Tables>): Operators {
  return {
    create: (operator) => createOperator(db, operator),
    load: (id) => loadOperator(db, id),
    find: (provider, account) => findOperator(db, { provider, account }),
    list: (query) => listOperators(db, query),
    update: (id, fields) => updateOperator(db, id, fields),
    async delete(id) {
      const { numDeletedRows } = await db.deleteFrom('operators').where('id', '=', id).executeTakeFirstOrThrow()
      return numDeletedRows > 0n
    },
    putGrant: (operatorId, grant) => putGrant(db, operatorId, grant),
    async removeGrant(operatorId, grant) {
      const { role, service, scope } = roleColumns(grant)
      const { numDeletedRows } = await db
        .deleteFrom('grants')
        .where('operator_id', '=', operatorId)
        .where('role', '=', role)
        .where('service', '=', service)
        .where('scope', '=', scope)
        .executeTakeFirstOrThrow()
      return numDeletedRows > 0n
    },
    countHolders: (held, now) => countHolders(db, held, now),
  }
}

async function createOperator(db: Kysely<Tables>, operator: NewOperator): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('operators')
    .values({
      id: operator.id,
      provider: operator.provider,
      account: operator.account,
      display_name: operator.displayName,
      email: operator.email,
      enabled: 1,
      created_at: operator.createdAt,
      last_sign_in_at: null,
      permissions: permissionsColumn([]),
    })
    .onConflict((conflict) => conflict.columns(['provider', 'account']).doNothing())
    .executeTakeFirstOrThrow()
  return numInsertedOrUpdatedRows === 1n
}

async function listOperators(
  db: Kysely<Tables>,
  { account, after, limit }: Parameters<Operators['list']>[0],
): Promise<readonly Operator[]> {
  return loadOperators(db, (all) => {
    let query = all.orderBy('account').orderBy('provider').limit(limit)
    if (account !== undefined) query = query.where('account', '=', account)
    if (after === undefined) return query
    return query.where((is) =>
      is.or([
        is('account', '>', after.account),
        is.and([is('account', '=', after.account), is('provider', '>', after.provider)]),
      ]),
    )
  })
}

const noteSignIn = compiledOnce((db, { id, at }: { id: string; at: Instant }) =>
  db.updateTable('operators').set({ last_sign_in_at: at }).where('id', '=', id),
)

async function updateOperator(
  db: Kysely<Tables>,
  id: string,
  fields: Parameters<Operators['update']>[1],
): Promise<boolean> {
  const { displayName, email, enabled, lastSignInAt, permissions } = fields
  if (lastSignInAt !== undefined && Object.keys(fields).length === 1) {
    return ((await noteSignIn(db, { id, at: lastSignInAt })).numAffectedRows ?? 0n) > 0n
  }
  const { numUpdatedRows } = await db
    .updateTable('operators')
    .set({
      // Always one column, so that an update of nothing still tells whether the operator is there.
      id,
      ...(displayName !== undefined && { display_name: displayName }),
      ...(email !== undefined && { email }),
      ...(enabled !== undefined && { enabled: Number(enabled) }),
      ...(lastSignInAt !== undefined && { last_sign_in_at: lastSignInAt }),
      ...(permissions !== undefined && { permissions: permissionsColumn(permissions) }),
    })
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

async function putGrant(db: Kysely<Tables>, operatorId: string, grant: Grant): Promise<void> {
  const kept = { source: grant.source, locked: Number(grant.locked), expires_at: grant.expiresAt }
  await db
    .insertInto('grants')
    .values({ operator_id: operatorId, ...roleColumns(grant), ...kept })
    .onConflict((conflict) => conflict.columns(['operator_id', 'role', 'service', 'scope']).doUpdateSet(kept))
    .execute()
}

async function countHolders(
  db: Kysely<Tables>,
  { roles, service }: Parameters<Operators['countHolders']>[0],
  now: Instant,
): Promise<number> {
  const reaching = reachingServices(service)
  const own = db
    .selectFrom('grants')
    .where('role', 'in', roles)
    .where('service', 'in', reaching)
    .where('scope', '=', '')
    .where((is) => is.or([is('expires_at', 'is', null), is('expires_at', '>', now)]))
    .select('operator_id')
  const byGroup = db
    .selectFrom('group_roles')
    .innerJoin('memberships', 'memberships.group_id', 'group_roles.group_id')
    .where('role', 'in', roles)
    .where('service', 'in', reaching)
    .where('scope', '=', '')
    .where((is) => is.or([is('expires_at', 'is', null), is('expires_at', '>', now)]))
    .select('memberships.operator_id')
  const { holders } = await db
    .selectFrom('operators')
    .where('enabled', '=', 1)
    .where('id', 'in', own.union(byGroup))
    .select((is) => is.fn.countAll<number>().as('holders'))
    .executeTakeFirstOrThrow()
  return Number(holders)
}
