/** Numbers the forest of groups in pre-order, so that "is inside" is two comparisons. */

import { failed, ok, type Result } from '../core/result.ts'
import type { CompiledGroup } from './compiled.ts'
import type { DirectoryGroup } from './model.ts'

/** The forest: its groups by id, or one line for everything that keeps them from being one. */
export function compileGroups(
  groups: readonly DirectoryGroup[],
): Result<ReadonlyMap<string, CompiledGroup>, readonly string[]> {
  const below = childrenOf(groups)
  const order = preOrder(below)
  const problems =
    order.length < groups.length || hasTwins(below) || hasTwice(groups) ? groupProblems(groups, order) : []
  return problems.length > 0 ? failed(problems) : ok(numbered(order))
}

function groupProblems(groups: readonly DirectoryGroup[], order: readonly Placed[]): readonly string[] {
  const ids = new Set(groups.map(({ id }) => id))
  const twice = repeated(groups.map(({ id }) => id)).map((id) => `group ${id}: the id is given twice`)
  const twins = repeated(groups.map(({ parent, name }) => JSON.stringify([parent, name])))
  const orphans = groups.filter(({ parent }) => parent !== null && !ids.has(parent))
  const problems = [
    ...twice,
    ...twins.map((place) => `group ${JSON.parse(place)[1]}: there are two of that name in the same place`),
    ...orphans.map(({ name, parent }) => `group ${name}: its parent ${parent} does not exist`),
  ]
  if (problems.length > 0) return problems
  const reached = new Set(order.map(({ group }) => group))
  const stuck = groups.filter((group) => !reached.has(group)).map(({ name }) => name)
  return stuck.length === 0 ? [] : [`groups ${stuck.join(', ')}: they are above themselves`]
}

function hasTwins(below: ReadonlyMap<string | null, readonly DirectoryGroup[]>): boolean {
  for (const siblings of below.values()) {
    if (siblings.length > 1 && new Set(siblings.map(({ name }) => name)).size < siblings.length) return true
  }
  return false
}

function hasTwice(groups: readonly DirectoryGroup[]): boolean {
  return new Set(groups.map(({ id }) => id)).size < groups.length
}

function repeated(keys: readonly string[]): readonly string[] {
  const seen = new Set<string>()
  return keys.filter((key) => seen.size === seen.add(key).size)
}

type Widening = CompiledGroup & { last: number }

function numbered(order: readonly Placed[]): ReadonlyMap<string, CompiledGroup> {
  const compiled = new Map<string, CompiledGroup>()
  const open: { depth: number; group: Widening }[] = []
  const inOrder: { group: Widening; parent: Widening | null }[] = []
  for (const { group, depth } of order) {
    while ((open.at(-1)?.depth ?? -1) >= depth) open.pop()
    const parent = open.at(-1)?.group ?? null
    const path = parent === null ? group.name : `${parent.path}/${group.name}`
    const first = compiled.size
    const each = { id: group.id, path, first, last: first, parent, roles: group.roles }
    open.push({ depth, group: each })
    compiled.set(group.id, each)
    inOrder.push({ group: each, parent })
  }
  // Backwards, what is below is wide already.
  for (const { group, parent } of inOrder.reverse()) {
    if (parent !== null && parent.last < group.last) parent.last = group.last
  }
  return compiled
}

/** Whether the group at a place of the forest, its `first`, is `other` or inside it. */
export function isInside(place: number, { first, last }: CompiledGroup): boolean {
  return place >= first && place <= last
}

interface Placed {
  readonly group: DirectoryGroup
  readonly depth: number
}

function childrenOf(groups: readonly DirectoryGroup[]): ReadonlyMap<string | null, readonly DirectoryGroup[]> {
  const below = new Map<string | null, DirectoryGroup[]>()
  for (const group of groups) {
    const siblings = below.get(group.parent)
    if (siblings === undefined) below.set(group.parent, [group])
    else siblings.push(group)
  }
  return below
}

/** Everything that hangs from a group without parent, each group before what is below it. */
function preOrder(below: ReadonlyMap<string | null, readonly DirectoryGroup[]>): readonly Placed[] {
  const order: Placed[] = []
  const waiting: Placed[] = []
  const push = (parent: string | null, depth: number) => {
    const children = below.get(parent) ?? []
    for (let place = children.length - 1; place >= 0; place -= 1) {
      const group = children[place]
      if (group !== undefined) waiting.push({ group, depth })
    }
  }
  push(null, 0)
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    order.push(next)
    push(next.group.id, next.depth + 1)
  }
  return order
}
