/** Hashes and comparisons of secrets. */

import { createHash, timingSafeEqual } from 'node:crypto'

/** SHA-256 of `data` as base64url; how secrets are stored and looked up. */
export function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('base64url')
}

/** Whether two secrets are equal, in time that depends on their lengths alone. */
export function equalSecrets(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}
