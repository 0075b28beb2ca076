/**
 * The answer to an operation that changes objects here too: it is held back until they have changed, so that whoever reads
 * it finds them so.
 */

import { AppError, toAppError } from '../core/errors.ts'
import type { AnswerControl, AnswerHandler } from '../upstream/call.ts'
import type { Outcome } from './operations/object-errands.ts'

export interface Conclusion {
  /** Called once, when the service has answered as a whole. */
  readonly conclude: (outcome: Outcome, answer: unknown, status: number) => Promise<void>
  /** Called when that fails; nothing is sent to the client yet. */
  readonly failed: (error: AppError) => void
}

/** An answer that is longer is not looked into, and not passed on. */
const LONGEST_ANSWER = 1024 * 1024

/** `handler` behind the conclusion. What goes wrong before an answer is whole goes to `handler`. */
export function concludedAnswer(handler: AnswerHandler, { conclude, failed }: Conclusion): AnswerHandler {
  let control: AnswerControl | undefined
  let header: { status: number; raw: readonly string[] } = { status: 0, raw: [] }
  let size = 0
  const held: Buffer[] = []
  return {
    ...handler,
    started(given) {
      control = given
      handler.started(given)
    },
    begun(status, raw) {
      header = { status, raw }
    },
    lull() {},
    received(chunk) {
      size += chunk.length
      if (size <= LONGEST_ANSWER) held.push(chunk)
      else control?.abort(new AppError('UPSTREAM_INVALID', 'the answer to a change is too long to be looked into'))
    },
    ended(trailers) {
      const body = Buffer.concat(held)
      const { status, raw } = header
      conclude(outcomeOf(status), jsonOf(contentType(raw), body), status)
        .then(() => {
          handler.begun(status, raw, body.length)
          if (body.length > 0) handler.received(body)
          handler.ended(trailers)
        })
        .catch((error: unknown) => failed(toAppError(error)))
    },
  }
}

/** Neither a success nor a refusal is certain to have done nothing. */
function outcomeOf(status: number): Outcome {
  if (status >= 200 && status < 300) return 'done'
  return status >= 400 && status < 500 ? 'dropped' : 'in-doubt'
}

function contentType(raw: readonly string[]): string {
  const at = raw.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'content-type')
  return at === -1 ? '' : (raw[at + 1] ?? '')
}

function jsonOf(type: string, body: Buffer): unknown {
  if (!/^application\/(?:[a-z0-9.+-]+\+)?json\b/i.test(type)) return undefined
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
