/** The whole directory at one instant, as plain data. */

import type { DirectoryObject, DirectoryRole, Group, ObjectName } from '../store/directory-ports.ts'
import type { Operator, Ports } from '../store/ports.ts'

export interface DirectoryModel {
  /** In order of (account, provider). */
  readonly operators: readonly Operator[]
  /** In order of their names. */
  readonly roles: readonly DirectoryRole[]
  readonly groups: readonly Group[]
  /** In order of (service, type, id). */
  readonly objects: readonly DirectoryObject[]
}

export const EMPTY_MODEL: DirectoryModel = Object.freeze({ operators: [], roles: [], groups: [], objects: [] })

const PAGE = 1000

/** Everything that the directory holds. Inside a transaction it is of one revision. */
export async function loadModel({
  operators,
  roles,
  groups,
  objects,
}: Pick<Ports, 'operators' | 'roles' | 'groups' | 'objects'>): Promise<DirectoryModel> {
  return {
    operators: await pages((after: Operator | undefined) => operators.list(pageAfter(after))),
    roles: await roles.list(),
    groups: await groups.list(),
    objects: await pages((after: DirectoryObject | undefined) => objects.list(pageAfter(after))),
  }
}

function pageAfter<Item>(after: Item | undefined): { limit: number; after?: Item } {
  return after === undefined ? { limit: PAGE } : { limit: PAGE, after }
}

async function pages<Item>(load: (after: Item | undefined) => Promise<readonly Item[]>): Promise<readonly Item[]> {
  const all: Item[] = []
  while (true) {
    const page = await load(all.at(-1))
    all.push(...page)
    if (page.length < PAGE) return all
  }
}

/** The paths of the groups by id, `/` between their names. A group whose parents cannot be followed to the top has none. */
export function groupPaths(groups: readonly Group[]): ReadonlyMap<string, string> {
  const byId = new Map(groups.map((group) => [group.id, group]))
  const paths = new Map<string, string>()
  for (const group of groups) {
    const chain: Group[] = []
    let next: Group | undefined = group
    while (next !== undefined && !paths.has(next.id) && chain.length <= groups.length) {
      chain.push(next)
      next = next.parent === null ? undefined : byId.get(next.parent)
    }
    for (const each of chain.reverse()) {
      const above = each.parent === null ? '' : paths.get(each.parent)
      if (above !== undefined) paths.set(each.id, above === '' ? each.name : `${above}/${each.name}`)
    }
  }
  return paths
}

/** `type:id`; the first colon ends the type. */
export function objectText({ type, id }: Pick<ObjectName, 'type' | 'id'>): string {
  return `${type}:${id}`
}

/** A text for the object that no other object has. */
export function objectKey({ service, type, id }: ObjectName): string {
  return JSON.stringify([service, type, id])
}
