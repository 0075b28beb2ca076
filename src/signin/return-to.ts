/** Where a browser may be sent after sign-in (contract of `return_to`); whatever else is asked for is not followed. */

import type { PublicUrl } from '../config/config.ts'
import { OWN_PREFIX } from '../core/names.ts'

const SESSION_PAGE = `${OWN_PREFIX}session`
const CONSOLE = `${OWN_PREFIX}console/`
const MAX_LENGTH = 2048

export interface ReturnTargetParts {
  readonly publicUrl: PublicUrl
  /** Hosts of services (`match.host`), lower case, with a port where one was given. */
  readonly hosts: readonly string[]
  /** Whether a service is there for a path of publicUrl. */
  readonly serviceMatches: (path: string) => boolean
}

/**
 * `value` in normal form, if it is a path of ours (also written as a URL on publicUrl's origin) or an https URL (where
 * publicUrl is http: also http) on the host of publicUrl or of a service, and not below `/.gatehouse/` but for the session page and the console. For anything
 * else: `/` where a service answers there, else the session page. What comes back is safe in a Location header.
 */
export function returnTarget(
  value: string | undefined,
  { publicUrl, hosts, serviceMatches }: ReturnTargetParts,
): string {
  return (
    (value === undefined ? undefined : allowedTarget(value, publicUrl, hosts)) ??
    (serviceMatches('/') ? '/' : SESSION_PAGE)
  )
}

function allowedTarget(value: string, publicUrl: PublicUrl, hosts: readonly string[]): string | undefined {
  // WHATWG parsing drops tabs and line ends and reads \ as /; nobody who means a page of ours writes them.
  if (value.length > MAX_LENGTH || /[\\\s\p{C}]/u.test(value)) return undefined
  if (!/^(?:\/(?!\/)|https?:\/\/[^/?#@]+(?:[/?#]|$))/i.test(value)) return undefined
  const url = URL.parse(value, publicUrl.origin)
  if (url === null || url.href.length > MAX_LENGTH) return undefined
  const ours = url.origin === publicUrl.origin
  const safe = url.protocol === 'https:' || !publicUrl.secure
  const onKnownHost = safe && [publicUrl.host, ...hosts].includes(url.host)
  if (!(ours || onKnownHost) || !isReturnPath(url.pathname)) return undefined
  return ours ? url.pathname + url.search + url.hash : url.href
}

/** Judges a path that was parsed; also as it would look to somebody who decodes it once more, or twice. */
function isReturnPath(path: string): boolean {
  if (path.includes('//')) return false
  const decoded = decodeFully(path)
  if (decoded === undefined || decoded.startsWith('//')) return false
  const resolved = resolve(decoded)
  if (!resolved.startsWith(OWN_PREFIX)) return true
  if (path === SESSION_PAGE) return true
  // Nothing in the console's paths needs an escape.
  return path.startsWith(CONSOLE) && !path.includes('%') && !path.includes(';')
}

/** Without percent-encoding, however often it was applied; undefined for bad escapes, and for control characters or \ under them. */
function decodeFully(path: string): string | undefined {
  let decoded = path
  // An escape takes three characters, so each round that changes anything shortens the text.
  while (decoded.includes('%')) {
    let next: string
    try {
      next = decodeURIComponent(decoded)
    } catch {
      // A literal percent sign after the first round is text; before it, the escape is bad.
      return decoded === path ? undefined : clean(decoded)
    }
    if (next === decoded) break
    decoded = next
  }
  return clean(decoded)
}

function clean(decoded: string): string | undefined {
  return /[\\\p{Cc}]/u.test(decoded) ? undefined : decoded
}

/** Dot segments and empty segments resolved, path parameters (`;x`) left out, lower case: as lax a reader as there may be. */
function resolve(path: string): string {
  const segments: string[] = []
  for (const segment of path.toLowerCase().split('/')) {
    const [name = ''] = segment.split(';')
    if (name === '..') segments.pop()
    else if (name !== '' && name !== '.') segments.push(name)
  }
  return `/${segments.join('/')}/`
}
