/** Writes differences of the forest: rows and audit records. */

import type { Group } from '../store/directory-ports.ts'
import { auditedRole } from './change.ts'
import { type Difference, partDifferences } from './differences.ts'
import { operatorKey } from './operator-facts.ts'
import { must, roleKeyText, type Step, type Writing, writeEach } from './writing.ts'

/** Groups above come before those below them. */
export async function writeGroups(writing: Writing, all: readonly Difference<Group>[]): Promise<void> {
  const present = all.flatMap(({ before, after }) => (after === undefined ? [] : [{ before, after }]))
  const sorted = present.toSorted((a, b) => depth(writing, a.after) - depth(writing, b.after))
  await writeEach(sorted, ({ before, after }) => writeGroup(writing, before, after))
}

/** A path names the group, so no file gives a group another name or parent, and what is free stays so. */
function writeGroup(writing: Writing, before: Group | undefined, after: Group): Step {
  const { change, keys, record } = writing
  const { groups } = change.ports
  const { id, label } = after
  const named = { group: id, path: pathOf(writing, after) }
  const steps: Promise<unknown>[] = []
  keys.add('groups')
  if (before === undefined) {
    steps.push(must(groups.create({ ...after, roles: [] }), `group ${named.path}`), record('group.created', named))
    if (label !== null) steps.push(record('group.changed', { ...named, before: null, label }))
  } else if (before.label !== label) {
    steps.push(must(groups.update(id, { label }), `group ${named.path}`))
    steps.push(record('group.changed', { ...named, before: pathOf(writing, before), label }))
  }
  return [...steps, ...writeGroupRoles(writing, before, after, named)]
}

function writeGroupRoles(
  { change, record }: Writing,
  before: Group | undefined,
  { id, roles }: Group,
  named: { readonly group: string; readonly path: string },
): Step {
  const { groups } = change.ports
  const { put, removed } = partDifferences(before?.roles ?? [], roles, roleKeyText)
  return [
    ...removed.flatMap((role) => [
      groups.removeRole(id, role),
      record('group-role.revoked', { ...named, ...auditedRole(role) }),
    ]),
    ...put.flatMap((role) => [
      groups.putRole(id, role),
      record('group-role.granted', { ...named, ...auditedRole(role) }),
    ]),
  ]
}

/** Those below come before those above them. */
export async function deleteGroups(writing: Writing, all: readonly Difference<Group>[]): Promise<void> {
  const { change, keys, record } = writing
  const { groups } = change.ports
  const gone = all.flatMap(({ before, after }) => (before === undefined || after !== undefined ? [] : [before]))
  const members = new Map<string, readonly string[]>()
  await writeEach(gone, ({ id }) => [groups.members(id).then((ids) => members.set(id, ids))])
  const deepestFirst = gone.toSorted((a, b) => depth(writing, b) - depth(writing, a))
  await writeEach(deepestFirst, (group) => {
    const left = members.get(group.id) ?? []
    const named = { group: group.id, path: pathOf(writing, group) }
    keys.add('groups')
    for (const id of left) keys.add(operatorKey(id))
    return [
      must(groups.delete(group.id), `group ${named.path}`),
      record('group.deleted', { ...named, members: left.length }),
    ]
  })
}

function pathOf({ paths }: Writing, { id, name }: Group): string {
  return paths.get(id) ?? name
}

function depth(writing: Writing, group: Group): number {
  return pathOf(writing, group).split('/').length
}
