/** One connection to an upstream. It carries one call at a time; between two of them nothing may come over it. */

import type { Socket } from 'node:net'

import type { Stopwatch } from '../core/time.ts'
import type { AnswerHead } from './answer-head.ts'
import { answerReader } from './answer-reader.ts'
import type { Call } from './call.ts'
import type { Dial } from './dial.ts'
import { lazyDeadline } from './lazy-deadline.ts'
import { withBody, withoutBody } from './request-head.ts'
import { type SentBody, sendBody } from './send-body.ts'
import { UpstreamError } from './upstream-error.ts'

export interface Timeouts {
  /** Milliseconds until there is a connection, until an answer begins, and between two parts of its body. */
  readonly connect: number
  readonly head: number
  readonly idle: number
}

export interface Connection {
  /** Sends a call; the connection must be free. */
  carry(call: Call): void
  isOpen(): boolean
  destroy(): void
}

export interface ConnectionParts {
  readonly dial: Dial
  readonly timeouts: Timeouts
  readonly stopwatch: Stopwatch
  /** Called when an answer is complete and the connection can carry another call. */
  readonly freed: (connection: Connection) => void
  /** Called once, when the connection is no longer one of the pool's. */
  readonly gone: (connection: Connection) => void
  /**
   * Called for a call that failed. `mayRepeat`: it was sent on a connection that had been kept and that ended without a byte,
   * as one does that was closed already; and it is safe, or nothing of it was sent.
   */
  readonly failed: (call: Call, error: Error, mayRepeat: boolean) => void
}

type Phase = 'connect' | 'head' | 'body' | 'free'

const FREE_MILLISECONDS = 4000
const LONGEST_FREE_MILLISECONDS = 600_000
/** So long before the upstream says that it closes a connection, it is not used any more. */
const MARGIN_MILLISECONDS = 1000

