/** The session cookie and its companion: made, read, cleared, and kept from the upstream. */

import { createHmac, createSecretKey, hash, hkdfSync, type KeyObject } from 'node:crypto'

import { LRUCache } from 'lru-cache'

import type { PublicUrl } from '../config/config.ts'
import { equalSecrets, sha256 } from '../core/hash.ts'
import type { Random } from '../core/random.ts'
import type { Instant } from '../core/time.ts'

export interface SessionSecret {
  /** Value of the cookie; given to the browser and kept nowhere else. */
  readonly value: string
  /** What the store knows it by. */
  readonly secretHash: string
}

export interface SessionCookies {
  /** From now on the first of `keys` makes secrets, and those of all of them are read; 32 bytes each. */
  useKeys(keys: readonly Buffer[]): void
  /** A secret that was never used before. `host`: the only one where it counts; absent or null: that of publicUrl. */
  newSecret(random: Random, host?: string | null): SessionSecret
  /**
   * Hash of the secret in a Cookie header sent to `host` (absent or null: that of publicUrl); undefined when there is none, when it is
   * forged, malformed or made for another host, or when two cookies have the name, whatever their values. What a connection
   * sends again is not read again: it is remembered for as long as there is this connection.
   */
  read(cookieHeader: string | undefined, host?: string | null, connection?: object): string | undefined
  /** Set-Cookie that gives the browser the secret. */
  issue(value: string): string
  /** Set-Cookie strings that take the session cookie and its companion away. */
  clear(): readonly string[]
  /**
   * Set-Cookie of the companion `gatehouse_expires` (epoch seconds, for scripts); undefined while the one that the browser
   * sent is less than 30 s off.
   */
  expiresCookie(expiresAt: Instant, cookieHeader: string | undefined): string | undefined
}

interface LastRead {
  readonly cookieHeader: string
  readonly host: string | null
  readonly secretHash: string | undefined
}

const ID_BYTES = 32
const MAC_BYTES = 8
/** base64url of 40 bytes, without padding. */
const VALUE_LENGTH = 54
/** Cookies that were found genuine and are not looked at again. */
const MOST_GENUINE = 100_000
/** Length of a Cookie header that is remembered with its connection; idle connections must not hold much. */
const LONGEST_REMEMBERED = 1024
const COMPANION = 'gatehouse_expires'
const COMPANION_STEP_SECONDS = 30

/** The cookies of one public URL: `__Host-gatehouse`, or `gatehouse` on http. `key` is the cookie key, 32 bytes. */
export function sessionCookies({ publicUrl, key }: { publicUrl: PublicUrl; key: Buffer }): SessionCookies {
  const name = publicUrl.secure ? '__Host-gatehouse' : 'gatehouse'
  const common = publicUrl.secure ? 'Path=/; SameSite=Lax; Secure' : 'Path=/; SameSite=Lax'
  const gone = 'Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT'
  const macKeyOf = (cookieKey: Buffer) => createSecretKey(deriveKey(cookieKey, 'session cookie'))
  let macKey = macKeyOf(key)
  let earlier: readonly KeyObject[] = []
  const isOurs = (bytes: Buffer, bound: Buffer): boolean => {
    const sent = bytes.subarray(ID_BYTES)
    return equalSecrets(sent, mac(macKey, bound)) || earlier.some((each) => equalSecrets(sent, mac(each, bound)))
  }
  /** By the hash of value and host: a dump of the memory must give no cookie away. */
  const genuine = new LRUCache<string, string>({ max: MOST_GENUINE })

  /** What a connection sent last, which it holds in any case while a request of it is under way. */
  let lastOf = new WeakMap<object, LastRead>()

  /** Hash of the secret in a cookie's value, or undefined when it is not ours. */
  function secretHashOf(value: string, host: string | null): string | undefined {
    const bytes = Buffer.from(value, 'base64url')
    // Decoding is lenient; one secret must not have two spellings.
    if (bytes.toString('base64url') !== value) return undefined
    const bound = boundTo(host, bytes.subarray(0, ID_BYTES))
    return isOurs(bytes, bound) ? sha256(bound) : undefined
  }

  function readHeader(cookieHeader: string | undefined, host: string | null): string | undefined {
    const value = onlyCookie(cookieHeader, name)
    if (value === undefined || value.length !== VALUE_LENGTH) return undefined
    const key = hash('sha256', host === null ? value : `${value} ${host}`, 'base64url')
    const known = genuine.get(key)
    if (known !== undefined) return known
    const secretHash = secretHashOf(value, host)
    if (secretHash !== undefined) genuine.set(key, secretHash)
    return secretHash
  }

  return {
    useKeys([first = key, ...rest]) {
      macKey = macKeyOf(first)
      earlier = rest.map(macKeyOf)
      genuine.clear()
      lastOf = new WeakMap()
    },
    newSecret(random, host = null) {
      const id = random.bytes(ID_BYTES)
      const bound = boundTo(host, id)
      return { value: Buffer.concat([id, mac(macKey, bound)]).toString('base64url'), secretHash: sha256(bound) }
    },
    read(cookieHeader, host = null, connection = undefined) {
      if (connection === undefined || cookieHeader === undefined || cookieHeader.length > LONGEST_REMEMBERED)
        return readHeader(cookieHeader, host)
      const before = lastOf.get(connection)
      if (before !== undefined && before.cookieHeader === cookieHeader && before.host === host) return before.secretHash
      const secretHash = readHeader(cookieHeader, host)
      lastOf.set(connection, { cookieHeader, host, secretHash })
      return secretHash
    },
    issue: (value) => `${name}=${value}; ${common}; HttpOnly`,
    clear: () => [`${name}=; ${common}; HttpOnly; ${gone}`, `${COMPANION}=; ${common}; ${gone}`],
    expiresCookie(expiresAt, cookieHeader) {
      const wanted = Math.floor(expiresAt / 1000)
      const sent = onlyCookie(cookieHeader, COMPANION)
      const near =
        sent !== undefined && /^\d{1,15}$/.test(sent) && Math.abs(Number(sent) - wanted) < COMPANION_STEP_SECONDS
      return near ? undefined : `${COMPANION}=${wanted}; ${common}`
    },
  }
}

