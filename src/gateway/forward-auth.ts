/**
 * The second door (contract section 7): another proxy forwards, and asks here whether it may. The answer is 200 with the
 * identity headers, or the refusal that the first door would give.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'

import type { PublicUrl, ServiceConfig } from '../config/config.ts'
import { AppError, toAppError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Random } from '../core/random.ts'
import type { Clock } from '../core/time.ts'
import { mayBeHandshake } from '../http/origin-rule.ts'
import type { HandoffService } from '../session/handoffs.ts'
import { clientReader } from './client-address.ts'
import { type EntranceParts, entrance, HANDSHAKE } from './entrance.ts'
import type { Allowed, Examination } from './examination.ts'
import { type Exchange, exchanges, type RequestMetrics } from './exchange.ts'
import { type Question, readQuestion } from './forward-auth-question.ts'
import { pushIdentity } from './identity-headers.ts'
import { checkHeader, type Located, type Location, locator } from './locate.ts'
import type { Judgement } from './operations/judge.ts'
import type { Passage } from './passage.ts'
import { type GatewayRespond, refusals } from './refusal.ts'
import { signInDetours } from './sign-in-detour.ts'
import { openUpgrade } from './upgrade.ts'

export interface ForwardAuthParts extends EntranceParts {
  readonly publicUrl: PublicUrl
  readonly services: readonly ServiceConfig[]
  /** CIDRs. Nobody else may ask. */
  readonly trustedProxies: readonly string[]
  readonly handoffs: Pick<HandoffService, 'begin'>
  readonly respond: GatewayRespond
  readonly metrics: RequestMetrics
  readonly log: Log
  readonly clock: Clock
  readonly random: Random
}

export interface ForwardAuth {
  /** Answers a question, now or later. Never throws. */
  handle(req: IncomingMessage, res: ServerResponse): void
  /** A question about a handshake, from a proxy that leaves Upgrade on it. No protocol is changed. Never throws. */
  handleUpgrade(req: IncomingMessage): void
}

/** An exchange whose request is a question. */
interface Asking extends Exchange {
  readonly question: Question
}

/** The door of one configuration. */
export function forwardAuth(parts: ForwardAuthParts): ForwardAuth {
  const { publicUrl, respond } = parts
  const { begin } = exchanges(parts)
  const { locateAsked } = locator(parts)
  const clientOf = clientReader(parts)
  const detours = signInDetours(parts)
  const refuse = refusals({ ...parts, detours })
  const door = { name: 'forward-auth', examine, readBody, askForSession, fail } as const
  const judgeHandshake = entrance<Asking>(parts, { ...door, methodOf: () => HANDSHAKE, pass })
  const judge = entrance<Asking>(parts, { ...door, methodOf: (_exchange, { method }) => method, pass: passAsTold })

  /** Only the proxy knows whether it will forward a handshake or what looks like one: both must be allowed. */
  function passAsTold(exchange: Asking, located: Located, passage: Passage): void {
    if (located.method === 'GET' && mayBeHandshake(exchange.req.headers)) judgeHandshake(exchange, located)
    else pass(exchange, located, passage)
  }

  function askForSession(exchange: Asking, located: Located): void {
    const { req, res, requestId, record, question } = exchange
    record.code = 'SESSION_REQUIRED'
    if (question.withRedirect) {
      const { location, headers } = detours.redirect(located, req.headers)
      // A proxy would take a bare path for one of ours as it knows us.
      respond.redirect(res, 302, location.startsWith('/') ? publicUrl.origin + location : location, headers)
      return
    }
    const headers = { 'WWW-Authenticate': 'Session realm="gatehouse"' }
    const signInUrl = detours.link(located, req.headers)
    respond.error(req, res, 'SESSION_REQUIRED', { reference: requestId, headers, signInUrl })
  }

  function fail(exchange: Asking, thrown: unknown): void {
    const error = toAppError(thrown)
    const hidden = error.code === 'NOT_FOUND' && exchange.question.withoutNotFound
    refuse.fail(exchange, hidden ? new AppError('DENIED', error.message) : error)
  }

  function answer(exchange: Asking, located: Location): void {
    if (located.kind === 'service') judge(exchange, located)
    else if (exchange.question.withoutNotFound)
      throw new AppError('NOT_FOUND', 'a service path without its final slash')
    else respond.redirect(exchange.res, 308, located.site.origin + located.location)
  }

  function handle(req: IncomingMessage, res: ServerResponse): void {
    // Parsed already, but behind an odd request: its connection is closing.
    if (refuse.isClosing(req.socket)) return
    const exchange = begin(req, res)
    let asking: Asking | undefined
    try {
      checkHeader(req)
      const question = readQuestion(req, clientOf(req))
      asking = { ...exchange, question }
      exchange.record.asked = describe(question)
      answer(asking, locateAsked(question.asked))
    } catch (error) {
      if (asking === undefined) refuse.fail(exchange, error)
      else fail(asking, error)
    }
  }

  return {
    handle,
    handleUpgrade(req) {
      const upgrade = openUpgrade(req, Buffer.alloc(0))
      if (upgrade !== undefined) handle(req, upgrade.res)
    },
  }
}

/** Every identity header, empty when unknown: the proxy lays them over whatever the client sent. */
function pass({ res, requestId }: Exchange, { route }: Located, { identity, companion }: Passage): void {
  const headers = ['Cache-Control', 'no-store', 'Content-Length', '0']
  pushIdentity(headers, route.service, requestId, identity)
  if (identity === undefined) headers.push('X-Gatehouse-Assertion', '')
  if (companion !== undefined) headers.push('Set-Cookie', companion)
  res.writeHead(200, headers).end()
}

/** Whoever passes the request on keeps its body and the answer to himself. */
function examine(_exchange: Exchange, _located: Located, { judgement }: Allowed): Examination {
  const refusal = isEnforceable(judgement) ? undefined : notEnforceable('the answer would have to be seen')
  return { content: undefined, refusal }
}

function isEnforceable({ decision, candidate }: Judgement): boolean {
  return decision.obligations.length === 0 && (candidate?.operation.changes.length ?? 0) === 0
}

async function readBody(): Promise<never> {
  throw notEnforceable('the operation stands in the body')
}

function notEnforceable(detail: string): AppError {
  return new AppError('NOT_ENFORCEABLE_HERE', detail)
}

/** Never the query: it may hold secrets. */
function describe({ asked: { method, host, target } }: Question): string {
  return `${method} ${host}${target.split('?', 1)[0]}`
}
