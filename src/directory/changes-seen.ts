/** Tells a reading under way what was changed meanwhile. */

import type { ChangeKey } from '../store/ports.ts'

export interface Reading {
  /** Whether any of the keys was changed since the reading began. */
  touches(keys: ReadonlySet<ChangeKey>): boolean
  end(): void
}

export interface ChangesSeen {
  begin(): Reading
  see(keys: readonly ChangeKey[] | 'all'): void
}

export function changesSeen(): ChangesSeen {
  const underWay = new Set<{ all: boolean; readonly keys: Set<ChangeKey> }>()
  return {
    begin() {
      const seen = { all: false, keys: new Set<ChangeKey>() }
      underWay.add(seen)
      return {
        touches: (keys) => seen.all || !seen.keys.isDisjointFrom(keys),
        end: () => void underWay.delete(seen),
      }
    },
    see(keys) {
      for (const seen of underWay) {
        if (keys === 'all') seen.all = true
        else for (const key of keys) seen.keys.add(key)
      }
    },
  }
}
