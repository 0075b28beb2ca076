/**
 * Changes of operators and their roles by an administrator. Each is one transaction: rows, audit record, revision.
 * Refusals are AppErrors with a code; their detail is meant for the administrator.
 *
 * An operator is found by (provider, account), compared exactly: `Ann@example.com` and `ann@example.com` are two. He is
 * known everywhere else by his id, which is never given out again, so a deleted and recreated account inherits nothing.
 */

import type { Operator, Operators } from '../store/ports.ts'
import { type Change, type Done, findOperator, type OperatorName } from './change.ts'
import { type Actor, committer, type DirectoryParts } from './commit.ts'
import type { RoleAssignment } from './grants.ts'
import type { Heir } from './heirs.ts'
import {
  createOperator,
  disableOperator,
  enableOperator,
  type OperatorDraft,
  removeOperator,
} from './operator-changes.ts'
import { grantRole, revokeRole } from './role-changes.ts'

/**
 * Every change returns the operator as he is afterwards (`remove`: as he was). All of them throw STORE_UNAVAILABLE; all
 * but `create` and `list` throw OPERATOR_UNKNOWN, and BAD_REQUEST when several providers have the account and none is named.
 */
export interface Directory {
  /** An enabled operator with these roles. Throws OPERATOR_EXISTS, BAD_REQUEST and what `grant` throws; then nobody is created. */
  create(draft: OperatorDraft, actor: Actor): Promise<Operator>
  /** Throws ROLE_UNKNOWN, SERVICE_UNKNOWN, GRANT_EXISTS (whatever the source of the grant that is there). */
  grant(name: OperatorName, role: RoleAssignment, actor: Actor): Promise<Operator>
  /** Throws GRANT_UNKNOWN, ROLE_LOCKED, LAST_ADMINISTRATOR. A role that exists no longer can be revoked. */
  revoke(name: OperatorName, role: RoleAssignment, actor: Actor): Promise<Operator>
  /** Nothing changes for an operator that is enabled. */
  enable(name: OperatorName, actor: Actor): Promise<Operator>
  /** Ends all his sessions; a locked role is no obstacle. Nothing changes for an operator that is disabled. Throws LAST_ADMINISTRATOR. */
  disable(name: OperatorName, actor: Actor): Promise<Operator>
  /** Takes the operator away with his roles and sessions; a locked role is no obstacle. What he owns goes to the heir. Throws LAST_ADMINISTRATOR, OWNER_IN_USE, OBJECT_PENDING; SELF_DELETION when he is the actor. */
  remove(name: OperatorName, heir: Heir, actor: Actor): Promise<Operator>
  show(name: OperatorName): Promise<Operator>
  /** All operators, ordered by (account, provider). */
  list(): AsyncGenerator<Operator>
}

const PAGE = 500

/** Changes of operators; see `committer`. */
export function directory(parts: DirectoryParts): Directory {
  const { store } = parts
  const commitAny = committer(parts)
  const commit = (actor: Actor, work: (change: Change) => Promise<Done>): Promise<Operator> =>
    commitAny(actor, async (change) => {
      const { operator, keys } = await work(change)
      return { value: operator, keys }
    })

  return {
    create: (draft, actor) => commit(actor, (change) => createOperator(change, draft)),
    grant: (name, role, actor) => commit(actor, (change) => grantRole(change, name, role)),
    revoke: (name, role, actor) => commit(actor, (change) => revokeRole(change, name, role)),
    enable: (name, actor) => commit(actor, (change) => enableOperator(change, name)),
    disable: (name, actor) => commit(actor, (change) => disableOperator(change, name)),
    remove: (name, heir, actor) => commit(actor, (change) => removeOperator(change, name, heir)),
    show: (name) => findOperator(store.operators, name),
    list: () => listOperators(store.operators),
  }
}

async function* listOperators(operators: Operators): AsyncGenerator<Operator> {
  let page = await operators.list({ limit: PAGE })
  while (true) {
    yield* page
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) return
    page = await operators.list({ after: { account: last.account, provider: last.provider }, limit: PAGE })
  }
}
