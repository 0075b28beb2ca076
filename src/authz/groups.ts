/** Numbers the forest of groups in pre-order, so that "is inside" is two comparisons. */

import type { CompiledGroup } from './compiled.ts'
import type { DirectoryGroup } from './model.ts'

/** One line for everything that keeps the groups from being a forest: ids and siblings' names given twice, unknown parents, cycles. */
export function groupProblems(groups: readonly DirectoryGroup[]): readonly string[] {
  const byId = new Map(groups.map((group) => [group.id, group]))
  const problems: string[] = []
  const seenIds = new Set<string>()
  const seenNames = new Set<string>()
  for (const { id, parent, name } of groups) {
    if (seenIds.has(id)) problems.push(`group ${id}: the id is given twice`)
    seenIds.add(id)
    const place = `${parent ?? ''}/${name}`
    if (seenNames.has(place)) problems.push(`group ${name}: there are two of that name in the same place`)
    seenNames.add(place)
    if (parent !== null && !byId.has(parent)) problems.push(`group ${name}: its parent ${parent} does not exist`)
  }
  const reached = new Set(preOrder(groups).map(({ group }) => group.id))
  const inCycle = groups.filter(({ id, parent }) => !reached.has(id) && (parent === null || byId.has(parent)))
  if (inCycle.length > 0 && problems.length === 0) {
    problems.push(`groups ${inCycle.map(({ name }) => name).join(', ')}: they are above themselves`)
  }
  return problems
}

/** The groups by id; they must be without problems. */
export function compileGroups(groups: readonly DirectoryGroup[]): ReadonlyMap<string, CompiledGroup> {
  const order = preOrder(groups)
  const compiled = new Map<string, CompiledGroup>()
  const open: { depth: number; group: CompiledGroup & { last: number } }[] = []
  order.forEach(({ group, depth }, first) => {
    while ((open.at(-1)?.depth ?? -1) >= depth) open.pop()
    const parent = open.at(-1)?.group ?? null
    const path = parent === null ? group.name : `${parent.path}/${group.name}`
    const each = { id: group.id, path, first, last: first, parent, roles: group.roles }
    open.push({ depth, group: each })
    compiled.set(group.id, each)
  })
  for (const group of [...compiled.values()].reverse()) widen(group.parent, group.last)
  return compiled
}

/** Whether `group` is `other` or inside it. */
export function isInside(group: CompiledGroup, other: CompiledGroup): boolean {
  return group.first >= other.first && group.first <= other.last
}

function widen(group: (CompiledGroup & { last: number }) | null, last: number): void {
  if (group !== null && group.last < last) group.last = last
}

/** Everything that hangs from a group without parent, each group before what is below it. */
function preOrder(groups: readonly DirectoryGroup[]): readonly { group: DirectoryGroup; depth: number }[] {
  const below = new Map<string | null, DirectoryGroup[]>()
  for (const group of groups) {
    const siblings = below.get(group.parent)
    if (siblings === undefined) below.set(group.parent, [group])
    else siblings.push(group)
  }
  const order: { group: DirectoryGroup; depth: number }[] = []
  const waiting = (below.get(null) ?? []).map((group) => ({ group, depth: 0 })).reverse()
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    order.push(next)
    const { depth } = next
    for (const child of below.get(next.group.id)?.toReversed() ?? []) waiting.push({ group: child, depth: depth + 1 })
  }
  return order
}
