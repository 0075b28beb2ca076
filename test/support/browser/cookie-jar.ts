/**
 * Cookies as Chrome keeps and sends them (RFC 6265bis). One difference, on the strict side: a cookie without SameSite is Lax
 * from the start, without Chrome's two minutes in which a cross-site POST still carries it.
 */

import type { Clock } from '../../../src/core/time.ts'

export interface Cookie {
  readonly name: string
  readonly value: string
  /** The host that set it, or its Domain. */
  readonly domain: string
  readonly hostOnly: boolean
  readonly path: string
  readonly secure: boolean
  readonly httpOnly: boolean
  readonly sameSite: 'strict' | 'lax' | 'none'
  /** Milliseconds since 1970; null: until the browser is closed. */
  readonly expires: number | null
  readonly created: number
}

export interface CookieContext {
  readonly url: URL
  readonly method: string
  /** The page that caused the request; null: the user himself. */
  readonly initiator: URL | null
  /** Whether it loads a page, as opposed to a request of a script. */
  readonly topLevel: boolean
}

export interface CookieJar {
  /** The Cookie header, undefined when there is nothing to send. */
  header(context: CookieContext): string | undefined
  /** Takes the Set-Cookie headers of the answer. */
  store(setCookies: readonly string[], context: CookieContext): void
  /** Everything unexpired. */
  list(): readonly Cookie[]
  /** What `document.cookie` shows on a page at `url`. */
  readable(url: URL): string
  clear(): void
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])
/** Name and value together; a longer cookie is ignored. */
const MAX_LENGTH = 4096

/** An empty jar. */
export function cookieJar({ clock }: { clock: Clock }): CookieJar {
  let cookies: Cookie[] = []
  let created = 0
  const live = () => cookies.filter(({ expires }) => expires === null || expires > clock.now())
  return {
    header(context) {
      const sent = live().filter((cookie) => matches(cookie, context.url) && sameSiteAllows(cookie, context))
      return sent.length === 0 ? undefined : inOrder(sent)
    },
    store(setCookies, context) {
      for (const line of setCookies) {
        const cookie = parseSetCookie(line, context, { now: clock.now(), created: created++ })
        if (cookie === undefined || !mayBeSet(cookie, context, live())) continue
        const old = cookies.find((each) => isSame(each, cookie))
        cookies = cookies.filter((each) => !isSame(each, cookie))
        cookies.push({ ...cookie, created: old?.created ?? cookie.created })
      }
      cookies = live()
    },
    list: live,
    readable: (url) => inOrder(live().filter((cookie) => matches(cookie, url) && !cookie.httpOnly)),
    clear() {
      cookies = []
    },
  }
}

