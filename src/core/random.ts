/** Randomness. Handed in like the clock, so that nothing else reaches for it. */

import { randomBytes, randomUUID } from 'node:crypto'

export interface Random {
  /** `length` bytes from the operating system's generator. */
  bytes(length: number): Buffer
  /** A random UUID (RFC 9562 version 4). */
  uuid(): string
}

export const systemRandom: Random = { bytes: randomBytes, uuid: randomUUID }

const REFERENCE_ALPHABET = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'

/** A reference number that a person can read out: `XXXX-XXXX`, 40 bits, without 0, O, 1 and I. */
export function newReference(random: Random): string {
  const letters = [...random.bytes(8)].map((byte) => REFERENCE_ALPHABET[byte % REFERENCE_ALPHABET.length] ?? '2')
  return `${letters.slice(0, 4).join('')}-${letters.slice(4).join('')}`
}
