/** What tells the grants of one holder apart: role, service and scope. */

import type { RoleKey, Scope } from '../store/directory-ports.ts'
import { byBytes } from './by-bytes.ts'

/** A text for the scope: empty for everywhere; the same for scopes of the same entries, whatever their order. */
export function scopeKey(scope: Scope): string {
  if (scope === null) return ''
  const entries = scope.map(({ type, id, children }) => JSON.stringify([type, id, children])).sort(byBytes)
  return `[${[...new Set(entries)].join(',')}]`
}

/** Whether both are the same role for the same service in the same scope. */
export function isSameRole(a: RoleKey, b: RoleKey): boolean {
  return a.role === b.role && a.service === b.service && scopeKey(a.scope) === scopeKey(b.scope)
}

/** Order of (role, service, scope), null first. */
export function byRole(a: RoleKey, b: RoleKey): number {
  return (
    byBytes(a.role, b.role) ||
    byBytes(a.service ?? '', b.service ?? '') ||
    byBytes(scopeKey(a.scope), scopeKey(b.scope))
  )
}
