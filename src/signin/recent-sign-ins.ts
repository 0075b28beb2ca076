/**
 * What a browser's latest sign-ins were, in a sealed cookie. Their instants show sign-ins that go round in circles; a
 * browser that presents its session is not in a circle, and signing out starts afresh. Where the last one led to is kept
 * for somebody who goes Back to the provider's answer and sends it again (S-14).
 */

import { parseCookie, stringifySetCookie } from 'cookie'
import { z } from 'zod'
import type { PublicUrl } from '../config/config.ts'
import type { Clock } from '../core/time.ts'

const WINDOW_SECONDS = 30
const LOOP = 3

const KEPT_SECONDS = 1800

const Content = z.strictObject({
  signIns: z.array(z.number()).max(LOOP),
  last: z.strictObject({ relayState: z.string(), returnTo: z.string() }).optional(),
})

type Content = z.infer<typeof Content>

export interface RecentSignIns {
  /**
   * Notes one more sign-in, and where it leads when it answers a request. Gives the Set-Cookie and whether this was the
   * third within 30 s.
   */
  record(cookieHeader: string | undefined, last: Content['last']): Promise<{ setCookie: string; loop: boolean }>
  /** Where the latest sign-in led, if it answered the request of this RelayState. */
  returnTo(cookieHeader: string | undefined, relayState: string | undefined): Promise<string | undefined>
  /** Whether this browser signed in three times within the last 30 s. */
  isLoop(cookieHeader: string | undefined): Promise<boolean>
  /** Set-Cookie that forgets. */
  clear(): string
}

export function recentSignIns({
  publicUrl,
  sealer,
  clock,
}: {
  publicUrl: PublicUrl
  sealer: { seal(value: object): Promise<string>; open(token: string): Promise<unknown> }
  clock: Clock
}): RecentSignIns {
  const name = publicUrl.secure ? '__Host-gatehouse_recent' : 'gatehouse_recent'
  const setCookie = (value: string, maxAge: number): string =>
    stringifySetCookie({
      name,
      value,
      maxAge,
      path: '/',
      httpOnly: true,
      secure: publicUrl.secure,
      sameSite: publicUrl.secure ? 'none' : 'lax',
    })
  const load = async (cookieHeader: string | undefined): Promise<Content> => {
    const token = parseCookie(cookieHeader ?? '')[name]
    const content = Content.safeParse(token && (await sealer.open(token)))
    const since = clock.now() - WINDOW_SECONDS * 1000
    if (!content.success) return { signIns: [] }
    return { ...content.data, signIns: content.data.signIns.filter((at) => at > since) }
  }
  return {
    async record(cookieHeader, last) {
      const signIns = [...(await load(cookieHeader)).signIns, clock.now()].slice(-LOOP)
      const value = await sealer.seal({ signIns, last })
      return { setCookie: setCookie(value, KEPT_SECONDS), loop: signIns.length >= LOOP }
    },
    async returnTo(cookieHeader, relayState) {
      const { last } = await load(cookieHeader)
      return last?.relayState === relayState ? last?.returnTo : undefined
    },
    isLoop: async (cookieHeader) => (await load(cookieHeader)).signIns.length >= LOOP,
    clear: () => setCookie('', 0),
  }
}
