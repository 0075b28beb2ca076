/** Which known key a misspelt one was meant to be. */

const MAX_EDITS = 2

/** The word of `known` that `written` differs from in case or at most two letters, or undefined. */
export function meantKey(written: string, known: readonly string[]): string | undefined {
  // Longer names are no slip of the finger, and would cost time.
  if (written.length > 40) return undefined
  const byDistance = known.map((word) => ({ word, edits: editsBetween(written.toLowerCase(), word.toLowerCase()) }))
  const [best] = byDistance.toSorted((a, b) => a.edits - b.edits)
  return best !== undefined && best.edits <= Math.min(MAX_EDITS, best.word.length / 2) ? best.word : undefined
}

/** Levenshtein distance. */
function editsBetween(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (const [row, letter] of [...a].entries()) {
    const line = [row + 1]
    for (const [column, other] of [...b].entries()) {
      const replaced = (above[column] ?? 0) + (letter === other ? 0 : 1)
      line.push(Math.min(replaced, (above[column + 1] ?? 0) + 1, (line[column] ?? 0) + 1))
    }
    above = line
  }
  return above.at(-1) ?? 0
}
