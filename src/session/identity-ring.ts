/** The keys of identity tokens over time: each is published before it signs, and for a while after its last token. */

import { countingKeys, currentKey, KEY_TIMES, type KeyRing, type RingKey } from '../core/key-ring.ts'
import type { Clock } from '../core/time.ts'
import { type IdentityKeys, identityKeys, type PublicJwk } from './jose.ts'

export interface IdentityRing extends Pick<IdentityKeys, 'sign' | 'keys'> {
  /** The JWK set now: the key that signs, those to come, and those whose tokens may still be about. */
  jwks(): { readonly keys: readonly PublicJwk[] }
  /** Puts other keys in force. CONFIG_INVALID, with everything as it was, when one of them is no P-256 key. */
  use(ring: KeyRing): Promise<void>
}

/** The ring in force. CONFIG_INVALID as `use`. */
export async function identityRing(first: KeyRing, clock: Clock): Promise<IdentityRing> {
  let ring = first
  let loaded = await load(first)
  const of = (key: RingKey): IdentityKeys => {
    const keys = loaded.get(key.text)
    if (keys === undefined) throw new Error('a key of the ring was not loaded')
    return keys
  }
  const keys = () => countingKeys(ring, clock.now(), KEY_TIMES.identity.keep).flatMap((key) => of(key).jwks.keys)
  return {
    keys,
    jwks: () => ({ keys: keys() }),
    sign: (typ, claims) => of(currentKey(ring, clock.now())).sign(typ, claims),
    async use(next) {
      loaded = await load(next)
      ring = next
    },
  }
}

async function load(ring: KeyRing): Promise<ReadonlyMap<string, IdentityKeys>> {
  return new Map(await Promise.all(ring.map(async ({ text }) => [text, await identityKeys(text)] as const)))
}
