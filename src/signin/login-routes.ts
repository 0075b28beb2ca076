/** `GET login` and SP metadata: the way out to the identity provider. */

import { type Request, type RequestHandler, type Response, Router } from 'express'
import type { PublicUrl } from '../config/config.ts'
import { AppError } from '../core/errors.ts'
import { OWN_PREFIX } from '../core/names.ts'
import type { Random } from '../core/random.ts'
import type { Clock } from '../core/time.ts'
import type { OperatorFacts } from '../directory/operator-facts.ts'
import { EXACT_PATHS } from '../http/paths.ts'
import type { Respond } from '../http/respond.ts'
import type { LiveSession, SessionService } from '../session/sessions.ts'
import { isGuest } from './guest-session.ts'
import { chooserPage, loopPage, postBindingPage } from './pages.ts'
import type { RecentSignIns } from './recent-sign-ins.ts'
import type { Provider } from './saml/model.ts'
import type { ProviderRegistry } from './saml/providers.ts'
import type { RequestCookies } from './saml/request-cookie.ts'
import { type AuthnRequestParts, authnRequest, newRequestId } from './saml/requests.ts'
import type { WayBack } from './way-back.ts'

/** Sends the browser to `provider` with a new AuthnRequest and its own cookie. */
export type StartSignIn = (
  request: Request,
  response: Response,
  start: {
    provider: Provider
    returnTo: string
    fromTile?: boolean
    handoff?: string | undefined
    /** The session that the browser presents. */
    presented?: LiveSession | undefined
  },
) => Promise<void>

/** What a sign-in starts with. */
export function signInStarter({
  serviceProvider,
  requestCookies,
  respond,
  clock,
  random,
}: {
  serviceProvider: AuthnRequestParts['serviceProvider']
  requestCookies: RequestCookies
  respond: Respond
  clock: Clock
  random: Random
}): StartSignIn {
  return async (request, response, { provider, returnTo, fromTile = false, handoff, presented }) => {
    const requestId = newRequestId(random)
    const outstanding = {
      id: requestId,
      provider: provider.config.id,
      returnTo,
      issuedAt: clock.now(),
      fromTile,
      handoff,
      replaces: presented && { session: presented.session.id, operator: presented.session.operatorId },
    }
    const { relayState, setCookies } = await requestCookies.issue(outstanding, request.headers.cookie)
    const message = await authnRequest({ provider, serviceProvider, relayState, requestId })
    response.append('Set-Cookie', [...setCookies])
    if (message.binding === 'redirect') {
      return respond.redirect(response, request.method === 'POST' ? 303 : 302, message.location)
    }
    const fields = { SAMLRequest: message.samlRequest, RelayState: message.relayState }
    respond.page(request, response, (texts) => ({
      ...postBindingPage(texts, message.action, fields),
      // A provider may send the browser on to another of its hosts, which form-action would stop.
      formTargets: [new URL(message.action).origin, 'https:'],
    }))
  }
}

export function loginRoutes({
  publicUrl,
  providers,
  defaultProvider,
  returnTarget,
  guestService,
  startSignIn,
  recentSignIns,
  sessions,
  operators,
  wayBack,
  hostOrigins,
  limit,
  respond,
  spMetadata,
}: {
  publicUrl: PublicUrl
  providers: ProviderRegistry
  /** Configured id, or null. */
  defaultProvider: string | null
  returnTarget: (value: string | undefined) => string
  /** The service at a return path that admits guests; undefined where there is none. */
  guestService: (returnTo: string) => string | undefined
  startSignIn: StartSignIn
  recentSignIns: RecentSignIns
  sessions: SessionService
  operators: Pick<OperatorFacts, 'load'>
  wayBack: WayBack
  /** Origins of the other hosts that a guest may be led on to. */
  hostOrigins: readonly string[]
  limit: RequestHandler
  respond: Respond
  spMetadata: () => string
}): Router {
  const choose = (named: string | undefined): Provider | undefined => {
    const all = providers.list()
    if (named !== undefined) return providers.byId(named)
    if (all.length === 1) return all[0]
    return defaultProvider === null ? undefined : providers.byId(defaultProvider)
  }
  /** A guest is signed in at one service alone. */
  const isSignedIn = async (live: LiveSession) =>
    !isGuest(live) && (await operators.load(live.session.operatorId))?.enabled === true
  const router = Router(EXACT_PATHS)
  router.get('/login', limit, async (request, response) => {
    const { cookie } = request.headers
    const returnTo = returnTarget(single(request.query['return_to']))
    const handoff = nonceHash(request.query['handoff'])
    const named = single(request.query['idp'])
    const live = await sessions.authenticate(cookie)
    if (live) response.append('Set-Cookie', recentSignIns.clear())
    else if (await recentSignIns.isLoop(cookie)) {
      return respond.page(request, response, (texts) => ({
        status: 429,
        ...loopPage(texts, { ...publicUrl, returnTo }),
      }))
    }
    // Who is signed in here and comes from another host of ours is signed in there too, unless he asks for a provider.
    if (live && named === undefined && !returnTo.startsWith('/') && (await isSignedIn(live))) {
      return respond.redirect(response, 303, await wayBack(live.session.id, { returnTo, handoff }))
    }
    const offersGuest = request.query['guest'] === '1' && guestService(returnTo) !== undefined
    const provider = offersGuest && named === undefined ? undefined : choose(named)
    if (provider) return startSignIn(request, response, { provider, returnTo, handoff, presented: live })
    if (named !== undefined) throw new AppError('PROVIDER_UNKNOWN', `no identity provider ${named}`)
    if (providers.list().length === 0) throw new AppError('NO_PROVIDER', 'no identity provider is ready')
    respond.page(request, response, (texts) => ({
      ...chooserPage(texts, providers.list(), { returnTo, handoff }, { offersGuest }),
      formTargets: offersGuest ? hostOrigins : [],
    }))
  })
  router.get('/saml/metadata', (_request, response) => {
    response.setHeader('Content-Type', 'application/samlmetadata+xml')
    response.setHeader('Cache-Control', 'public, max-age=300')
    response.setHeader('Content-Disposition', 'inline; filename="gatehouse-metadata.xml"')
    response.send(spMetadata())
  })
  return router
}

/** A query parameter that stands there once; undefined when absent, repeated or not plain. */
export function single(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** The hash of a hand-over's nonce: base64url of 32 bytes. */
function nonceHash(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w-]{43}$/.test(value) ? value : undefined
}

/** The addresses of the service provider, all below the public URL. */
export function serviceProviderUrls({ origin }: PublicUrl): { acsUrl: string; sloUrl: string; metadataUrl: string } {
  const saml = `${origin}${OWN_PREFIX}saml/`
  return { acsUrl: `${saml}acs`, sloUrl: `${saml}slo`, metadataUrl: `${saml}metadata` }
}
