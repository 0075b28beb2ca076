/** The first steps of the pipeline: is the request well formed, is it meant for us, and for which service? */

import type { IncomingMessage } from 'node:http'

import type { PublicUrl, ServiceConfig } from '../config/config.ts'
import { AppError } from '../core/errors.ts'
import { OWN_PREFIX } from '../core/names.ts'
import { type Client, clientReader } from './client-address.ts'
import { checkPathRules, checkTarget, type Target } from './request-form.ts'
import { behindPrefix, type Route, type RouteMatch, type RouteTable, routeTable } from './route-table.ts'
import { checkedSite, type Site, schemeOf, sites } from './site.ts'

export interface Located {
  readonly route: Route
  readonly method: string
  readonly target: Target
  readonly client: Client
  /** Scheme that the browser used. */
  readonly scheme: 'http' | 'https'
  /** Host that the request was sent to. */
  readonly site: Site
  /** Served without a session. */
  readonly isPublic: boolean
  /** Does not count as activity. */
  readonly isPassive: boolean
}

export type Location =
  | ({ readonly kind: 'service' } & Located)
  /** `location` is path and query on the same site. */
  | { readonly kind: 'redirect'; readonly site: Site; readonly location: string }

/** A request as somebody tells of it. */
export interface Asked {
  readonly method: string
  /** Path and query, or whatever stands there. */
  readonly target: string
  /** As in a Host header; lower case. */
  readonly host: string
  readonly client: Client
}

export interface Locator {
  /**
   * Finds the service of a request that was sent here. Throws METHOD_NOT_ALLOWED, BAD_REQUEST, BAD_TARGET, MISDIRECTED and
   * NOT_FOUND, in the order of the contract: form, host, path.
   */
  locate(req: IncomingMessage): Location
  /** Finds the service of a request that a proxy asks about. Throws the same, but for BAD_REQUEST. */
  locateAsked(asked: Asked): Location
}

/** The one way from a request to its service, for both doors. */
export function locator({
  publicUrl,
  services,
  trustedProxies,
}: {
  publicUrl: PublicUrl
  services: readonly ServiceConfig[]
  trustedProxies: readonly string[]
}): Locator {
  const routes = routeTable(services)
  const hosts = sites({ publicUrl, services })
  const clientOf = clientReader({ trustedProxies })

  function find({ method, host, client }: Asked, target: Target, scheme: 'http' | 'https'): Location {
    const site = checkedSite(hosts.find(host, scheme))
    const match = matchTarget(routes, site.routeHost, target)
    if (match.kind === 'redirect') {
      return { kind: 'redirect', site, location: redirectTarget(method, match.path, target) }
    }
    const { route } = match
    const refusal = checkPathRules(target, route.service.pathRules)
    if (refusal !== undefined) throw new AppError('BAD_TARGET', refusal)
    return { kind: 'service', route, method, target, client, scheme, site, ...pathFacts(route, target) }
  }

  return {
    locate(req) {
      const { method = '', url = '' } = req
      checkMethod(method)
      const target = checkedTarget(url)
      checkHeader(req)
      const client = clientOf(req)
      return find({ method, target: url, host: client.host, client }, target, schemeOf(req, client, publicUrl))
    },
    locateAsked(asked) {
      checkMethod(asked.method)
      const target = checkedTarget(asked.target)
      return find(asked, target, asked.client.scheme ?? (publicUrl.secure ? 'https' : 'http'))
    },
  }
}

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'

/** Throws METHOD_NOT_ALLOWED for a method that is served nowhere. */
export function checkMethod(method: string): void {
  if (method !== 'TRACE' && method !== 'CONNECT') return
  throw new AppError('METHOD_NOT_ALLOWED', `${method} is served nowhere`, { headers: { Allow: METHODS } })
}

function checkedTarget(raw: string): Target {
  const target = checkTarget(raw)
  if (!target.ok) throw new AppError('BAD_TARGET', target.error)
  return target.value
}

/**
 * Refuses what two readers of the same header could take for two things. Throws BAD_REQUEST. `anyHost`: the host does not
 * matter, so HTTP/1.0 may leave it out (RFC 9112 §3.2).
 */
export function checkHeader(req: IncomingMessage, { anyHost = false }: { anyHost?: boolean } = {}): void {
  // The parser also takes 0.9 and 2.0 for an answer.
  if (req.httpVersionMajor !== 1) throw new AppError('BAD_REQUEST', `HTTP ${req.httpVersion}`)
  const hosts = count(req.rawHeaders, 'host')
  if (hosts !== 1 && !(hosts === 0 && anyHost && req.httpVersion === '1.0')) {
    throw new AppError('BAD_REQUEST', 'not exactly one Host header')
  }
  if (count(req.rawHeaders, 'authorization') > 1) throw new AppError('BAD_REQUEST', 'several Authorization headers')
  const coding = req.headers['transfer-encoding']
  // Another coding would be passed on unnamed: it is taken off hop by hop (RFC 9112 §6.1).
  if (coding !== undefined && (coding.toLowerCase() !== 'chunked' || req.httpVersion !== '1.1')) {
    throw new AppError('BAD_REQUEST', 'transfer coding other than chunked')
  }
}

function count(rawHeaders: readonly string[], wanted: string): number {
  let found = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]
    if (name?.length === wanted.length && name.toLowerCase() === wanted) found += 1
  }
  return found
}

/** The path as it is forwarded and the path as an upstream may understand it must lead to the same service. */
function matchTarget(routes: RouteTable, host: string, target: Target): RouteMatch {
  const { path, plain } = target
  if (plain.startsWith(OWN_PREFIX) || `${plain}/` === OWN_PREFIX) throw nowhere(target, 'own prefix')
  const match = routes.match(host, path)
  if (plain !== path) {
    const decoded = routes.match(host, plain)
    if (decoded?.kind !== match?.kind || decoded?.route !== match?.route) {
      throw new AppError('BAD_TARGET', 'the decoded path belongs elsewhere')
    }
  }
  if (match === undefined) throw nowhere(target, 'no service matches')
  return match
}

/** Where there is no service, there is none that allows an odd form either. */
function nowhere(target: Target, detail: string): AppError {
  const refusal = checkPathRules(target, { encodedSlash: 'refuse', pathParameters: 'refuse' })
  return refusal === undefined ? new AppError('NOT_FOUND', detail) : new AppError('BAD_TARGET', refusal)
}

function redirectTarget(method: string, path: string, { query }: Target): string {
  if (method === 'GET' || method === 'HEAD') return path + query
  throw new AppError('NOT_FOUND', 'a service path without its final slash')
}

/** The path behind the service's prefix, decoded once and as a careless reader sees it. */
export function locatedPath({ route, target: { literal, plain } }: Located): { literal: string; plain: string } {
  const own = behindPrefix(route, literal)
  return { literal: own, plain: plain === literal ? own : behindPrefix(route, plain) }
}

/** A public path is public however it is read; a passive one needs no such care. */
function pathFacts(route: Route, { literal, plain }: Target): { isPublic: boolean; isPassive: boolean } {
  const path = behindPrefix(route, literal)
  const matches =
    path !== '' && route.isPublic(path) && (plain === literal || route.isPublic(behindPrefix(route, plain)))
  return { isPublic: route.service.access === 'public' || matches, isPassive: route.isPassive(path) }
}
