/** A 401 to the gateway's own credential. It is no affair of the client's. */

import type { Dispatcher } from 'undici'

export interface ChallengeRules {
  /** Called when the answer begins. */
  readonly answered: () => void
  /** Called instead of everything else that a 401 would bring. */
  readonly challenged: () => void
}

/** `handler`, which sees nothing of a 401; that is dropped with its connection. */
export function withoutChallenge(
  handler: Dispatcher.DispatchHandler,
  { answered, challenged }: ChallengeRules,
): Dispatcher.DispatchHandler {
  let dropped = false
  return {
    ...handler,
    onResponseStart(controller, status, headers, statusMessage) {
      if (status !== 401) return handler.onResponseStart?.(controller, status, headers, statusMessage)
      dropped = true
      answered()
      controller.abort(new Error('the service did not take the credential'))
      challenged()
    },
    onResponseData(controller, chunk) {
      if (!dropped) handler.onResponseData?.(controller, chunk)
    },
    onResponseEnd(controller, trailers) {
      if (!dropped) handler.onResponseEnd?.(controller, trailers)
    },
    onResponseError(controller, error) {
      if (!dropped) handler.onResponseError?.(controller, error)
    },
  }
}
