/** The identity token: what the gateway tells an upstream about the operator, signed. Signing costs more than forwarding, so tokens are reused. */

import { LRUCache } from 'lru-cache'

import type { Clock } from '../core/time.ts'
import type { IdentityKeys } from './jose.ts'

/** Whom a token is about and for which service. */
export interface TokenSubject {
  readonly sessionId: string
  /** Service id. */
  readonly service: string
  readonly operatorId: string
  readonly account: string
  /** Names of the roles that apply to the service. */
  readonly roles: readonly string[]
  /** Revision that the operator's facts were read at. */
  readonly operatorRevision: number
  /** Revision of the compiled snapshot. */
  readonly snapshotRevision: number
}

export interface IdentityTokens {
  /** The token at hand with at least 20 s left, or undefined. */
  cached(subject: TokenSubject): string | undefined
  /** The token at hand, or a new one. Callers that ask at the same time share one signing. */
  mint(subject: TokenSubject): Promise<string>
}

const TYP = 'gatehouse-identity+jwt'
const LIFE_SECONDS = 60
const REUSE_SECONDS_LEFT = 20
const MOST_TOKENS = 50_000

interface Minted {
  readonly token: string
  /** Seconds since 1970. */
  readonly exp: number
}

/**
 * Tokens (JWT, ES256, 60 s) of `issuer`, the origin of publicUrl; `aud` is the service id, `sub` the operator id. One per
 * (session, service, operator revision, snapshot revision).
 */
export function identityTokens({
  keys,
  issuer,
  clock,
}: {
  keys: Pick<IdentityKeys, 'sign'>
  issuer: string
  clock: Clock
}): IdentityTokens {
  const minted = new LRUCache<string, Minted>({ max: MOST_TOKENS })
  const signing = new Map<string, Promise<string>>()

  function reusable(key: string): string | undefined {
    const known = minted.get(key)
    return known !== undefined && known.exp * 1000 - clock.now() >= REUSE_SECONDS_LEFT * 1000 ? known.token : undefined
  }

  async function sign(key: string, subject: TokenSubject): Promise<string> {
    const iat = Math.floor(clock.now() / 1000)
    const exp = iat + LIFE_SECONDS
    const { operatorId: sub, service: aud, account, roles } = subject
    const token = await keys.sign(TYP, { iss: issuer, aud, sub, account, roles: [...roles], iat, exp })
    minted.set(key, { token, exp })
    return token
  }

  return {
    cached: (subject) => reusable(keyOf(subject)),
    async mint(subject) {
      const key = keyOf(subject)
      const known = reusable(key)
      if (known !== undefined) return known
      const underWay = signing.get(key) ?? sign(key, subject).finally(() => signing.delete(key))
      signing.set(key, underWay)
      return underWay
    },
  }
}

/** Neither ids of sessions nor of services contain a space. */
function keyOf({ sessionId, service, operatorRevision, snapshotRevision }: TokenSubject): string {
  return `${sessionId} ${service} ${operatorRevision} ${snapshotRevision}`
}
