/** `POST saml/acs`: the way back from the identity provider (contract section 3). */

import express, { type Request, type RequestHandler, type Response, Router } from 'express'
import type { PublicUrl, SessionConfig } from '../config/config.ts'
import { AppError, type ErrorCode, toAppError } from '../core/errors.ts'
import { freeBytes } from '../core/garbage.ts'
import type { Clock } from '../core/time.ts'
import type { OperatorFacts } from '../directory/operator-facts.ts'
import type { Page } from '../http/page.ts'
import { EXACT_PATHS } from '../http/paths.ts'
import type { Respond } from '../http/respond.ts'
import { runMiddleware } from '../http/run-middleware.ts'
import type { Texts } from '../http/texts/texts.ts'
import type { SessionCookies } from '../session/cookies.ts'
import { sessionLife } from '../session/life.ts'
import type { LiveSession, SessionService } from '../session/sessions.ts'
import type { StartSignIn } from './login-routes.ts'
import { confirmPage, loopPage, repostPage, startAgain } from './pages.ts'
import type { RecentSignIns } from './recent-sign-ins.ts'
import { cameFromAnotherSite, cameFromOurselves } from './same-site.ts'
import type { Visit } from './saml/admission.ts'
import type { AssertionConsumer, ConsumerOutcome } from './saml/consumer.ts'
import type { SignInRequest } from './saml/model.ts'
import { peekIssuer } from './saml/peek.ts'
import type { FormReading, PostForm } from './saml/post-form.ts'
import type { ProviderRegistry } from './saml/providers.ts'
import type { RequestCookies } from './saml/request-cookie.ts'
import { fieldText } from './saml/scan-base64.ts'
import { assertionStrategy } from './strategies.ts'
import type { WayBack } from './way-back.ts'

const RELAY_STATE = /^[0-9a-f]{8}$/
/** A message of 256 KiB is at most 400 KiB as a form: base64, its signs and line breaks escaped. With room for what else is in it. */
const BODY_LIMIT_BYTES = 512 * 1024
const TILE_RETRY_MILLISECONDS = 60_000
const FORM = 'application/x-www-form-urlencoded'
/** A message is ASCII, which is the same in these. */
const OTHER_CHARSET = /;\s*charset\s*=(?!\s*"?(?:utf-8|us-ascii|iso-8859-1)"?\s*(?:;|$))/i
const NOTHING = Buffer.alloc(0)

export interface AcsParts {
  readonly publicUrl: PublicUrl
  readonly consumer: AssertionConsumer
  readonly providers: ProviderRegistry
  readonly requestCookies: RequestCookies
  readonly recentSignIns: RecentSignIns
  readonly sessions: SessionService
  readonly cookies: SessionCookies
  readonly operators: OperatorFacts
  readonly settings: () => SessionConfig
  readonly returnTarget: (value: string | undefined) => string
  readonly startSignIn: StartSignIn
  readonly wayBack: WayBack
  readonly limitPosts: RequestHandler
  readonly limitStarts: RequestHandler
  readonly respond: Respond
  /** Origins of the other hosts that a sign-in may lead on to. */
  readonly hostOrigins: readonly string[]
  /** Told of the bytes that become garbage. */
  readonly memory: { passed(bytes: number): void }
  readonly clock: Clock
}

export function acsRoutes(parts: AcsParts): Router {
  const visits = new WeakMap<Request, Visit>()
  const strategy = assertionStrategy({
    check: (message) => parts.consumer.check(message),
    admit: (verified, request: Request) => parts.consumer.admit(verified, visitOf(visits, request)),
  })
  const router = Router(EXACT_PATHS)
  const body = express.raw({ type: FORM, limit: BODY_LIMIT_BYTES })
  router.post('/saml/acs', parts.limitPosts, async (request, response) => {
    const reading = await readForm(parts, body, request, response)
    if (!reading.ok) return refuse(parts, request, response, await parts.consumer.refuseForm(reading.problem))
    try {
      await consume(request, response, fromOurPages(request, parts.publicUrl, reading.form))
    } finally {
      // A long one would stay until the next full collection.
      freeBytes(reading.form.message)
    }
  })
  // Somebody typed or reopened the address of the page that he saw here.
  router.get('/saml/acs', (request, response) => answerWithoutMessage(parts, request, response))
  return router

  async function consume(request: Request, response: Response, post: PostForm): Promise<void> {
    const outstanding = post.relayState === undefined ? undefined : await loadRequest(parts, request, post.relayState)
    if (!outstanding && post.relayState !== undefined && RELAY_STATE.test(post.relayState)) {
      return answerLostCookie(parts, request, response, post)
    }
    if (!outstanding && (await answerUnsolicited(parts, request, response, post))) return
    const presented = await presentedSession(parts, request)
    visits.set(request, { request: outstanding ?? null, presented: presented?.visit, confirmed: post.confirmed })
    request.body = { SAMLResponse: post.message }
    const outcome: ConsumerOutcome = await strategy.authenticate(request, response)
    await answer(parts, request, response, { post, outstanding, outcome, presented: presented?.live })
  }
}

