/** The header of an answer: what it says, and what it says about the bytes that follow it (RFC 9112 §4 and §6). */

import { readFields, VALUE } from './fields.ts'
import { invalid } from './upstream-error.ts'

export interface AnswerHead {
  readonly status: number
  /** Name and value in turn. */
  readonly raw: readonly string[]
  /** Content-Length; undefined without one. */
  readonly length: number | undefined
  readonly isChunked: boolean
  /** Whether the upstream will take another request on the connection. */
  readonly persists: boolean
  /** How long it says that it will wait for it; undefined when it says nothing. */
  readonly keepAliveSeconds: number | undefined
}

/** Reads a header that ends with the empty line. Throws `invalid` for everything that could be read in two ways. */
export function readAnswerHead(text: string): AnswerHead {
  STATUS_LINE.lastIndex = 0
  if (!STATUS_LINE.test(text)) throw invalid('no status line')
  const isOld = text.charCodeAt(MINOR_AT) === ZERO
  const status = Number(text.slice(STATUS_AT, STATUS_AT + 3))
  const raw = readFields(text, STATUS_LINE.lastIndex)
  let length: number | undefined
  let isChunked = false
  let persists = !isOld
  let keepAliveSeconds: number | undefined
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = steering(raw[index] ?? '')
    if (name === undefined) continue
    const value = raw[index + 1] ?? ''
    if (name === 'content-length') {
      if (length !== undefined) throw invalid('several Content-Length')
      length = lengthOf(value)
    } else if (name === 'transfer-encoding') {
      if (isChunked || value.toLowerCase() !== 'chunked') throw invalid('a Transfer-Encoding that is not chunked alone')
      isChunked = true
    } else if (name === 'connection') persists = persistsBy(value, persists)
    else keepAliveSeconds = timeoutIn(value)
  }
  if ((isChunked || length !== undefined) && hasBlankBehindFraming(text)) throw invalid('blanks behind a length')
  if (isChunked && length !== undefined) throw invalid('Content-Length beside Transfer-Encoding')
  if (isChunked && isOld) throw invalid('Transfer-Encoding in HTTP/1.0')
  if (isOld && status < 200) throw invalid('an interim answer in HTTP/1.0')
  return { status, raw, length, isChunked, persists, keepAliveSeconds }
}

/** RFC 9112 §4; the space before a reason that is not there is often missing too. */
const STATUS_LINE = new RegExp(`HTTP/1\\.[01] [1-9][0-9]{2}(?: [${VALUE}]*)?\\r\\n`, 'y')
const MINOR_AT = 'HTTP/1.'.length
const STATUS_AT = 'HTTP/1.1 '.length
const ZERO = 0x30

type Steering = 'content-length' | 'transfer-encoding' | 'connection' | 'keep-alive'

const STEERING: ReadonlyMap<string, Steering> = new Map(
  (['content-length', 'transfer-encoding', 'connection', 'keep-alive'] as const).map((name) => [name, name]),
)
const STEERING_LENGTHS: ReadonlySet<number> = new Set([...STEERING.keys()].map((name) => name.length))

function steering(name: string): Steering | undefined {
  return STEERING_LENGTHS.has(name.length) ? STEERING.get(name.toLowerCase()) : undefined
}

/** RFC 9110 §8.6; a list of equal numbers is refused like any other list. Fifteen digits are an exact number. */
function lengthOf(value: string): number {
  if (!/^[0-9]{1,15}$/.test(value)) throw invalid('a Content-Length that is no number')
  return Number(value)
}

/** RFC 9110 §5.5 allows blanks there, but readers differ: to some, `chunked` and a tab is no `chunked`; a space is. */
function hasBlankBehindFraming(text: string): boolean {
  return (text.includes(' \r\n') || text.includes('\t\r\n')) && BLANK_BEHIND_FRAMING.test(text)
}

const BLANK_BEHIND_FRAMING = /\n(?:content-length:[\t ]*[0-9]+[\t ]|transfer-encoding:[\t ]*chunked *\t)/i

/** RFC 9112 §9.3: `close` counts, wherever it stands. */
function persistsBy(connection: string, before: boolean): boolean {
  if (/(?:^|,)[\t ]*close[\t ]*(?:,|$)/i.test(connection)) return false
  return before || /(?:^|,)[\t ]*keep-alive[\t ]*(?:,|$)/i.test(connection)
}

function timeoutIn(keepAlive: string): number | undefined {
  const [, digits] = TIMEOUT.exec(keepAlive) ?? []
  return digits === undefined ? undefined : Number(digits)
}

const TIMEOUT = /(?:^|[\t ,;])timeout=([0-9]{1,9})/i
