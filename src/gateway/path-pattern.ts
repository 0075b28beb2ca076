/**
 * Path patterns of the configuration: `*` is anything but a slash, `**` anything including nothing, all else is itself.
 * Matching walks the path once with the set of places reached in the pattern, so its time is bounded by the length of
 * the path times that of the pattern, whatever the path.
 */

/** Whether a path matches. */
export type PathPattern = (path: string) => boolean

/** Compiles one pattern. */
export function pathPattern(pattern: string): PathPattern {
  const first = pattern.indexOf('*')
  if (first === -1) return (path) => path === pattern
  const start = pattern.slice(0, first)
  if (pattern.slice(first) === '**') return (path) => path.startsWith(start)
  const tokens = pattern.slice(first).match(/\*\*|./gs) ?? []
  return (path) => path.startsWith(start) && walk(tokens, path, start.length)
}

/** Compiles a list: whether any of them matches. */
export function anyPathPattern(patterns: readonly string[]): PathPattern {
  const compiled = patterns.map(pathPattern)
  if (compiled.length === 0) return () => false
  return (path) => compiled.some((matches) => matches(path))
}

function walk(tokens: readonly string[], path: string, from: number): boolean {
  let places = reachable(tokens, [0])
  for (let index = from; index < path.length && places.size > 0; index += 1) {
    const character = path.charAt(index)
    const next: number[] = []
    for (const place of places) {
      const token = tokens[place]
      if (token === '**' || (token === '*' && character !== '/')) next.push(place)
      else if (token === character && token !== '*') next.push(place + 1)
    }
    places = reachable(tokens, next)
  }
  return places.has(tokens.length)
}

/** The places and those behind stars that may match nothing. */
function reachable(tokens: readonly string[], places: readonly number[]): Set<number> {
  const all = new Set<number>()
  for (const place of places) {
    let current = place
    all.add(current)
    while (tokens[current] === '*' || tokens[current] === '**') {
      current += 1
      all.add(current)
    }
  }
  return all
}
