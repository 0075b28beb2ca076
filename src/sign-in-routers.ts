/** The routes of sign-in, built from one configuration: those of publicUrl's host and those of the hosts of services. */

import type { Router } from 'express'

import type { Shared } from './app.ts'
import { auditRecord } from './audit/record.ts'
import type { Snapshot } from './authz/model.ts'
import { knownRole } from './authz/snapshot.ts'
import type { Config } from './config/config.ts'
import { minutes } from './core/time.ts'
import { clientReader } from './gateway/client-address.ts'
import { type RouteTable, routeTable } from './gateway/route-table.ts'
import { type SiteOf, sites } from './gateway/site.ts'
import { holderOf } from './http/connection-limit.ts'
import type { Respond } from './http/respond.ts'
import type { HandoffService } from './session/handoffs.ts'
import type { LiveSession } from './session/sessions.ts'
import { acsRoutes } from './signin/acs-routes.ts'
import { guestRoutes } from './signin/guest-routes.ts'
import { guestSessionOpener } from './signin/guest-session.ts'
import { hostRoutes } from './signin/host-routes.ts'
import { loginRoutes, serviceProviderUrls, signInStarter } from './signin/login-routes.ts'
import { logoutRoutes, singleLogoutRoutes } from './signin/logout-routes.ts'
import { limitPerAddress } from './signin/rate-limits.ts'
import { recentSignIns } from './signin/recent-sign-ins.ts'
import { returnTarget } from './signin/return-to.ts'
import { assertionConsumer } from './signin/saml/consumer.ts'
import type { ProviderRegistry } from './signin/saml/providers.ts'
import { requestCookies } from './signin/saml/request-cookie.ts'
import { serviceProviderMetadata } from './signin/saml/sp-metadata.ts'
import { wayBack } from './signin/way-back.ts'

export interface SignInRouters {
  readonly routers: readonly Router[]
  readonly hostRouters: readonly Router[]
}

interface Parts {
  readonly shared: Shared
  readonly config: Config
  readonly snapshot: () => Snapshot
  readonly providers: ProviderRegistry
  readonly handoffs: HandoffService
  readonly siteOf: SiteOf
  readonly respond: Respond
}

export function signInRouters(parts: Parts): SignInRouters {
  const { shared, config, providers, handoffs, siteOf, respond } = parts
  const { publicUrl, signIn } = config
  const { clock, random, keys, restoredAt } = shared
  const { sealer } = keys
  const signing = config.serviceProvider.signing ?? keys.signing
  const lifetime = () => minutes(signIn.requestLifetimeMinutes)
  const requests = requestCookies({ publicUrl, sealer, restoredAt, clock, random, lifetime })
  const serviceProvider = { ...addresses(config), signing }
  const clientOf = clientReader(config)
  const limit = (perMinute: number) => limitPerAddress(perMinute, (request) => holderOf(clientOf(request).address))
  const limitStarts = limit(signIn.startsPerMinute)
  const routes = routeTable(config.services)
  const common = {
    ...shared,
    publicUrl,
    siteOf,
    providers,
    handoffs,
    respond,
    wayBack: wayBack({ handoffs }),
    recentSignIns: recentSignIns({ publicUrl, sealer, clock }),
    startSignIn: signInStarter({ serviceProvider, requestCookies: requests, respond, clock, random }),
    returnTarget: returnTargets(config, routes),
    settings: () => config.session,
  }
  const guestService = guestServices(config, routes)
  const openGuestSession = guestSessionOpener({ ...shared, ...signInEffects(shared) })
  const hostOrigins = sites(config).ofServices.map(({ origin }) => origin)
  const logout = logoutRoutes({ ...common, signOut: (live) => signOut(shared, live) })
  const spMetadata = metadata(parts)
  const defaultProvider = signIn.defaultIdp
  const starting = { ...common, guestService, hostOrigins, limit: limitStarts }
  const login = loginRoutes({ ...starting, defaultProvider, spMetadata })
  const guests = guestRoutes({ ...starting, openGuestSession })
  const consumer = assertionConsumer({ ...consumerParts(parts), ...common })
  const limitPosts = limit(signIn.postsPerMinute)
  const acs = acsRoutes({ ...common, hostOrigins, consumer, requestCookies: requests, limitPosts, limitStarts })
  const serviceMatches = (host: string, path: string) => routes.match(host, path) !== undefined
  const onHosts = hostRoutes({ ...common, serviceMatches, limit: limitStarts })
  return { routers: [login, guests, acs, logout, singleLogoutRoutes({ respond })], hostRouters: [onHosts, logout] }
}

function addresses({ publicUrl, serviceProvider }: Config) {
  return { entityId: serviceProvider.entityId, ...serviceProviderUrls(publicUrl) }
}

function returnTargets(config: Config, routes: RouteTable): (value: string | undefined) => string {
  const { publicUrl } = config
  const ours = sites(config)
  const { routeHost = publicUrl.host } = ours.find(publicUrl.host, publicUrl.secure ? 'https' : 'http') ?? {}
  return (value) =>
    returnTarget(value, {
      publicUrl,
      hosts: ours.ofServices.map(({ host }) => host),
      serviceMatches: (path) => routes.match(routeHost, path) !== undefined,
    })
}

/** Which service at a return path admits guests. */
function guestServices(config: Config, routes: RouteTable): (returnTo: string) => string | undefined {
  const { publicUrl } = config
  const ours = sites(config)
  return (returnTo) => {
    const { host, pathname } = new URL(returnTo, publicUrl.origin)
    const site = ours.find(host, publicUrl.secure ? 'https' : 'http')
    const service = site && routes.match(site.routeHost, pathname)?.route.service
    return service?.guest ? service.id : undefined
  }
}

function decryptionPairs({ shared, config }: Parts) {
  return [...config.serviceProvider.decryption, shared.keys.encryption]
}

function consumerParts(parts: Parts) {
  const { shared, config, snapshot } = parts
  return {
    ...addresses(config),
    decryptionKeys: decryptionPairs(parts).map(({ key }) => key),
    knownRole: (role: string) => knownRole(snapshot(), role),
    ...signInEffects(shared),
  }
}

function signInEffects({ sessions, operators, metrics }: Shared) {
  return {
    published(keys: readonly string[]) {
      sessions.evict(keys)
      operators.evict(keys)
    },
    countSignIn: metrics.countSignIn,
  }
}

function metadata(parts: Parts): () => string {
  const { shared, config } = parts
  return () =>
    serviceProviderMetadata({
      ...addresses(config),
      authnRequestsSigned: config.identityProviders.every(({ signRequests }) => signRequests === 'always'),
      signingCertificate: (config.serviceProvider.signing ?? shared.keys.signing).cert,
      encryptionCertificates: decryptionPairs(parts).map(({ cert }) => cert),
    })
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
