/** What to call a failure of an upstream. */

import { errors } from 'undici'

import { AppError } from '../core/errors.ts'

/** UPSTREAM_UNREACHABLE, UPSTREAM_TIMEOUT or UPSTREAM_INVALID; INTERNAL for what we asked wrongly; our own errors as they are. */
export function upstreamFailure(error: Error): AppError {
  if (error instanceof AppError) return error
  const code = 'code' in error ? String(error.code) : ''
  if (TIMEOUTS.has(code)) return new AppError('UPSTREAM_TIMEOUT', code, { cause: error })
  if (MALFORMED.has(code) || error instanceof errors.HTTPParserError)
    return new AppError('UPSTREAM_INVALID', code, { cause: error })
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED') {
    return new AppError('INTERNAL', 'the request cannot be put to the upstream', { cause: error })
  }
  return new AppError('UPSTREAM_UNREACHABLE', code, { cause: error })
}

const TIMEOUTS = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT'])
const MALFORMED = new Set([
  'UND_ERR_HEADERS_OVERFLOW',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'ERR_INVALID_CHAR',
  'ERR_INVALID_HTTP_TOKEN',
])
