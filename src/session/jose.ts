/** The only importer of jose: sealed values (JWE) and the signing key of identity tokens (JWS). */

import { createPrivateKey, createPublicKey, type KeyObject, subtle } from 'node:crypto'

import { CompactEncrypt, calculateJwkThumbprint, compactDecrypt, errors, SignJWT } from 'jose'

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
  /** A JWT over the claims, as they are: ES256, header `typ` and `kid`. */
  sign(typ: string, claims: Readonly<Record<string, unknown>>): Promise<string>
}

const KEY_LENGTH = 32

/** Seals with the first of `keys`, which are asked for each time, and opens what any of them sealed. */
export function sealerOfAny(keys: () => readonly Buffer[]): Sealer {
  return {
    async seal(value) {
      const [first] = keys()
      if (first === undefined) throw new AppError('INTERNAL', 'there is no key to seal with')
      return sealer(first).seal(value)
    },
    async open(token) {
      for (const key of keys()) {
        const value = await sealer(key).open(token)
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
  return {
    kid,
    jwks: { keys: [{ ...point, kid, alg: 'ES256', use: 'sig' }] },
    sign: (typ, claims) => new SignJWT({ ...claims }).setProtectedHeader({ alg: 'ES256', typ, kid }).sign(key),
  }
}

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
