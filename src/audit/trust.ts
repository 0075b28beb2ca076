/** Which keys count as the gateway's: those that are trusted from the outset, and those that a trusted key has named. */

import type { Statement } from './statements.ts'

export interface KeyTrust<Place> {
  /** Notes that the statement stands at `place`. */
  note(statement: Statement, place: Place): void
  /** The first place of a statement by a key that nothing vouches for; undefined when there is none. */
  stranger(): Place | undefined
}

/** Vouching goes backwards: a key of today names those before it, so all statements must be known first. */
export function keyTrust<Place>(trusted: readonly string[]): KeyTrust<Place> {
  const places = new Map<string, Place>()
  const named = new Map<string, Set<string>>()

  function known(): ReadonlySet<string> {
    const keys = new Set(trusted)
    // A set is walked to its end, also when it grows on the way.
    for (const key of keys) for (const other of named.get(key) ?? []) keys.add(other)
    return keys
  }

  return {
    note({ kid, keys }, place) {
      if (!places.has(kid)) places.set(kid, place)
      const others = named.get(kid) ?? new Set()
      named.set(kid, others)
      for (const other of keys) others.add(other)
    },
    stranger() {
      const ours = known()
      for (const [kid, place] of places) if (!ours.has(kid)) return place
      return undefined
    },
  }
}
