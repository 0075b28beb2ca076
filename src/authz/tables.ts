/** Tables of outcomes, made once for each set of roles: most operators share theirs. */

import { LRUCache } from 'lru-cache'
import { fillTable, type OwnStatements, type Root, reachedRoles, type Table } from './arbitration.ts'
import type { CompiledRole, ResourceIndex } from './compiled.ts'

/** The table for granted roles, less what `excluded` roles bring, with statements on the operator himself. */
export type TableOf = (roots: readonly Root[], own: OwnStatements | null, excluded: ReadonlySet<CompiledRole>) => Table

const KEPT = 10_000

/** Tables for one profile; those used last are kept. */
export function tables(profile: string, resources: ResourceIndex): TableOf {
  const known = new LRUCache<string, Table>({ max: KEPT })
  return (roots, own, excluded) => {
    const signature = own === null ? signatureOf(roots, excluded) : null
    const before = signature === null ? undefined : known.get(signature)
    if (before !== undefined) return before
    const table = fillTable(profile, resources, reachedRoles(roots, excluded), own)
    if (signature !== null) known.set(signature, table)
    return table
  }
}

/** Equal for what leads to equal tables: the roles with their distances, in one order, and what is left out. */
function signatureOf(roots: readonly Root[], excluded: ReadonlySet<CompiledRole>): string {
  const [only] = roots
  if (only !== undefined && roots.length === 1 && excluded.size === 0) return String(keyOf(only))
  const keys = new Set(roots.map(keyOf))
  const left = excluded.size === 0 ? '' : `-${sorted([...excluded].map(({ index }) => index))}`
  return `${sorted([...keys])}${left}`
}

/** A role and whether it is the operator's own or his group's, as one number. */
function keyOf({ role, distance }: Root): number {
  return role.index * 2 + (distance % 2)
}

function sorted(numbers: number[]): string {
  return numbers.sort((one, other) => one - other).join(',')
}
