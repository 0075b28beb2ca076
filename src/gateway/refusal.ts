/** How the data plane says no: an error of the catalogue, or the way to sign in. */

import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

import type { PublicUrl } from '../config/config.ts'
import { type AppError, ERRORS, toAppError } from '../core/errors.ts'
import { errorFields, type Log } from '../core/log.ts'
import { OWN_PREFIX } from '../core/names.ts'
import type { Respond } from '../http/respond.ts'
import type { Exchange } from './exchange.ts'
import type { Located } from './locate.ts'

export type GatewayRespond = Pick<Respond, 'error' | 'redirect' | 'wantsPage'>

export interface Refusals {
  /** Answers with what was thrown; a client that has part of an answer already loses its connection. */
  fail(exchange: Exchange, thrown: unknown): void
  /** Sends a page navigation to sign in, and tells everybody else that a session is needed. */
  askForSession(exchange: Exchange, located: Located): void
  /** Whether an odd request came over the connection: nobody knows where the next one begins, so none is served. */
  isClosing(socket: Socket): boolean
}

/** Refusals are logged under their code, at the level of the catalogue. */
export function refusals({
  publicUrl,
  respond,
  log,
}: {
  publicUrl: PublicUrl
  respond: GatewayRespond
  log: Log
}): Refusals {
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
      if (ERRORS[error.code].status === 400) {
        res.shouldKeepAlive = false
        closing.add(req.socket)
      }
      respond.error(req, res, error.code, { reference: requestId, headers: error.headers })
    },

    askForSession(exchange, located) {
      const { req, res, requestId } = exchange
      const signInUrl = signIn(publicUrl, located, req)
      exchange.record.code = 'SESSION_REQUIRED'
      if (respond.wantsPage(req)) respond.redirect(res, 302, signInUrl)
      else {
        const headers = { 'WWW-Authenticate': 'Session realm="gatehouse"' }
        respond.error(req, res, 'SESSION_REQUIRED', { reference: requestId, headers, signInUrl })
      }
    },
  }
}

/** By way of the public URL and back to where he was. */
function signIn(publicUrl: PublicUrl, { origin, target }: Located, { method, headers }: IncomingMessage): string {
  const elsewhere = origin !== publicUrl.origin
  const login = `${elsewhere ? publicUrl.origin : ''}${OWN_PREFIX}login`
  const isSafe = method === 'GET' || method === 'HEAD'
  const path = isSafe ? `${target.path}${target.query}` : pageThatAsked(headers.referer, origin)
  if (path === undefined) return login
  return `${login}?return_to=${encodeURIComponent(`${elsewhere ? origin : ''}${path}`)}`
}

/** Where he was when he pressed a button (S-15): nothing is sent twice by going there. Undefined for a page of another origin. */
function pageThatAsked(referer: string | undefined, origin: string): string | undefined {
  const page = referer === undefined ? null : URL.parse(referer)
  return page?.origin === origin ? `${page.pathname}${page.search}` : undefined
}