function mac(key: KeyObject, bound: Buffer): Buffer {
  return createHmac('sha256', key).update(bound).digest().subarray(0, MAC_BYTES)
}

/** A key of 32 bytes for one purpose, from the cookie key (HKDF, RFC 5869, SHA-256). Purposes give independent keys. */
export function deriveKey(cookieKey: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', cookieKey, Buffer.alloc(0), `gatehouse ${purpose}`, 32))
}

const MAYBE_OWN = /gatehouse/i
/** Whatever an upstream might take for white space before a name, or for no name; wider than what `read` accepts. */
const OWN_NAME = /^[\s=]*(?:__(?:host|secure)-)?gatehouse/i

/**
 * A Cookie header without the gateway's own cookies: those whose name begins `gatehouse`, `__Host-gatehouse` or
 * `__Secure-gatehouse` in any case. The others stay byte for byte, in order; undefined when none is left.
 */
export function withoutOwnCookies(cookieHeader: string): string | undefined {
  if (!MAYBE_OWN.test(cookieHeader)) return cookieHeader
  const kept = cookieHeader.split(';').filter((pair) => !OWN_NAME.test(pair))
  const rest = kept.join(';').trimStart()
  return /[^;\s]/.test(rest) ? rest : undefined
}

/** The id has a fixed length, so that no two pairs look alike. */
function boundTo(host: string | null, id: Buffer): Buffer {
  return host === null ? id : Buffer.concat([id, Buffer.from(host)])
}

/** Value of the one cookie called exactly `name`; undefined when there is none or more than one (RFC 6265 §5.4 sets no order to trust). */
export function onlyCookie(cookieHeader: string | undefined, name: string): string | undefined {
  if (cookieHeader === undefined) return undefined
  let found: string | undefined
  // Only pairs in which the name stands somewhere are looked at; most do not hold it.
  for (let at = cookieHeader.indexOf(name), end = 0; at !== -1; at = cookieHeader.indexOf(name, end)) {
    const begin = cookieHeader.lastIndexOf(';', at) + 1
    const semicolon = cookieHeader.indexOf(';', at)
    end = semicolon === -1 ? cookieHeader.length : semicolon
    const equals = cookieHeader.indexOf('=', begin)
    const hasValue = equals !== -1 && equals < end
    if (cookieHeader.slice(begin, hasValue ? equals : end).trim() !== name) continue
    if (found !== undefined) return undefined
    found = hasValue ? cookieHeader.slice(equals + 1, end).trim() : ''
  }
  return found
}
