/** What SQLite throws, as the store throws it. */

import { AppError } from '../../../core/errors.ts'

/** An error of the engine as plain data, since classes do not pass from thread to thread. */
export interface EngineFailure {
  readonly message: string
  /** SQLite's extended code, such as `SQLITE_BUSY`; empty when the error is not SQLite's. */
  readonly code: string
}

/** The plain data of anything that a connection threw. */
export function engineFailure(thrown: unknown): EngineFailure {
  if (!(thrown instanceof Error)) return { message: String(thrown), code: '' }
  return { message: thrown.message, code: 'code' in thrown ? String(thrown.code) : '' }
}

/** STORE_UNAVAILABLE, or INTERNAL for a broken constraint: that is a fault of the caller, and trying again does not help. */
export function engineError({ message, code }: EngineFailure): AppError {
  const kind = code.startsWith('SQLITE_CONSTRAINT') ? 'INTERNAL' : 'STORE_UNAVAILABLE'
  const cause = Object.assign(new Error(message), { code })
  return new AppError(kind, code === '' ? message : `${message} (${code})`, { cause })
}
