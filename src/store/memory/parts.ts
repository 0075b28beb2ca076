/** What the ports of the directory share in memory: order, owners, and entries that go with whom they name. */

import { byBytes } from '../../core/by-bytes.ts'
import type { AccessList, Owner, ParentName, Permission } from '../directory-ports.ts'
import type { State } from './state.ts'

/** Order of permissions. */
export function byResource(a: Permission, b: Permission): number {
  return byBytes(a.resource, b.resource)
}

/** Order of (type, id). */
export function byTypeAndId(a: ParentName, b: ParentName): number {
  return byBytes(a.type, b.type) || byBytes(a.id, b.id)
}

/** Whether both are the same owner, or both nobody. */
export function isOwner(a: Owner | null, b: Owner | null): boolean {
  if (a === null || b === null) return a === b
  if ('operator' in a) return 'operator' in b && a.operator === b.operator
  return 'group' in b && a.group === b.group
}

/** The list with each id once, in order. */
export function tidyList(list: AccessList | null): AccessList | null {
  return list === null ? null : { operators: tidy(list.operators), groups: tidy(list.groups) }
}

/** The texts, each once, in order. */
export function tidy(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort(byBytes)
}

/** Takes the operator or group out of every access list; a list that is emptied stays a list. */
export function withoutEntry(state: State, kind: keyof AccessList, id: string): void {
  for (const [key, object] of state.objects) {
    const { accessList } = object
    if (!accessList?.[kind].includes(id)) continue
    const kept = accessList[kind].filter((entry) => entry !== id)
    state.objects.set(key, { ...object, accessList: { ...accessList, [kind]: kept } })
  }
}
