/** What an answer says about its content, read strictly: what has two readings has none. */

import type { Coding } from './decompress.ts'
import { notFilterable } from './not-filterable.ts'
import type { ContentRules } from './rules.ts'

export interface AnswerForm {
  readonly format: Exclude<ContentRules['format'], 'any'>
  readonly coding: Coding | null
  /** Content-Type to send on. */
  readonly type: string
}

/**
 * The form of a complete 200 or 201, or undefined for an answer whose status alone is passed on. Throws NOT_FILTERABLE.
 * `raw` is name and value in turn, `expected` the one format that the answer may have.
 */
export function answerForm(
  status: number,
  raw: readonly string[],
  expected: ContentRules['format'] = 'any',
): AnswerForm | undefined {
  if (status === 206 || status === 304) throw notFilterable(`status ${status} that nobody asked for`)
  if (status !== 200 && status !== 201) return undefined
  if (valuesOf(raw, 'content-range').length > 0) throw notFilterable('a part of the content')
  const { format, type } = formatOf(only(raw, 'content-type'))
  if (expected !== 'any' && format !== expected) throw notFilterable(`${format} where ${expected} must be`)
  // Only JSON shows by itself that it is complete; of the others, an answer that ends with its connection may be cut off.
  const isDelimited = valuesOf(raw, 'content-length').length > 0 || valuesOf(raw, 'transfer-encoding').length > 0
  if (format !== 'json' && !isDelimited) throw notFilterable(`${format} of unknown length`)
  return { format, type, coding: codingOf(only(raw, 'content-encoding')) }
}

function valuesOf(raw: readonly string[], wanted: string): readonly string[] {
  return raw.filter((_, index) => index % 2 === 1 && raw[index - 1]?.toLowerCase() === wanted)
}

function only(raw: readonly string[], name: string): string | undefined {
  const [value, ...others] = valuesOf(raw, name)
  if (others.length > 0) throw notFilterable(`several ${name}`)
  return value
}

const CODINGS: ReadonlyMap<string, Coding | null> = new Map([
  ['identity', null],
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['br', 'br'],
])

function codingOf(value: string | undefined): Coding | null {
  if (value === undefined) return null
  const coding = CODINGS.get(value.trim().toLowerCase())
  if (coding === undefined) throw notFilterable('a content coding that is not known')
  return coding
}

const TOKEN = "[A-Za-z0-9!#$%&'*+.^_`|~-]+"
const MEDIA_TYPE = new RegExp(`^\\s*(${TOKEN}/${TOKEN})((?:\\s*;\\s*${TOKEN}=(?:${TOKEN}|"[^"\\\\]*"))*)\\s*;?\\s*$`)
const PARAMETER = new RegExp(`;\\s*(${TOKEN})=(?:"([^"]*)"|(${TOKEN}))`, 'g')

function formatOf(value: string | undefined): Pick<AnswerForm, 'format' | 'type'> {
  const [, essence = '', parameters = ''] = MEDIA_TYPE.exec(value ?? '') ?? []
  const type = essence.toLowerCase()
  for (const [, name = '', quoted, plain] of parameters.matchAll(PARAMETER)) {
    checkParameter(name.toLowerCase(), (quoted ?? plain ?? '').toLowerCase())
  }
  if (CSV.has(type)) return { format: 'csv', type: `${type}; charset=utf-8` }
  if (NDJSON.has(type)) return { format: 'ndjson', type }
  if (JSON_TYPE.test(type) && type !== 'application/json-seq') return { format: 'json', type }
  throw notFilterable('a content type that is not known')
}

/** Throws NOT_FILTERABLE for another charset than UTF-8, as often as it is named, and for a table without titles. */
function checkParameter(name: string, value: string): void {
  if (name === 'charset' && value !== 'utf-8' && value !== 'utf8') throw notFilterable('another charset than UTF-8')
  if (name === 'header' && value !== 'present') throw notFilterable('a table without titles')
}

const CSV: ReadonlySet<string> = new Set(['text/csv', 'application/csv'])
const NDJSON: ReadonlySet<string> = new Set([
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/x-jsonl',
  'application/jsonlines',
  'application/x-jsonlines',
])
const JSON_TYPE = /^(?:(?:application|text)\/json|application\/[a-z0-9!#$&^_.-]+\+json)$/
