/** What a directory file would change, for the reader: one line an entry. */

import { isDeepStrictEqual } from 'node:util'
import type { Difference, Differences } from '../differences.ts'
import { type DirectoryModel, EMPTY_MODEL } from '../model.ts'
import { type DirectoryNames, directoryContent, directoryNames } from './write.ts'

export type EntryKind = 'operator' | 'role' | 'group' | 'object'

/** One entry that is created, changed or deleted. */
export interface EntryChange {
  readonly action: 'create' | 'change' | 'delete'
  readonly kind: EntryKind
  /** Account and provider, name, path, or service and `type:id`. */
  readonly name: string
  /** The keys of the entry that differ, as the file writes them; of a new entry those that say something. */
  readonly changes: readonly { readonly key: string; readonly before: unknown; readonly after: unknown }[]
}

type Entry = Readonly<Record<string, unknown>>
type Section = 'operators' | 'roles' | 'groups' | 'objects'

const KINDS: Readonly<Record<Section, EntryKind>> = {
  operators: 'operator',
  roles: 'role',
  groups: 'group',
  objects: 'object',
}

/** The changes in the order in which they would be made. */
export function describeDifferences(
  found: Differences,
  { before, after }: { before: DirectoryModel; after: DirectoryModel },
): readonly EntryChange[] {
  const sections: readonly Section[] = ['roles', 'groups', 'operators', 'objects']
  const [oldNames, names] = [directoryNames(before), directoryNames(after)]
  return sections.flatMap((section) => {
    const old = written(oldNames, found[section], 'before', section)
    const fresh = written(names, found[section], 'after', section)
    return found[section].flatMap((_, index) => entryChange(section, old[index], fresh[index]))
  })
}

/** Each side of the differences as the file would write it, in their order; undefined where there is none. */
function written(
  names: DirectoryNames,
  found: readonly Difference<unknown>[],
  side: 'before' | 'after',
  section: Section,
): readonly (Entry | undefined)[] {
  return found.map((difference) => {
    const entry = difference[side]
    if (entry === undefined) return undefined
    const content = directoryContent({ ...EMPTY_MODEL, [section]: [entry] }, names)[section]
    return Array.isArray(content) ? (content[0] as Entry) : undefined
  })
}

function entryChange(section: Section, before: Entry | undefined, after: Entry | undefined): readonly EntryChange[] {
  const entry = after ?? before
  if (entry === undefined) return []
  const named = { kind: KINDS[section], name: nameOf(section, entry) }
  if (after === undefined) return [{ action: 'delete', ...named, changes: [] }]
  const keys = Object.keys(after).filter((key) => !NAMES[section].includes(key))
  const changes = keys
    .map((key) => ({ key, before: before?.[key], after: after[key] }))
    .filter((each) => (before === undefined ? saysSomething(each.after) : !isDeepStrictEqual(each.before, each.after)))
  if (before === undefined) {
    return [{ action: 'create', ...named, changes: changes.map((each) => ({ ...each, before: null })) }]
  }
  return changes.length === 0 ? [] : [{ action: 'change', ...named, changes }]
}

const NAMES: Readonly<Record<Section, readonly string[]>> = {
  operators: ['account', 'provider'],
  roles: ['name'],
  groups: ['path'],
  objects: ['service', 'type', 'id'],
}

function nameOf(section: Section, entry: Entry): string {
  if (section === 'operators') return `${entry['account']} (${entry['provider']})`
  if (section === 'objects') return `${entry['service']} ${entry['type']}:${entry['id']}`
  return String(entry[section === 'roles' ? 'name' : 'path'])
}

function saysSomething(value: unknown): boolean {
  if (value === null || value === true) return false
  if (Array.isArray(value)) return value.length > 0
  return typeof value !== 'object' || Object.keys(value).length > 0
}
