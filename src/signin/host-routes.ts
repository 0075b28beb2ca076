/** Sign-in on the other hosts: `GET login` leads to the public URL, `GET handoff` brings the session from there. */

import { type Request, type RequestHandler, type Response, Router } from 'express'

import type { PublicUrl } from '../config/config.ts'
import { AppError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { newReference, type Random } from '../core/random.ts'
import type { SiteOf } from '../gateway/site.ts'
import { EXACT_PATHS } from '../http/paths.ts'
import type { Respond } from '../http/respond.ts'
import type { HandoffRefusal, HandoffService } from '../session/handoffs.ts'
import type { SessionService } from '../session/sessions.ts'
import { single } from './login-routes.ts'
import { loginUrl, loopPage } from './pages.ts'
import type { RecentSignIns } from './recent-sign-ins.ts'
import { returnTarget } from './return-to.ts'

export interface HostRoutesParts {
  readonly publicUrl: PublicUrl
  readonly siteOf: SiteOf
  readonly handoffs: HandoffService
  readonly sessions: Pick<SessionService, 'authenticate'>
  readonly recentSignIns: RecentSignIns
  /** Whether a service answers at a path of a host. */
  readonly serviceMatches: (routeHost: string, path: string) => boolean
  readonly limit: RequestHandler
  readonly respond: Respond
  readonly random: Random
  readonly log: Log
}

export function hostRoutes(parts: HostRoutesParts): Router {
  const router = Router(EXACT_PATHS)
  router.get('/login', parts.limit, (request, response) => leave(parts, request, response))
  // Whoever only looks must not spend the code.
  router.head('/handoff', () => {
    throw new AppError('METHOD_NOT_ALLOWED', 'HEAD of a hand-over', { headers: { Allow: 'GET' } })
  })
  router.get('/handoff', (request, response) => arrive(parts, request, response))
  return router
}

/** To the public URL, with a nonce left here. */
function leave(
  { publicUrl, siteOf, handoffs, serviceMatches, respond }: HostRoutesParts,
  request: Request,
  response: Response,
): void {
  const { host, origin, routeHost, secretHost } = siteOf(request)
  const path = returnTarget(single(request.query['return_to']), {
    publicUrl: { origin, host, secure: publicUrl.secure },
    hosts: [],
    serviceMatches: (each) => serviceMatches(routeHost, each),
  })
  const provider = single(request.query['idp'])
  const destination = { returnTo: origin + path, ...(provider === undefined ? {} : { provider }) }
  const nonce = secretHost === null ? undefined : handoffs.begin(request.headers.cookie)
  if (nonce !== undefined) response.append('Set-Cookie', nonce.setCookie)
  respond.redirect(response, 302, publicUrl.origin + loginUrl({ ...destination, handoff: nonce?.nonceHash }))
}

async function arrive(parts: HostRoutesParts, request: Request, response: Response): Promise<void> {
  const { publicUrl, siteOf, handoffs, sessions, recentSignIns, respond } = parts
  const { cookie } = request.headers
  const { host, secretHost } = siteOf(request)
  const presented = await sessions.authenticate(cookie, secretHost)
  const code = single(request.query['code']) ?? ''
  const arrival = { code, cookieHeader: cookie, host, secretHost, presented: presented?.session.id }
  const arrived = await handoffs.complete(arrival)
  if (!arrived.ok) return refuse(parts, request, response, { host, because: arrived.error })
  const { returnPath, setCookies } = arrived.value
  const recent = await recentSignIns.record(presented ? undefined : cookie, undefined)
  response.append('Set-Cookie', [...setCookies, recent.setCookie])
  if (recent.loop) {
    return respond.page(request, response, (texts) =>
      loopPage(texts, { secure: publicUrl.secure, host, returnTo: returnPath }),
    )
  }
  respond.redirect(response, 303, returnPath)
}

function refuse(
  { respond, random, log }: HostRoutesParts,
  request: Request,
  response: Response,
  refusal: { host: string; because: HandoffRefusal },
): void {
  const reference = newReference(random)
  log.warn('handoff.refused', { reference, ...refusal })
  respond.error(request, response, 'HANDOFF_REFUSED', { reference, signInUrl: loginUrl({}) })
}
