/** What to call a failure of an upstream. */

import { AppError, type ErrorCode } from '../core/errors.ts'
import { type Trouble, UpstreamError } from '../upstream/upstream-error.ts'

/** UPSTREAM_UNREACHABLE, UPSTREAM_TIMEOUT or UPSTREAM_INVALID; INTERNAL for what we asked wrongly; our own errors as they are. */
export function upstreamFailure(error: Error): AppError {
  if (error instanceof AppError) return error
  const trouble = error instanceof UpstreamError ? error.trouble : troubleOf(error)
  return new AppError(CODES[trouble], error.message, { cause: error })
}

const CODES: Readonly<Record<Trouble, ErrorCode>> = {
  unreachable: 'UPSTREAM_UNREACHABLE',
  timeout: 'UPSTREAM_TIMEOUT',
  invalid: 'UPSTREAM_INVALID',
  unsendable: 'INTERNAL',
}

/** Node refuses to pass on what would not be a header. */
function troubleOf(error: Error): Trouble {
  const code = 'code' in error ? String(error.code) : ''
  return code === 'ERR_INVALID_CHAR' || code === 'ERR_INVALID_HTTP_TOKEN' ? 'invalid' : 'unreachable'
}
