/** How the data plane says no: an error of the catalogue, or the way to sign in. */

import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

import type { Decision } from '../authz/model.ts'
import { AppError, ERRORS, toAppError } from '../core/errors.ts'
import { errorFields, type Log } from '../core/log.ts'
import type { Respond } from '../http/respond.ts'
import type { Exchange } from './exchange.ts'
import type { Located } from './locate.ts'
import type { Detours } from './sign-in-detour.ts'

export type GatewayRespond = Pick<Respond, 'error' | 'status' | 'redirect' | 'wantsPage'>

export interface Refusals {
  /** Answers with what was thrown; a client that has part of an answer already loses its connection. */
  fail(exchange: Exchange, thrown: unknown): void
  /** Sends a page navigation to sign in, and tells everybody else that a session is needed. */
  askForSession(exchange: Exchange, located: Located): void
  /** Whether an odd request came over the connection: nobody knows where the next one begins, so none is served. */
  isClosing(socket: Socket): boolean
}

/** Refusals are logged under their code, at the level of the catalogue. */
export function refusals({ detours, respond, log }: { detours: Detours; respond: GatewayRespond; log: Log }): Refusals {
  const closing = new WeakSet<Socket>()

  function record({ requestId, record: entry }: Exchange, error: AppError): void {
    entry.code = error.code
    const cause = error.cause === undefined ? {} : errorFields(error.cause)
    log[ERRORS[error.code].level]('request refused', {
      requestId,
      code: error.code,
      service: entry.service,
      detail: error.message,
      ...cause,
    })
  }
  return {
    isClosing: (socket) => closing.has(socket),

    fail(exchange, thrown) {
      const { req, res, requestId } = exchange
      const error = toAppError(thrown)
      record(exchange, error)
      if (res.headersSent) {
        res.destroy()
        return
      }
      if (CLOSING.has(ERRORS[error.code].status) || isUnasked(req)) {
        res.shouldKeepAlive = false
        closing.add(req.socket)
      }
      respond.error(req, res, error.code, { reference: requestId, headers: error.headers })
    },

    askForSession(exchange, located) {
      const { req, res, requestId } = exchange
      exchange.record.code = 'SESSION_REQUIRED'
      if (isUnasked(req)) res.shouldKeepAlive = false
      if (exchange.upgrade === undefined && respond.wantsPage(req)) {
        const { location, headers } = detours.redirect(located, req.headers)
        respond.redirect(res, 302, location, headers)
      } else {
        const headers = { 'WWW-Authenticate': 'Session realm="gatehouse"' }
        const signInUrl = detours.link(located, req.headers)
        respond.error(req, res, 'SESSION_REQUIRED', { reference: requestId, headers, signInUrl })
      }
    },
  }
}

/** Behind a request that is not understood or not complete nobody knows where the next one begins. */
const CLOSING: ReadonlySet<number> = new Set([400, 408])

/** Whether the client waits for 100 before it sends its body: now it may come or not (RFC 9110 §10.1.1). */
function isUnasked({ headers, complete }: IncomingMessage): boolean {
  return headers.expect !== undefined && !complete
}

/** What a decision that does not allow is answered with. */
export function refusalOf({ rule, effect, hidden }: Decision): AppError {
  if (rule === 'no-role') return new AppError('NO_ROLE', rule)
  if (hidden) return new AppError('NOT_FOUND', rule)
  if (rule === 'object-missing') return new AppError('OBJECT_UNDETERMINED', rule)
  return new AppError(effect === 'disable' ? 'DISABLED' : 'ROLE_MISSING', rule)
}
