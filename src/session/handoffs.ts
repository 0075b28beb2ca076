/**
 * Takes a session to another host of ours (contract section 3). The browser leaves that host with a nonce in a cookie, signs
 * in at the public URL, and comes back with a code that is good once, for a minute, there, and beside that nonce. For the
 * code it gets a secret of the same session that counts on this host alone.
 */

import { stringifySetCookie } from 'cookie'

import type { PublicUrl } from '../config/config.ts'
import { sha256 } from '../core/hash.ts'
import { OWN_PREFIX } from '../core/names.ts'
import type { Random } from '../core/random.ts'
import { failed, ok, type Result } from '../core/result.ts'
import { addSeconds, type Clock, type Seconds, seconds } from '../core/time.ts'
import type { Store } from '../store/ports.ts'
import { onlyCookie, type SessionCookies } from './cookies.ts'

/** Why a hand-over came to nothing; for the log. */
export type HandoffRefusal = 'code' | 'host' | 'nonce' | 'session'

export interface HandoffService {
  /** At the host, before the detour: the Set-Cookie of the nonce, and its hash for the way. A browser keeps the nonce it has. */
  begin(cookieHeader: string | undefined): { readonly setCookie: string; readonly nonceHash: string }
  /**
   * At the public URL, for a session: the address on `target`'s host that the browser is sent to. `target` itself when the
   * session has ended meanwhile.
   */
  issue(handoff: { sessionId: string; target: URL; nonceHash: string }): Promise<string>
  /** Back at the host: takes the code, which is spent whatever comes of it. */
  complete(arrival: Arrival): Promise<Result<Arrived, HandoffRefusal>>
}

export interface Arrival {
  readonly code: string
  readonly cookieHeader: string | undefined
  /** As the browser wrote it, without the scheme's own port. */
  readonly host: string
  /** What the new secret is bound to. */
  readonly secretHost: string | null
  /** Id of the session that the browser has on this host already. */
  readonly presented: string | undefined
}

export interface Arrived {
  /** Path and query on this host. */
  readonly returnPath: string
  readonly setCookies: readonly string[]
}

const CODE_LIFE = seconds(60)
const SECRET_BYTES = 32
/** base64url of 32 bytes. */
const SECRET_FORM = /^[\w-]{43}$/

export interface HandoffParts {
  readonly publicUrl: PublicUrl
  readonly store: Pick<Store, 'handoffs' | 'transaction'>
  readonly cookies: SessionCookies
  /** How long a sign-in may take; asked each time. */
  readonly detourLife: () => Seconds
  readonly clock: Clock
  readonly random: Random
}

/** The hand-overs of one public URL: nonces in `__Host-gatehouse_handoff`, or `gatehouse_handoff` on http. */
export function handoffService({ publicUrl, store, cookies, detourLife, clock, random }: HandoffParts): HandoffService {
  const { secure } = publicUrl
  const name = secure ? '__Host-gatehouse_handoff' : 'gatehouse_handoff'
  const nonceCookie = (value: string, maxAge: number): string =>
    stringifySetCookie({ name, value, maxAge, path: '/', httpOnly: true, secure, sameSite: 'lax' })
  const nonceOf = (cookieHeader: string | undefined): string | undefined => {
    const nonce = onlyCookie(cookieHeader, name)
    return nonce !== undefined && SECRET_FORM.test(nonce) ? nonce : undefined
  }
  const newSecret = (): string => random.bytes(SECRET_BYTES).toString('base64url')

  return {
    begin(cookieHeader) {
      // Two pages that leave together come back one after the other, both beside the same nonce.
      const nonce = nonceOf(cookieHeader) ?? newSecret()
      return { setCookie: nonceCookie(nonce, Math.ceil(detourLife())), nonceHash: sha256(nonce) }
    },
    async issue({ sessionId, target, nonceHash }) {
      const code = newSecret()
      const issued = await store.handoffs.issue({
        codeHash: sha256(code),
        sessionId,
        host: target.host,
        nonceHash,
        returnPath: target.pathname + target.search + target.hash,
        until: addSeconds(clock.now(), CODE_LIFE),
      })
      return issued ? `${target.origin}${OWN_PREFIX}handoff?code=${code}` : target.href
    },
    async complete({ code, cookieHeader, host, secretHost, presented }) {
      if (!SECRET_FORM.test(code)) return failed('code')
      const nonce = nonceOf(cookieHeader)
      const secret = cookies.newSecret(random, secretHost)
      // What is refused is committed too: the code is spent.
      return store.transaction(async ({ handoffs, sessions }) => {
        const handoff = await handoffs.consume(sha256(code), clock.now())
        if (handoff === undefined) return failed('code')
        if (handoff.host !== host) return failed('host')
        const { sessionId, returnPath } = handoff
        const arrived = (setCookies: readonly string[]) =>
          ok({ returnPath, setCookies: [...setCookies, nonceCookie('', 0)] })
        // The page that left together with this one was faster.
        if (presented === sessionId) return arrived([])
        if (nonce === undefined || sha256(nonce) !== handoff.nonceHash) return failed('nonce')
        if (!(await sessions.addSecret(sessionId, secret.secretHash))) return failed('session')
        return arrived([cookies.issue(secret.value)])
      })
    },
  }
}
