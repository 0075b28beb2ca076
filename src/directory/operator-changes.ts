/** Creating operators, taking them out of use and back into it. */

import { AppError } from '../core/errors.ts'
import type { ChangeKey, Operator } from '../store/ports.ts'
import {
  auditedOperator,
  type Change,
  type Done,
  findOperator,
  type OperatorName,
  recordChange,
  reloadOperator,
} from './change.ts'
import { checkName } from './checks.ts'
import type { RoleAssignment } from './grants.ts'
import { checkNoGuest } from './guests.ts'
import { type Heir, passOn } from './heirs.ts'
import { keepingAdministrators } from './last-administrator.ts'
import { operatorKey } from './operator-facts.ts'
import { putLocalGrant } from './role-changes.ts'

/** An operator whom an administrator creates. */
export interface OperatorDraft {
  readonly account: string
  /** Identity provider's id, or `local`. */
  readonly provider: string
  readonly displayName: string | null
  readonly roles: readonly RoleAssignment[]
}

/** Creates the operator; see `Directory.create`. */
export async function createOperator(change: Change, draft: OperatorDraft): Promise<Done> {
  const { ports, random, clock } = change
  const { account, provider, displayName, roles } = draft
  checkNoGuest({ account, provider })
  checkName('account', account)
  if (displayName !== null) checkName('display name', displayName)
  const fresh = { id: random.uuid(), provider, account, displayName, email: null, createdAt: clock.now() }
  if (!(await ports.operators.create(fresh))) {
    throw new AppError('OPERATOR_EXISTS', `${account} of identity provider ${provider} is there already`)
  }
  await recordChange(change, 'operator.created', { ...auditedOperator(fresh), origin: 'administrator' })
  for (const role of roles) await putLocalGrant(change, await reloadOperator(ports, fresh.id), role)
  return { operator: await reloadOperator(ports, fresh.id), keys: [operatorKey(fresh.id)] }
}

/** Enables the operator; see `Directory.enable`. */
export async function enableOperator(change: Change, name: OperatorName): Promise<Done> {
  const { ports } = change
  const operator = await findOperator(ports.operators, name)
  if (operator.enabled) return { operator, keys: [] }
  await ports.operators.update(operator.id, { enabled: true })
  await recordChange(change, 'operator.enabled', auditedOperator(operator))
  return { operator: await reloadOperator(ports, operator.id), keys: [operatorKey(operator.id)] }
}

/** Disables the operator; see `Directory.disable`. */
export async function disableOperator(change: Change, name: OperatorName): Promise<Done> {
  const { ports } = change
  const operator = await findOperator(ports.operators, name)
  if (!operator.enabled) return { operator, keys: [] }
  await keepingAdministrators(change, () => ports.operators.update(operator.id, { enabled: false }))
  const sessions = await ports.sessions.revokeOperator(operator.id)
  await recordChange(change, 'operator.disabled', { ...auditedOperator(operator), sessionsEnded: sessions.length })
  return { operator: await reloadOperator(ports, operator.id), keys: retiredKeys(operator, sessions) }
}

/** Deletes the operator; see `Directory.remove`. */
export async function removeOperator(change: Change, name: OperatorName, heir: Heir): Promise<Done> {
  const { ports } = change
  const operator = await findOperator(ports.operators, name)
  if (operator.id === change.actor) throw new AppError('SELF_DELETION', 'somebody else must delete you')
  const passed = await passOn(change, { operator: operator.id }, heir)
  const sessions = await ports.sessions.revokeOperator(operator.id)
  await keepingAdministrators(change, () => ports.operators.delete(operator.id))
  await recordChange(change, 'operator.deleted', { ...auditedOperator(operator), sessionsEnded: sessions.length })
  return { operator, keys: [...retiredKeys(operator, sessions), ...passed] }
}

function retiredKeys(operator: Operator, sessions: readonly string[]): readonly ChangeKey[] {
  return [operatorKey(operator.id), ...sessions.map((id) => `session:${id}`)]
}
