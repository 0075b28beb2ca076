/** Operators and their grants in memory. */

import { AppError } from '../../core/errors.ts'
import type { Grant, Operator, Operators } from '../ports.ts'
import { byBytes, type Reach, type State } from './state.ts'

export function memoryOperators(reach: Reach): Operators {
  return {
    async create(operator) {
      const state = reach()
      if (findOperator(state, operator.provider, operator.account) !== undefined) return false
      if (state.operators.has(operator.id)) throw new AppError('INTERNAL', `${operator.id} was given out before`)
      state.operators.set(operator.id, { ...operator, enabled: true, lastSignInAt: null, grants: [] })
      return true
    },
    load: async (id) => structuredClone(reach().operators.get(id)),
    find: async (provider, account) => structuredClone(findOperator(reach(), provider, account)),
    list: async (query) => structuredClone(listOperators(reach(), query)),
    async update(id, fields) {
      const { operators } = reach()
      const operator = operators.get(id)
      if (operator === undefined) return false
      operators.set(id, { ...operator, ...fields })
      return true
    },
    delete: async (id) => reach().operators.delete(id),
    async putGrant(operatorId, grant) {
      const { operators } = reach()
      const operator = operators.get(operatorId)
      if (operator === undefined) throw new AppError('INTERNAL', `there is no operator ${operatorId} to grant to`)
      const others = operator.grants.filter((other) => !isGrant(other, grant.role, grant.service))
      operators.set(operatorId, { ...operator, grants: [...others, { ...grant }].sort(byRoleAndService) })
    },
    async removeGrant(operatorId, role, service) {
      const { operators } = reach()
      const operator = operators.get(operatorId)
      const grants = operator?.grants.filter((grant) => !isGrant(grant, role, service))
      if (operator === undefined || grants === undefined || grants.length === operator.grants.length) return false
      operators.set(operatorId, { ...operator, grants })
      return true
    },
    async countHolders(role, now) {
      const holds = (grant: Grant) => isGrant(grant, role, null) && (grant.expiresAt === null || grant.expiresAt > now)
      return [...reach().operators.values()].filter(({ enabled, grants }) => enabled && grants.some(holds)).length
    },
  }
}

function findOperator(state: State, provider: string, account: string): Operator | undefined {
  return state.operators.values().find((operator) => operator.provider === provider && operator.account === account)
}

function listOperators(state: State, { account, after, limit }: Parameters<Operators['list']>[0]): readonly Operator[] {
  return [...state.operators.values()]
    .filter((operator) => account === undefined || operator.account === account)
    .filter((operator) => after === undefined || byAccountAndProvider(operator, after) > 0)
    .sort(byAccountAndProvider)
    .slice(0, limit)
}

type AccountKey = Pick<Operator, 'account' | 'provider'>

function byAccountAndProvider(a: AccountKey, b: AccountKey): number {
  return byBytes(a.account, b.account) || byBytes(a.provider, b.provider)
}

function byRoleAndService(a: Grant, b: Grant): number {
  return byBytes(a.role, b.role) || byBytes(a.service ?? '', b.service ?? '')
}

function isGrant(grant: Grant, role: string, service: string | null): boolean {
  return grant.role === role && grant.service === service
}
