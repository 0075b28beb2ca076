/** Roles of the directory in memory. */

import { byBytes } from '../../core/by-bytes.ts'
import type { DirectoryRole, RoleKey, Roles } from '../directory-ports.ts'
import { byResource, tidy } from './parts.ts'
import type { Reach, State } from './state.ts'

export function memoryRoles(reach: Reach): Roles {
  return {
    list: async () => structuredClone([...reach().roles.values()].sort((a, b) => byBytes(a.name, b.name))),
    async create(role) {
      const { roles } = reach()
      if (roles.has(role.name)) return false
      roles.set(role.name, kept(role))
      return true
    },
    async replace(role) {
      const { roles } = reach()
      if (!roles.has(role.name)) return false
      roles.set(role.name, kept(role))
      return true
    },
    async uses(name) {
      const { operators, groups, roles } = reach()
      const names = (each: RoleKey): boolean => each.role === name
      const ids = (holders: Iterable<{ readonly id: string }>) => [...holders].map(({ id }) => id).sort(byBytes)
      return {
        operators: ids(operators.values().filter(({ grants }) => grants.some(names))),
        groups: ids(groups.values().filter((group) => group.roles.some(names))),
        roles: [...roles.values()]
          .filter(({ parents }) => parents.includes(name))
          .map((role) => role.name)
          .sort(byBytes),
      }
    },
    delete: async (name) => deleteRole(reach(), name),
  }
}

function kept(role: DirectoryRole): DirectoryRole {
  const { name, description, parents, permissions, scope } = structuredClone(role)
  return { name, description, parents: tidy(parents), permissions: permissions.toSorted(byResource), scope }
}

function deleteRole({ operators, groups, roles }: State, name: string): boolean {
  if (!roles.delete(name)) return false
  const others = <Each extends RoleKey>(given: readonly Each[]): readonly Each[] => given.filter((g) => g.role !== name)
  for (const [id, operator] of operators) operators.set(id, { ...operator, grants: others(operator.grants) })
  for (const [id, group] of groups) groups.set(id, { ...group, roles: others(group.roles) })
  for (const [child, role] of roles) {
    roles.set(child, { ...role, parents: role.parents.filter((parent) => parent !== name) })
  }
  return true
}
