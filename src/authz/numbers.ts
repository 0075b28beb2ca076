/** Numbers for what decisions compare again and again. */

/** Numbers from 0 on, all different, in the order of asking; the same thing has the same one whenever it is asked for. */
export interface Numbers {
  operator(id: string): number
  group(id: string): number
  /** An object that a scope names. */
  scoped(type: string, id: string): number
  /** The same for an object that may be in a scope; undefined: no scope names it. */
  inScope(type: string, id: string): number | undefined
  /** Of how many objects there are numbers. */
  readonly scopedCount: number
}

/** With no number given yet. */
export function numbering(): Numbers {
  let next = 0
  let scopedCount = 0
  const operators = new Map<string, number>()
  const groups = new Map<string, number>()
  const objects = new Map<string, Map<string, number>>()
  const numberIn = (known: Map<string, number>, id: string): number => {
    const before = known.get(id)
    if (before !== undefined) return before
    known.set(id, next)
    next += 1
    return next - 1
  }
  return {
    operator: (id) => numberIn(operators, id),
    group: (id) => numberIn(groups, id),
    scoped(type, id) {
      const ofType = objects.get(type) ?? new Map<string, number>()
      objects.set(type, ofType)
      if (!ofType.has(id)) scopedCount += 1
      return numberIn(ofType, id)
    },
    inScope: (type, id) => objects.get(type)?.get(id),
    get scopedCount() {
      return scopedCount
    },
  }
}
