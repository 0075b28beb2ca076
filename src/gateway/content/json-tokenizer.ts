/**
 * A strict reader of JSON text (RFC 8259) in parts of any size. Beyond the grammar it refuses what two readers might take
 * for two things: names that are there twice, whatever their escapes, lone surrogates, and nesting deeper than 64. It keeps
 * no more than the token that is not complete yet.
 */

import { namesOnce } from './names-once.ts'
import { notFilterable } from './not-filterable.ts'

/** Positions are those in the part that is being fed; a token that began in a part before begins at 0. */
export interface JsonSink {
  open(isObject: boolean, at: number): void
  /** Of what was opened last. */
  close(at: number): void
  /** Between two members or elements; with `lines` also the end of a line with a value. */
  separator(at: number): void
  /** Name of the member whose value comes next, unescaped; `isAsWritten`: it stands whole in this part, without escapes. */
  name(name: string, isAsWritten: boolean): void
  /** A string with its quotes, up to `to`; `text` is what it says where it had escapes or began in a part before. */
  string(from: number, to: number, text: string | undefined): void
  /** A number, true, false or null; `json` where it began in a part before. */
  bare(from: number, to: number, json: string | undefined): void
  /** White space: one sign of it. */
  space(at: number): void
}

export interface JsonTokenizer {
  /** Throws NOT_FILTERABLE. */
  feed(text: string): void
  /** Throws NOT_FILTERABLE when something is missing. */
  end(): void
}

/** How deep arrays and objects may be nested. */
export const DEEPEST = 64
/** Length of the longest string or number. */
export const LONGEST_TOKEN = 4 * 1024 * 1024

type Expected = 'value' | 'value or ]' | 'name or }' | 'name' | ':' | ', or the end' | 'nothing more'

