/** The body of a request on its way to the upstream, as fast as that takes it. */

import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'

import { withBody, withoutBody } from './request-head.ts'
import { UpstreamError } from './upstream-error.ts'

export interface SentBody {
  /** Whether anything of the request is on its way: its head waits for the first part of its body. */
  hasBegun(): boolean
  isComplete(): boolean
  /** The upstream takes more. */
  drained(): void
  /** No more is sent on this connection; the body stays as it is. */
  stop(): void
}

export interface Sending {
  readonly socket: Socket
  readonly method: string
  /** The request's first lines: they leave together with the first part of the body. */
  readonly head: string
  readonly body: Readable
  /** Bytes; undefined: in chunks. */
  readonly length: number | undefined
  /** Called whenever something is sent. */
  readonly sent: () => void
  /** Called with the body's own error, or for a body that is not as long as it was said to be. */
  readonly failed: (error: Error) => void
}

/** Sends the body; to be called for a connection that carries nothing else. */
export function sendBody({ socket, method, head, body, length, sent, failed }: Sending): SentBody {
  let bytes = 0
  let begun = false
  let complete = false

  function write(chunk: Buffer): void {
    bytes += chunk.length
    if (length !== undefined && bytes > length) {
      wrongLength()
      return
    }
    const first = begun ? '' : head + withBody(length)
    begun = true
    socket.cork()
    if (length === undefined) socket.write(`${first}${chunk.length.toString(16)}\r\n`, 'latin1')
    else if (first !== '') socket.write(first, 'latin1')
    socket.write(chunk)
    if (length === undefined) socket.write('\r\n', 'latin1')
    socket.uncork()
    sent()
    if (socket.writableNeedDrain) body.pause()
  }
  function end(): void {
    if (bytes !== (length ?? bytes)) {
      wrongLength()
      return
    }
    complete = true
    if (!begun) socket.write(head + withoutBody(method), 'latin1')
    else if (length === undefined) socket.write('0\r\n\r\n', 'latin1')
    begun = true
    sent()
  }
  function closed(): void {
    if (!complete) fail(new Error('the body ended before it was complete'))
  }
  function wrongLength(): void {
    fail(new UpstreamError('unsendable', 'a body that is not as long as it was said to be'))
  }
  function fail(error: Error): void {
    stop()
    failed(error)
  }
  function stop(): void {
    body.off('data', write).off('end', end).off('close', closed).off('error', fail).pause()
  }
  body.on('data', write).on('end', end).on('close', closed).on('error', fail).resume()
  return {
    hasBegun: () => begun,
    isComplete: () => complete,
    drained: () => void body.resume(),
    stop,
  }
}
