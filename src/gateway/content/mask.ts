/** How a masked value looks. */

/** Stands for numbers, booleans, lists and objects: nothing of them is shown. */
export const MASKED_WHOLE = '****'

/**
 * `text` with `*` for all but its last `keepLast` characters (code points). A text that is not longer than that is masked
 * whole: what the end of it may show must not be all of it. An empty text stays empty.
 */
export function maskText(text: string, keepLast: number): string {
  const length = codePoints(text)
  if (length <= keepLast) return '*'.repeat(length)
  return '*'.repeat(length - keepLast) + text.slice(startOfLast(text, keepLast))
}

function codePoints(text: string): number {
  let count = text.length
  for (let index = 0; index < text.length; index += 1) if (isTrailing(text, index)) count -= 1
  return count
}

function startOfLast(text: string, characters: number): number {
  let index = text.length
  for (let left = characters; left > 0; left -= 1) index -= isTrailing(text, index - 1) ? 2 : 1
  return index
}

/** Whether the second half of a surrogate pair stands there. */
function isTrailing(text: string, index: number): boolean {
  return (text.charCodeAt(index) & 0xfc00) === 0xdc00
}