function visitOf(visits: WeakMap<Request, Visit>, request: Request): Visit {
  const visit = visits.get(request)
  if (visit === undefined) throw new AppError('INTERNAL', 'the assertion consumer was asked without a visit')
  return visit
}

/** The form in the body, or why it is none. */
async function readForm(
  { consumer, memory }: AcsParts,
  body: RequestHandler,
  request: Request,
  response: Response,
): Promise<FormReading> {
  const malformed = (received: string): FormReading => ({ ok: false, problem: { code: 'SAML_MALFORMED', received } })
  try {
    await runMiddleware(body, request, response)
  } catch (error) {
    const { status, message }: { status?: unknown; message: string } =
      error instanceof Error ? error : toAppError(error)
    if (status === 413) return { ok: false, problem: { code: 'SAML_TOO_LARGE', received: message } }
    if (typeof status === 'number' && status < 500) return malformed(message)
    throw error
  }
  if (Object.keys(request.query).length > 0) return malformed('a query in the address')
  if (OTHER_CHARSET.test(request.headers['content-type'] ?? '')) return malformed('a form in another charset')
  const octets = Buffer.isBuffer(request.body) ? request.body : NOTHING
  memory.passed(octets.length)
  return consumer.readForm(octets)
}

/** The marks of our own pages count only from there. */
function fromOurPages(request: Request, publicUrl: PublicUrl, form: PostForm): PostForm {
  return cameFromOurselves(request, publicUrl) ? form : { ...form, reposted: false, confirmed: false }
}

async function loadRequest(parts: AcsParts, request: Request, relayState: string): Promise<SignInRequest | undefined> {
  return RELAY_STATE.test(relayState) ? parts.requestCookies.read(request.headers.cookie, relayState) : undefined
}

/** The same fields once more, from our own page, with a mark. */
function fieldsAgain(post: PostForm, mark: 'gatehouse_repost' | 'gatehouse_confirm'): Record<string, string> {
  const relayState = post.relayState === undefined ? {} : { RelayState: post.relayState }
  return { SAMLResponse: fieldText(post.message), ...relayState, gatehouse_repost: '1', [mark]: '1' }
}

/** A form of our own to the assertion consumer, whose answer may lead on to another host: form-action covers that, too. */
function sendForm(
  { respond, hostOrigins }: AcsParts,
  request: Request,
  response: Response,
  make: (texts: Texts) => Page,
): void {
  respond.page(request, response, (texts) => ({ ...make(texts), formTargets: hostOrigins }))
}

function repost(parts: AcsParts, request: Request, response: Response, post: PostForm): void {
  sendForm(parts, request, response, (texts) => repostPage(texts, fieldsAgain(post, 'gatehouse_repost')))
}

/** S-14: first once more from our own page, so that Lax cookies come along; then on, or from the start. */
async function answerLostCookie(parts: AcsParts, request: Request, response: Response, post: PostForm): Promise<void> {
  if (!post.reposted) return repost(parts, request, response, post)
  const { cookie } = request.headers
  if (await parts.sessions.authenticate(cookie)) {
    const returnTo = parts.returnTarget(await parts.recentSignIns.returnTo(cookie, post.relayState))
    return parts.respond.redirect(response, 303, returnTo)
  }
  refuse(parts, request, response, await parts.consumer.refuseLostState())
}

async function answerWithoutMessage(parts: AcsParts, request: Request, response: Response): Promise<void> {
  if (await parts.sessions.authenticate(request.headers.cookie)) {
    return parts.respond.redirect(response, 303, parts.returnTarget(undefined))
  }
  parts.respond.error(request, response, 'SIGN_IN_STATE_LOST', { more: startAgain(undefined) })
}

/**
 * A message that answers no request of this browser. True when it was answered here: its provider does not allow that, so
 * a normal sign-in starts (the Okta tile), or the session cookie has to be seen first. Unknown issuers go on to the table.
 */
