/**
 * Notices sign-ins that go round in circles. A sealed cookie of half a minute holds the instants of a browser's latest
 * sign-ins; a browser that presents its session is not in a circle, and signing out starts afresh.
 */

import { parseCookie, stringifySetCookie } from 'cookie'
import { z } from 'zod'
import type { PublicUrl } from '../config/config.ts'
import type { Clock } from '../core/time.ts'

const WINDOW_SECONDS = 30
const LOOP = 3

const Content = z.strictObject({ signIns: z.array(z.number()).max(LOOP) })

export interface RecentSignIns {
  /** Notes one more sign-in. Gives the Set-Cookie and whether this was the third within 30 s. */
  record(cookieHeader: string | undefined): Promise<{ setCookie: string; loop: boolean }>
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
  const load = async (cookieHeader: string | undefined): Promise<readonly number[]> => {
    const token = parseCookie(cookieHeader ?? '')[name]
    const content = Content.safeParse(token && (await sealer.open(token)))
    const since = clock.now() - WINDOW_SECONDS * 1000
    return content.success ? content.data.signIns.filter((at) => at > since) : []
  }
  return {
    async record(cookieHeader) {
      const signIns = [...(await load(cookieHeader)), clock.now()].slice(-LOOP)
      return { setCookie: setCookie(await sealer.seal({ signIns }), WINDOW_SECONDS), loop: signIns.length >= LOOP }
    },
    isLoop: async (cookieHeader) => (await load(cookieHeader)).length >= LOOP,
    clear: () => setCookie('', 0),
  }
}
