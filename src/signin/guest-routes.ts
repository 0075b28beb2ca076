/**
 * `POST guest`: in without an account (openlm.md O-17), from our own page that offers it, to the one service that admits
 * guests. Only a form of ours gets here: an address, or a page of somebody else, makes nobody a guest.
 */

import express, { type Request, type RequestHandler, type Response, Router } from 'express'
import { z } from 'zod'
import type { PublicUrl, SessionConfig } from '../config/config.ts'
import { AppError } from '../core/errors.ts'
import type { OperatorFacts } from '../directory/operator-facts.ts'
import { EXACT_PATHS } from '../http/paths.ts'
import type { Respond } from '../http/respond.ts'
import type { SessionCookies } from '../session/cookies.ts'
import { sessionLife } from '../session/life.ts'
import type { SessionService } from '../session/sessions.ts'
import { isGuest, type OpenGuestSession } from './guest-session.ts'
import type { WayBack } from './way-back.ts'

const GuestForm = z.strictObject({
  return_to: z.string().min(1).max(2048),
  handoff: z
    .string()
    .regex(/^[\w-]{43}$/)
    .optional(),
})

export interface GuestRoutesParts {
  readonly publicUrl: PublicUrl
  readonly sessions: Pick<SessionService, 'authenticate'>
  readonly cookies: Pick<SessionCookies, 'issue' | 'expiresCookie'>
  readonly operators: Pick<OperatorFacts, 'load'>
  readonly settings: () => SessionConfig
  readonly returnTarget: (value: string | undefined) => string
  /** The service at a return path that admits guests; undefined where there is none. */
  readonly guestService: (returnTo: string) => string | undefined
  readonly openGuestSession: OpenGuestSession
  readonly wayBack: WayBack
  readonly limit: RequestHandler
  readonly respond: Respond
}

export function guestRoutes(parts: GuestRoutesParts): Router {
  const router = Router(EXACT_PATHS)
  const form = express.urlencoded({ extended: false, limit: '16kb', parameterLimit: 4, inflate: false })
  router.post('/guest', parts.limit, form, (request, response) => enter(parts, request, response))
  router.all('/guest', () => {
    throw new AppError('METHOD_NOT_ALLOWED', 'a guest comes by our own form', { headers: { Allow: 'POST' } })
  })
  return router
}

async function enter(parts: GuestRoutesParts, request: Request, response: Response): Promise<void> {
  const { publicUrl, sessions, cookies, operators, wayBack, respond } = parts
  checkOwnForm(request, publicUrl)
  const { cookie } = request.headers
  const { returnTo, service, handoff } = readWish(parts, request)
  const presented = await sessions.authenticate(cookie)
  const operator = presented && (await operators.load(presented.session.operatorId))
  if (presented && operator?.enabled && !isGuest(presented)) {
    // He signed in meanwhile, in another tab, and stays who he is.
    return respond.redirect(response, 303, await wayBack(presented.session.id, { returnTo, handoff }))
  }
  const { session, cookieValue } = await parts.openGuestSession(service, presented)
  const { expiresAt } = sessionLife(session, parts.settings())
  response.append('Set-Cookie', cookies.issue(cookieValue))
  const expires = cookies.expiresCookie(expiresAt, cookie)
  if (expires !== undefined) response.append('Set-Cookie', expires)
  respond.redirect(response, 303, await wayBack(session.id, { returnTo, handoff }))
}

/** Stricter than the origin rule: browsers say where a form comes from, and nothing else than a browser needs to be a guest. */
function checkOwnForm({ headers }: Request, { origin }: PublicUrl): void {
  const site = headers['sec-fetch-site']
  if (headers.origin === origin && (site === undefined || site === 'same-origin')) return
  throw new AppError('CROSS_ORIGIN', `a guest asked for by ${headers.origin ?? site}`)
}

function readWish(
  { returnTarget, guestService }: GuestRoutesParts,
  request: Request,
): { returnTo: string; service: string; handoff: string | undefined } {
  const read = GuestForm.safeParse(request.body)
  if (!read.success || Object.keys(request.query).length > 0) {
    throw new AppError(
      'BAD_REQUEST',
      'a guest comes by a form with return_to, and handoff where it leads to another host',
    )
  }
  const returnTo = returnTarget(read.data.return_to)
  const service = guestService(returnTo)
  if (service === undefined) throw new AppError('GUEST_NOT_ADMITTED', `no guest may go to ${returnTo}`)
  return { returnTo, service, handoff: read.data.handoff }
}