/** Opens a connection for a first call. */
export function openConnection(parts: ConnectionParts, first: Call): Connection {
  const { timeouts } = parts
  const reader = answerReader({ interim, switched, begun, data, over })
  const deadline = lazyDeadline(parts.stopwatch, expired)
  const { socket, ready } = parts.dial(first.request.upgrade === null ? received : undefined)
  const connection: Connection = { carry, isOpen: () => !socket.destroyed, destroy: leave }
  let phase: Phase = 'connect'
  let call: Call | undefined = first
  let sending: SentBody | undefined
  let cause: Error | undefined
  /** Whether it has carried a call before. */
  let wasKept = false
  /** Whether a byte has come since the call was sent. */
  let heard = false
  /** Whether the answer has come on by what was read just now. */
  let moved = false
  let lull = false
  let paused = false
  let left = false
  let freeMilliseconds = FREE_MILLISECONDS

  function carry(next: Call): void {
    const { request, head } = next
    const { body, method } = request
    call = next
    heard = false
    reader.expect(request)
    enter('head')
    next.begin({ giveUp, pause, resume })
    if (call !== next) return
    if (body === null) socket.write(head + withoutBody(method), 'latin1')
    else if (Buffer.isBuffer(body)) sendWhole(socket, next, body)
    else if (body.destroyed) giveUp(body.errored ?? new Error('the body is gone'))
    else sending = sendBody({ ...request, socket, head, body, sent, failed: giveUp })
  }
  function enter(next: 'head' | 'body'): void {
    phase = next
    deadline.set(next === 'head' ? timeouts.head : timeouts.idle)
  }
  function sent(): void {
    if (phase === 'head') enter('head')
  }

  /** Bytes that nobody waits for end the connection: they must not become an answer. */
  function received(bytes: Buffer): void {
    if (call === undefined) {
      leave()
      return
    }
    heard = true
    moved = false
    lull = false
    try {
      reader.take(bytes)
      if (call === undefined || !moved) return
      deadline.set(phase === 'head' ? timeouts.head : timeouts.idle)
      if (lull) call.handler.lull()
    } catch (error) {
      giveUp(error instanceof Error ? error : new Error(String(error)))
    }
  }
  function interim({ status, raw }: AnswerHead): void {
    moved = true
    call?.handler.interim(status, raw)
  }
  function begun({ status, raw, length, keepAliveSeconds }: AnswerHead): void {
    phase = 'body'
    moved = true
    lull = true
    freeMilliseconds = freeFor(keepAliveSeconds)
    call?.handler.begun(status, raw, length)
  }
  function data(bytes: Buffer, start: number, end: number): void {
    moved = true
    lull = false
    if (call === undefined) return
    const chunk = Buffer.allocUnsafe(end - start)
    bytes.copy(chunk, 0, start, end)
    call.handler.received(chunk)
  }
  function over(trailers: readonly string[], clean: boolean): void {
    const done = call
    if (done === undefined) return
    // What of the request is not sent yet would be taken for another one.
    const isReusable = clean && freeMilliseconds > 0 && (sending?.isComplete() ?? true)
    finish()
    if (!isReusable) leave()
    else {
      phase = 'free'
      wasKept = true
      deadline.set(freeMilliseconds)
      parts.freed(connection)
    }
    dropBody(done)
    done.handler.ended(trailers)
  }
  function switched({ raw }: AnswerHead, rest: Buffer): void {
    const done = call
    finish()
    letGo()
    socket.pause()
    if (rest.length > 0) socket.unshift(rest)
    done?.handler.switched(raw, socket)
  }

  function finish(): void {
    call?.finish()
    call = undefined
    sending?.stop()
    sending = undefined
    if (paused) resume()
  }
  function giveUp(error: Error, mayRepeat = false): void {
    const lost = call
    finish()
    leave()
    if (lost !== undefined) parts.failed(lost, error, mayRepeat)
  }
  function pause(): void {
    paused = true
    socket.pause()
  }
  function resume(): void {
    if (!paused) return
    paused = false
    socket.resume()
    if (phase === 'body') deadline.set(timeouts.idle)
  }
  function expired(): void {
    if (phase === 'free') leave()
    else if (phase === 'body' && paused) return
    else if (phase === 'head' && isWaitingForBody()) enter('head')
    else giveUp(new UpstreamError('timeout', TOO_SLOW[phase]))
  }
  /** Then nobody is slow but the client, which others watch over. */
  function isWaitingForBody(): boolean {
    return sending !== undefined && !sending.isComplete() && !socket.writableNeedDrain
  }

  function ended(): void {
    try {
      if (!reader.end()) lost()
    } catch (error) {
      giveUp(error instanceof Error ? error : new Error(String(error)))
    }
  }
  function lost(): void {
    if (call === undefined) {
      leave()
      return
    }
    const { body, method } = call.request
    const isHarmless = sending === undefined ? body === null && SAFE.has(method) : !sending.hasBegun()
    giveUp(connectionError(phase, cause), wasKept && !heard && isHarmless)
  }
  /** TLS tells of what breaks it, but does not close then; everything else about it comes with 'close'. */
  function broken(error: Error): void {
    cause = error
    socket.destroy()
  }
  function leave(): void {
    if (left) return
    letGo()
    // What still goes wrong with it is no news.
    socket.on('error', () => {}).destroy()
  }
  function letGo(): void {
    left = true
    deadline.stop()
    socket.off('data', received).off('end', ended).off('error', broken).off('close', lost).off('drain', drained)
    parts.gone(connection)
  }
  function drained(): void {
    sending?.drained()
  }

  deadline.set(timeouts.connect)
  socket.once(ready, () => call !== undefined && carry(call))
  socket.on('end', ended).on('error', broken).on('close', lost).on('drain', drained)
  if (first.request.upgrade !== null) socket.on('data', received)
  return connection
}

const TOO_SLOW: Readonly<Record<Exclude<Phase, 'free'>, string>> = {
  connect: 'no connection in time',
  head: 'no answer in time',
  body: 'no part of the answer in time',
}

/** RFC 9110 §9.2.1: what may be sent again without asking. */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** One write for a body as short as most are. */
function sendWhole(socket: Socket, { head, request: { method } }: Call, body: Buffer): void {
  if (body.length === 0) socket.write(head + withoutBody(method), 'latin1')
  else if (body.length <= SHORT_BYTES) {
    socket.write(head + withBody(body.length) + body.toString('latin1'), 'latin1')
  } else {
    socket.cork()
    socket.write(head + withBody(body.length), 'latin1')
    socket.write(body)
    socket.uncork()
  }
}

const SHORT_BYTES = 16_384

function dropBody({ request: { body } }: Call): void {
  if (body !== null && !Buffer.isBuffer(body)) body.destroy()
}

function freeFor(keepAliveSeconds: number | undefined): number {
  if (keepAliveSeconds === undefined) return FREE_MILLISECONDS
  return Math.min(keepAliveSeconds * 1000 - MARGIN_MILLISECONDS, LONGEST_FREE_MILLISECONDS)
}

function connectionError(phase: Phase, cause: Error | undefined): UpstreamError {
  if (cause === undefined) return new UpstreamError('unreachable', 'the connection ended before the answer did')
  const code = 'code' in cause ? String(cause.code) : ''
  const trouble = code === 'ETIMEDOUT' ? 'timeout' : 'unreachable'
  return new UpstreamError(trouble, phase === 'connect' ? `no connection: ${code}` : code, { cause })
}
