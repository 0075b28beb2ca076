/** Operators and their grants in SQL. */

import type { Kysely, SelectQueryBuilder } from 'kysely'

import type { Instant } from '../../core/time.ts'
import type { Grant, GrantSource, NewOperator, Operator, Operators } from '../ports.ts'
import type { Tables } from './schema.ts'

/** In the column `service`: a grant for every service. */
const EVERY_SERVICE = ''

export function sqlOperators(db: Kysely<Tables>): Operators {
  return {
    create: (operator) => createOperator(db, operator),
    load: async (id) => (await loadOperators(db, (query) => query.where('id', '=', id)))[0],
    find: async (provider, account) =>
      (await loadOperators(db, (query) => query.where('provider', '=', provider).where('account', '=', account)))[0],
    list: (query) => listOperators(db, query),
    update: (id, fields) => updateOperator(db, id, fields),
    async delete(id) {
      const { numDeletedRows } = await db.deleteFrom('operators').where('id', '=', id).executeTakeFirstOrThrow()
      return numDeletedRows > 0n
    },
    putGrant: (operatorId, grant) => putGrant(db, operatorId, grant),
    async removeGrant(operatorId, role, service) {
      const { numDeletedRows } = await db
        .deleteFrom('grants')
        .where('operator_id', '=', operatorId)
        .where('role', '=', role)
        .where('service', '=', service ?? EVERY_SERVICE)
        .executeTakeFirstOrThrow()
      return numDeletedRows > 0n
    },
    countHolders: (role, now) => countHolders(db, role, now),
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

async function updateOperator(
  db: Kysely<Tables>,
  id: string,
  { displayName, email, enabled, lastSignInAt }: Parameters<Operators['update']>[1],
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('operators')
    .set({
      // Always one column, so that an update of nothing still tells whether the operator is there.
      id,
      ...(displayName !== undefined && { display_name: displayName }),
      ...(email !== undefined && { email }),
      ...(enabled !== undefined && { enabled: Number(enabled) }),
      ...(lastSignInAt !== undefined && { last_sign_in_at: lastSignInAt }),
    })
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

async function putGrant(db: Kysely<Tables>, operatorId: string, grant: Grant): Promise<void> {
  const kept = { source: grant.source, locked: Number(grant.locked), expires_at: grant.expiresAt }
  await db
    .insertInto('grants')
    .values({ operator_id: operatorId, role: grant.role, service: grant.service ?? EVERY_SERVICE, ...kept })
    .onConflict((conflict) => conflict.columns(['operator_id', 'role', 'service']).doUpdateSet(kept))
    .execute()
}

async function countHolders(db: Kysely<Tables>, role: string, now: Instant): Promise<number> {
  const { holders } = await db
    .selectFrom('grants')
    .innerJoin('operators', 'operators.id', 'grants.operator_id')
    .where('grants.role', '=', role)
    .where('grants.service', '=', EVERY_SERVICE)
    .where('operators.enabled', '=', 1)
    .where((is) => is.or([is('grants.expires_at', 'is', null), is('grants.expires_at', '>', now)]))
    .select((is) => is.fn.countAll<number>().as('holders'))
    .executeTakeFirstOrThrow()
  return Number(holders)
}

type OperatorQuery = SelectQueryBuilder<Tables, 'operators', Tables['operators']>

/** Operators and grants come in one statement, so that both are of the same revision. */
async function loadOperators(
  db: Kysely<Tables>,
  narrow: (query: OperatorQuery) => OperatorQuery,
): Promise<readonly Operator[]> {
  const rows = await db
    .with('page', (page) => narrow(page.selectFrom('operators').selectAll('operators')))
    .selectFrom('page')
    .leftJoin('grants', 'grants.operator_id', 'page.id')
    .selectAll('page')
    .select(['grants.role', 'grants.service', 'grants.source', 'grants.locked', 'grants.expires_at'])
    .orderBy('page.account')
    .orderBy('page.provider')
    .orderBy('grants.role')
    .orderBy('grants.service')
    .execute()
  const found = new Map<string, Operator & { grants: Grant[] }>()
  for (const row of rows) {
    const operator = found.get(row.id) ?? toOperator(row)
    found.set(row.id, operator)
    operator.grants.push(...toGrants(row))
  }
  return [...found.values()]
}

function toOperator(row: Tables['operators']): Operator & { grants: Grant[] } {
  return {
    id: row.id,
    provider: row.provider,
    account: row.account,
    displayName: row.display_name,
    email: row.email,
    enabled: row.enabled === 1,
    createdAt: row.created_at,
    lastSignInAt: row.last_sign_in_at,
    grants: [],
  }
}

interface JoinedGrant {
  readonly role: string | null
  readonly service: string | null
  readonly source: GrantSource | null
  readonly locked: number | null
  readonly expires_at: Instant | null
}

/** No grant when the operator has none, since the columns of the outer join are null then. */
function toGrants({ role, service, source, locked, expires_at: expiresAt }: JoinedGrant): Grant[] {
  if (role === null || source === null) return []
  return [{ role, service: service === EVERY_SERVICE ? null : service, source, locked: locked === 1, expiresAt }]
}
