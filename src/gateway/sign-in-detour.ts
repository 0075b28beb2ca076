/** The way to sign in and back to where he was; from another host by way of the public URL. */

import type { IncomingHttpHeaders } from 'node:http'

import type { PublicUrl } from '../config/config.ts'
import { OWN_PREFIX } from '../core/names.ts'
import type { HandoffService } from '../session/handoffs.ts'
import type { Located } from './locate.ts'

/** A redirect to sign in. */
export interface Detour {
  /** A whole address, or from publicUrl's own host path and query. */
  readonly location: string
  /** The nonce of the hand-over, on other hosts. */
  readonly headers: Readonly<Record<string, string>>
}

export interface Detours {
  /** For whoever follows redirects. */
  redirect(located: Located, headers: IncomingHttpHeaders): Detour
  /** For a link or a program: path and query on the same site. */
  link(located: Located, headers: IncomingHttpHeaders): string
}

export function signInDetours({
  publicUrl,
  handoffs,
}: {
  publicUrl: PublicUrl
  handoffs: Pick<HandoffService, 'begin'>
}): Detours {
  const login = `${OWN_PREFIX}login`
  return {
    redirect(located, headers) {
      const { host, origin, secretHost } = located.site
      const path = returnPath(located, headers)
      // Only here: who comes from a page of ours, such as that of a failed sign-in, is not offered to be a guest.
      const offer = located.route.service.guest && path !== undefined ? '&guest=1' : ''
      if (host === publicUrl.host) return { location: withReturn(login, path) + offer, headers: {} }
      const location = withReturn(publicUrl.origin + login, origin + (path ?? '/')) + offer
      if (secretHost === null) return { location, headers: {} }
      const { setCookie, nonceHash } = handoffs.begin(headers.cookie)
      return { location: `${location}&handoff=${nonceHash}`, headers: { 'Set-Cookie': setCookie } }
    },
    link: (located, headers) => withReturn(login, returnPath(located, headers)),
  }
}

function withReturn(login: string, returnTo: string | undefined): string {
  return returnTo === undefined ? login : `${login}?return_to=${encodeURIComponent(returnTo)}`
}

/** Path and query; for what must not be repeated, the page that asked for it (S-15), if that is of this site. */
function returnPath({ site, method, target }: Located, { referer }: IncomingHttpHeaders): string | undefined {
  if (method === 'GET' || method === 'HEAD') return target.path + target.query
  const page = referer === undefined ? null : URL.parse(referer)
  return page?.origin === site.origin ? page.pathname + page.search : undefined
}
