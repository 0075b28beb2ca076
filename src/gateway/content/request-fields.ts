/**
 * Requests that ask by what their answers must not show: whoever may sort or filter by a hidden field can find out its
 * values. Any parameter that names the field, in its name or in its value, counts.
 */

import { AppError } from '../../core/errors.ts'
import { foldField } from './field-names.ts'
import type { ContentRules } from './rules.ts'

/**
 * Throws FIELD_HIDDEN (403) when a query filters, sorts or searches by a field that is masked or removed. `query` as in a
 * target, with or without its question mark.
 */
export function checkQuery(query: string, rules: ContentRules): void {
  const hidden = hiddenFields(rules)
  if (hidden.size === 0 || query.length < 2) return
  const declared = new Map(rules.parameters.map(({ name, by }) => [foldField(name), by]))
  for (const [name, value] of new URLSearchParams(query)) {
    const by = declared.get(foldField(name)) ?? []
    if (
      by === 'all' ||
      by.some((field) => hidden.has(foldField(field))) ||
      names(name, hidden) ||
      names(value, hidden)
    ) {
      throw new AppError('FIELD_HIDDEN', 'the query asks by a hidden field')
    }
  }
}

/** Whether there is anything that a request must not ask by. */
export function hidesFields({ masks, removals }: ContentRules): boolean {
  return masks.length + removals.length > 0
}

/** The same for a search that is described by the body of a request, as parsed JSON: throws FIELD_HIDDEN when a name or a text in it names such a field. */
export function checkSearchBody(body: unknown, rules: ContentRules): void {
  const hidden = hiddenFields(rules)
  if (hidden.size > 0 && namedIn(body, hidden)) throw new AppError('FIELD_HIDDEN', 'the body asks by a hidden field')
}

function namedIn(body: unknown, hidden: ReadonlySet<string>): boolean {
  if (typeof body === 'string') return names(body, hidden)
  if (typeof body !== 'object' || body === null) return false
  if (Array.isArray(body)) return body.some((each) => namedIn(each, hidden))
  return Object.entries(body).some(([name, value]) => names(name, hidden) || namedIn(value, hidden))
}

function hiddenFields({ masks, removals }: ContentRules): ReadonlySet<string> {
  return new Set([...masks.flatMap(({ names: each }) => each), ...removals.flat()].map(foldField))
}

/** Words that a name such as `pak_serial_id` may be made of. */
const MOST_WORDS = 6

/**
 * Whether a text names a field: as a whole, or in words that stand side by side, as in `filter[pak_id]` or `-pakId,name`;
 * as it stands, or as whoever reads JSON or a URL in it has it.
 */
function names(text: string, hidden: ReadonlySet<string>): boolean {
  return readings(text).some((each) => namesPlainly(each, hidden))
}

/** Escapes within escapes: deeper than this nobody looks. */
const MOST_READINGS = 5

function readings(text: string): readonly string[] {
  const all = [text]
  for (let last = text; all.length < MOST_READINGS && ESCAPE.test(last); all.push(last)) {
    last = last.replace(ESCAPES, (_, unit?: string, byte?: string) =>
      String.fromCharCode(Number.parseInt(unit ?? byte ?? '', 16)),
    )
  }
  return all
}

/** In JSON, also with the backslash escaped itself, and in a URL. */
const ESCAPE = /\\u[0-9a-f]{4}|%[0-9a-f]{2}/i
const ESCAPES = /\\+u([0-9a-f]{4})|%([0-9a-f]{2})/gi

function namesPlainly(text: string, hidden: ReadonlySet<string>): boolean {
  if (hidden.has(foldField(text))) return true
  const words = text.split(/[^\p{L}\p{M}\p{N}]+/u).map(foldField)
  return words.some((_, from) => {
    let joined = ''
    return words.slice(from, from + MOST_WORDS).some((word) => {
      joined += word
      return hidden.has(joined)
    })
  })
}
