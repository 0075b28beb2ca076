/**
 * What both doors have in common: reverse proxy and forward-auth. From the service that was found to who may pass, in the
 * order of the contract: public?, session, origin, decision, action. Whatever is cached costs no waiting.
 */

import type { IncomingMessage } from 'node:http'

import type { RequestAudit } from '../audit/request-audit.ts'
import type { Snapshot } from '../authz/model.ts'
import type { Alarms } from '../core/alarms.ts'
import { AppError } from '../core/errors.ts'
import type { OperatorFacts } from '../directory/operator-facts.ts'
import { passesOriginRule } from '../http/origin-rule.ts'
import type { RequestFacts } from '../profiles/request-facts.ts'
import type { SessionCookies } from '../session/cookies.ts'
import type { IdentityTokens } from '../session/identity-token.ts'
import { isOwnToken } from '../session/own-token.ts'
import type { LiveSession, SessionService } from '../session/sessions.ts'
import { type Admission, admissions, type Caller, callerReader } from './admission.ts'
import { AS_SUCH, auditTrail, type Decided, decidedBy, type Judged } from './audit-trail.ts'
import { decisionAlarm } from './decision-alarm.ts'
import type { Examine, ReadBody } from './examination.ts'
import type { Exchange } from './exchange.ts'
import { type Located, locatedPath } from './locate.ts'
import { allowedPart, wantsWhole } from './operations/bulk.ts'
import { type GiftParts, giftRefusal } from './operations/gifts.ts'
import { type Judgement, judge, type ObjectFactsReader } from './operations/judge.ts'
import type { JsonBody } from './operations/request-json.ts'
import { strictQuery } from './operations/request-query.ts'
import type { Asked, ServiceOperations } from './operations/service-operations.ts'
import { FREE_PASSAGE, type Passage, type PassageItem } from './passage.ts'
import { refusalOf } from './refusal.ts'

/** What a door does with a request. */
export interface Door<Each extends Exchange> {
  readonly name: 'proxy' | 'forward-auth'
  /** What the request is judged as: its method, or HANDSHAKE. */
  readonly methodOf: (exchange: Each, located: Located) => string
  /** Has the last word about what is allowed. */
  readonly examine: Examine<Each>
  readonly pass: (exchange: Each, located: Located, passage: Passage) => void
  /**
   * Reads the body, for what stands in it; `places` are JSON pointers to that. Undefined: there is none. Throws or rejects
   * with what is the answer.
   */
  readonly readBody: (exchange: Each, located: Located, places: readonly string[]) => Promise<JsonBody | undefined>
  readonly askForSession: (exchange: Each, located: Located) => void
  readonly fail: (exchange: Each, thrown: unknown) => void
}

export interface EntranceParts extends GiftParts {
  readonly sessions: Pick<SessionService, 'authenticate' | 'recordAction'>
  readonly cookies: Pick<SessionCookies, 'expiresCookie'>
  readonly operators: Pick<OperatorFacts, 'load'>
  readonly objects: ObjectFactsReader
  readonly operations: ServiceOperations
  readonly snapshot: () => Snapshot
  readonly tokens: Pick<IdentityTokens, 'cached' | 'mint'>
  readonly alarms: Pick<Alarms, 'raise' | 'clear'>
  readonly audit: Pick<RequestAudit, 'recordIntent' | 'recordOutcome' | 'countDenial'>
}

/** A request whose operation is looked for. */
interface Errand<Each extends Exchange> {
  readonly exchange: Each
  readonly located: Located
  readonly asked: Asked
  readonly query: ReadonlyMap<string, string>
  /** Undefined: nobody has read the body. */
  readonly read: ReadBody | undefined
}

/** A request that may pass, or part of it. */
interface Proceeding {
  readonly caller: Caller
  readonly admission: Admission
  readonly judgement: Judgement
  readonly body: JsonBody | undefined
  readonly items: readonly PassageItem[]
}

/** A passage without the one who passes. */
type DecidedPassage = Passage & { readonly judgement: Judgement }

/** A WebSocket handshake is an operation of its own kind: what follows it goes both ways. */
export const HANDSHAKE = 'WEBSOCKET'

const NO_ITEMS: readonly PassageItem[] = Object.freeze([])
const NO_QUERY: ReadonlyMap<string, string> = new Map()

