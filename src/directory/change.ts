/** What one change of the directory works with: the ports of its transaction, the clock, and who makes it. */

import type { AuditDetail, AuditEvent } from '../audit/events.ts'
import { auditRecord } from '../audit/record.ts'
import type { Snapshot } from '../authz/model.ts'
import { compileSnapshot, type SnapshotService } from '../authz/snapshot.ts'
import { AppError } from '../core/errors.ts'
import { ADMINISTRATOR } from '../core/names.ts'
import type { Random } from '../core/random.ts'
import { scopeKey } from '../core/role-key.ts'
import type { Clock } from '../core/time.ts'
import { isoTime } from '../core/time.ts'
import type { Profile } from '../profiles/profile.ts'
import type { RoleGrant } from '../store/directory-ports.ts'
import type { ChangeKey, Grant, Operator, Operators, Ports } from '../store/ports.ts'
import { checkNoGuest } from './guests.ts'

export interface Change {
  readonly ports: Ports
  readonly clock: Clock
  readonly random: Random
  readonly services: readonly SnapshotService[]
  readonly profiles: ReadonlyMap<string, Profile>
  /** Operator id of who makes the change; null: the command. */
  readonly actor: string | null
}

/** What a change did; without keys nothing changed and nothing is published. */
export interface Done {
  readonly operator: Operator
  readonly keys: readonly ChangeKey[]
}

/** The roles that there are inside the change; those of the directory are read when `role` is none that a profile ships. */
export async function rolesInForce({ ports, services, profiles }: Change, role: string): Promise<Snapshot> {
  const shipped = compileSnapshot({ services, profiles, revision: 0 })
  if (role === ADMINISTRATOR || shipped.roles.has(role)) return shipped
  return compileSnapshot({ services, profiles, roles: await ports.roles.list(), revision: 0 })
}

/** How an administrator names an operator. Without a provider it is the only operator of that account. */
export interface OperatorName {
  readonly account: string
  /** Identity provider's id, `local`, or null. */
  readonly provider: string | null
}

/** Writes the event into the audit, inside the change's transaction. */
export async function recordChange<Event extends AuditEvent>(
  { ports, clock, random, actor }: Change,
  event: Event,
  detail: AuditDetail<Event>,
): Promise<void> {
  await ports.audit.append(auditRecord({ clock, random }, event, { actor, detail }))
}

/** The named operator, compared exactly. OPERATOR_UNKNOWN; GUEST_FIXED for a guest; BAD_REQUEST when several providers have the account and none is named. */
export async function findOperator(operators: Operators, { account, provider }: OperatorName): Promise<Operator> {
  checkNoGuest({ account, provider })
  if (provider !== null) {
    const operator = await operators.find(provider, account)
    if (operator !== undefined) return operator
    throw new AppError('OPERATOR_UNKNOWN', `identity provider ${provider} has no operator ${account}`)
  }
  const [operator, another] = await operators.list({ account, limit: 2 })
  if (operator === undefined) throw new AppError('OPERATOR_UNKNOWN', `there is no operator ${account}`)
  if (another === undefined) return operator
  throw new AppError('BAD_REQUEST', `several identity providers have an operator ${account}; name the provider`)
}

/** The operator of that id, who is known to be there. */
export async function reloadOperator({ operators }: Pick<Ports, 'operators'>, id: string): Promise<Operator> {
  const operator = await operators.load(id)
  if (operator === undefined) throw new AppError('INTERNAL', `operator ${id} vanished inside a transaction`)
  return operator
}

/** The audit's keys for an operator. */
export function auditedOperator(operator: Pick<Operator, 'id' | 'account' | 'provider'>) {
  return { operator: operator.id, account: operator.account, provider: operator.provider }
}

/** The audit's keys for a role that somebody is given. */
export function auditedRole({ role, service, scope, expiresAt }: RoleGrant) {
  return { role, service, scope: scope === null ? null : scopeKey(scope), expiresAt: isoTime(expiresAt) }
}

/** The audit's keys for a grant of an operator. */
export function auditedGrant(operator: Pick<Operator, 'id' | 'account' | 'provider'>, grant: Grant) {
  return { ...auditedOperator(operator), ...auditedRole(grant), source: grant.source }
}
