/** Operators with all that they have, read in SQL. */

import type { Kysely, QueryCreator, SelectQueryBuilder } from 'kysely'
import { z } from 'zod'

import { byRole } from '../../core/role-key.ts'
import type { Instant } from '../../core/time.ts'
import type { Membership, MembershipSource } from '../directory-ports.ts'
import type { Grant, GrantSource, Operator } from '../ports.ts'
import { compiledOnce } from './compiled-once.ts'
import { toPermissions, toRoleKey } from './role-columns.ts'
import type { Tables } from './schema.ts'

const Rights = z.array(z.strictObject({ right: z.string(), products: z.array(z.string()).nullable() }))

export type OperatorQuery = SelectQueryBuilder<Tables, 'operators', Tables['operators']>

/** The operators that `narrow` leaves, with all that they have. */
export async function loadOperators(
  db: Kysely<Tables>,
  narrow: (query: OperatorQuery) => OperatorQuery,
): Promise<readonly Operator[]> {
  return toOperators(await operatorRows(db, narrow).execute())
}

/** The operator of that id. */
export async function loadOperator(db: Kysely<Tables>, id: string): Promise<Operator | undefined> {
  return toOperators((await rowsById(db, { id })).rows)[0]
}

/** The operator of that account at that provider. */
export async function findOperator(
  db: Kysely<Tables>,
  name: { readonly provider: string; readonly account: string },
): Promise<Operator | undefined> {
  return toOperators((await rowsByName(db, name)).rows)[0]
}

/**
 * Operators, grants and memberships come in one statement, so that all are of the same revision. The page is materialized:
 * SQLite would write its conditions into each place that reads it, and plan the statement anew whenever it has other values.
 */
function operatorRows(db: Kysely<Tables>, narrow: (query: OperatorQuery) => OperatorQuery) {
  return db
    .with(
      (cte) => cte('page').materialized(),
      (page) => narrow(page.selectFrom('operators').selectAll('operators')),
    )
    .with('held', (held) => grantsOfPage(held).unionAll(membershipsOfPage(held)))
    .selectFrom('page')
    .leftJoin('held', 'held.operator_id', 'page.id')
    .selectAll('page')
    .select(['held.kind', 'held.name', 'held.service', 'held.scope', 'held.source', 'held.locked', 'held.expires_at'])
    .select('held.rights')
    .orderBy('page.account')
    .orderBy('page.provider')
    .orderBy('held.name')
}

const rowsById = compiledOnce((db, { id }: { id: string }) => operatorRows(db, (all) => all.where('id', '=', id)))

const rowsByName = compiledOnce((db, { provider, account }: { provider: string; account: string }) =>
  operatorRows(db, (all) => all.where('provider', '=', provider).where('account', '=', account)),
)

function toOperators(rows: readonly (Tables['operators'] & Held)[]): readonly Operator[] {
  const found = new Map<string, Draft>()
  for (const row of rows) {
    const operator = found.get(row.id) ?? toOperator(row)
    found.set(row.id, operator)
    addHeld(operator, row)
  }
  for (const { grants } of found.values()) grants.sort(byRole)
  return [...found.values()]
}

type Paged = QueryCreator<Tables & { page: Tables['operators'] }>

function grantsOfPage(db: Paged) {
  return db
    .selectFrom('grants')
    .where('operator_id', 'in', (page) => page.selectFrom('page').select('id'))
    .select((is) => [
      'operator_id',
      is.val<Held['kind']>('grant').as('kind'),
      'role as name',
      'service',
      'scope',
      is.ref('source').$castTo<string>().as('source'),
      'locked',
      is.ref('expires_at').$castTo<Instant | null>().as('expires_at'),
      is.val<string>('').as('rights'),
    ])
}

function membershipsOfPage(db: Paged) {
  return db
    .selectFrom('memberships')
    .where('operator_id', 'in', (page) => page.selectFrom('page').select('id'))
    .select((is) => [
      'operator_id',
      is.val<Held['kind']>('membership').as('kind'),
      'group_id as name',
      is.val<string>('').as('service'),
      is.val<string>('').as('scope'),
      is.ref('source').$castTo<string>().as('source'),
      is.val<number>(0).as('locked'),
      is.lit<null>(null).$castTo<Instant | null>().as('expires_at'),
      'rights',
    ])
}

/** A grant or a membership; without a kind neither, since the columns of the outer join are null then. */
interface Held {
  readonly kind: 'grant' | 'membership' | null
  readonly name: string | null
  readonly service: string | null
  readonly scope: string | null
  readonly source: string | null
  readonly locked: number | null
  readonly expires_at: Instant | null
  readonly rights: string | null
}

type Draft = Operator & { readonly grants: Grant[]; readonly memberships: Membership[] }

function toOperator(row: Tables['operators']): Draft {
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
    permissions: toPermissions(row.permissions),
    memberships: [],
  }
}

function addHeld(operator: Draft, { kind, name, service, scope, source, locked, expires_at, rights }: Held): void {
  if (kind === null || name === null) return
  if (kind === 'grant') {
    const key = toRoleKey({ role: name, service: service ?? '', scope: scope ?? '' })
    operator.grants.push({ ...key, source: source as GrantSource, locked: locked === 1, expiresAt: expires_at })
  } else {
    const parsed = Rights.parse(JSON.parse(rights ?? '[]'))
    operator.memberships.push({ group: name, rights: parsed, source: source as MembershipSource })
  }
}