/** https, or a host that never leaves the machine: where Chrome takes and sends Secure cookies. */
export function isTrustworthy({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
}

/** Same scheme and same registrable domain, taken as the last two labels; ports do not count. */
export function isSameSite(a: URL, b: URL): boolean {
  return a.protocol === b.protocol && registrableDomain(a.hostname) === registrableDomain(b.hostname)
}

function registrableDomain(hostname: string): string {
  return isAddress(hostname) ? hostname : hostname.split('.').slice(-2).join('.')
}

function isAddress(hostname: string): boolean {
  return /^[\d.]+$/.test(hostname) || hostname.startsWith('[')
}

function isCrossSite({ url, initiator }: CookieContext): boolean {
  return initiator !== null && !isSameSite(initiator, url)
}

function sameSiteAllows({ sameSite }: Cookie, context: CookieContext): boolean {
  if (sameSite === 'none' || !isCrossSite(context)) return true
  return sameSite === 'lax' && context.topLevel && SAFE.has(context.method)
}

function matches({ domain, hostOnly, path, secure }: Cookie, url: URL): boolean {
  if (secure && !isTrustworthy(url)) return false
  if (hostOnly ? url.hostname !== domain : !domainMatches(url.hostname, domain)) return false
  return url.pathname === path || url.pathname.startsWith(path.endsWith('/') ? path : `${path}/`)
}

function domainMatches(hostname: string, domain: string): boolean {
  return hostname === domain || (!isAddress(hostname) && hostname.endsWith(`.${domain}`))
}

function inOrder(cookies: readonly Cookie[]): string {
  const sorted = [...cookies].sort((a, b) => b.path.length - a.path.length || a.created - b.created)
  return sorted.map(({ name, value }) => `${name}=${value}`).join('; ')
}

function isSame(a: Cookie, b: Cookie): boolean {
  return a.name === b.name && a.domain === b.domain && a.hostOnly === b.hostOnly && a.path === b.path
}

function parseSetCookie(
  line: string,
  { url }: CookieContext,
  { now, created }: { now: number; created: number },
): Cookie | undefined {
  const [pair = '', ...rest] = line.split(';').map((part) => part.trim())
  const equals = pair.indexOf('=')
  if (equals < 1 || pair.length > MAX_LENGTH) return undefined
  const attributes = new Map(rest.map(attribute))
  const domain = attributes.get('domain')?.replace(/^\./, '').toLowerCase() ?? ''
  const path = attributes.get('path') ?? ''
  return {
    name: pair.slice(0, equals).trim(),
    value: pair.slice(equals + 1).trim(),
    domain: domain || url.hostname,
    hostOnly: domain === '',
    path: path.startsWith('/') ? path : defaultPath(url.pathname),
    secure: attributes.has('secure'),
    httpOnly: attributes.has('httponly'),
    sameSite: sameSiteOf(attributes.get('samesite')),
    expires: expiryOf(attributes, now),
    created,
  }
}

function attribute(part: string): [string, string] {
  const [name = '', ...value] = part.split('=')
  return [name.trim().toLowerCase(), value.join('=').trim()]
}

function defaultPath(pathname: string): string {
  return pathname.slice(0, pathname.lastIndexOf('/')) || '/'
}

function sameSiteOf(value: string | undefined): Cookie['sameSite'] {
  const lower = value?.toLowerCase()
  return lower === 'none' || lower === 'strict' ? lower : 'lax'
}

function expiryOf(attributes: ReadonlyMap<string, string>, now: number): number | null {
  const maxAge = attributes.get('max-age')
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) return now + Number(maxAge) * 1000
  const expires = Date.parse(attributes.get('expires') ?? '')
  return Number.isNaN(expires) ? null : expires
}

function mayBeSet(cookie: Cookie, context: CookieContext, present: readonly Cookie[]): boolean {
  const { url } = context
  if (!cookie.hostOnly && !mayHaveDomain(cookie.domain, url.hostname)) return false
  if (cookie.secure && !isTrustworthy(url)) return false
  if (cookie.sameSite === 'none' && !cookie.secure) return false
  if (cookie.sameSite !== 'none' && isCrossSite(context) && !context.topLevel) return false
  if (!prefixHolds(cookie, url)) return false
  // "Leave Secure Cookies Alone": plain http may not lay its own over a Secure one.
  const shadows = (each: Cookie) => each.secure && each.name === cookie.name && domainMatches(url.hostname, each.domain)
  return isTrustworthy(url) || cookie.secure || !present.some(shadows)
}

/** One label stands for a public suffix. */
function mayHaveDomain(domain: string, hostname: string): boolean {
  return domainMatches(hostname, domain) && (domain.includes('.') || domain === hostname)
}

/** The prefixes want https itself; being localhost is not enough. */
function prefixHolds({ name, secure, hostOnly, path }: Cookie, { protocol }: URL): boolean {
  const lower = name.toLowerCase()
  const safe = secure && protocol === 'https:'
  if (lower.startsWith('__host-')) return safe && hostOnly && path === '/'
  return !lower.startsWith('__secure-') || safe
}
