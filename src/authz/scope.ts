/** Grants and roles that hold for part of the objects only. */

import type { Root } from './arbitration.ts'
import type { CompiledRole } from './compiled.ts'
import type { Scope } from './model.ts'
import type { Numbers } from './numbers.ts'

/** The entries of a scope: twice the number of the object that each names, one more with `children`. */
export type CompiledScope = readonly number[]

/** Compiles a scope. */
export function compileScope(scope: Scope, numbers: Numbers): CompiledScope {
  return scope.map(({ type, id, children }) => 2 * numbers.scoped(type, id) + (children ? 1 : 0))
}

/** Whether a scope holds for an object, by the numbers of itself and of what is above it: every entry names it, or with `children` one of these. */
export function scopeHolds(scope: CompiledScope, names: readonly number[]): boolean {
  for (const entry of scope) {
    const withChildren = entry % 2 === 1
    const object = (entry - (withChildren ? 1 : 0)) / 2
    if (withChildren ? !names.includes(object) : names[0] !== object) return false
  }
  return true
}

/** A scope on the way from the operator to statements: on a grant, or on a role. */
export type ScopeGate = { readonly scope: Scope; readonly compiled: CompiledScope } & (
  | { readonly root: Root; readonly role: null }
  | { readonly root: null; readonly role: CompiledRole }
)

/** The gates on all ways from `roots`. */
export function scopeGates(roots: readonly Root[], numbers: Numbers): readonly ScopeGate[] {
  const gates: ScopeGate[] = []
  for (const root of roots) {
    const scope = root.grant.scope ?? null
    if (scope !== null) gates.push({ scope, compiled: compileScope(scope, numbers), root, role: null })
  }
  const waiting = roots.flatMap(({ role }) => (role.scoped ? role : []))
  if (waiting.length === 0) return gates
  const seen = new Set<CompiledRole>()
  for (let role = waiting.pop(); role !== undefined; role = waiting.pop()) {
    if (seen.has(role)) continue
    seen.add(role)
    const { scope } = role
    if (scope !== null) gates.push({ scope, compiled: compileScope(scope, numbers), root: null, role })
    waiting.push(...role.parents.filter((parent) => parent.scoped))
  }
  return gates
}
