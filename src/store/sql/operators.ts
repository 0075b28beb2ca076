/** Operators and their grants in SQL. */

import type { Kysely, QueryResult } from 'kysely'

import { GUEST } from '../../core/guest.ts'
import type { Instant } from '../../core/time.ts'
import type { NewOperator, Operator, Operators } from '../ports.ts'
import { compiledOnce } from './compiled-once.ts'
import { createOperators } from './new-operators.ts'
import { grantRow } from './operator-columns.ts'
import { findOperator, loadOperator, loadOperators } from './operator-rows.ts'
import { permissionsColumn, reachingServices, roleColumns } from './role-columns.ts'
import type { Tables } from './schema.ts'

export function sqlOperators(db: Kysely<Tables>): Operators {
  return {
    create: (operator) => createOperator(db, operator),
    createAll: (operators) => createOperators(db, operators),
    load: (id) => loadOperator(db, id),
    find: (provider, account) => findOperator(db, { provider, account }),
    list: (query) => listOperators(db, query),
    update: (id, fields) => updateOperator(db, id, fields),
    async delete(id) {
      const { numDeletedRows } = await db.deleteFrom('operators').where('id', '=', id).executeTakeFirstOrThrow()
      return numDeletedRows > 0n
    },
    async putGrant(operatorId, grant) {
      await insertGrant(db, grantRow(operatorId, grant))
    },
    async removeGrant(operatorId, grant) {
      const { numAffectedRows } = await deleteGrant(db, { operator_id: operatorId, ...roleColumns(grant) })
      return numAffectedRows === 1n
    },
    countHolders: (held, now) => countHolders(db, held, now),
  }
}

const insertOperator = compiledOnce((db, operator: NewOperator) =>
  db
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
    .onConflict((conflict) => conflict.columns(['provider', 'account']).doNothing()),
)

async function createOperator(db: Kysely<Tables>, operator: NewOperator): Promise<boolean> {
  return (await insertOperator(db, operator)).numAffectedRows === 1n
}

async function listOperators(
  db: Kysely<Tables>,
  { account, after, limit }: Parameters<Operators['list']>[0],
): Promise<readonly Operator[]> {
  return loadOperators(db, (all) => {
    let query = all.where('provider', '<>', GUEST).orderBy('account').orderBy('provider').limit(limit)
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

async function updateOperator(
  db: Kysely<Tables>,
  id: string,
  { displayName, email, enabled, lastSignInAt, permissions }: Parameters<Operators['update']>[1],
): Promise<boolean> {
  const columns = {
    ...(displayName !== undefined && { display_name: displayName }),
    ...(email !== undefined && { email }),
    ...(enabled !== undefined && { enabled: Number(enabled) }),
    ...(lastSignInAt !== undefined && { last_sign_in_at: lastSignInAt }),
    ...(permissions !== undefined && { permissions: permissionsColumn(permissions) }),
  }
  const names = Object.keys(columns)
  // One column at least, so that an update of nothing still tells whether the operator is there.
  return (await updateOf(names.length > 0 ? names : ['id'])(db, { ...columns, id })).numAffectedRows === 1n
}

type ChangedColumns = Partial<Tables['operators']> & Pick<Tables['operators'], 'id'>

/** Statements by the columns that they set, which are few. */
const updates = new Map<string, (db: Kysely<Tables>, values: ChangedColumns) => Promise<QueryResult<unknown>>>()

function updateOf(names: readonly string[]) {
  const known = updates.get(names.join())
  if (known !== undefined) return known
  const update = compiledOnce((db, values: ChangedColumns) =>
    db
      .updateTable('operators')
      .set(Object.fromEntries(names.map((name) => [name, Reflect.get(values, name)])))
      .where('id', '=', values.id),
  )
  updates.set(names.join(), update)
  return update
}

const insertGrant = compiledOnce((db, row: Tables['grants']) => {
  const kept = { source: row.source, locked: row.locked, expires_at: row.expires_at }
  return db
    .insertInto('grants')
    .values({ operator_id: row.operator_id, role: row.role, service: row.service, scope: row.scope, ...kept })
    .onConflict((conflict) => conflict.columns(['operator_id', 'role', 'service', 'scope']).doUpdateSet(kept))
})

const deleteGrant = compiledOnce((db, key: Pick<Tables['grants'], 'operator_id' | 'role' | 'service' | 'scope'>) =>
  db
    .deleteFrom('grants')
    .where('operator_id', '=', key.operator_id)
    .where('role', '=', key.role)
    .where('service', '=', key.service)
    .where('scope', '=', key.scope),
)

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
