/** Keys and certificates of the providers and of ourselves, made when the tests start. */

import { generate } from 'selfsigned'

export interface Identity {
  /** PEM text. */
  readonly key: string
  /** PEM text. */
  readonly certificate: string
}

async function identity(options: Parameters<typeof generate>[1]): Promise<Identity> {
  const made = await generate([{ name: 'commonName', value: 'test provider' }], { algorithm: 'sha256', ...options })
  return { key: made.private, certificate: made.cert }
}

/** The provider's key, its second one, another provider's, an attacker's with the same subject name, and ours. */
export const [provider, second, other, attacker, own, ownNext] = await Promise.all([
  identity({ keySize: 2048 }),
  identity({ keySize: 2048 }),
  identity({ keySize: 2048 }),
  identity({ keySize: 2048 }),
  identity({ keySize: 2048 }),
  identity({ keySize: 2048 }),
])

/** Keys on the curves of the allow-list. */
export const [curve256, curve384, curve521] = await Promise.all([
  identity({ keyType: 'ec', curve: 'P-256' }),
  identity({ keyType: 'ec', curve: 'P-384' }),
  identity({ keyType: 'ec', curve: 'P-521' }),
])
