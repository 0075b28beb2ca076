/** Many new operators in few statements. */

import type { Kysely } from 'kysely'

import type { Operator } from '../ports.ts'
import { inParts } from './in-parts.ts'
import { grantRow, membershipRow } from './operator-columns.ts'
import { permissionsColumn } from './role-columns.ts'
import type { Tables } from './schema.ts'

/** How many rows one statement writes. */
const ROWS_PER_STATEMENT = 100

/** Puts the operators in with all that they have; see `Operators.createAll`. Statements run in the order of the calls. */
export async function createOperators(db: Kysely<Tables>, operators: readonly Operator[]): Promise<void> {
  const grants = operators.flatMap(({ id, grants: held }) => held.map((grant) => grantRow(id, grant)))
  const memberships = operators.flatMap(({ id, memberships: held }) => held.map((each) => membershipRow(id, each)))
  const parts = <Row>(rows: readonly Row[]) => inParts(rows, ROWS_PER_STATEMENT)
  await Promise.all([
    ...parts(operators.map(operatorRow)).map((rows) => db.insertInto('operators').values(rows).execute()),
    ...parts(grants).map((rows) => db.insertInto('grants').values(rows).execute()),
    ...parts(memberships).map((rows) => db.insertInto('memberships').values(rows).execute()),
  ])
}

function operatorRow(operator: Operator): Tables['operators'] {
  return {
    id: operator.id,
    provider: operator.provider,
    account: operator.account,
    display_name: operator.displayName,
    email: operator.email,
    enabled: Number(operator.enabled),
    created_at: operator.createdAt,
    last_sign_in_at: operator.lastSignInAt,
    permissions: permissionsColumn(operator.permissions),
  }
}
