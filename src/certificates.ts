/** The certificates that somebody must renew in time. */

import { X509Certificate } from 'node:crypto'
import type { Config, KeyPair } from './config/config.ts'
import { type Instant, instant } from './core/time.ts'
import type { Provider } from './signin/saml/model.ts'

export interface WatchedCertificate {
  /** `identity-provider`: the last of those that its metadata has. */
  readonly kind: 'signing' | 'decryption' | 'listener' | 'identity-provider'
  /** Id of the provider; else the number within its kind, from 0. */
  readonly name: string
  readonly end: Instant
}

/** Every certificate in use, with its end. */
export function watchedCertificates({
  config,
  own,
  providers,
}: {
  config: Pick<Config, 'serviceProvider' | 'listen' | 'admin'>
  /** Those that the gateway made for itself. */
  own: { readonly signing: KeyPair; readonly encryption: KeyPair }
  providers: readonly Provider[]
}): readonly WatchedCertificate[] {
  const { signing, decryption } = config.serviceProvider
  const numbered = (kind: WatchedCertificate['kind'], pairs: readonly (KeyPair | null | undefined)[]) =>
    pairs.flatMap((pair, index) => (pair ? [{ kind, name: String(index), end: endOf(pair.cert) }] : []))
  return [
    ...numbered('signing', [signing ?? own.signing]),
    ...numbered('decryption', [...decryption, own.encryption]),
    ...numbered('listener', [config.listen.tls, config.admin.listen?.tls]),
    ...providers.map(({ config: { id }, metadata }) => ({
      kind: 'identity-provider' as const,
      name: id,
      end: instant(Math.max(...metadata.certificates.map(endOf))),
    })),
  ]
}

function endOf(certificate: string | X509Certificate): Instant {
  return instant(new X509Certificate(certificate.toString()).validToDate.getTime())
}
