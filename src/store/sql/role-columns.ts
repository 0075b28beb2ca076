/** Grants, permissions and scopes as columns. */

import { z } from 'zod'

import { byBytes } from '../../core/by-bytes.ts'
import { scopeKey } from '../../core/role-key.ts'
import type { Permission, RoleKey, Scope } from '../directory-ports.ts'

/** In the column `service`: for every service. */
const EVERY_SERVICE = ''

const Entries = z.array(z.tuple([z.string(), z.string(), z.boolean()]))
const Permissions = z.array(z.tuple([z.string(), z.enum(['allow', 'disable', 'deny'])]))

/** The columns that tell grants apart. */
export function roleColumns({ role, service, scope }: RoleKey): { role: string; service: string; scope: string } {
  return { role, service: service ?? EVERY_SERVICE, scope: scopeKey(scope) }
}

/** What `roleColumns` made columns of. */
export function toRoleKey({ role, service, scope }: { role: string; service: string; scope: string }): RoleKey {
  return { role, service: service === EVERY_SERVICE ? null : service, scope: toScope(scope) }
}

/** The services, in the column, of grants that reach `service`; with null those for every service alone. */
export function reachingServices(service: string | null): string[] {
  return service === null ? [EVERY_SERVICE] : [EVERY_SERVICE, service]
}

/** The scope in a column that holds its `scopeKey`. */
export function toScope(column: string): Scope {
  if (column === '') return null
  return Entries.parse(JSON.parse(column)).map(([type, id, children]) => ({ type, id, children }))
}

export function permissionsColumn(permissions: readonly Permission[]): string {
  const ordered = permissions.toSorted((a, b) => byBytes(a.resource, b.resource))
  return JSON.stringify(ordered.map(({ resource, effect }) => [resource, effect]))
}

export function toPermissions(column: string): readonly Permission[] {
  return Permissions.parse(JSON.parse(column)).map(([resource, effect]) => ({ resource, effect }))
}