/** Reads one JSON text; with `lines` any number of them, each on a line of its own (NDJSON). */
export function jsonTokenizer(sink: JsonSink, { lines }: { lines: boolean }): JsonTokenizer {
  /** Whether each open container is an object. */
  const open: boolean[] = []
  const names = namesOnce()
  let inObject = false
  let expected: Expected = 'value'
  /** What is under way at the end of a part, and its beginning. */
  let within: 'string' | 'bare' | undefined
  let begun = ''
  let hasEscapes = false
  /** The part before ended with a backslash. */
  let inEscape = false

  function refuse(met: string): never {
    throw notFilterable(`JSON: ${met} where ${expected} must be`)
  }
  function expectValue(met: string): void {
    if (expected !== 'value' && expected !== 'value or ]') refuse(met)
  }
  function valueOver(): void {
    expected = open.length === 0 ? 'nothing more' : ', or the end'
  }
  function hold(part: string): void {
    begun += part
    if (begun.length > LONGEST_TOKEN) throw notFilterable('JSON: a value that is too long')
  }

  function openContainer(isObject: boolean, at: number): void {
    expectValue(isObject ? 'an object' : 'an array')
    if (open.length === DEEPEST) throw notFilterable(`JSON: deeper than ${DEEPEST}`)
    inObject = isObject
    open.push(isObject)
    names.enter()
    expected = isObject ? 'name or }' : 'value or ]'
    sink.open(isObject, at)
  }
  function closeContainer(isObject: boolean, at: number): void {
    const isEmpty = expected === (isObject ? 'name or }' : 'value or ]')
    if (open.length === 0 || isObject !== inObject || !(isEmpty || expected === ', or the end')) {
      refuse(isObject ? '}' : ']')
    }
    open.pop()
    inObject = open.at(-1) ?? false
    names.leave()
    valueOver()
    sink.close(at)
  }
  function comma(at: number): void {
    if (expected !== ', or the end') refuse('a comma')
    expected = inObject ? 'name' : 'value'
    sink.separator(at)
  }
  function colon(): void {
    if (expected !== ':') refuse('a colon')
    expected = 'value'
  }
  function newline(at: number): void {
    if (lines) {
      if (open.length > 0) refuse('the end of a line')
      if (expected === 'nothing more') sink.separator(at)
      expected = 'value'
    }
    sink.space(at)
  }

  /** Goes on reading a string; `from` is where its text begins in this part. Returns where it ends. */
  function readString(text: string, from: number): number {
    let index = inEscape ? from + 1 : from
    inEscape = false
    for (; index < text.length; index += 1) {
      const code = text.charCodeAt(index)
      if (code === QUOTE) {
        stringOver(text, from, index)
        return index + 1
      }
      if (code === BACKSLASH) {
        hasEscapes = true
        index += 1
        inEscape = index === text.length
      } else if (code < SPACE) throw notFilterable('JSON: a control character in a string')
    }
    within = 'string'
    hold(text.slice(from))
    return text.length
  }
  function stringOver(text: string, from: number, to: number): void {
    const isWhole = within === undefined
    const isValue = expected === 'value' || expected === 'value or ]'
    if (isWhole && isValue && !hasEscapes && to - from <= LONGEST_TOKEN) {
      valueOver()
      sink.string(from - 1, to + 1, undefined)
      return
    }
    const raw = isWhole ? text.slice(from, to) : begun + text.slice(from, to)
    if (raw.length > LONGEST_TOKEN) throw notFilterable('JSON: a value that is too long')
    const value = hasEscapes ? unescaped(raw) : undefined
    within = undefined
    begun = ''
    hasEscapes = false
    if (isValue) {
      valueOver()
      sink.string(isWhole ? from - 1 : 0, to + 1, isWhole ? value : (value ?? raw))
    } else nameOver(value ?? raw, isWhole && value === undefined)
  }
  function nameOver(name: string, isAsWritten: boolean): void {
    if (!names.isNew(name)) throw notFilterable('JSON: a name that is there twice')
    expected = ':'
    sink.name(name, isAsWritten)
  }
  function beginString(text: string, at: number): number {
    if (expected !== 'name' && expected !== 'name or }') expectValue('a string')
    return readString(text, at + 1)
  }

  function readBare(text: string, from: number): number {
    let index = from
    while (index < text.length && isOfWord(text.charCodeAt(index))) index += 1
    if (index === text.length) {
      within = 'bare'
      hold(text.slice(from))
    } else if (within === 'bare') bareOver(begun + text.slice(from, index), index)
    else {
      BARE.lastIndex = from
      if (!BARE.test(text) || BARE.lastIndex !== index) refuse('something unknown')
      valueOver()
      sink.bare(from, index, undefined)
    }
    return index
  }
  function bareOver(json: string, to: number): void {
    BARE.lastIndex = 0
    if (!BARE.test(json) || BARE.lastIndex !== json.length) refuse('something unknown')
    within = undefined
    begun = ''
    valueOver()
    sink.bare(0, to, json)
  }

  function step(text: string, at: number): number {
    const code = text.charCodeAt(at)
    if (code === QUOTE) return beginString(text, at)
    if (code === COMMA) comma(at)
    else if (code === COLON) colon()
    else if (code === OPEN_OBJECT || code === OPEN_ARRAY) openContainer(code === OPEN_OBJECT, at)
    else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) closeContainer(code === CLOSE_OBJECT, at)
    else if (code === LINE_FEED) newline(at)
    else if (!isOfWord(code)) {
      if (code !== SPACE && code !== TAB && code !== CARRIAGE_RETURN) refuse('something unknown')
      sink.space(at)
    } else {
      expectValue('something')
      return readBare(text, at)
    }
    return at + 1
  }

  return {
    feed(text) {
      if (text === '') return
      let at = 0
      if (within === 'string') at = readString(text, 0)
      else if (within === 'bare') at = readBare(text, 0)
      while (at < text.length) at = step(text, at)
    },
    end() {
      if (within === 'bare') bareOver(begun, 0)
      const isOver = expected === 'nothing more' || (lines && open.length === 0)
      if (!isOver || within !== undefined) refuse('the end')
    },
  }
}

const BARE = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null/y

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a]
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [0x7b, 0x7d, 0x5b, 0x5d]
const [SPACE, TAB, LINE_FEED, CARRIAGE_RETURN] = [0x20, 0x09, 0x0a, 0x0d]

/** Of numbers and literals: letters, digits, plus, minus, point. */
function isOfWord(code: number): boolean {
  return (
    (code >= 0x30 && code <= 0x39) ||
    (code >= 0x61 && code <= 0x7a) ||
    code === 0x2d ||
    code === 0x2e ||
    code === 0x45 ||
    code === 0x2b
  )
}

function unescaped(raw: string): string {
  let text: unknown
  try {
    text = JSON.parse(`"${raw}"`)
  } catch {
    throw notFilterable('JSON: a bad escape')
  }
  if (typeof text !== 'string' || !text.isWellFormed()) throw notFilterable('JSON: half of a surrogate pair')
  return text
}
