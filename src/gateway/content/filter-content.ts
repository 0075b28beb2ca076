/** Content with its obligations fulfilled: the one way through this folder, from bytes to bytes. */

import { AppError } from '../../core/errors.ts'
import type { AnswerForm } from './answer-form.ts'
import { compileRules } from './compiled-rules.ts'
import { csvFilter } from './csv-filter.ts'
import { type ContentReader, jsonFilter } from './json-filter.ts'
import { collectIds, type Piece, written } from './pieces.ts'
import type { ContentRules } from './rules.ts'
import { utf8Reader } from './utf8.ts'

/** Characters read before the items among them are asked about together: up to some thousand items. */
const BATCH = 256 * 1024

/**
 * The bytes to send for `bytes` of content, in parts as they become ready. Throws NOT_FILTERABLE when the content cannot be
 * read without doubt, NOT_FOUND when all of it belongs to an object that may not be seen; what was yielded until then is no
 * complete content. Memory is bounded, whatever the length.
 */
export async function* filteredContent(
  bytes: AsyncIterable<Uint8Array>,
  { format }: Pick<AnswerForm, 'format'>,
  rules: ContentRules,
): AsyncGenerator<Buffer> {
  const utf8 = utf8Reader()
  const reader = readerOf(format, rules)
  let read = 0
  for await (const chunk of bytes) {
    const text = utf8.read(chunk)
    reader.feed(text)
    read += text.length
    if (read < BATCH) continue
    read = 0
    const part = await settle(reader.take(), rules)
    if (part !== '') yield Buffer.from(part)
  }
  utf8.end()
  reader.end()
  const rest = await settle(reader.take(), rules)
  if (reader.isAllHidden()) throw new AppError('NOT_FOUND', 'the answer is a hidden object')
  if (rest !== '') yield Buffer.from(rest)
}

function readerOf(format: AnswerForm['format'], rules: ContentRules): ContentReader {
  const compiled = compileRules(rules)
  return format === 'csv' ? csvFilter(compiled, rules.csv) : jsonFilter(compiled, { lines: format === 'ndjson' })
}

/** The text of pieces, when the filters have said what of it may be seen. */
async function settle(pieces: readonly Piece[], { filters }: ContentRules): Promise<string> {
  const ids = filters.map(() => new Set<string>())
  collectIds(pieces, ids)
  const visible = await Promise.all(
    filters.map((filter, index) => {
      const asked = [...(ids[index] ?? [])]
      return asked.length === 0 ? NOTHING : filter.visible(asked)
    }),
  )
  return written(pieces, visible)
}

const NOTHING: ReadonlySet<string> = new Set()
