/** The log port on pino: one JSON object per line on standard error. */

import pino from 'pino'
import type { Log } from './log.ts'

const STANDARD_ERROR = 2

/** `level`: the least level that is written. Whatever was written before `flush` returns is on standard error. */
export function pinoLog({ level }: { level: 'debug' | 'info' | 'warn' | 'error' }): Log & { flush(): void } {
  const destination = pino.destination({ fd: STANDARD_ERROR, sync: false, minLength: 0 })
  const logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, messageKey: 'event' }, destination)
  return {
    debug: (event, fields) => logger.debug(fields, event),
    info: (event, fields) => logger.info(fields, event),
    warn: (event, fields) => logger.warn(fields, event),
    error: (event, fields) => logger.error(fields, event),
    flush: () => destination.flushSync(),
  }
}
