/**
 * Reads answers off a connection, in whatever pieces they come. What is not certain is refused: where an answer ends
 * decides who gets the next one.
 */

import { type AnswerHead, readAnswerHead } from './answer-head.ts'
import { type ChunkedBody, chunkedBody } from './chunked-body.ts'
import { invalid } from './upstream-error.ts'

/** Hears what is read, in the order of `AnswerHandler`. */
export interface AnswerSink {
  interim(head: AnswerHead): void
  /** `rest` came behind the 101. */
  switched(head: AnswerHead, rest: Buffer): void
  begun(head: AnswerHead): void
  /** A part of the body, valid during the call only. */
  data(bytes: Buffer, start: number, end: number): void
  /** `clean`: the connection can be used again as far as the answer goes. */
  over(trailers: readonly string[], clean: boolean): void
}

export interface AnswerReader {
  /** The next bytes are the answer to such a request. */
  expect(request: { readonly method: string; readonly upgrade: string | null }): void
  /** Takes bytes. Throws `invalid`; then nothing more must be read from the connection. */
  take(bytes: Buffer): void
  /** The connection ended. True when that was the end of the answer. */
  end(): boolean
}

type State = 'idle' | 'head' | 'length' | 'chunked' | 'until-close'

const HEAD_END = Buffer.from('\r\n\r\n')
const MOST_HEAD_BYTES = 65_536
/** A service may say that it still works, but not for ever. */
const MOST_INTERIM = 100
const NO_TRAILERS: readonly string[] = Object.freeze([])

/** A reader of one connection. */
export function answerReader(sink: AnswerSink): AnswerReader {
  let state: State = 'idle'
  let isHead = false
  let upgrade: string | null = null
  let interims = 0
  /** The beginning of a header. */
  let held: Buffer | undefined
  let persists = false
  /** Of a body with a length. */
  let left = 0
  let chunked: ChunkedBody | undefined

  function takeHead(bytes: Buffer, at: number): number {
    const before = held?.length ?? 0
    const whole = held === undefined ? bytes.subarray(at) : Buffer.concat([held, bytes.subarray(at)])
    const end = whole.indexOf(HEAD_END, Math.max(0, before - HEAD_END.length))
    const size = end === -1 ? whole.length : end + HEAD_END.length
    if (size > MOST_HEAD_BYTES) throw invalid('a header that is too long')
    if (end === -1) {
      checkBeginning(whole.toString('latin1', Math.max(0, before - 1)), before === 0)
      // What is taken is lent.
      held = before === 0 ? Buffer.from(whole) : whole
      return bytes.length
    }
    held = undefined
    const next = at + size - before
    head(readAnswerHead(whole.toString('latin1', 0, size)), bytes, next)
    return next
  }
  function head(read: AnswerHead, bytes: Buffer, next: number): void {
    const { status, length, isChunked } = read
    if (status < 200) {
      if (status !== 101 && (isChunked || (length ?? 0) > 0)) throw invalid('an interim answer with a body')
      interim(read, bytes, next)
      return
    }
    const isEmpty = isHead || status === 204 || status === 304
    // A body that comes all the same would be taken for the next answer.
    persists = read.persists && !isHead && !(isEmpty && (isChunked || (length ?? 0) > 0))
    state = isEmpty ? 'length' : isChunked ? 'chunked' : length === undefined ? 'until-close' : 'length'
    left = isEmpty ? 0 : (length ?? 0)
    chunked = state === 'chunked' ? chunkedBody() : undefined
    sink.begun(read)
    if (state === 'length' && left === 0) over(NO_TRAILERS, next === bytes.length)
  }
  function interim(read: AnswerHead, bytes: Buffer, next: number): void {
    if (read.status === 101) {
      if (upgrade === null) throw invalid('another protocol, which nobody asked for')
      state = 'idle'
      sink.switched(read, Buffer.from(bytes.subarray(next)))
      return
    }
    interims += 1
    if (interims > MOST_INTERIM) throw invalid('more interim answers than anybody needs')
    sink.interim(read)
  }
  function over(trailers: readonly string[], nothingBehind: boolean): void {
    const clean = persists && nothingBehind && state !== 'until-close'
    state = 'idle'
    sink.over(trailers, clean)
  }
  function takeBody(bytes: Buffer, at: number): number {
    if (chunked !== undefined && state === 'chunked') {
      const next = chunked.take(bytes, at, (start, end) => sink.data(bytes, start, end))
      const trailers = chunked.trailers()
      if (trailers !== undefined) over(trailers, next === bytes.length)
      return next
    }
    const end = state === 'length' ? Math.min(at + left, bytes.length) : bytes.length
    left -= end - at
    sink.data(bytes, at, end)
    if (state === 'length' && left === 0) over(NO_TRAILERS, end === bytes.length)
    return end
  }
  return {
    expect(request) {
      state = 'head'
      isHead = request.method === 'HEAD'
      upgrade = request.upgrade
      interims = 0
    },
    take(bytes) {
      let at = 0
      while (at < bytes.length && state !== 'idle') at = state === 'head' ? takeHead(bytes, at) : takeBody(bytes, at)
    },
    end() {
      if (state !== 'until-close') return false
      over(NO_TRAILERS, false)
      return true
    },
  }
}

/** Refuses what can become no header, as soon as it is seen. `text` follows what was checked, from its last character on. */
function checkBeginning(text: string, isFirst: boolean): void {
  if (isFirst && !VERSION.startsWith(text.slice(0, VERSION.length))) throw invalid('no status line')
  if (/[^\r]\n|\r[^\n]|\0/.test(text)) throw invalid('a line that does not end as lines do')
}

const VERSION = 'HTTP/1.'
