/** A request's body on its way to the upstream. */

import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'

import { AppError } from '../core/errors.ts'

/** Whether the request has a body that must be forwarded (RFC 9112 §6.3). */
export function hasBody({ headers }: IncomingMessage): boolean {
  if (headers['transfer-encoding'] !== undefined) return true
  const length = headers['content-length']
  return length !== undefined && length !== '0'
}

/**
 * The body as a stream of its own, with backpressure in both directions: when the upstream is done with it early, what the
 * client still sends is read and thrown away, and its connection lives on. Ends with BODY_TOO_LARGE beyond `maxBytes`
 * (null: no limit), and with an error when the client goes away.
 */
export function requestBody(req: IncomingMessage, maxBytes: number | null): Readable {
  let received = 0
  const body = new Readable({
    read: () => req.resume(),
    destroy(error, done) {
      req.off('data', take).resume()
      done(error)
    },
  })
  function take(chunk: Buffer): void {
    received += chunk.length
    if (maxBytes !== null && received > maxBytes) body.destroy(bodyTooLarge(maxBytes))
    else if (!body.push(chunk)) req.pause()
  }
  // The dispatcher listens while it needs the body; an end without an audience is no accident.
  body.on('error', () => {})
  req.on('data', take)
  req.once('end', () => body.push(null))
  req.once('close', () => {
    if (!req.complete) body.destroy(new Error('the client went away before its body was complete'))
  })
  return body
}

/** The refusal of a body that is longer than the service takes. */
export function bodyTooLarge(maxBytes: number): AppError {
  return new AppError('BODY_TOO_LARGE', `more than ${maxBytes} bytes`)
}
