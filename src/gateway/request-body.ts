/** A request's body on its way to the upstream. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'

import { AppError } from '../core/errors.ts'
import { patience } from './patience.ts'
import type { StreamMemory } from './stream-memory.ts'

export interface BodyRules {
  /** null: no limit. */
  readonly maxBytes: number | null
  /** How long the client may be silent while its body is waited for. */
  readonly idleSeconds: number
  readonly memory: StreamMemory
  /** Called once, when the upstream begins to take the body. */
  readonly wanted: () => void
}

/** Whether the request has a body that must be forwarded (RFC 9112 §6.3). */
export function hasBody({ headers }: IncomingMessage): boolean {
  if (headers['transfer-encoding'] !== undefined) return true
  const length = headers['content-length']
  return length !== undefined && length !== '0'
}

/**
 * The body as a stream of its own, with backpressure in both directions: when the upstream is done with it early, what the
 * client still sends is read and thrown away, and its connection lives on. Ends with BODY_TOO_LARGE beyond `maxBytes`,
 * with REQUEST_TIMEOUT when the client falls silent, and with an error when it goes away.
 */
export function requestBody(req: IncomingMessage, { maxBytes, idleSeconds, memory, wanted }: BodyRules): Readable {
  let received = 0
  let asked = false
  const silence = patience(idleSeconds, () =>
    body.destroy(new AppError('REQUEST_TIMEOUT', `no part of the body for ${idleSeconds} s`)),
  )
  const body = new Readable({
    read() {
      if (!asked) wanted()
      asked = true
      silence.wait()
      req.resume()
    },
    destroy(error, done) {
      silence.stop()
      req.off('data', take).resume()
      done(error)
    },
  })
  function take(chunk: Buffer): void {
    received += chunk.length
    memory.passed(chunk.length)
    if (maxBytes !== null && received > maxBytes) body.destroy(bodyTooLarge(maxBytes))
    else if (body.push(chunk)) silence.wait()
    else {
      silence.rest()
      req.pause()
    }
  }
  // The dispatcher listens while it needs the body; an end without an audience is no accident.
  body.on('error', () => {})
  req.on('data', take)
  req.once('end', () => {
    silence.stop()
    body.push(null)
  })
  req.once('close', () => {
    if (!req.complete) body.destroy(new Error('the client went away before its body was complete'))
  })
  return body
}

/** The refusal of a body that is longer than the service takes. */
export function bodyTooLarge(maxBytes: number): AppError {
  return new AppError('BODY_TOO_LARGE', `more than ${maxBytes} bytes`)
}

/** Closes the connection when the request is not complete within `seconds`: nobody waits for the rest of it. */
export function limitReceiving(req: IncomingMessage, seconds: number): void {
  if (req.complete) return
  const timer = setTimeout(() => {
    if (!req.complete) req.socket.destroy()
  }, seconds * 1000).unref()
  req.once('close', () => clearTimeout(timer)).once('end', () => clearTimeout(timer))
}

/**
 * 100 Continue, when policy has passed and the upstream takes the body: what is refused before costs the client no
 * upload (RFC 9110 §10.1.1).
 */
export function continueIfExpected({ headers, httpVersion }: IncomingMessage, res: ServerResponse): void {
  if (headers.expect === undefined || httpVersion !== '1.1' || res.headersSent || res.destroyed) return
  res.writeContinue()
}
