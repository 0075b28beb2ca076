/** Revisions and restores in memory. */

import { instant } from '../../core/time.ts'
import type { Restores, Revisions } from '../ports.ts'
import type { Reach } from './state.ts'

const KEPT_REVISIONS = 10_000

export function memoryRevisions(reach: Reach): Revisions {
  return {
    head: async () => reach().head,
    async publish(keys) {
      const state = reach()
      state.head += 1
      state.changes.push({ n: state.head, keys: [...keys] })
      if (state.changes.length > KEPT_REVISIONS) state.changes.shift()
      return state.head
    },
    async changesSince(since) {
      const { head, changes } = reach()
      const floor = head - changes.length
      const keys = new Set(changes.filter(({ n }) => n > since).flatMap((change) => change.keys))
      return { head, keys: [...keys], complete: since >= floor && since <= head }
    },
  }
}

export function memoryRestores(reach: Reach): Restores {
  return {
    async record(at) {
      const state = reach()
      state.restoredAt = instant(Math.max(at, state.restoredAt ?? at))
    },
    last: async () => reach().restoredAt,
  }
}