async function answerUnsolicited(
  parts: AcsParts,
  request: Request,
  response: Response,
  post: PostForm,
): Promise<boolean> {
  const issuer = peekIssuer(post.message)
  const provider = issuer === undefined ? undefined : parts.providers.byEntityId(issuer)
  if (!provider) return false
  if (provider.config.allowUnsolicited) {
    if (post.reposted || !cameFromAnotherSite(request, parts.publicUrl)) return false
    repost(parts, request, response, post)
    return true
  }
  if (await tileWasTried(parts, request, provider.config.id)) return false
  await runMiddleware(parts.limitStarts, request, response)
  await parts.startSignIn(request, response, {
    provider,
    returnTo: parts.returnTarget(post.relayState),
    fromTile: true,
    presented: await parts.sessions.authenticate(request.headers.cookie),
  })
  return true
}

/** A provider that answers our request without its RelayState again must not send the browser round in circles. */
async function tileWasTried({ requestCookies, clock }: AcsParts, request: Request, provider: string): Promise<boolean> {
  const outstanding = await requestCookies.readAll(request.headers.cookie)
  const since = clock.now() - TILE_RETRY_MILLISECONDS
  return outstanding.some((each) => each.fromTile && each.provider === provider && each.issuedAt > since)
}

async function presentedSession(
  { sessions, operators }: AcsParts,
  request: Request,
): Promise<{ live: LiveSession; visit: NonNullable<Visit['presented']> } | undefined> {
  const live = await sessions.authenticate(request.headers.cookie)
  const operator = live && (await operators.load(live.session.operatorId))
  return live && operator && { live, visit: { session: live.session, account: operator.account } }
}

async function answer(
  parts: AcsParts,
  request: Request,
  response: Response,
  done: {
    post: PostForm
    outstanding: SignInRequest | undefined
    outcome: ConsumerOutcome
    presented: LiveSession | undefined
  },
): Promise<void> {
  const { post, outstanding, outcome, presented } = done
  const returnTo = outstanding?.returnTo ?? parts.returnTarget(post.relayState)
  if (outcome.kind === 'confirm') {
    const operator = presented && (await parts.operators.load(presented.session.operatorId))
    const accounts = { now: operator?.account ?? '', next: outcome.account }
    const fields = fieldsAgain(post, 'gatehouse_confirm')
    return sendForm(parts, request, response, (texts) => confirmPage(texts, fields, accounts))
  }
  if (outcome.kind === 'refused') {
    return refuse(parts, request, response, outcome, returnTo)
  }
  if (outstanding && post.relayState !== undefined) {
    response.append('Set-Cookie', parts.requestCookies.clear(post.relayState))
  }
  if (outcome.kind === 'sign-in-failure') return refuse(parts, request, response, outcome, returnTo)
  const relayState = outstanding && post.relayState
  await enter(parts, request, response, outcome, { returnTo, relayState, handoff: outstanding?.handoff, presented })
}

function refuse(
  { respond }: AcsParts,
  request: Request,
  response: Response,
  { code, reference }: { code: ErrorCode; reference: string },
  returnTo?: string,
): void {
  respond.error(request, response, code, { reference, more: startAgain(returnTo) })
}

/** Sets the cookies of the new session and goes where the operator wanted to go. */
async function enter(
  { publicUrl, cookies, settings, recentSignIns, wayBack, respond }: AcsParts,
  request: Request,
  response: Response,
  { prepared }: Extract<ConsumerOutcome, { kind: 'signed-in' }>,
  {
    returnTo,
    relayState,
    handoff,
    presented,
  }: {
    returnTo: string
    relayState: string | undefined
    handoff: string | undefined
    presented: LiveSession | undefined
  },
): Promise<void> {
  const { expiresAt } = sessionLife(prepared.session, settings())
  const expires = cookies.expiresCookie(expiresAt, undefined)
  const last = relayState === undefined ? undefined : { relayState, returnTo }
  const recent = await recentSignIns.record(presented ? undefined : request.headers.cookie, last)
  response.append('Set-Cookie', [cookies.issue(prepared.cookieValue), recent.setCookie])
  if (expires !== undefined) response.append('Set-Cookie', expires)
  if (recent.loop) return respond.page(request, response, (texts) => loopPage(texts, { ...publicUrl, returnTo }))
  respond.redirect(response, 303, await wayBack(prepared.session.id, { returnTo, handoff }))
}