/** Judges a located request and hands it to the door; throws what is the answer, or hands it to `fail` when it knows later. */
export function entrance<Each extends Exchange>(
  parts: EntranceParts,
  door: Door<Each>,
): (exchange: Each, located: Located) => void {
  const { sessions, cookies, tokens, operations } = parts
  const { methodOf, examine, pass, readBody, askForSession, fail } = door
  const callerOf = callerReader(parts)
  const admissionOf = admissions(parts)
  const { open, judge: judgementOf } = judge(parts)
  const alarm = decisionAlarm(parts.alarms)
  const trail = auditTrail({ audit: parts.audit, door: door.name })

  /** Goes on with `next` at once or when the value is there; what goes wrong on the way is the answer. */
  function then<Value>(exchange: Each, value: Value | Promise<Value>, next: (value: Value) => void): void {
    if (value instanceof Promise) value.then(next).catch((error: unknown) => fail(exchange, error))
    else next(value)
  }

  function admit(errand: Errand<Each>, caller: Caller | undefined): void {
    const { exchange, located } = errand
    const { service } = located.route
    if (caller === undefined) {
      if (service.access === 'optional') passAsNobody(errand)
      else askForSession(exchange, located)
      return
    }
    exchange.record.operator = caller.operator.id
    const cross = crossOrigin(exchange.req, located)
    if (cross !== undefined) throw denial(errand, caller, { ...AS_SUCH, rule: 'origin', error: cross })
    then(
      exchange,
      alarm.decide(service.id, () => admissionOf(caller.operator, service.id)),
      (admission) => decideFor(errand, caller, admission),
    )
  }

  function decideFor(errand: Errand<Each>, caller: Caller, admission: Admission): void {
    const { asked, read } = errand
    if (admission.decision.effect !== 'allow') refuse(errand, caller, admission)
    else if (asked.needs.body && read === undefined) readFirst(errand)
    else decideOn(errand, caller, admission)
  }

  /** Whoever is slow with his body may have no session or other roles by the time it is there: it all begins anew. */
  function readFirst(errand: Errand<Each>): void {
    const { exchange, located, asked } = errand
    then(exchange, readBody(exchange, located, asked.bodyPlaces), (body) => enterAs({ ...errand, read: { body } }))
  }

  function decideOn(errand: Errand<Each>, caller: Caller, admission: Admission): void {
    const { exchange, located, asked, query, read } = errand
    const body = read?.body
    const facts: RequestFacts = { query, body: body?.value }
    const service = located.route.service.id
    const judgement = alarm.decide(service, () => judgementOf(caller.operator, service, asked, facts))
    then(exchange, judgement, (each) => {
      alarm.decided(service)
      if (each.decision.effect === 'allow')
        proceed(errand, { caller, admission, judgement: each, body, items: NO_ITEMS })
      else proceedInPart(errand, { caller, admission, judgement: each, body })
    })
  }

  /** Leaves out what is refused, where the operation is judged item by item; else all of it is refused. */
  function proceedInPart(errand: Errand<Each>, { body, ...proceeding }: Omit<Proceeding, 'items'>): void {
    const { exchange, asked } = errand
    const { caller, judgement } = proceeding
    const whole = body?.value === undefined || wantsWhole(exchange.req.headers.prefer)
    const part = whole ? undefined : allowedPart(judgement, body, asked.settings)
    if (part === undefined) {
      refuse(errand, caller, judgement)
      return
    }
    const items = part.items.map(({ selector, object, decision }): PassageItem => {
      if (decision.effect === 'allow') return { object, refused: null }
      const item = {
        decision,
        candidate: judgement.candidate,
        selected: [{ selector, objects: [object], isJudged: true }],
      }
      return { object, refused: denial(errand, caller, { ...decidedBy(item), error: refusalOf(decision) }).code }
    })
    proceed(errand, { ...proceeding, judgement: part.judgement, body: part.body, items })
  }

  /** Where sign-in is optional, who may not pass as himself passes as nobody. */
  function refuse(errand: Errand<Each>, caller: Caller, judged: Judged): void {
    if (errand.located.route.service.access === 'optional') passAsNobody(errand)
    else throw denial(errand, caller, { ...decidedBy(judged), error: refusalOf(judged.decision) })
  }

  function passAsNobody({ exchange, located, read }: Errand<Each>): void {
    pass(exchange, located, { ...FREE_PASSAGE, body: read?.body?.bytes })
  }

  /** Counts the refusal of somebody who is known. */
  function denial(
    { exchange, located }: Errand<Each>,
    caller: Caller,
    { error, ...decided }: Decided & { readonly error: AppError },
  ): AppError {
    trail.denied(exchange, located, caller, { ...decided, code: error.code })
    return error
  }

  /** What is allowed, unless it gives too much or the door finds something in it. */
  function proceed(errand: Errand<Each>, { caller, admission, judgement, body, items }: Proceeding): void {
    const { exchange, located } = errand
    const { operator } = caller
    const checkNot = (refusal: AppError | undefined): void => {
      if (refusal !== undefined) throw denial(errand, caller, { ...decidedBy(judgement), error: refusal })
    }
    checkNot(giftRefusal(parts, operator, located.route.service.id, judgement))
    const read = errand.read && { body }
    const examined = examine(exchange, located, { subject: operator, judgement, read })
    if (examined === 'body') readFirst(errand)
    else {
      checkNot(examined.refusal)
      const { content } = examined
      act(errand, caller, admission, { ...FREE_PASSAGE, body: body?.bytes, content, judgement, items })
    }
  }

  /** Everything between an allow that stands and the other side of the door. */
  function act(
    { exchange, located }: Errand<Each>,
    caller: Caller,
    { roles }: Admission,
    passage: DecidedPassage,
  ): void {
    const { operator } = caller
    const { judgement } = passage
    const live = countsAsAction(exchange.req, located, judgement) ? sessions.recordAction(caller.live) : caller.live
    const subject = {
      sessionId: live.session.id,
      service: located.route.service.id,
      operatorId: operator.id,
      account: operator.account,
      roles,
      operatorRevision: operator.revision,
      snapshotRevision: judgement.decision.revision,
    }
    then(exchange, tokens.cached(subject) ?? tokens.mint(subject), (assertion) => {
      const decided = { ...decidedBy(judgement), judgedAs: methodOf(exchange, located) }
      then(exchange, trail.allowed(exchange, located, caller, decided), () => {
        if (exchange.res.destroyed) return
        const identity = { operator, session: live.session, roles, assertion }
        pass(exchange, located, { ...passage, identity, companion: companion(exchange.req, live) })
      })
    })
  }

  /** What is open to everybody. */
  function passFreely(errand: Errand<Each>, judgement: Judgement): void {
    const { exchange, located, read } = errand
    const examined = examine(exchange, located, { subject: null, judgement, read })
    if (examined === 'body') readFirst(errand)
    else if (examined.refusal !== undefined) throw examined.refusal
    else pass(exchange, located, { ...FREE_PASSAGE, body: read?.body?.bytes, content: examined.content, judgement })
  }

  const companion = ({ headers }: IncomingMessage, live: LiveSession) =>
    cookies.expiresCookie(live.expiresAt, headers.cookie)

  function enter(exchange: Each, located: Located): void {
    const service = located.route.service.id
    const asked = operations.ask(service, methodOf(exchange, located), locatedPath(located))
    const query = asked.needs.query ? strictQuery(located.target.query) : NO_QUERY
    enterAs({ exchange, located, asked, query, read: undefined })
  }

  function enterAs(errand: Errand<Each>): void {
    const { exchange, located, asked, query } = errand
    const { headers, socket } = exchange.req
    const service = located.route.service.id
    const judgement = alarm.decide(service, () => open(service, asked, query))
    then(exchange, judgement, (each) => {
      if (each !== undefined) passFreely(errand, each)
      else if (isOwnToken(headers.authorization ?? '')) askForSession(exchange, located)
      else {
        const sent = { cookieHeader: headers.cookie, host: located.site.secretHost, service, connection: socket }
        then(exchange, callerOf(sent), (caller) => admit(errand, caller))
      }
    })
  }

  return (exchange, located) => {
    exchange.record.service = located.route.service.id
    if (located.isPublic) pass(exchange, located, FREE_PASSAGE)
    else enter(exchange, located)
  }
}

function crossOrigin({ headers }: IncomingMessage, { method, site, route }: Located): AppError | undefined {
  const { allowedOrigins } = route.service
  if (passesOriginRule({ method, headers, ownOrigin: site.origin, allowedOrigins })) return undefined
  return new AppError('CROSS_ORIGIN', `asked for by ${headers.origin ?? headers['sec-fetch-site']}`)
}

function countsAsAction({ headers }: IncomingMessage, { isPassive }: Located, { candidate }: Judgement): boolean {
  return !isPassive && headers['x-gatehouse-passive'] !== '1' && candidate?.operation.activity !== false
}
