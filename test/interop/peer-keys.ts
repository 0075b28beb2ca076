/** Keys of foreign providers. */

import { generate } from 'selfsigned'

const make = () => generate([{ name: 'commonName', value: 'Foreign provider' }], { keySize: 2048, algorithm: 'sha256' })
/** An RSA key takes a while; all providers of a test file share one unless told otherwise. */
let shared: ReturnType<typeof make> | undefined

/** PEM texts. */
export async function peerKeys({ own }: { own: boolean }): Promise<{ readonly key: string; readonly cert: string }> {
  shared ??= make()
  const { private: key, cert } = await (own ? make() : shared)
  return { key, cert }
}
