/** The syntax of header and trailer fields (RFC 9110 §5.5 and §5.6.2), strictly, as text in latin1. */

import { invalid } from './upstream-error.ts'

/** Characters of a token. */
export const TOKEN = "!#$%&'*+.^_`|~0-9A-Za-z-"
/** Characters of a value, spaces among them. */
export const VALUE = '\\t\\x20-\\x7e\\x80-\\xff'

/** One line; no two parts of it can match the same character, so that it takes no longer than the line is long. */
const FIELD = new RegExp(`[${TOKEN}]+:[${VALUE}]*\\r\\n`, 'y')

/** Reads fields from `start` until the empty line, which must be the end of the text; name and value in turn. */
export function readFields(text: string, start: number): string[] {
  const fields: string[] = []
  const end = text.length - 2
  let at = start
  while (at < end) {
    FIELD.lastIndex = at
    if (!FIELD.test(text)) throw invalid('a field that is not well formed')
    const next = FIELD.lastIndex
    const colon = text.indexOf(':', at)
    fields.push(text.slice(at, colon), trimmed(text, colon + 1, next - 2))
    at = next
  }
  return fields
}

/** Without the spaces and tabs around it. `trim` would take more than those. */
function trimmed(text: string, from: number, to: number): string {
  let start = from
  let end = to
  while (start < end && isBlank(text.charCodeAt(start))) start += 1
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1
  return text.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}
