/** What goes wrong between the gateway and an upstream. */

/**
 * `unreachable`: no connection, or it ended before the answer did. `timeout`: too slow. `invalid`: what came is not the
 * HTTP/1.1 answer that was asked for. `unsendable`: the request itself could not be put into words.
 */
export type Trouble = 'unreachable' | 'timeout' | 'invalid' | 'unsendable'

export class UpstreamError extends Error {
  readonly trouble: Trouble

  constructor(trouble: Trouble, detail: string, options?: ErrorOptions) {
    super(detail, options)
    this.name = 'UpstreamError'
    this.trouble = trouble
  }
}

/** An answer that is not understood, and must not be guessed at. */
export function invalid(detail: string): UpstreamError {
  return new UpstreamError('invalid', detail)
}
