/** The chunked coding (RFC 9112 §7.1), strictly: it is what decides where an answer ends. */

import { readFields, TOKEN } from './fields.ts'
import { invalid } from './upstream-error.ts'

export interface ChunkedBody {
  /** Reads on from `at`; returns where it stopped: at the end of the bytes, or of the body. `data` gets parts of the body. */
  take(bytes: Buffer, at: number, data: (start: number, end: number) => void): number
  /** Name and value in turn; undefined until the body has ended. */
  trailers(): readonly string[] | undefined
}

type State = 'size' | 'data' | 'data-end' | 'trailer' | 'over'

const SIZE = new RegExp(
  `^([0-9A-Fa-f]{1,13})((?:;[${TOKEN}]+(?:=(?:[${TOKEN}]+|"[\\t !#-\\x5b\\x5d-\\x7e\\x80-\\xff]*"))?)*)\\r\\n$`,
)
/** Bytes of one line; a size with its extensions needs no more. */
const LONGEST: Readonly<Record<State, number>> = { size: 1024, data: 0, 'data-end': 2, trailer: 65_536, over: 0 }
/** Extensions of all chunks together. */
const MOST_EXTENSION_BYTES = 16_384
const MOST_TRAILER_BYTES = 65_536
const LF = 0x0a
/** RFC 9110 §6.5.1: never in trailers. */
const FRAMING: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding'])

/** A body of which nothing has come yet. */
export function chunkedBody(): ChunkedBody {
  let state: State = 'size'
  /** Of the chunk. */
  let left = 0
  /** The beginning of a line. */
  let held = ''
  let extensionBytes = 0
  let trailerText = ''
  let trailers: readonly string[] | undefined

  /** The line that begins at `at`, or undefined when it is not all there; `next` is behind it. */
  function line(bytes: Buffer, at: number, most: number): { text: string; next: number } | undefined {
    const lf = bytes.indexOf(LF, at)
    const next = lf === -1 ? bytes.length : lf + 1
    held += bytes.toString('latin1', at, Math.min(next, at + most + 1))
    if (held.length > most) throw invalid('a line of the chunked coding that is too long')
    if (lf === -1) return undefined
    const text = held
    held = ''
    return { text, next }
  }
  function size(text: string): void {
    const [, digits, extensions = ''] = SIZE.exec(text) ?? []
    if (digits === undefined) throw invalid('a chunk size that is not well formed')
    extensionBytes += extensions.length
    if (extensionBytes > MOST_EXTENSION_BYTES) throw invalid('more chunk extensions than anybody needs')
    left = Number.parseInt(digits, 16)
    state = left === 0 ? 'trailer' : 'data'
  }
  function trailer(text: string): void {
    trailerText += text
    if (trailerText.length > MOST_TRAILER_BYTES) throw invalid('trailers that are too long')
    if (text !== '\r\n') return
    trailers = readFields(trailerText, 0)
    if (trailers.some((text, index) => index % 2 === 0 && FRAMING.has(text.toLowerCase()))) {
      throw invalid('a trailer that frames a message')
    }
    state = 'over'
  }
  function takeLine(bytes: Buffer, at: number): number {
    const whole = line(bytes, at, LONGEST[state])
    if (whole === undefined) return bytes.length
    if (state === 'size') size(whole.text)
    else if (state === 'trailer') trailer(whole.text)
    else if (whole.text !== '\r\n') throw invalid('a chunk that is longer than its size')
    else state = 'size'
    return whole.next
  }
  return {
    take(bytes, start, data) {
      let at = start
      while (at < bytes.length && state !== 'over') {
        if (state !== 'data') at = takeLine(bytes, at)
        else {
          const end = Math.min(at + left, bytes.length)
          left -= end - at
          if (left === 0) state = 'data-end'
          data(at, end)
          at = end
        }
      }
      return at
    },
    trailers: () => trailers,
  }
}
