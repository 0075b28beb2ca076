/** Reads what the configuration points to: keys, certificates, metadata files. */

import type { Clock } from '../core/time.ts'
import type { KeyPair } from './config.ts'
import { pairParts } from './credential.ts'
import {
  type KeyFiles,
  loadAuthorities,
  loadCookieKey,
  loadIdentityKey,
  loadInlineCertificate,
  loadPair,
  loadText,
} from './key-files.ts'
import type { Finding, KeyPath } from './problem.ts'
import type { FileParts, ProviderParts } from './schema.ts'

export interface Material {
  readonly tls: KeyPair | null
  readonly adminTls: KeyPair | null
  readonly signing: KeyPair | null
  readonly decryption: readonly KeyPair[]
  readonly identity: string | null
  readonly cookies: Buffer | null
  /** Per provider: the text of its metadata file, and its inline certificates. */
  readonly providers: readonly { readonly metadata: string | null; readonly certificates: readonly string[] }[]
  /** Per service. */
  readonly authorities: readonly (string | null)[]
  /** Per service: the certificate that its upstream is shown. */
  readonly clientPairs: readonly (KeyPair | null)[]
}

export interface MaterialPlace {
  /** Relative paths count from here. */
  readonly folder: string
  readonly clock: Clock
  /** What is wrong with the text of a metadata file. */
  readonly metadata: (text: string) => readonly string[]
}

const NO_PAIR: KeyPair = { key: '', cert: '' }

/** Everything that `parts` points to, and a finding for each thing that cannot be read or used. Complete when there is none. */
export async function loadMaterial(
  parts: FileParts,
  place: MaterialPlace,
): Promise<{ material: Material; findings: readonly Finding[] }> {
  const findings: Finding[] = []
  const files: KeyFiles = { ...place, report: (path, message) => void findings.push({ path, message }) }
  const material: Material = {
    tls: await loadPair(files, ['listen', 'tls'], parts.listen?.tls),
    adminTls: await loadPair(files, ['admin', 'listen', 'tls'], parts.admin?.listen?.tls),
    signing: await loadPair(files, ['serviceProvider', 'signing'], parts.serviceProvider?.signing),
    decryption: await inOrder(parts.serviceProvider?.decryption, async (pair, index) => {
      const path = ['serviceProvider', 'decryption', index]
      return (await loadPair(files, path, pair, { rsaOnly: true })) ?? NO_PAIR
    }),
    identity: await loadIdentityKey(files, parts.keys?.identity),
    cookies: loadCookieKey(files, parts.keys?.cookies),
    providers: await inOrder(parts.identityProviders, (provider, index) => {
      return loadProvider(files, place.metadata, ['identityProviders', index, 'metadata'], provider)
    }),
    authorities: await inOrder(parts.services, (service, index) => {
      return loadAuthorities(files, ['services', index, 'upstreamTls', 'ca'], service?.upstreamTls?.ca)
    }),
    clientPairs: await inOrder(parts.services, (service, index) => {
      return loadPair(files, ['services', index, 'credential'], pairParts(service?.credential))
    }),
  }
  return { material, findings }
}

async function loadProvider(
  files: KeyFiles,
  check: MaterialPlace['metadata'],
  path: KeyPath,
  provider: ProviderParts | undefined,
): Promise<Material['providers'][number]> {
  const source = provider?.metadata
  if (source !== undefined && 'certificates' in source) {
    const load = (each: string | undefined, at: number) =>
      loadInlineCertificate(files, [...path, 'certificates', at], each)
    return { metadata: null, certificates: await inOrder(source.certificates, load) }
  }
  const file = source !== undefined && 'file' in source ? source.file : undefined
  const xml = await loadText(files, [...path, 'file'], file)
  for (const message of xml === undefined ? [] : check(xml)) files.report([...path, 'file'], message)
  return { metadata: xml ?? null, certificates: [] }
}

async function inOrder<Entry, Loaded>(
  entries: readonly Entry[] | undefined,
  load: (entry: Entry, index: number) => Promise<Loaded>,
): Promise<readonly Loaded[]> {
  const loaded: Loaded[] = []
  for (const [index, entry] of (entries ?? []).entries()) loaded.push(await load(entry, index))
  return loaded
}
