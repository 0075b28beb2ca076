/**
 * Keeps the memory of a process that streams in bounds. Each part of a body is a buffer outside V8's heap, garbage once it is
 * passed on; V8 sees little of that and collects only when some 64 MiB have come together (docs/decisions/0003).
 */

export interface StreamMemory {
  /** Told of each part of a body that comes in. */
  passed(bytes: number): void
  /** Something begins that makes garbage of its own, much more than what passes; returns what is called when it is over. */
  strained(): () => void
}

/** Parts as small as that are V8's own affair. */
const SMALL_BYTES = 4096
/** Garbage that may come together. */
const MOST_BYTES = 8 * 1024 * 1024

/** Calls `collect` after every 8 MiB, and `restrain` when the first strain begins and when the last one is over. */
export function streamMemory({
  collect,
  restrain,
}: {
  collect: () => void
  restrain: (isRestrained: boolean) => void
}): StreamMemory {
  let since = 0
  let strains = 0
  return {
    passed(bytes) {
      if (bytes <= SMALL_BYTES) return
      since += bytes
      if (since < MOST_BYTES) return
      since = 0
      collect()
    },
    strained() {
      strains += 1
      if (strains === 1) restrain(true)
      let isOver = false
      return () => {
        if (isOver) return
        isOver = true
        strains -= 1
        if (strains === 0) restrain(false)
      }
    },
  }
}
