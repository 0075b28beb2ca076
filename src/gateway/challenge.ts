/** A 401 to the gateway's own credential. It is no affair of the client's. */

import type { AnswerControl, AnswerHandler } from '../upstream/call.ts'

export interface ChallengeRules {
  /** Called when the answer begins. */
  readonly answered: () => void
  /** Called instead of everything else that a 401 would bring. */
  readonly challenged: () => void
}

/** `handler`, which sees nothing of a 401; that is dropped with its connection. */
export function withoutChallenge(handler: AnswerHandler, { answered, challenged }: ChallengeRules): AnswerHandler {
  let dropped = false
  let control: AnswerControl | undefined
  return {
    ...handler,
    started(given) {
      control = given
      handler.started(given)
    },
    begun(status, raw, length) {
      if (status !== 401) return handler.begun(status, raw, length)
      dropped = true
      answered()
      control?.abort(new Error('the service did not take the credential'))
      challenged()
    },
    failed(error) {
      if (!dropped) handler.failed(error)
    },
  }
}
