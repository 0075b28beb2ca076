/** The hosts that are ours: that of publicUrl, and those that services name (contract section 3, "Other hosts"). */

import type { IncomingMessage } from 'node:http'

import type { PublicUrl, ServiceConfig } from '../config/config.ts'
import { AppError } from '../core/errors.ts'
import { type Client, clientReader } from './client-address.ts'

/** A host as a request was sent to it. */
export interface Site {
  /** As the browser wrote it, without the scheme's own port; lower case. */
  readonly host: string
  /** As browsers write it. All our hosts have the scheme of publicUrl. */
  readonly origin: string
  /** What the route table knows it by. */
  readonly routeHost: string
  /** The only host where its session secrets count; null: they are those of publicUrl, whose cookies come along here. */
  readonly secretHost: string | null
}

export interface Sites {
  /** The site that a Host header means, or undefined when it is none of ours. `scheme` is the one that the browser used. */
  find(host: string, scheme: 'http' | 'https'): Site | undefined
  /** All of them but that of publicUrl. */
  readonly ofServices: readonly Site[]
}

/** A `match.host` without a port is served on the scheme's own port and on that of publicUrl. */
export function sites({
  publicUrl,
  services,
}: {
  publicUrl: PublicUrl
  services: readonly Pick<ServiceConfig, 'match'>[]
}): Sites {
  const scheme = publicUrl.secure ? 'https' : 'http'
  const publicPort = PORT.exec(publicUrl.host)?.[0] ?? ''
  const named = services.flatMap(({ match }) => match.host ?? [])
  const routeHosts = new Map([
    ...named.filter((host) => !PORT.test(host)).map((host): [string, string] => [host + publicPort, host]),
    ...named.map((host): [string, string] => [withoutDefaultPort(host, scheme), host]),
  ])
  const site = (host: string): Site => {
    const routeHost = routeHosts.get(host) ?? host
    if (host === publicUrl.host) return { host, origin: publicUrl.origin, routeHost, secretHost: null }
    const secretHost = nameOf(host) === nameOf(publicUrl.host) ? null : nameOf(host)
    return { host, origin: `${scheme}://${host}`, routeHost, secretHost }
  }
  const known = new Map([...routeHosts.keys(), publicUrl.host].map((host) => [host, site(host)]))
  return {
    find: (host, usedScheme) =>
      known.get(withoutDefaultPort(host, usedScheme)) ?? known.get(withoutDefaultPort(host, scheme)),
    ofServices: [...known.values()].filter(({ host }) => host !== publicUrl.host),
  }
}

/** The site that a request was sent to. Throws MISDIRECTED when it is none of ours. */
export type SiteOf = (req: IncomingMessage) => Site

export function siteReader({
  publicUrl,
  services,
  trustedProxies,
}: {
  publicUrl: PublicUrl
  services: readonly Pick<ServiceConfig, 'match'>[]
  trustedProxies: readonly string[]
}): SiteOf {
  const ours = sites({ publicUrl, services })
  const clientOf = clientReader({ trustedProxies })
  return (req) => {
    const client = clientOf(req)
    return checkedSite(ours.find(client.host, schemeOf(req, client, publicUrl)))
  }
}

/** Throws MISDIRECTED for what is no site of ours. */
export function checkedSite(site: Site | undefined): Site {
  if (site === undefined) throw new AppError('MISDIRECTED', 'unknown host')
  return site
}

/** Scheme that the browser used, as far as anybody can tell. */
export function schemeOf(req: IncomingMessage, client: Client, publicUrl: PublicUrl): 'http' | 'https' {
  return client.scheme ?? (publicUrl.secure || 'encrypted' in req.socket ? 'https' : 'http')
}

const PORT = /:\d+$/

/** Cookies tell no ports apart. */
function nameOf(host: string): string {
  return host.replace(PORT, '')
}

function withoutDefaultPort(host: string, scheme: 'http' | 'https'): string {
  const port = scheme === 'https' ? ':443' : ':80'
  return host.endsWith(port) ? host.slice(0, -port.length) : host
}
