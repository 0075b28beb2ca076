/** The query of a request whose operation or objects stand in it: read so that nobody else can read it another way. */

import { AppError } from '../../core/errors.ts'
import { foldCase } from '../../profiles/request-facts.ts'

/**
 * Names as `foldCase` has them and values, decoded. Throws BAD_REQUEST for a name that stands twice in whatever case, `name[]` and
 * its like, names with blanks around them or signs that nobody sees, `;`, at which some services divide, and escapes that are broken or
 * not UTF-8. `query` as in a target, with its question mark.
 */
export function strictQuery(query: string): ReadonlyMap<string, string> {
  const read = new Map<string, string>()
  if (query.length < 2) return read
  if (query.includes(';')) throw new AppError('BAD_REQUEST', 'a query that could be divided in two ways')
  for (const part of query.slice(1).split('&')) {
    if (part === '') continue
    const equals = part.indexOf('=')
    const name = foldCase(decoded(equals === -1 ? part : part.slice(0, equals)))
    if (name === '' || AMBIGUOUS_NAME.test(name))
      throw new AppError('BAD_REQUEST', 'a query name that could mean several things')
    if (read.has(name)) throw new AppError('BAD_REQUEST', 'a query name that stands twice')
    read.set(name, equals === -1 ? '' : decoded(part.slice(equals + 1)))
  }
  return read
}

/** Some readers cut off blanks at the ends, end at a null character, and drop what is not seen. */
const AMBIGUOUS_NAME = /[[\];\p{Cc}\p{Cf}]|^\s|\s$/u

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch (cause) {
    throw new AppError('BAD_REQUEST', 'the query is not well escaped', { cause })
  }
}
