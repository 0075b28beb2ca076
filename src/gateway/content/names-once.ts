/** Finds names that are there twice in one object: with one record per name instead of a set per object, which costs less. */

import { notFilterable } from './not-filterable.ts'
import { detached } from './utf8.ts'

export interface NamesOnce {
  /** A container begins within the last one. */
  enter(): void
  /** The last one that has begun ends. */
  leave(): void
  /** False when the name is there already in the container that has begun last. Throws NOT_FILTERABLE for too many names. */
  isNew(name: string): boolean
}

/** Names that are remembered; of further ones, and of long ones, each object has a set of its own. */
const MOST_KNOWN = 1000
const LONG = 200
/** What the sets of all open objects may hold. */
const MOST_OTHERS_LENGTH = 4 * 1024 * 1024
/** What a name costs besides its characters. */
const NAME_LENGTH = 16

interface Level {
  /** Of the container that is open at this depth; no two have the same. */
  serial: number
  others: Set<string> | undefined
  othersLength: number
}

/** Forgets what has ended. */
export function namesOnce(): NamesOnce {
  /** By name and depth, the serial of the container where it was met last. */
  const known = new Map<string, number[]>()
  const levels: Level[] = []
  let depth = -1
  let serial = 0
  let othersLength = 0

  function isNewAmong(level: Level, name: string): boolean {
    level.others ??= new Set()
    if (level.others.has(name)) return false
    level.others.add(detached(name))
    level.othersLength += name.length + NAME_LENGTH
    othersLength += name.length + NAME_LENGTH
    if (othersLength > MOST_OTHERS_LENGTH) throw notFilterable('JSON: too many names')
    return true
  }
  return {
    enter() {
      depth += 1
      serial += 1
      const level = levels[depth]
      if (level === undefined) levels.push({ serial, others: undefined, othersLength: 0 })
      else {
        level.serial = serial
        level.others = undefined
        level.othersLength = 0
      }
    },
    leave() {
      othersLength -= levels[depth]?.othersLength ?? 0
      depth -= 1
    },
    isNew(name) {
      const level = levels[depth]
      if (level === undefined) return true
      let met = known.get(name)
      if (met === undefined) {
        if (known.size >= MOST_KNOWN || name.length > LONG) return isNewAmong(level, name)
        met = []
        known.set(detached(name), met)
      }
      while (met.length <= depth) met.push(0)
      if (met[depth] === level.serial) return false
      met[depth] = level.serial
      return true
    },
  }
}
