/** One configuration at work: the data plane and the control plane built from it, to be swapped whole. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { jwksRoutes } from './admin/jwks-routes.ts'
import { sessionRoutes } from './admin/session-routes.ts'
import { statusRoutes } from './admin/status-routes.ts'
import type { Shared } from './app.ts'
import { auditRecord } from './audit/record.ts'
import type { Snapshot } from './authz/model.ts'
import { knownRole } from './authz/snapshot.ts'
import type { Config } from './config/config.ts'
import { configNotices } from './config/notices.ts'
import { OWN_PREFIX } from './core/names.ts'
import { minutes } from './core/time.ts'
import { clientReader } from './gateway/client-address.ts'
import { gatewayPipeline } from './gateway/pipeline.ts'
import { checkTarget } from './gateway/request-form.ts'
import { routeTable } from './gateway/route-table.ts'
import { openUpstreams } from './gateway/upstreams.ts'
import { controlPlane } from './http/control-plane.ts'
import { type Respond, responder } from './http/respond.ts'
import { deriveKey } from './session/cookies.ts'
import { sealer } from './session/jose.ts'
import type { LiveSession } from './session/sessions.ts'
import { acsRoutes } from './signin/acs-routes.ts'
import { loginRoutes, serviceProviderUrls, signInStarter } from './signin/login-routes.ts'
import { logoutRoutes } from './signin/logout-routes.ts'
import { limitPerAddress } from './signin/rate-limits.ts'
import { recentSignIns } from './signin/recent-sign-ins.ts'
import { returnTarget } from './signin/return-to.ts'
import { assertionConsumer } from './signin/saml/consumer.ts'
import { type ProviderRegistry, providerRegistry } from './signin/saml/providers.ts'
import { requestCookies } from './signin/saml/request-cookie.ts'
import { serviceProviderMetadata } from './signin/saml/sp-metadata.ts'

export interface Plane {
  handle(request: IncomingMessage, response: ServerResponse): void
  /** Lets requests under way finish. */
  close(): Promise<void>
}

interface Parts {
  readonly shared: Shared
  readonly config: Config
  readonly snapshot: Snapshot
}

/** Builds both planes; identity providers are ready when it resolves, but for those whose metadata cannot be had. */
export async function plane({ shared, config, snapshot }: Parts): Promise<Plane> {
  const { dataDir } = config
  const { random, log } = shared
  const respond = responder({ secure: config.publicUrl.secure })
  const providers = providerRegistry({ ...shared, config, dataDir })
  const upstreams = openUpstreams(config)
  const data = gatewayPipeline({
    ...config,
    ...shared,
    upstreams,
    respond,
    snapshot: () => snapshot,
    metrics: {
      observe: ({ service, status, seconds }) =>
        shared.metrics.observeRequest({ service: service ?? '-', status, seconds }),
    },
  })
  const control = controlPlane({
    routers: [
      ...signInRouters({ shared, config, snapshot, providers, respond }),
      sessionRoutes({ ...shared, settings: () => config.session, respond }),
      jwksRoutes(shared.identity),
      statusRoutes({ ...shared, respond, notices: configNotices(config), ping: () => shared.store.ping() }),
    ],
    respond,
    servesHost: hostChecker(config),
    secure: config.publicUrl.secure,
    random,
    log,
  })
  await providers.start()
  return {
    handle(request, response) {
      if (isOwn(request.url ?? '')) control(request, response)
      else data.handle(request, response)
    },
    async close() {
      providers.close()
      await upstreams.close()
    },
  }
}

/** Whether a target is in normal form and below our own prefix; anything else is for the data plane to judge. */
function isOwn(url: string): boolean {
  return url.startsWith(OWN_PREFIX) && checkTarget(url).ok
}

/** Whether a request was sent to publicUrl's host, as a trusted proxy tells it where there is one. */
function hostChecker({ publicUrl, trustedProxies }: Config): (request: IncomingMessage) => boolean {
  const clientOf = clientReader({ trustedProxies })
  const withDefaultPort = `${publicUrl.host}${publicUrl.secure ? ':443' : ':80'}`
  return (request) => {
    const { host } = clientOf(request)
    return host === publicUrl.host || host === withDefaultPort
  }
}

function signInRouters({
  shared,
  config,
  snapshot,
  providers,
  respond,
}: Parts & { providers: ProviderRegistry; respond: Respond }) {
  const { publicUrl, signIn, serviceProvider } = config
  const { clock, random, sessions, keys } = shared
  const seal = sealer(deriveKey(keys.cookies, 'sign-in state'))
  const requests = requestCookies({
    publicUrl,
    sealer: seal,
    clock,
    random,
    lifetime: () => minutes(signIn.requestLifetimeMinutes),
  })
  const recent = recentSignIns({ publicUrl, sealer: seal, clock })
  const { acsUrl, sloUrl } = serviceProviderUrls(publicUrl)
  const { entityId } = serviceProvider
  const own = { entityId, acsUrl, signing: keys.signing }
  const startSignIn = signInStarter({ serviceProvider: own, requestCookies: requests, respond, clock, random })
  const clientOf = clientReader(config)
  const limit = (perMinute: number) => limitPerAddress(perMinute, (request) => clientOf(request).address)
  const routes = routeTable(config.services)
  const target = (value: string | undefined) =>
    returnTarget(value, {
      publicUrl,
      hosts: config.services.flatMap(({ match }) => match.host ?? []),
      serviceMatches: (path) => routes.match(publicUrl.host, path) !== undefined,
    })
  const decryption = [...serviceProvider.decryption, keys.encryption]
  const consumer = assertionConsumer({
    ...shared,
    providers,
    entityId,
    acsUrl,
    decryptionKeys: decryption.map(({ key }) => key),
    settings: () => config.session,
    knownRole: (role) => knownRole(snapshot, role),
    countSignIn: shared.metrics.countSignIn,
  })
  const common = { publicUrl, providers, startSignIn, recentSignIns: recent, sessions, respond, returnTarget: target }
  const limitStarts = limit(signIn.startsPerMinute)
  return [
    loginRoutes({
      ...common,
      defaultProvider: signIn.defaultIdp,
      limit: limitStarts,
      spMetadata: () =>
        serviceProviderMetadata({
          entityId,
          acsUrl,
          sloUrl,
          authnRequestsSigned: config.identityProviders.every(({ signRequests }) => signRequests === 'always'),
          signingCertificate: keys.signing.cert,
          encryptionCertificates: decryption.map(({ cert }) => cert),
        }),
    }),
    acsRoutes({
      ...common,
      ...shared,
      consumer,
      requestCookies: requests,
      settings: () => config.session,
      limitPosts: limit(signIn.postsPerMinute),
      limitStarts,
    }),
    logoutRoutes({ ...common, ...shared, signOut: (live) => signOut(shared, live) }),
  ]
}

/** Ends a session at its operator's wish: revocation, audit record and revision together. */
async function signOut(shared: Shared, { session: { id, operatorId } }: LiveSession): Promise<void> {
  const detail = { session: id, operator: operatorId, reason: 'signed-out' }
  await shared.store.transaction(async (ports) => {
    if (!(await ports.sessions.revoke(id))) return
    await ports.audit.append(auditRecord(shared, 'session.ended', { actor: operatorId, detail }))
    await ports.revisions.publish([`session:${id}`])
  })
  shared.sessions.evict([`session:${id}`])
}
