/** The checked file and what it points to → the effective configuration. */

import { resolve } from 'node:path'
import { sha256 } from '../core/hash.ts'
import { OWN_PREFIX } from '../core/names.ts'
import type {
  Config,
  GroupTarget,
  IdentityProviderConfig,
  KeyPair,
  Listen,
  MetadataSource,
  ServiceConfig,
} from './config.ts'
import { credentialOf } from './credential.ts'
import type { Material } from './material.ts'
import { isSection } from './problem.ts'
import { parseRedisUrl } from './redis-url.ts'
import type { CheckedFile } from './schema.ts'

type CheckedProvider = CheckedFile['identityProviders'][number]
type CheckedTargets = CheckedProvider['groups']['map'][string]
type CheckedTarget = Exclude<CheckedTargets, readonly unknown[]>
type ProviderMaterial = Material['providers'][number]

export interface BuildInput {
  /** Absolute path of the configuration file. */
  readonly file: string
  /** Its folder. */
  readonly folder: string
  readonly checked: CheckedFile
  readonly material: Material
  readonly fromFile: readonly string[]
}

/** The effective configuration, frozen to its leaves (but for Buffers, which cannot be). */
export function buildConfig({ file, folder, checked, material, fromFile }: BuildInput): Config {
  const { publicUrl, admin } = checked
  const effective: Omit<Config, 'file' | 'hash' | 'fromFile'> = {
    ...checked,
    listen: listenOf(checked.listen, material.tls),
    admin: {
      publicUrl: admin.publicUrl,
      listen: admin.listen === null ? null : listenOf(admin.listen, material.adminTls),
    },
    dataDir: resolve(folder, checked.dataDir),
    stores: { ...checked.stores, redis: parseRedisUrl(checked.stores.sessions) ?? null },
    keys: { identity: material.identity, cookies: material.cookies },
    serviceProvider: {
      entityId: checked.serviceProvider.entityId ?? `${publicUrl.origin}${OWN_PREFIX}saml/metadata`,
      signing: material.signing,
      decryption: material.decryption,
    },
    identityProviders: checked.identityProviders.map((provider, index) => {
      const loaded = material.providers[index] ?? { metadata: null, certificates: [] }
      return providerOf(provider, { loaded, folder, alone: checked.identityProviders.length === 1 })
    }),
    services: checked.services.map((service, index) => serviceOf(service, material, index)),
  }
  return frozen({ ...effective, file, fromFile, hash: sha256(canonical(effective)) })
}

function listenOf(listen: CheckedFile['listen'], tls: KeyPair | null): Listen {
  return { host: listen.host, port: listen.port, tls }
}

function providerOf(
  provider: CheckedProvider,
  { loaded, folder, alone }: { loaded: ProviderMaterial; folder: string; alone: boolean },
): IdentityProviderConfig {
  const map = Object.entries(provider.groups.map).map(([group, targets]) => [group, targetsOf(targets)])
  return {
    ...provider,
    displayName: provider.displayName ?? provider.id,
    metadata: metadataOf(provider.metadata, loaded, folder),
    adminAttribute: provider.adminAttribute === undefined ? (alone ? 'FnmsAdmin' : null) : provider.adminAttribute,
    groups: { ...provider.groups, map: Object.fromEntries(map) },
  }
}

function metadataOf(source: CheckedProvider['metadata'], loaded: ProviderMaterial, folder: string): MetadataSource {
  if ('file' in source) return { kind: 'file', file: resolve(folder, source.file), text: loaded.metadata ?? '' }
  if ('url' in source) return { kind: 'url', url: source.url }
  const { entityId, ssoUrl, sloUrl } = source
  return { kind: 'inline', entityId, ssoUrl, sloUrl, certificates: loaded.certificates }
}

function targetsOf(targets: CheckedTargets): readonly GroupTarget[] {
  const all = Array.isArray(targets) ? targets : [targets]
  return all.map((target) => {
    if (typeof target === 'string') return { role: target, service: null }
    return 'role' in target ? target : { group: target.group, rights: rightsOf(target.rights) }
  })
}

function rightsOf(said: Extract<Exclude<CheckedTarget, string>, { group: string }>['rights']) {
  return Object.entries(said)
    .flatMap(([right, extent]) => {
      if (extent === false) return []
      return [{ right, products: extent === true ? null : [...new Set(extent.products)].sort() }]
    })
    .sort((a, b) => (a.right < b.right ? -1 : 1))
}

function serviceOf(
  service: CheckedFile['services'][number],
  { authorities, clientPairs }: Material,
  index: number,
): ServiceConfig {
  return {
    ...service,
    credential: credentialOf(service.credential, clientPairs[index] ?? null),
    upstream: typeof service.upstream === 'string' ? [service.upstream] : service.upstream,
    upstreamTls: { ...service.upstreamTls, ca: authorities[index] ?? null },
  }
}

/** The same text for the same values, in whatever order the file names them. */
function canonical(value: unknown): string {
  if (Buffer.isBuffer(value)) return JSON.stringify(value.toString('base64'))
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (!isSection(value)) return JSON.stringify(value)
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}:${canonical(entry)}`).join(',')}}`
}

function frozen<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  for (const entry of Object.values(value)) frozen(entry)
  return Object.freeze(value)
}
