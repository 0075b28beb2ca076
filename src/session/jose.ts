/** The only importer of jose: sealed values (JWE) and the signing key of identity tokens (JWS). */

import { createPrivateKey, createPublicKey, type KeyObject, subtle } from 'node:crypto'

import {
  CompactEncrypt,
  calculateJwkThumbprint,
  compactDecrypt,
  compactVerify,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  importJWK,
  SignJWT,
} from 'jose'
import { z } from 'zod'

import { AppError } from '../core/errors.ts'

/** Encrypts values that browsers keep for us. */
export interface Sealer {
  /** `value` as JSON in a compact JWE. */
  seal(value: object): Promise<string>
  /** The value that was sealed, or undefined when the token is forged, malformed or of another key. */
  open(token: string): Promise<unknown>
}

/** A public key as jwks.json shows it (RFC 7517 §4). */
export interface PublicJwk {
  readonly kty: 'EC'
  readonly crv: 'P-256'
  readonly x: string
  readonly y: string
  readonly kid: string
  readonly alg: 'ES256'
  readonly use: 'sig'
}

export interface IdentityKeys {
  /** RFC 7638 thumbprint of the public key. */
  readonly kid: string
  /** The JWK set that verifies what `sign` makes. */
  readonly jwks: { readonly keys: readonly PublicJwk[] }
  /** The keys of `jwks`. */
  keys(): readonly PublicJwk[]
  /** A JWT over the claims, as they are: ES256, header `typ` and `kid`. */
  sign(typ: string, claims: Readonly<Record<string, unknown>>): Promise<string>
}

const KEY_LENGTH = 32

/** Seals with the first of `sealers`, which are asked for each time, and opens what any of them sealed. */
export function sealerOfAny(sealers: () => readonly Sealer[]): Sealer {
  return {
    async seal(value) {
      const [first] = sealers()
      if (first === undefined) throw new AppError('INTERNAL', 'there is no key to seal with')
      return first.seal(value)
    },
    async open(token) {
      for (const each of sealers()) {
        const value = await each.open(token)
        if (value !== undefined) return value
      }
      return undefined
    },
  }
}

/** Seals with `dir`/A256GCM (RFC 7518 §4.5, §5.3); opens nothing else. `key` has 32 bytes. Throws CONFIG_INVALID for another length. */
export function sealer(key: Buffer): Sealer {
  if (key.length !== KEY_LENGTH) throw new AppError('CONFIG_INVALID', `a sealing key has ${KEY_LENGTH} bytes`)
  // Given as bytes it would be imported anew for each value.
  const imported = subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt'])
  return {
    seal: async (value) =>
      new CompactEncrypt(Buffer.from(JSON.stringify(value)))
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .encrypt(await imported),
    async open(token) {
      try {
        const { plaintext } = await compactDecrypt(token, await imported, {
          keyManagementAlgorithms: ['dir'],
          contentEncryptionAlgorithms: ['A256GCM'],
        })
        return JSON.parse(Buffer.from(plaintext).toString())
      } catch (error) {
        if (error instanceof errors.JOSEError || error instanceof SyntaxError) return undefined
        throw error
      }
    },
  }
}

/** The identity key from its PEM text (PKCS #8 or SEC 1). Throws CONFIG_INVALID unless it is a private key on P-256. */
export async function identityKeys(pem: string): Promise<IdentityKeys> {
  const key = readPrivateKey(pem)
  const { x, y } = createPublicKey(key).export({ format: 'jwk' })
  if (x === undefined || y === undefined) throw new AppError('CONFIG_INVALID', 'keys.identity has no public point')
  const point = { kty: 'EC', crv: 'P-256', x, y } as const
  const kid = await calculateJwkThumbprint(point)
  const keys = [{ ...point, kid, alg: 'ES256', use: 'sig' }] as const
  return {
    kid,
    jwks: { keys },
    keys: () => keys,
    sign: (typ, claims) => new SignJWT({ ...claims }).setProtectedHeader({ alg: 'ES256', typ, kid }).sign(key),
  }
}

/**
 * The claims of a JWT of that type (ES256) whose signature one of the keys verifies that it names itself, under the claim `keys`;
 * `kid` is that key's RFC 7638 thumbprint, computed and not read. Undefined for anything else. It proves nothing to
 * whoever does not know the key.
 */
export async function openSelfSigned(
  typ: string,
  token: string,
): Promise<{ readonly kid: string; readonly claims: unknown } | undefined> {
  try {
    const { kid } = decodeProtectedHeader(token)
    const { keys } = Keys.parse(decodeJwt(token))
    const named = keys.find((each) => each.kid === kid)
    if (named === undefined) return undefined
    const point = { kty: 'EC', crv: 'P-256', x: named.x, y: named.y } as const
    const key = await importJWK(point, 'ES256')
    const { payload, protectedHeader } = await compactVerify(token, key, { algorithms: ['ES256'] })
    if (protectedHeader.typ !== typ) return undefined
    return { kid: await calculateJwkThumbprint(point), claims: JSON.parse(Buffer.from(payload).toString()) }
  } catch {
    // Whatever is wrong with it, in form or in signature: it is not what it has to be.
    return undefined
  }
}

/** What is read before the signature is verified. */
const Keys = z.object({ keys: z.array(z.object({ kid: z.string(), x: z.string(), y: z.string() })).max(20) })

function readPrivateKey(pem: string): KeyObject {
  let key: KeyObject
  try {
    key = createPrivateKey(pem)
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', 'keys.identity is not a PEM private key', { cause })
  }
  if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new AppError('CONFIG_INVALID', 'keys.identity is not a key on the curve P-256')
  }
  return key
}
