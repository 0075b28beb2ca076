/** Grants and roles that hold for part of the objects only. */

import type { Root } from './arbitration.ts'
import type { CompiledRole } from './compiled.ts'
import type { ObjectFacts, Scope, ScopeEntry } from './model.ts'

/** Whether a scope holds for an object: every entry names it, or with `children` something above it. */
export function scopeHolds(scope: Scope, object: ObjectFacts): boolean {
  return scope.every((entry) => entryHolds(entry, object))
}

/** A scope on the way from the operator to statements: on a grant, or on a role. */
export type ScopeGate =
  | { readonly scope: Scope; readonly root: Root; readonly role: null }
  | { readonly scope: Scope; readonly root: null; readonly role: CompiledRole }

/** The gates on all ways from `roots`. */
export function scopeGates(roots: readonly Root[]): readonly ScopeGate[] {
  const gates: ScopeGate[] = []
  for (const root of roots) {
    const scope = root.grant.scope ?? null
    if (scope !== null) gates.push({ scope, root, role: null })
  }
  const seen = new Set<CompiledRole>()
  const waiting = roots.map(({ role }) => role).filter((role) => role.scoped)
  for (let role = waiting.pop(); role !== undefined; role = waiting.pop()) {
    if (seen.has(role)) continue
    seen.add(role)
    if (role.scope !== null) gates.push({ scope: role.scope, root: null, role })
    waiting.push(...role.parents.filter((parent) => parent.scoped))
  }
  return gates
}

function entryHolds({ type, id, children }: ScopeEntry, object: ObjectFacts): boolean {
  if (object.type === type && object.id === id) return true
  return children && object.ancestors.some((above) => above.type === type && above.id === id)
}
