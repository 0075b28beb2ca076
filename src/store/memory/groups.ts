/** Groups and memberships in memory. */

import { byBytes } from '../../core/by-bytes.ts'
import { AppError } from '../../core/errors.ts'
import { byRole, isSameRole } from '../../core/role-key.ts'
import type { Group, Groups, Membership, RoleGrant } from '../directory-ports.ts'
import type { Operator } from '../ports.ts'
import { isOwner, withoutEntry } from './parts.ts'
import type { Reach, State } from './state.ts'

export function memoryGroups(reach: Reach): Groups {
  return {
    list: async () => structuredClone([...reach().groups.values()].sort(byParentAndName)),
    load: async (id) => structuredClone(reach().groups.get(id)),
    async create({ id, parent, name, label, roles }) {
      const { groups } = reach()
      checkParent(groups, parent)
      if (groups.has(id)) throw new AppError('INTERNAL', `${id} was given out before`)
      if (isTaken(groups, { id, parent, name })) return false
      groups.set(id, { id, parent, name, label, roles: rolesOf(structuredClone(roles)) })
      return true
    },
    async update(id, fields) {
      const { groups } = reach()
      const group = groups.get(id)
      if (group === undefined) return false
      const next = { ...group, ...fields }
      checkParent(groups, next.parent)
      if (isTaken(groups, next)) return false
      groups.set(id, next)
      return true
    },
    delete: async (id) => deleteGroup(reach(), id),
    async putRole(id, role) {
      const { groups } = reach()
      const group = groups.get(id)
      if (group === undefined) throw new AppError('INTERNAL', `there is no group ${id} to grant to`)
      groups.set(id, { ...group, roles: rolesOf([...group.roles, structuredClone(role)]) })
    },
    async removeRole(id, unwanted) {
      const { groups } = reach()
      const group = groups.get(id)
      const roles = group?.roles.filter((role) => !isSameRole(role, unwanted))
      if (group === undefined || roles === undefined || roles.length === group.roles.length) return false
      groups.set(id, { ...group, roles })
      return true
    },
    async putMember(operatorId, membership) {
      const { operators, groups } = reach()
      const operator = operators.get(operatorId)
      if (operator === undefined || !groups.has(membership.group)) {
        throw new AppError('INTERNAL', `there is no operator ${operatorId} or no group ${membership.group}`)
      }
      const rights = structuredClone(membership.rights).toSorted((a, b) => byBytes(a.right, b.right))
      const { group, source } = membership
      operators.set(operatorId, withMemberships(operator, group, [{ group, rights, source }]))
    },
    async removeMember(operatorId, group) {
      const { operators } = reach()
      const operator = operators.get(operatorId)
      if (operator?.memberships.some((each) => each.group === group) !== true) return false
      operators.set(operatorId, withMemberships(operator, group, []))
      return true
    },
    async members(group) {
      const members = reach().operators.values()
      return [...members.filter(({ memberships }) => memberships.some((each) => each.group === group))]
        .map(({ id }) => id)
        .sort(byBytes)
    },
  }
}

type Place = Pick<Group, 'id' | 'parent' | 'name'>

function byParentAndName(a: Place, b: Place): number {
  return byBytes(a.parent ?? '', b.parent ?? '') || byBytes(a.name, b.name)
}

/** A role that stands twice is the later one. */
function rolesOf(roles: readonly RoleGrant[]): readonly RoleGrant[] {
  return roles.filter((role, index) => !roles.slice(index + 1).some((later) => isSameRole(role, later))).sort(byRole)
}

function isTaken(groups: State['groups'], { id, parent, name }: Place): boolean {
  return groups.values().some((other) => other.id !== id && other.parent === parent && other.name === name)
}

function checkParent(groups: State['groups'], parent: string | null): void {
  if (parent !== null && !groups.has(parent)) throw new AppError('INTERNAL', `there is no group ${parent}`)
}

function deleteGroup(state: State, id: string): boolean {
  const { operators, groups, objects } = state
  if (!groups.has(id)) return false
  const inUse =
    groups.values().some(({ parent }) => parent === id) ||
    objects.values().some(({ owner }) => isOwner(owner, { group: id }))
  if (inUse) throw new AppError('INTERNAL', `group ${id} has groups below it or owns objects`)
  groups.delete(id)
  for (const [operatorId, operator] of operators) operators.set(operatorId, withMemberships(operator, id, []))
  withoutEntry(state, 'groups', id)
  return true
}

/** The operator with these memberships in place of the one in `group`. */
function withMemberships(operator: Operator, group: string, memberships: readonly Membership[]): Operator {
  const others = operator.memberships.filter((each) => each.group !== group)
  return { ...operator, memberships: [...others, ...memberships].sort((a, b) => byBytes(a.group, b.group)) }
}
