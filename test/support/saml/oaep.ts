/** EME-OAEP (RFC 8017 §7.1.1) with any pair of digest and mask, which OpenSSL's options in Node cannot say. */

import { constants, createHash, type KeyObject, publicEncrypt, randomBytes } from 'node:crypto'

export interface OaepOptions {
  readonly digest: string
  readonly mask: string
  readonly label?: Buffer
}

/** `message` for the holder of the RSA key. */
export function encryptOaep(key: KeyObject, message: Buffer, { digest, mask, label }: OaepOptions): Buffer {
  const size = (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8
  const hash = createHash(digest)
    .update(label ?? '')
    .digest()
  const block = Buffer.alloc(size - hash.length - 1)
  hash.copy(block)
  block[block.length - message.length - 1] = 1
  message.copy(block, block.length - message.length)
  const seed = randomBytes(hash.length)
  const maskedBlock = xor(block, generateMask(mask, seed, block.length))
  const maskedSeed = xor(seed, generateMask(mask, maskedBlock, seed.length))
  const encoded = Buffer.concat([Buffer.alloc(1), maskedSeed, maskedBlock])
  return publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, encoded)
}

/** MGF1 (RFC 8017 §B.2.1). */
function generateMask(hash: string, seed: Buffer, length: number): Buffer {
  const parts: Buffer[] = []
  for (let counter = 0, made = 0; made < length; counter += 1) {
    const number = Buffer.alloc(4)
    number.writeUInt32BE(counter)
    const part = createHash(hash).update(seed).update(number).digest()
    parts.push(part)
    made += part.length
  }
  return Buffer.concat(parts).subarray(0, length)
}

function xor(one: Buffer, other: Buffer): Buffer {
  return Buffer.from(one.map((octet, index) => octet ^ (other[index] ?? 0)))
}
