/** One configuration at work: the data plane and the control plane built from it, to be swapped whole. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { accessRoutes } from './admin/access-routes.ts'
import { capabilitiesRoutes } from './admin/capabilities-routes.ts'
import { jwksRoutes } from './admin/jwks-routes.ts'
import { sessionRoutes } from './admin/session-routes.ts'
import { statusRoutes } from './admin/status-routes.ts'
import type { Shared } from './app.ts'
import type { Snapshot } from './authz/model.ts'
import { type WatchedCertificate, watchedCertificates } from './certificates.ts'
import type { Config } from './config/config.ts'
import { configNotices } from './config/notices.ts'
import { OWN_PREFIX } from './core/names.ts'
import { minutes } from './core/time.ts'
import { checkDelegation, type Gift, type Giver } from './directory/delegation.ts'
import type { RequestMetrics } from './gateway/exchange.ts'
import { forwardAuth } from './gateway/forward-auth.ts'
import { isQuestion } from './gateway/forward-auth-question.ts'
import { checkHeader, checkMethod } from './gateway/locate.ts'
import { askedObjects } from './gateway/operations/asked-objects.ts'
import { contentRules } from './gateway/operations/content-rules.ts'
import { withoutMutualRemoval } from './gateway/operations/mutual-removal.ts'
import { objectErrands } from './gateway/operations/object-errands.ts'
import { serviceOperations } from './gateway/operations/service-operations.ts'
import { gatewayPipeline } from './gateway/pipeline.ts'
import { limitReceiving } from './gateway/request-body.ts'
import { checkTarget } from './gateway/request-form.ts'
import { type SiteOf, siteReader } from './gateway/site.ts'
import { openUpstreams } from './gateway/upstreams.ts'
import { controlPlane } from './http/control-plane.ts'
import { responder } from './http/respond.ts'
import { handoffService } from './session/handoffs.ts'
import { signInRouters } from './sign-in-routers.ts'
import { providerRegistry } from './signin/saml/providers.ts'

export interface Plane {
  handle(request: IncomingMessage, response: ServerResponse): void
  /** A request for another protocol; `head` is what came right behind it. */
  handleUpgrade(request: IncomingMessage, head: Buffer): void
  /** The certificates that this configuration works with. */
  certificates(): readonly WatchedCertificate[]
  /** Lets requests under way finish. */
  close(): Promise<void>
}

/** How long a request for one of our own pages may take to arrive. */
const OWN_REQUEST_SECONDS = 60

interface Parts {
  readonly shared: Shared
  readonly config: Config
  readonly snapshot: () => Snapshot
}

/** Builds both planes; identity providers are ready when it resolves, but for those whose metadata cannot be had. */
export async function plane({ shared, config, snapshot }: Parts): Promise<Plane> {
  const { dataDir } = config
  const { random, log } = shared
  const respond = responder({ secure: config.publicUrl.secure })
  const providers = providerRegistry({ ...shared, config, dataDir })
  const upstreams = openUpstreams({ ...config, ...shared })
  const siteOf = siteReader(config)
  const detourLife = () => minutes(config.signIn.requestLifetimeMinutes)
  const handoffs = handoffService({ ...shared, publicUrl: config.publicUrl, detourLife })
  const judging = judgingParts({ shared, config, snapshot })
  const doors = {
    ...config,
    ...shared,
    ...judging,
    handoffs,
    respond,
    audit: shared.auditing.requests,
    metrics: {
      observe: (request: Parameters<RequestMetrics['observe']>[0]) => shared.metrics.observeRequest(request),
    },
  }
  const data = gatewayPipeline({ ...doors, upstreams })
  const question = forwardAuth(doors)
  const signIn = signInRouters({ shared, config, snapshot, providers, handoffs, siteOf, respond })
  const session = sessionRoutes({ ...shared, siteOf, settings: () => config.session, snapshot, respond })
  const asking = { ...shared, siteOf, snapshot, respond }
  const asked = capabilitiesRoutes(asking)
  const control = controlPlane({
    routers: [
      ...signIn.routers,
      session,
      asked,
      accessRoutes({ ...asking, directory: shared.store.operators, objects: judging.objects }),
      jwksRoutes(shared.keys.identity),
      statusRoutes({ ...shared, respond, notices: configNotices(config), ping: () => shared.store.ping() }),
    ],
    hostRouters: [...signIn.hostRouters, session],
    hostKind: hostKinds(siteOf, config),
    respond,
    secure: config.publicUrl.secure,
    random,
    log,
  })
  await providers.start()
  return {
    handle(request, response) {
      const { url = '' } = request
      if (!isOwn(url)) return data.handle(request, response)
      if (isQuestion(url)) return question.handle(request, response)
      if (request.headers.expect !== undefined) response.writeContinue()
      limitReceiving(request, OWN_REQUEST_SECONDS)
      control(request, response)
    },
    handleUpgrade(request, head) {
      const { url = '' } = request
      if (isOwn(url) && isQuestion(url)) question.handleUpgrade(request)
      else data.handleUpgrade(request, head)
    },
    certificates: () => watchedCertificates({ config, own: shared.keys, providers: providers.list() }),
    async close() {
      providers.close()
      await data.over()
      await upstreams.close()
    },
  }
}

/** What decisions on requests need besides the operator. */
function judgingParts({ shared, config: { services }, snapshot }: Parts) {
  const { profiles, store } = shared
  const profileNames = new Map(services.map(({ id, profile }) => [id, profile]))
  const profileOf = (service: string) => profiles.get(profileNames.get(service) ?? '')
  const objects = askedObjects({
    objects: shared.objects,
    operators: store.operators,
    snapshot,
    typeOf: (service, type) => profileOf(service)?.objectTypes.get(type),
  })
  const begin = objectErrands({
    changing: shared.changing,
    stored: store.objects,
    operators: store.operators,
    snapshot,
    facts: objects,
    profileOf,
  })
  return {
    snapshot,
    objects,
    checkGift: (...gift: [giver: Giver, gift: Gift]) => checkDelegation(snapshot(), ...gift),
    operations: serviceOperations({ services, profiles }),
    beginErrand: withoutMutualRemoval({ begin, removals: shared.removals, operators: store.operators, profileOf }),
    contentRules: contentRules({ snapshot, objects, profileOf }),
  }
}

/** Whether a target is in normal form and below our own prefix; anything else is for the data plane to judge. */
function isOwn(url: string): boolean {
  return url.startsWith(OWN_PREFIX) && checkTarget(url).ok
}

/** Answer whatever the Host: who asks for them often knows an address alone. */
const ANY_HOST = new Set([`${OWN_PREFIX}healthz`, `${OWN_PREFIX}readyz`])

/** Whose host a request was sent to; a header that two readers could take for two things is refused first. */
function hostKinds(siteOf: SiteOf, { publicUrl }: Config): (request: IncomingMessage) => 'public' | 'service' {
  return (request) => {
    const { method = '', url = '' } = request
    const anyHost = ANY_HOST.has(url.split('?', 1)[0] ?? '')
    checkMethod(method)
    checkHeader(request, { anyHost })
    return anyHost || siteOf(request).host === publicUrl.host ? 'public' : 'service'
  }
}
