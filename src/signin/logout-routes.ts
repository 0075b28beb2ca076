/** `POST logout` and `GET logout` (contract section 2): the session ends, on all our hosts; the provider's own goes on. */

import { type Request, type Response, Router } from 'express'
import { AppError } from '../core/errors.ts'
import type { SiteOf } from '../gateway/site.ts'
import { wantsHtml } from '../http/negotiation.ts'
import { passesOriginRule } from '../http/origin-rule.ts'
import { EXACT_PATHS } from '../http/paths.ts'
import type { Respond } from '../http/respond.ts'
import type { SessionCookies } from '../session/cookies.ts'
import type { LiveSession, SessionService } from '../session/sessions.ts'
import { signedOutPage, signOutPage } from './pages.ts'
import type { RecentSignIns } from './recent-sign-ins.ts'

export function logoutRoutes({
  siteOf,
  sessions,
  cookies,
  recentSignIns,
  signOut,
  respond,
}: {
  siteOf: SiteOf
  sessions: SessionService
  cookies: SessionCookies
  recentSignIns: RecentSignIns
  /** Ends the session and records it. */
  signOut: (live: LiveSession) => Promise<void>
  respond: Respond
}): Router {
  const end = async (request: Request, response: Response): Promise<void> => {
    const live = await sessions.authenticate(request.headers.cookie, siteOf(request).secretHost)
    if (live) await signOut(live)
    response.append('Set-Cookie', [...cookies.clear(), recentSignIns.clear()])
    if (wantsHtml(request)) respond.page(request, response, signedOutPage)
    else response.status(204).end()
  }
  const router = Router(EXACT_PATHS)
  router.post('/logout', async (request, response) => {
    const { method, headers } = request
    if (!passesOriginRule({ method, headers, ownOrigin: siteOf(request).origin, allowedOrigins: [] })) {
      throw new AppError('CROSS_ORIGIN', 'sign-out asked for by another origin')
    }
    await end(request, response)
  })
  // Whoever only looks must not sign anybody out.
  router.head('/logout', () => {
    throw new AppError('METHOD_NOT_ALLOWED', 'HEAD of a sign-out', { headers: { Allow: 'GET, POST' } })
  })
  router.get('/logout', async (request, response) => {
    const site = request.headers['sec-fetch-site']
    if (site === undefined || site === 'same-origin' || site === 'none') await end(request, response)
    else respond.page(request, response, signOutPage)
  })
  return router
}

/** `saml/slo`: where providers may send the browser that they sign out; the gateway takes no part in that yet. */
export function singleLogoutRoutes({ respond }: { respond: Respond }): Router {
  const router = Router(EXACT_PATHS)
  router.all('/saml/slo', (request, response) => {
    respond.error(request, response, 'SINGLE_LOGOUT_UNAVAILABLE', { more: (texts) => signOutPage(texts).body })
  })
  return router
}
