/** The log port. A log line is an event with fixed keys; never a token, cookie, assertion, password or attribute value. */

export type LogFields = Readonly<Record<string, unknown>>

export interface Log {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
}

/** Says nothing. */
export const silentLog: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** The fields of a log line about a thrown value: its message, code and stack, and those of its causes. */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: String(error) }
  const code = 'code' in error ? { errorCode: String(error.code) } : {}
  const cause = error.cause === undefined ? {} : { cause: errorFields(error.cause) }
  return { error: error.message, ...code, stack: error.stack, ...cause }
}
