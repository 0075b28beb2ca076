/**
 * The origin rule: a request that changes something and rests on a cookie must come from a page of ours. Both planes
 * apply it to unsafe methods and to WebSocket handshakes.
 */

import type { IncomingHttpHeaders } from 'node:http'

export interface OriginCheck {
  readonly method: string
  readonly headers: IncomingHttpHeaders
  /** Origin that the request was sent to, as browsers write it. */
  readonly ownOrigin: string
  readonly allowedOrigins: readonly string[]
}

/** Whether the method is safe (RFC 9110 §9.2.1). TRACE is too, but is served nowhere. */
export function isSafeMethod(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS'
}

/** Whether the request may change something: an unsafe method, or a WebSocket handshake, behind which anything may be said. */
function mayChange(method: string, headers: IncomingHttpHeaders): boolean {
  return !isSafeMethod(method) || mayBeHandshake(headers)
}

/** Whether the request may go on with the rights of its cookie; if not, the answer is CROSS_ORIGIN. */
export function passesOriginRule({ method, headers, ownOrigin, allowedOrigins }: OriginCheck): boolean {
  if (!mayChange(method, headers)) return true
  const { origin } = headers
  if (origin !== undefined) return origin === ownOrigin || allowedOrigins.includes(origin)
  const site = headers['sec-fetch-site']
  return site === undefined || site === 'same-origin' || site === 'none'
}

/**
 * Whether the header is that of a WebSocket handshake, or might once have been: proxies that ask about one take Upgrade off the
 * question, and leave the key.
 */
export function mayBeHandshake(headers: IncomingHttpHeaders): boolean {
  return headers.upgrade?.toLowerCase().includes('websocket') === true || headers['sec-websocket-key'] !== undefined
}
