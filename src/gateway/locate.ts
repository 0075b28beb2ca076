/** The first steps of the pipeline: is the request well formed, is it meant for us, and for which service? */

import type { IncomingMessage } from 'node:http'

import type { PublicUrl, ServiceConfig } from '../config/config.ts'
import { AppError } from '../core/errors.ts'
import { OWN_PREFIX } from '../core/names.ts'
import { type Client, clientReader } from './client-address.ts'
import { checkPathRules, checkTarget, type Target } from './request-form.ts'
import { behindPrefix, type Route, type RouteMatch, type RouteTable, routeTable } from './route-table.ts'

export interface Located {
  readonly route: Route
  readonly target: Target
  readonly client: Client
  /** Scheme that the browser used. */
  readonly scheme: 'http' | 'https'
  /** Origin that the request was sent to, as browsers write it. */
  readonly origin: string
  /** Served without a session. */
  readonly isPublic: boolean
  /** Does not count as activity. */
  readonly isPassive: boolean
}

export type Location =
  | ({ readonly kind: 'service' } & Located)
  | { readonly kind: 'redirect'; readonly location: string }

/**
 * Finds the service of a request. Throws METHOD_NOT_ALLOWED, BAD_REQUEST, BAD_TARGET, MISDIRECTED and NOT_FOUND, in the
 * order of the contract: form, host, path.
 */
export function locator({
  publicUrl,
  services,
  trustedProxies,
}: {
  publicUrl: PublicUrl
  services: readonly ServiceConfig[]
  trustedProxies: readonly string[]
}): (req: IncomingMessage) => Location {
  const routes = routeTable(services)
  const clientOf = clientReader({ trustedProxies })
  return (req) => {
    checkMethod(req)
    const target = checkForm(req)
    const client = clientOf(req)
    const scheme = client.scheme ?? (publicUrl.secure || 'encrypted' in req.socket ? 'https' : 'http')
    const host = withoutDefaultPort(client.host, scheme)
    const match = matchTarget(routes, servedHost(host, publicUrl, routes), target)
    if (match.kind === 'redirect') return { kind: 'redirect', location: redirectTarget(req, match.path, target) }
    const refusal = checkPathRules(target, match.route.service.pathRules)
    if (refusal !== undefined) throw new AppError('BAD_TARGET', refusal)
    const origin = host === publicUrl.host ? publicUrl.origin : `${scheme}://${host}`
    return { kind: 'service', route: match.route, target, client, scheme, origin, ...pathFacts(match.route, target) }
  }
}

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'

function checkMethod({ method }: IncomingMessage): void {
  if (method !== 'TRACE' && method !== 'CONNECT') return
  throw new AppError('METHOD_NOT_ALLOWED', `${method} is served nowhere`, { headers: { Allow: METHODS } })
}

function checkForm(req: IncomingMessage): Target {
  const target = checkTarget(req.url ?? '')
  if (!target.ok) throw new AppError('BAD_TARGET', target.error)
  if (count(req.rawHeaders, 'host') !== 1) throw new AppError('BAD_REQUEST', 'not exactly one Host header')
  if (count(req.rawHeaders, 'authorization') > 1) throw new AppError('BAD_REQUEST', 'several Authorization headers')
  const coding = req.headers['transfer-encoding']
  // Another coding would be passed on unnamed: it is taken off hop by hop (RFC 9112 §6.1).
  if (coding !== undefined && (coding.toLowerCase() !== 'chunked' || req.httpVersion !== '1.1')) {
    throw new AppError('BAD_REQUEST', 'transfer coding other than chunked')
  }
  return target.value
}

function count(rawHeaders: readonly string[], wanted: string): number {
  let found = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]
    if (name?.length === wanted.length && name.toLowerCase() === wanted) found += 1
  }
  return found
}

function withoutDefaultPort(host: string, scheme: 'http' | 'https'): string {
  const port = scheme === 'https' ? ':443' : ':80'
  return host.endsWith(port) ? host.slice(0, -port.length) : host
}

/** The host as the route table knows it: a `match.host` without a port stands for every port. */
function servedHost(host: string, publicUrl: PublicUrl, routes: RouteTable): string {
  if (host === publicUrl.host || routes.servesHost(host)) return host
  const name = host.replace(/:\d+$/, '')
  if (routes.servesHost(name)) return name
  throw new AppError('MISDIRECTED', 'unknown host')
}

/** The path as it is forwarded and the path as an upstream may understand it must lead to the same service. */
function matchTarget(routes: RouteTable, host: string, target: Target): RouteMatch {
  const { path, plain } = target
  if (plain.startsWith(OWN_PREFIX) || `${plain}/` === OWN_PREFIX) throw new AppError('NOT_FOUND', 'own prefix')
  const match = routes.match(host, path)
  if (plain !== path) {
    const decoded = routes.match(host, plain)
    if (decoded?.kind !== match?.kind || decoded?.route !== match?.route) {
      throw new AppError('BAD_TARGET', 'the decoded path belongs elsewhere')
    }
  }
  if (match === undefined) throw new AppError('NOT_FOUND', 'no service matches')
  return match
}

function redirectTarget({ method }: IncomingMessage, path: string, { query }: Target): string {
  if (method === 'GET' || method === 'HEAD') return path + query
  throw new AppError('NOT_FOUND', 'a service path without its final slash')
}

/** A public path is public however it is read; a passive one needs no such care. */
function pathFacts(route: Route, { literal, plain }: Target): { isPublic: boolean; isPassive: boolean } {
  const path = behindPrefix(route, literal)
  const matches =
    path !== '' && route.isPublic(path) && (plain === literal || route.isPublic(behindPrefix(route, plain)))
  return { isPublic: route.service.access === 'public' || matches, isPassive: route.isPassive(path) }
}
