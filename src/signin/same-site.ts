/** Where a post came from, by Fetch Metadata or else by Origin. */

import type { IncomingMessage } from 'node:http'
import type { PublicUrl } from '../config/config.ts'

/** Whether the request was sent by a page of ours, or by no page at all (a program sends neither header). */
export function cameFromOurselves({ headers }: IncomingMessage, { origin }: PublicUrl): boolean {
  if (headers.origin !== undefined) return headers.origin === origin
  const site = headers['sec-fetch-site']
  return site === undefined || site === 'same-origin' || site === 'none'
}

/**
 * Whether a browser sent the request from another site, so that it kept Lax cookies back. Without Fetch Metadata, an Origin
 * with another scheme or host name counts as one.
 */
export function cameFromAnotherSite({ headers }: IncomingMessage, publicUrl: PublicUrl): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'cross-site'
  if (headers.origin === undefined) return false
  if (!URL.canParse(headers.origin)) return true
  const from = new URL(headers.origin)
  const ours = new URL(publicUrl.origin)
  return from.protocol !== ours.protocol || from.hostname !== ours.hostname
}
