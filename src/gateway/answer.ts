/**
 * The upstream's answer on its way to the client: interim answers, header, body and trailers. A slow reader slows the
 * upstream down, one that takes nothing at all loses its connection, and whoever goes away ends the other side.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

import { AppError } from '../core/errors.ts'
import type { AnswerControl, AnswerHandler } from '../upstream/call.ts'
import { passHints } from './early-hints.ts'
import { type Patience, patience } from './patience.ts'
import type { StreamMemory } from './stream-memory.ts'
import { passedTrailers } from './trailers.ts'
import { upstreamFailure } from './upstream-failure.ts'

export interface AnswerRules {
  /** How long a client may leave an answer untouched; or be silent in the middle of its body. */
  readonly idleSeconds: number
  readonly memory: StreamMemory
  /** The header to answer with; from and as name and value in turn. */
  readonly answerHeaders: (status: number, raw: readonly string[]) => string[]
  /**
   * Called at most once, while nothing is sent to the client yet: BODY_TOO_LARGE, REQUEST_TIMEOUT, UPSTREAM_UNREACHABLE,
   * UPSTREAM_TIMEOUT, UPSTREAM_INVALID. Without `connected` nothing was sent to the upstream either.
   */
  readonly failed: (error: AppError, connected: boolean) => void
  /** Called when the upstream breaks off an answer under way; the client's connection is destroyed. */
  readonly brokenOff: (error: AppError) => void
  /** Whether the upstream's 404 and 410 are answered with ours: what is not there and what may not be seen look alike. */
  readonly hidesMissing: boolean
  /** Called when the final answer begins. */
  readonly answered: () => void
  /** Called when an event stream begins, with what ends it as if the upstream had; returns what is called when it is over. */
  readonly streaming: (end: () => void) => () => void
  /** Called when the upstream changes to the protocol that was asked for. */
  readonly switched: (raw: readonly string[], socket: Duplex) => void
}

/** Hears the answer to one forwarded request. */
export function answer(req: IncomingMessage, res: ServerResponse, rules: AnswerRules): AnswerHandler {
  let control: AnswerControl | undefined
  /** Bytes that are still to come; infinite when the upstream named no length. */
  let missing = Number.POSITIVE_INFINITY
  let paused = false
  /** Of the client, as soon as there is something that it leaves unread. */
  let reader: Patience | undefined

  function abort(why: string): void {
    control?.abort(new Error(why))
  }
  function awaitReader(): void {
    reader ??= patience(rules.idleSeconds, () => res.destroy())
    reader.wait()
  }
  function closed(): void {
    reader?.stop()
    if (!res.writableFinished) abort('the client went away')
  }
  function hold(): void {
    awaitReader()
    if (paused) return
    paused = true
    control?.pause()
    res.once('drain', () => {
      paused = false
      reader?.rest()
      control?.resume()
    })
  }
  function finish(chunk?: Buffer): void {
    if (chunk === undefined) res.end()
    else endWith(res, chunk)
    if (res.writableLength > 0) awaitReader()
  }
  function hideMissing(status: number, length: number): void {
    rules.failed(new AppError('NOT_FOUND', `the upstream says ${status}`), true)
    // A short body is read to its end, which keeps the connection.
    if (length > SHORT_BYTES) abort('nobody wants the rest')
  }
  return {
    started(given) {
      control = given
      if (res.destroyed) abort('the client went away')
      else res.on('close', closed)
    },
    interim(status, raw) {
      // Of what is not there, nothing may come before the answer that says so.
      if (!res.destroyed && !rules.hidesMissing) passHints(req, res, status, raw)
    },
    switched(raw, socket) {
      rules.answered()
      rules.switched(raw, socket)
    },
    begun(status, raw, length = Number.POSITIVE_INFINITY) {
      if (res.destroyed) return
      rules.answered()
      if (rules.hidesMissing && (status === 404 || status === 410)) return hideMissing(status, length)
      missing = length
      res.writeHead(status, rules.answerHeaders(status, raw))
      if (isEventStream(raw))
        res.once(
          'close',
          rules.streaming(() => endEarly(res, abort)),
        )
    },
    lull() {
      if (!res.destroyed && !res.writableEnded) res.flushHeaders()
    },
    received(chunk) {
      if (res.destroyed || res.writableEnded) return
      missing -= chunk.length
      rules.memory.passed(chunk.length)
      // Ending with the last chunk saves a write, and the wait for the upstream to finish.
      if (missing <= 0) finish(chunk)
      else if (!res.write(chunk)) hold()
    },
    ended(trailers) {
      if (res.writableEnded || res.destroyed) return
      if (trailers.length > 0) res.addTrailers(passedTrailers(trailers))
      finish()
    },
    failed(error) {
      if (res.destroyed || res.writableEnded) return
      if (!res.headersSent) rules.failed(upstreamFailure(error), control !== undefined)
      else {
        rules.brokenOff(upstreamFailure(error))
        destroyVisibly(req, res)
      }
    },
  }
}

const SHORT_BYTES = 4096
/** How long a client may take to read what is left of an answer that is ended early. */
const END_MILLISECONDS = 300

function isEventStream(raw: readonly string[]): boolean {
  for (let index = 0; index + 1 < raw.length; index += 2) {
    if (raw[index]?.length !== CONTENT_TYPE.length || raw[index]?.toLowerCase() !== CONTENT_TYPE) continue
    if (EVENT_STREAM.test(raw[index + 1] ?? '')) return true
  }
  return false
}

const CONTENT_TYPE = 'content-type'
const EVENT_STREAM = /^\s*text\/event-stream\s*(?:;|$)/i

/** Node writes a short text together with the header, in one piece; latin1 gives every byte back as it was. */
function endWith(res: ServerResponse, chunk: Buffer): void {
  if (chunk.length <= SHORT_BYTES) res.end(chunk.toString('latin1'), 'latin1')
  else res.end(chunk)
}

/** The client sees an answer that is complete as far as it goes; the upstream sees its client go away. */
function endEarly(res: ServerResponse, abort: (why: string) => void): void {
  res.end()
  setTimeout(() => {
    if (!res.writableFinished) res.destroy()
  }, END_MILLISECONDS).unref()
  abort('ended by the gateway')
}

/** An HTTP/1.0 client takes a plain close for the end of the body: its connection is reset instead. */
export function destroyVisibly({ httpVersion, socket }: IncomingMessage, res: ServerResponse): void {
  if (httpVersion === '1.1' || 'encrypted' in socket) res.destroy()
  else socket.resetAndDestroy()
}
