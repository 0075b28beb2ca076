/** Operators, their grants and permissions in memory. */

import { byBytes } from '../../core/by-bytes.ts'
import { AppError } from '../../core/errors.ts'
import { GUEST } from '../../core/guest.ts'
import { byRole, isSameRole } from '../../core/role-key.ts'
import type { Instant } from '../../core/time.ts'
import type { RoleGrant } from '../directory-ports.ts'
import type { Operator, Operators } from '../ports.ts'
import { byResource, isOwner, withoutEntry } from './parts.ts'
import type { Reach, State } from './state.ts'

export function memoryOperators(reach: Reach): Operators {
  return {
    async create({ id, provider, account, displayName, email, createdAt }) {
      const { operators } = reach()
      if (findOperator(reach(), provider, account) !== undefined) return false
      if (operators.has(id)) throw new AppError('INTERNAL', `${id} was given out before`)
      const nothing = { enabled: true, lastSignInAt: null, grants: [], permissions: [], memberships: [] }
      operators.set(id, { id, provider, account, displayName, email, createdAt, ...nothing })
      return true
    },
    createAll: async (all) => createAll(reach(), all),
    load: async (id) => structuredClone(reach().operators.get(id)),
    find: async (provider, account) => structuredClone(findOperator(reach(), provider, account)),
    list: async (query) => structuredClone(listOperators(reach(), query)),
    async update(id, { permissions, ...fields }) {
      const { operators } = reach()
      const operator = operators.get(id)
      if (operator === undefined) return false
      const said = permissions === undefined ? {} : { permissions: structuredClone(permissions).toSorted(byResource) }
      operators.set(id, { ...operator, ...fields, ...said })
      return true
    },
    delete: async (id) => deleteOperator(reach(), id),
    async putGrant(operatorId, grant) {
      const { operators } = reach()
      const operator = operators.get(operatorId)
      if (operator === undefined) throw new AppError('INTERNAL', `there is no operator ${operatorId} to grant to`)
      const others = operator.grants.filter((other) => !isSameRole(other, grant))
      operators.set(operatorId, { ...operator, grants: [...others, structuredClone(grant)].sort(byRole) })
    },
    async removeGrant(operatorId, unwanted) {
      const { operators } = reach()
      const operator = operators.get(operatorId)
      const grants = operator?.grants.filter((grant) => !isSameRole(grant, unwanted))
      if (operator === undefined || grants === undefined || grants.length === operator.grants.length) return false
      operators.set(operatorId, { ...operator, grants })
      return true
    },
    countHolders: async (held, now) => countHolders(reach(), held, now),
  }
}

function createAll({ operators, groups }: State, all: readonly Operator[]): void {
  const fresh = new Map<string, Operator>()
  const accounts = new Set([...operators.values()].map(accountText))
  for (const operator of structuredClone(all)) {
    const { id, memberships } = operator
    const isNew = !operators.has(id) && !fresh.has(id) && !accounts.has(accountText(operator))
    if (!isNew || memberships.some(({ group }) => !groups.has(group))) {
      throw new AppError('INTERNAL', `${id} is there already, or a group of his is not`)
    }
    accounts.add(accountText(operator))
    fresh.set(id, operator)
  }
  for (const [id, operator] of fresh) operators.set(id, operator)
}

function accountText({ provider, account }: Operator): string {
  return JSON.stringify([provider, account])
}

function findOperator(state: State, provider: string, account: string): Operator | undefined {
  return state.operators.values().find((operator) => operator.provider === provider && operator.account === account)
}

function listOperators(state: State, { account, after, limit }: Parameters<Operators['list']>[0]): readonly Operator[] {
  return [...state.operators.values()]
    .filter(({ provider }) => provider !== GUEST)
    .filter((operator) => account === undefined || operator.account === account)
    .filter((operator) => after === undefined || byAccountAndProvider(operator, after) > 0)
    .sort(byAccountAndProvider)
    .slice(0, limit)
}

function deleteOperator(state: State, id: string): boolean {
  if (!state.operators.has(id)) return false
  if (state.objects.values().some((object) => isOwner(object.owner, { operator: id }))) {
    throw new AppError('INTERNAL', `operator ${id} owns objects`)
  }
  state.operators.delete(id)
  withoutEntry(state, 'operators', id)
  return true
}

function countHolders(
  { operators, groups }: State,
  { roles, service }: Parameters<Operators['countHolders']>[0],
  now: Instant,
): number {
  const holds = (grant: RoleGrant): boolean =>
    roles.includes(grant.role) &&
    grant.scope === null &&
    (grant.service === null || grant.service === service) &&
    (grant.expiresAt === null || grant.expiresAt > now)
  return [...operators.values()].filter(
    ({ enabled, grants, memberships }) =>
      enabled && (grants.some(holds) || memberships.some(({ group }) => groups.get(group)?.roles.some(holds))),
  ).length
}

type AccountKey = Pick<Operator, 'account' | 'provider'>

function byAccountAndProvider(a: AccountKey, b: AccountKey): number {
  return byBytes(a.account, b.account) || byBytes(a.provider, b.provider)
}
