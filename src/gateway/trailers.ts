/**
 * Trailers of an answer. Nobody downstream merges them into a header that was already judged, so only what is mere
 * information passes (RFC 9110 §6.5.1). Trailers of a request end at the gateway.
 */

import { foldName, HOP_BY_HOP, OWN_HEADERS } from './header-names.ts'

/** The trailers that may be passed on, as pairs. `raw` is name and value in turn. */
export function passedTrailers(raw: readonly string[]): [name: string, value: string][] {
  const passed: [string, string][] = []
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? ''
    if (mayPass(foldName(name))) passed.push([name, raw[index + 1] ?? ''])
  }
  return passed
}

/** Framing, routing, authentication, control and description of the content: a header's business, never a trailer's. */
const NEVER = new Set([
  'age',
  'alt-svc',
  'authorization',
  'cache-control',
  'clear-site-data',
  'cookie',
  'date',
  'expires',
  'forwarded',
  'host',
  'link',
  'location',
  'max-forwards',
  'origin',
  'pragma',
  'range',
  'refresh',
  'retry-after',
  'service-worker-allowed',
  'set-cookie',
  'set-cookie2',
  'strict-transport-security',
  'vary',
  'warning',
  'www-authenticate',
  'x-gatehouse',
])

const NEVER_FAMILIES = [OWN_HEADERS, 'access-control-', 'content-', 'if-', 'proxy-', 'sec-', 'x-forwarded-']

function mayPass(folded: string): boolean {
  return !NEVER.has(folded) && !HOP_BY_HOP.has(folded) && !NEVER_FAMILIES.some((family) => folded.startsWith(family))
}
