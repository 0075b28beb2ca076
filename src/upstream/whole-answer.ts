/** A request of the gateway's own to an upstream, and its answer as a whole. */

import type { AnswerControl, UpstreamRequest } from './call.ts'
import type { Pool } from './pool.ts'
import { UpstreamError } from './upstream-error.ts'

export interface WholeAnswer {
  readonly status: number
  readonly body: Buffer
}

/** Resolves with the answer. Rejects with an UpstreamError; `invalid` beyond `mostBytes`, `timeout` after `seconds`. */
export function wholeAnswer(
  pool: Pool,
  request: UpstreamRequest,
  { mostBytes, seconds }: { mostBytes: number; seconds: number },
): Promise<WholeAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<WholeAnswer>()
  const chunks: Buffer[] = []
  let size = 0
  let status = 0
  let control: AnswerControl | undefined
  function giveUp(error: Error): void {
    reject(error)
    control?.abort(error)
  }
  const overdue = setTimeout(() => giveUp(new UpstreamError('timeout', `no answer in ${seconds} s`)), seconds * 1000)
  overdue.unref()
  pool.send(request, {
    started(given) {
      control = given
    },
    interim() {},
    switched: (_raw, socket) => void socket.destroy(),
    begun(answered) {
      status = answered
    },
    lull() {},
    received(chunk) {
      size += chunk.length
      if (size > mostBytes) giveUp(new UpstreamError('invalid', `an answer of more than ${mostBytes} bytes`))
      else chunks.push(chunk)
    },
    ended: () => resolve({ status, body: Buffer.concat(chunks) }),
    failed: reject,
  })
  return promise.finally(() => clearTimeout(overdue))
}
