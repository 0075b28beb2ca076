/** Giving and taking away roles. */

import type { Grant, Operator } from '../store/ports.ts'
import {
  auditedGrant,
  type Change,
  type Done,
  findOperator,
  type OperatorName,
  recordChange,
  reloadOperator,
  rolesInForce,
} from './change.ts'
import { checkAssignment, checkNotGranted, checkRevocable } from './checks.ts'
import type { RoleAssignment } from './grants.ts'
import { keepingAdministrators } from './last-administrator.ts'
import { operatorKey } from './operator-facts.ts'

/** Grants the role; see `Directory.grant`. */
export async function grantRole(change: Change, name: OperatorName, role: RoleAssignment): Promise<Done> {
  const operator = await findOperator(change.ports.operators, name)
  await putLocalGrant(change, operator, role)
  return { operator: await reloadOperator(change.ports, operator.id), keys: [operatorKey(operator.id)] }
}

/** Revokes the role; see `Directory.revoke`. */
export async function revokeRole(change: Change, name: OperatorName, role: RoleAssignment): Promise<Done> {
  const { operators } = change.ports
  const operator = await findOperator(operators, name)
  const grant = checkRevocable(operator, role)
  await keepingAdministrators(change, () => operators.removeGrant(operator.id, grant))
  await recordChange(change, 'role.revoked', auditedGrant(operator, grant))
  return { operator: await reloadOperator(change.ports, operator.id), keys: [operatorKey(operator.id)] }
}

/** Gives `operator`, as he stands in the store, a local grant of the role. ROLE_UNKNOWN, SERVICE_UNKNOWN, GRANT_EXISTS. */
export async function putLocalGrant(
  change: Change,
  operator: Operator,
  { role, service }: RoleAssignment,
): Promise<void> {
  checkAssignment(await rolesInForce(change, role), { role, service })
  checkNotGranted(operator, { role, service }, change.clock)
  const grant: Grant = { role, service, source: 'local', locked: false, expiresAt: null, scope: null }
  await change.ports.operators.putGrant(operator.id, grant)
  await recordChange(change, 'role.granted', auditedGrant(operator, grant))
}
