/** What tells two states of the directory apart, entry by entry. */

import { isDeepStrictEqual } from 'node:util'
import type { DirectoryObject, DirectoryRole, Group } from '../store/directory-ports.ts'
import type { Operator } from '../store/ports.ts'
import { type DirectoryModel, objectKey } from './model.ts'

/** Exactly one of the two is undefined when the entry is new or gone. */
export interface Difference<Entry> {
  readonly before: Entry | undefined
  readonly after: Entry | undefined
}

export interface Differences {
  readonly operators: readonly Difference<Operator>[]
  readonly roles: readonly Difference<DirectoryRole>[]
  readonly groups: readonly Difference<Group>[]
  readonly objects: readonly Difference<DirectoryObject>[]
}

/** The entries that differ: new and changed ones in the order of `after`, then those that are gone. */
export function differences(before: DirectoryModel, after: DirectoryModel): Differences {
  return {
    operators: compared(before.operators, after.operators, ({ id }) => id),
    roles: compared(before.roles, after.roles, ({ name }) => name),
    groups: compared(before.groups, after.groups, ({ id }) => id),
    objects: compared(before.objects, after.objects, objectKey),
  }
}

/** Whether there is no difference. */
export function isSame({ operators, roles, groups, objects }: Differences): boolean {
  return operators.length + roles.length + groups.length + objects.length === 0
}

function compared<Entry>(
  before: readonly Entry[],
  after: readonly Entry[],
  keyOf: (entry: Entry) => string,
): readonly Difference<Entry>[] {
  const old = new Map(before.map((entry) => [keyOf(entry), entry]))
  const changed = after.flatMap((entry): Difference<Entry>[] => {
    const known = old.get(keyOf(entry))
    old.delete(keyOf(entry))
    return known === entry || isDeepStrictEqual(known, entry) ? [] : [{ before: known, after: entry }]
  })
  return [...changed, ...[...old.values()].map((entry) => ({ before: entry, after: undefined }))]
}

/** What is in `after` and not, or not the same, in `before`; and the other way round. */
export function partDifferences<Part>(
  before: readonly Part[],
  after: readonly Part[],
  keyOf: (part: Part) => string,
): { readonly put: readonly Part[]; readonly removed: readonly Part[] } {
  const each = compared(before, after, keyOf)
  return {
    put: each.flatMap((difference) => difference.after ?? []),
    removed: each.flatMap((difference) => (difference.after === undefined ? (difference.before ?? []) : [])),
  }
}
