/** Which service a request belongs to: host and path, then host, then path; among paths the longest prefix. */

import type { ServiceConfig } from '../config/config.ts'
import { anyPathPattern, type PathPattern } from './path-pattern.ts'

export interface Route {
  readonly service: ServiceConfig
  /** The matched path without its final slash: empty for `/` and for services matched by host alone. */
  readonly prefix: string
  /** What is taken off before forwarding: `prefix`, or nothing with `keepPrefix`. */
  readonly strippedPrefix: string
  /** By the path behind the prefix. */
  readonly isPublic: PathPattern
  /** By the path behind the prefix. */
  readonly isPassive: PathPattern
}

export type RouteMatch =
  | { readonly kind: 'route'; readonly route: Route }
  /** The path is a service's prefix without its final slash. */
  | { readonly kind: 'redirect'; readonly route: Route; readonly path: string }

export interface RouteTable {
  /** The match for a checked path on a host (as a service names it, or that of publicUrl), or undefined. */
  match(host: string, path: string): RouteMatch | undefined
}

/** Compiles the table once. Hosts are compared in lower case, paths exactly. */
export function routeTable(services: readonly ServiceConfig[]): RouteTable {
  const routes = services.map(compile)
  const hosts = new Set(services.flatMap((service) => service.match.host ?? []))
  const byHostAndPath = new Map([...hosts].map((host) => [host, longestFirst(routes, host)]))
  const byHost = new Map(
    routes.flatMap((route) =>
      route.service.match.host !== null && route.service.match.path === null ? [[route.service.match.host, route]] : [],
    ),
  )
  const byPath = longestFirst(routes, null)
  return {
    match(host, path) {
      const own = byHostAndPath.get(host)
      const onHost = own === undefined ? undefined : find(own, path)
      if (onHost !== undefined) return onHost
      const whole = byHost.get(host)
      return whole === undefined ? find(byPath, path) : { kind: 'route', route: whole }
    },
  }
}

/** The path that the service sees: what is left behind the stripped prefix, with its leading slash. */
export function behindPrefix(route: Route, path: string): string {
  return path.slice(route.prefix.length)
}

function compile(service: ServiceConfig): Route {
  const prefix = (service.match.path ?? '/').slice(0, -1)
  return {
    service,
    prefix,
    strippedPrefix: service.keepPrefix ? '' : prefix,
    isPublic: anyPathPattern(service.public),
    isPassive: anyPathPattern(service.passive),
  }
}

/** The routes that have a path, on this host (null: on no host in particular). */
function longestFirst(routes: readonly Route[], host: string | null): readonly Route[] {
  return routes
    .filter(({ service }) => service.match.host === host && service.match.path !== null)
    .sort((a, b) => b.prefix.length - a.prefix.length)
}

function find(routes: readonly Route[], path: string): RouteMatch | undefined {
  for (const route of routes) {
    if (!path.startsWith(route.prefix)) continue
    if (path.length === route.prefix.length) return { kind: 'redirect', route, path: `${path}/` }
    if (path.charAt(route.prefix.length) === '/') return { kind: 'route', route }
  }
  return undefined
}
