/**
 * What both doors have in common: reverse proxy and forward-auth. From the service that was found to who may pass, in the
 * order of the contract: public?, session, origin, decision, action. Whatever is cached costs no waiting.
 */

import type { IncomingMessage } from 'node:http'

import type { Snapshot } from '../authz/model.ts'
import { AppError } from '../core/errors.ts'
import type { OperatorFacts } from '../directory/operator-facts.ts'
import { passesOriginRule } from '../http/origin-rule.ts'
import type { SessionCookies } from '../session/cookies.ts'
import type { IdentityTokens } from '../session/identity-token.ts'
import type { LiveSession, SessionService } from '../session/sessions.ts'
import { type Admission, admissions, type Caller, callerReader } from './admission.ts'
import type { Exchange } from './exchange.ts'
import type { Identity } from './identity-headers.ts'
import type { Located } from './locate.ts'
import { isOwnToken } from './request-headers.ts'

/** What a door does with a request. */
export interface Door<Each extends Exchange> {
  /** Lets it pass, under an identity or without one; `companion` is a Set-Cookie to add to the answer. */
  readonly pass: (exchange: Each, located: Located, identity: Identity | undefined, companion?: string) => void
  readonly askForSession: (exchange: Each, located: Located) => void
  readonly fail: (exchange: Each, thrown: unknown) => void
}

export interface EntranceParts {
  readonly sessions: Pick<SessionService, 'authenticate' | 'recordAction'>
  readonly cookies: Pick<SessionCookies, 'expiresCookie'>
  readonly operators: Pick<OperatorFacts, 'load'>
  readonly snapshot: () => Snapshot
  readonly tokens: Pick<IdentityTokens, 'cached' | 'mint'>
}

/** Judges a located request and hands it to the door; throws what is the answer, or hands it to `fail` when it knows later. */
export function entrance<Each extends Exchange>(
  parts: EntranceParts,
  door: Door<Each>,
): (exchange: Each, located: Located) => void {
  const { sessions, cookies, tokens } = parts
  const { pass, askForSession, fail } = door
  const callerOf = callerReader(parts)
  const admissionOf = admissions(parts)

  /** Goes on with `next` at once or when the value is there; what goes wrong on the way is the answer. */
  function then<Value>(exchange: Each, value: Value | Promise<Value>, next: (value: Value) => void): void {
    if (value instanceof Promise) value.then(next).catch((error: unknown) => fail(exchange, error))
    else next(value)
  }

  function admit(exchange: Each, located: Located, caller: Caller | undefined): void {
    const { service } = located.route
    if (caller === undefined) {
      if (service.access === 'optional') pass(exchange, located, undefined)
      else askForSession(exchange, located)
      return
    }
    exchange.record.operator = caller.operator.id
    checkOrigin(exchange.req, located)
    const admission = admissionOf(caller.operator, service.id)
    if (admission.decision.effect === 'allow') proceed(exchange, located, caller, admission)
    else if (service.access === 'optional') pass(exchange, located, undefined)
    else throw refusalOf(admission)
  }

  /** Everything between an allow and the other side of the door. */
  function proceed(exchange: Each, located: Located, caller: Caller, { roles, decision }: Admission): void {
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
      pass(exchange, located, identity, companion(exchange.req, live))
    })
  }

  const companion = ({ headers }: IncomingMessage, live: LiveSession) =>
    cookies.expiresCookie(live.expiresAt, headers.cookie)

  return (exchange, located) => {
    const { req, record } = exchange
    record.service = located.route.service.id
    if (located.isPublic) pass(exchange, located, undefined)
    else if (isOwnToken(req.headers.authorization ?? '')) askForSession(exchange, located)
    else {
      const caller = callerOf(req.headers.cookie, located.site.secretHost)
      then(exchange, caller, (each) => admit(exchange, located, each))
    }
  }
}

function checkOrigin({ headers }: IncomingMessage, { method, site, route }: Located): void {
  const { allowedOrigins } = route.service
  if (passesOriginRule({ method, headers, ownOrigin: site.origin, allowedOrigins })) return
  throw new AppError('CROSS_ORIGIN', `asked for by ${headers.origin ?? headers['sec-fetch-site']}`)
}

function countsAsAction({ headers }: IncomingMessage, { isPassive }: Located): boolean {
  return !isPassive && headers['x-gatehouse-passive'] !== '1'
}

function refusalOf({ decision }: Admission): AppError {
  if (decision.rule === 'no-role') return new AppError('NO_ROLE', decision.rule)
  return new AppError(decision.effect === 'disable' ? 'DISABLED' : 'ROLE_MISSING', decision.rule)
}
