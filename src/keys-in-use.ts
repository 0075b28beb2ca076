/** The gateway's keys at work: from the configuration or from dataDir/keys, read again without losing what earlier keys made. */

import { join } from 'node:path'
import type { Config, KeyPair } from './config/config.ts'
import type { Alarms } from './core/alarms.ts'
import { toAppError } from './core/errors.ts'
import { loadOrCreateKeys, type OwnKeys } from './core/key-files.ts'
import {
  countingKeys,
  currentKey,
  KEEP_SEALING,
  KEY_TIMES,
  KEYS_HELD,
  type KeyRing,
  type RingKey,
  withNextKey,
} from './core/key-ring.ts'
import { errorFields, type Log } from './core/log.ts'
import { type Clock, instant } from './core/time.ts'
import { deriveKey, type SessionCookies, sessionCookies } from './session/cookies.ts'
import { type IdentityRing, identityRing } from './session/identity-ring.ts'
import { type Sealer, sealer, sealerOfAny } from './session/jose.ts'
import type { Store } from './store/ports.ts'

export interface KeysInUse {
  /** Of the service provider, where the configuration names none. */
  readonly signing: KeyPair
  readonly encryption: KeyPair
  readonly identity: IdentityRing
  readonly cookies: SessionCookies
  /** Seals the state of sign-ins. */
  readonly sealer: Sealer
  /** Reads the configured keys and the folder again. CONFIG_INVALID and an alarm, with everything as it was, when a key cannot be used. */
  reload(config: Config): Promise<void>
}

type Rings = Pick<OwnKeys, 'identity' | 'cookies'>

/** Makes what is missing in the folder. CONFIG_INVALID with one line that names the file. */
export async function keysInUse({
  config,
  clock,
  alarms,
}: {
  config: Config
  clock: Clock
  alarms: Alarms
}): Promise<KeysInUse> {
  const made = await load(config, clock)
  let rings = ringsOf(config, made)
  const identity = await identityRing(rings.identity, clock)
  const [key, ...earlier] = cookieKeys(rings.cookies, clock)
  const cookies = sessionCookies({ publicUrl: config.publicUrl, key })
  const sealerOf = sealersFor('sign-in state')
  cookies.useKeys([key, ...earlier])
  return {
    signing: made.signing,
    encryption: made.encryption,
    identity,
    cookies,
    sealer: sealerOfAny(() =>
      currentFirst(countingKeys(rings.cookies, clock.now(), KEEP_SEALING), clock).map(sealerOf),
    ),
    async reload(next) {
      try {
        const loaded = ringsOf(next, await load(next, clock), { before: rings, clock })
        await identity.use(loaded.identity)
        cookies.useKeys(cookieKeys(loaded.cookies, clock))
        rings = loaded
        alarms.clear('KEYS_UNUSABLE', '')
      } catch (error) {
        alarms.raise('KEYS_UNUSABLE', '', toAppError(error).message)
        throw error
      }
    },
  }
}

/** Reads the keys that a command says it has made, and tells it so. What goes wrong is logged, and an alarm. */
export async function takeNewKeys(
  { keys, store, log }: { keys: KeysInUse; store: Pick<Store, 'revisions'>; log: Log },
  config: Config,
): Promise<void> {
  try {
    await keys.reload(config)
    await store.revisions.publish([KEYS_HELD])
  } catch (error) {
    log.error('keys.reload_failed', errorFields(error))
  }
}

function load({ dataDir, publicUrl }: Config, clock: Clock): Promise<OwnKeys> {
  return loadOrCreateKeys({ dir: join(dataDir, 'keys'), commonName: publicUrl.host, clock })
}

/** A configured key is the only one at start; one that is configured while the process runs follows those before. */
function ringsOf({ keys }: Config, made: Rings, running?: { readonly before: Rings; readonly clock: Clock }): Rings {
  const ring = (kind: keyof Rings, configured: string | undefined): KeyRing => {
    if (configured === undefined) return made[kind]
    if (running === undefined) return [{ text: configured, from: instant(0), file: null }]
    const { before, clock } = running
    return withNextKey(before[kind], configured, { now: clock.now(), lead: KEY_TIMES[kind].lead })
  }
  return {
    identity: ring('identity', keys.identity ?? undefined),
    cookies: ring('cookies', keys.cookies?.toString('base64')),
  }
}

/** The keys, the current one first. */
function currentFirst(ring: KeyRing, clock: Clock): KeyRing {
  const current = currentKey(ring, clock.now())
  return [current, ...ring.filter((key) => key !== current)]
}

/** The bytes of the keys, those of the current one first. */
function cookieKeys(ring: KeyRing, clock: Clock): [Buffer, ...Buffer[]] {
  const [current, ...others] = currentFirst(ring, clock)
  return [keyBytes(current), ...others.map(keyBytes)]
}

function keyBytes({ text }: RingKey): Buffer {
  return Buffer.from(text, 'base64')
}

/** The sealer of each cookie key for one purpose; made once, for that costs more than sealing. */
function sealersFor(purpose: string): (key: RingKey) => Sealer {
  const made = new WeakMap<RingKey, Sealer>()
  return (key) => {
    const known = made.get(key) ?? sealer(deriveKey(keyBytes(key), purpose))
    made.set(key, known)
    return known
  }
}
