/** The forest as a directory file makes it. */

import { byBytes } from '../../core/by-bytes.ts'
import type { Group, RoleGrant } from '../../store/directory-ports.ts'
import { groupPaths } from '../model.ts'
import type { FilePath, ProblemList } from './problems.ts'
import type { FileGroup } from './schema.ts'

export interface GroupDraft {
  /**
   * Id of the group of that path. One that is not there is made when its first group is known: a path names the chain of
   * its parents. Otherwise undefined, and a problem.
   */
  refer(names: readonly string[], path: FilePath): string | undefined
  /** The groups, with what `rolesOf` reads of those that the file describes. */
  finish(rolesOf: (group: FileGroup, path: FilePath) => readonly RoleGrant[] | undefined): readonly Group[]
  /** Path of a group, for the reader. */
  nameOf(id: string): string
}

interface Node {
  readonly group: Group
  /** The file names it, or something below it. */
  named: boolean
}

/** Begins with the groups that are there and makes those that the file describes. */
export function groupDraft(
  current: readonly Group[],
  described: readonly FileGroup[] | undefined,
  { prune, newId, problems }: { prune: boolean; newId: () => string; problems: ProblemList },
): GroupDraft {
  const nodes = new Map<string, Node>()
  const paths = new Map(groupPaths(current))
  for (const group of current) nodes.set(paths.get(group.id) ?? group.id, { group, named: false })

  function make(names: readonly string[]): Node {
    const path = names.join('/')
    const above = names.length > 1 ? make(names.slice(0, -1)) : undefined
    const known = nodes.get(path)
    const parent = above?.group.id ?? null
    const node = known ?? {
      group: { id: newId(), parent, name: names.at(-1) ?? '', label: null, roles: [] },
      named: true,
    }
    node.named = true
    nodes.set(path, node)
    paths.set(node.group.id, path)
    return node
  }

  const seen = new Set<string>()
  described?.forEach(({ path }, index) => {
    if (seen.has(path.join('/'))) problems.add(['groups', index, 'path'], `the group ${path.join('/')} is there twice`)
    seen.add(path.join('/'))
    make(path)
  })

  return {
    refer(names, path) {
      const root = names[0] ?? ''
      if (nodes.has(root)) return make(names).group.id
      problems.add(path, `there is no group ${names.join('/')}`)
      return undefined
    },
    finish(rolesOf) {
      const next = new Map([...nodes.values()].map(({ group }) => [group.id, group]))
      described?.forEach((group, index) => {
        const node = nodes.get(group.path.join('/'))
        if (node === undefined) return
        const roles = rolesOf(group, ['groups', index, 'roles'])
        next.set(node.group.id, {
          ...node.group,
          ...(group.label !== undefined && { label: group.label }),
          ...(roles !== undefined && { roles }),
        })
      })
      const pruned = prune && described !== undefined
      for (const { group, named } of nodes.values()) if (pruned && !named) next.delete(group.id)
      return [...next.values()].sort((a, b) => byBytes(a.parent ?? '', b.parent ?? '') || byBytes(a.name, b.name))
    },
    nameOf: (id) => paths.get(id) ?? id,
  }
}
