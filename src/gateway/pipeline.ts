/**
 * The data plane: one request from its target form to its answer. Order: form, host, service, public?, session, origin,
 * decision, action, forward. Whatever is cached costs no waiting: with all facts at hand the request is on its way to
 * the upstream before `handle` returns.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'

import type { Snapshot } from '../authz/model.ts'
import type { PublicUrl, ServiceConfig } from '../config/config.ts'
import { AppError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Random } from '../core/random.ts'
import type { Clock } from '../core/time.ts'
import type { OperatorFacts } from '../directory/operator-facts.ts'
import { passesOriginRule } from '../http/origin-rule.ts'
import type { SessionCookies } from '../session/cookies.ts'
import type { IdentityTokens } from '../session/identity-token.ts'
import type { LiveSession, SessionService } from '../session/sessions.ts'
import { type Admission, admissions, type Caller, callerReader } from './admission.ts'
import { type Exchange, exchanges, type RequestMetrics } from './exchange.ts'
import { forwarder } from './forwarder.ts'
import type { Identity } from './identity-headers.ts'
import { type Located, locator } from './locate.ts'
import { type GatewayRespond, refusals } from './refusal.ts'
import { isOwnToken } from './request-headers.ts'
import type { Upstreams } from './upstreams.ts'

export interface GatewayParts {
  readonly publicUrl: PublicUrl
  readonly services: readonly ServiceConfig[]
  /** CIDRs. */
  readonly trustedProxies: readonly string[]
  readonly sessions: Pick<SessionService, 'authenticate' | 'recordAction'>
  readonly cookies: Pick<SessionCookies, 'expiresCookie'>
  readonly operators: Pick<OperatorFacts, 'load'>
  readonly snapshot: () => Snapshot
  readonly tokens: Pick<IdentityTokens, 'cached' | 'mint'>
  readonly upstreams: Pick<Upstreams, 'next'>
  readonly respond: GatewayRespond
  readonly metrics: RequestMetrics
  readonly log: Log
  readonly clock: Clock
  readonly random: Random
}

export interface GatewayPipeline {
  /** Answers the request, now or later. Never throws. */
  handle(req: IncomingMessage, res: ServerResponse): void
}

/** The pipeline of one configuration. */
export function gatewayPipeline(parts: GatewayParts): GatewayPipeline {
  const { sessions, cookies, tokens } = parts
  const begin = exchanges(parts)
  const locate = locator(parts)
  const callerOf = callerReader(parts)
  const admissionOf = admissions(parts)
  const { fail, askForSession, isClosing } = refusals(parts)
  const forward = forwarder({ ...parts, fail })

  /** Goes on with `next` at once or when the value is there; what goes wrong on the way is the answer. */
  function then<Value>(exchange: Exchange, value: Value | Promise<Value>, next: (value: Value) => void): void {
    if (value instanceof Promise) value.then(next).catch((error: unknown) => fail(exchange, error))
    else next(value)
  }

  function enter(exchange: Exchange): void {
    const { req, res, record } = exchange
    const located = locate(req)
    if (located.kind === 'redirect') {
      parts.respond.redirect(res, 308, located.location)
      return
    }
    record.service = located.route.service.id
    if (located.isPublic) forward(exchange, located, undefined)
    else if (isOwnToken(req.headers.authorization ?? '')) askForSession(exchange, located)
    else then(exchange, callerOf(req.headers.cookie), (caller) => admit(exchange, located, caller))
  }

  function admit(exchange: Exchange, located: Located, caller: Caller | undefined): void {
    const { service } = located.route
    if (caller === undefined) {
      if (service.access === 'optional') forward(exchange, located, undefined)
      else askForSession(exchange, located)
      return
    }
    exchange.record.operator = caller.operator.id
    checkOrigin(exchange.req, located)
    const admission = admissionOf(caller.operator, service.id)
    if (admission.decision.effect === 'allow') proceed(exchange, located, caller, admission)
    else if (service.access === 'optional') forward(exchange, located, undefined)
    else throw refusalOf(admission)
  }

  /** Everything between an allow and the upstream. */
  function proceed(exchange: Exchange, located: Located, caller: Caller, { roles, decision }: Admission): void {
    const { operator } = caller
    const live = countsAsAction(exchange.req, located) ? sessions.recordAction(caller.live) : caller.live
    const subject = {
      sessionId: live.session.id,
      service: located.route.service.id,
      operatorId: operator.id,
      account: operator.account,
      roles,
      operatorRevision: operator.revision,
      snapshotRevision: decision.revision,
    }
    then(exchange, tokens.cached(subject) ?? tokens.mint(subject), (assertion) => {
      const identity: Identity = { operator, session: live.session, roles, assertion }
      forward(exchange, located, identity, companion(exchange.req, live))
    })
  }

  const companion = ({ headers }: IncomingMessage, live: LiveSession) =>
    cookies.expiresCookie(live.expiresAt, headers.cookie)

  return {
    handle(req, res) {
      // Parsed already, but behind an odd request: its connection is closing.
      if (isClosing(req.socket)) return
      const exchange = begin(req, res)
      try {
        enter(exchange)
      } catch (error) {
        fail(exchange, error)
      }
    },
  }
}

function checkOrigin({ method = 'GET', headers }: IncomingMessage, { origin, route }: Located): void {
  const { allowedOrigins } = route.service
  if (passesOriginRule({ method, headers, ownOrigin: origin, allowedOrigins })) return
  throw new AppError('CROSS_ORIGIN', `asked for by ${headers.origin ?? headers['sec-fetch-site']}`)
}

function countsAsAction({ headers }: IncomingMessage, { isPassive }: Located): boolean {
  return !isPassive && headers['x-gatehouse-passive'] !== '1'
}

function refusalOf({ decision }: Admission): AppError {
  if (decision.rule === 'no-role') return new AppError('NO_ROLE', decision.rule)
  return new AppError(decision.effect === 'disable' ? 'DISABLED' : 'ROLE_MISSING', decision.rule)
}
