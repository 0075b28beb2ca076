/** One request to an upstream, and who hears what becomes of it. */

import type { Duplex, Readable } from 'node:stream'

export interface UpstreamRequest {
  readonly method: string
  /** Path and query. */
  readonly path: string
  /** Name and value in turn, without the fields that frame a message or steer its connection: those are the client's own. */
  readonly headers: readonly string[]
  /** Value of Host; undefined: that of the upstream. */
  readonly host: string | undefined
  readonly body: Readable | Buffer | null
  /** How long a body that streams will be, in bytes; undefined: nobody knows. */
  readonly length: number | undefined
  /** The protocol to change to, or null. */
  readonly upgrade: 'websocket' | null
}

/** What the hearer of an answer can do about it. Nothing happens once the answer is over. */
export interface AnswerControl {
  /** Gives up; the connection is closed, and `failed` hears of it at once. */
  abort(reason: Error): void
  /** Nothing is read from now on; what was read already is still handed on. */
  pause(): void
  resume(): void
}

/**
 * Hears what becomes of a request: `started` first; then `switched`, or `begun` and what follows it, with `ended` or
 * `failed` as the last one. `failed` alone, when there was no connection. Names and values of fields are latin1, in turn.
 */
export interface AnswerHandler {
  /** A connection takes the request. Called once, even where the request needs a second one. */
  started(control: AnswerControl): void
  /** An interim answer, but for 101. */
  interim(status: number, raw: readonly string[]): void
  /** The upstream changed to the protocol that was asked for; what it sent on is still in `socket`, which is paused. */
  switched(raw: readonly string[], socket: Duplex): void
  /** The header of the answer; `length` of its body as announced, undefined where it was not. */
  begun(status: number, raw: readonly string[], length: number | undefined): void
  /** Nothing of the body came along with the header: that should not wait. */
  lull(): void
  /** A part of the body. */
  received(chunk: Buffer): void
  /** The answer is complete. */
  ended(trailers: readonly string[]): void
  /** An UpstreamError, or what `body` or `abort` gave as the reason. */
  failed(error: Error): void
}

/** A call under way. */
export interface Call {
  readonly request: UpstreamRequest
  readonly handler: AnswerHandler
  /** The request's first lines, up to what frames its body. */
  readonly head: string
  /** Not any more on the first connection that it was given to. */
  isRepeated: boolean
  /** Called by the connection that takes it: tells the handler, the first time. */
  begin(carrier: Carrier): void
  /** Called when nothing more comes of it. */
  finish(): void
}

/** What a connection lets be done to it by the call that it carries. */
export interface Carrier {
  giveUp(error: Error): void
  pause(): void
  resume(): void
}

/** A call that no connection has yet. */
export function openCall(request: UpstreamRequest, handler: AnswerHandler, head: string): Call {
  let carrier: Carrier | undefined
  let isStarted = false
  return {
    request,
    handler,
    head,
    isRepeated: false,
    begin(taken) {
      carrier = taken
      if (isStarted) return
      isStarted = true
      handler.started({
        abort: (reason) => carrier?.giveUp(reason),
        pause: () => carrier?.pause(),
        resume: () => carrier?.resume(),
      })
    },
    finish() {
      carrier = undefined
    },
  }
}
