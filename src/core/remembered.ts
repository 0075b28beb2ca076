/** Verdicts on texts that come again and again, as names of header fields do. */

/** Remembers what `judge` says about a text; whoever sends new ones cannot make it grow without end. */
export function remembered<Verdict>(judge: (text: string) => Verdict): (text: string) => Verdict {
  const known = new Map<string, Verdict>()
  return (text) => {
    const before = known.get(text)
    if (before !== undefined) return before
    const verdict = judge(text)
    if (known.size < MOST_TEXTS) known.set(text, verdict)
    return verdict
  }
}

const MOST_TEXTS = 1000
