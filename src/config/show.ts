/** The effective configuration as a list, for `gatehouse config show`. */

import { X509Certificate } from 'node:crypto'
import type { Config, Listen, MetadataSource, UpstreamCredential } from './config.ts'
import { leavesOf } from './leaves.ts'
import { isSecretName } from './problem.ts'

export interface Setting {
  /** Dotted path, as in the file. */
  readonly key: string
  /** Plain JSON. Private keys and secrets are `(secret)`, certificates their SHA-256 fingerprints. */
  readonly value: unknown
  readonly origin: 'file' | 'default'
}

const SECRET = '(secret)'

/** Every setting that is in force, in the order of the file's reference, and whether the file sets it. */
export function describeConfig(config: Config): readonly Setting[] {
  return leavesOf(shownTree(config)).map(({ key, path, value }) => {
    // What a profile's settings hold is not known here: go by the name.
    const hidden = path.includes('settings') && isSecretName(String(path.at(-1)))
    return { key, value: hidden ? SECRET : value, origin: originOf(key, config.fromFile) }
  })
}

/** The tree in the file's own form. */
function shownTree({ file: _file, hash: _hash, fromFile: _fromFile, ...config }: Config): unknown {
  const { directory, sessions, redis, graceSeconds } = config.stores
  return {
    ...config,
    publicUrl: config.publicUrl.origin,
    listen: shownListen(config.listen),
    admin: {
      publicUrl: config.admin.publicUrl?.origin ?? null,
      listen: config.admin.listen === null ? null : shownListen(config.admin.listen),
    },
    stores: { directory, sessions: redis?.shown ?? sessions, graceSeconds },
    keys: { identity: secret(config.keys.identity), cookies: secret(config.keys.cookies) },
    serviceProvider: {
      entityId: config.serviceProvider.entityId,
      signing: shownPair(config.serviceProvider.signing),
      decryption: config.serviceProvider.decryption.map(shownPair),
    },
    identityProviders: config.identityProviders.map((provider) => ({
      ...provider,
      metadata: shownMetadata(provider.metadata),
    })),
    services: config.services.map((service) => ({
      ...service,
      credential: shownCredential(service.credential),
      upstreamTls: {
        ...service.upstreamTls,
        ca: service.upstreamTls.ca === null ? null : shownCertificates(service.upstreamTls.ca),
      },
    })),
  }
}

function originOf(key: string, fromFile: readonly string[]): 'file' | 'default' {
  const inside = (a: string, b: string) => a === b || a.startsWith(`${b}.`) || a.startsWith(`${b}[`)
  return fromFile.some((set) => inside(key, set) || inside(set, key)) ? 'file' : 'default'
}

function shownListen({ host, port, tls }: Listen): unknown {
  return { host, port, tls: shownPair(tls) }
}

function shownPair(pair: Listen['tls']): unknown {
  return pair === null ? null : { key: SECRET, cert: shownCertificates(pair.cert) }
}

function shownCredential(credential: UpstreamCredential): unknown {
  const { type } = credential
  if (type === 'bearer') return { type, token: SECRET }
  if (type === 'client-certificate') return { type, key: SECRET, cert: shownCertificates(credential.cert) }
  return 'password' in credential ? { ...credential, password: SECRET } : { type }
}

function shownMetadata(metadata: MetadataSource): unknown {
  if (metadata.kind === 'file') return { file: metadata.file }
  if (metadata.kind === 'url') return { url: metadata.url }
  const { entityId, ssoUrl, sloUrl, certificates } = metadata
  return { entityId, ssoUrl, sloUrl, certificates: certificates.map(shownCertificates) }
}

function shownCertificates(pem: string): string {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []
  return blocks.map((block) => `SHA-256 ${new X509Certificate(block).fingerprint256}`).join(', ')
}

function secret(value: unknown): string | null {
  return value === null ? null : SECRET
}
