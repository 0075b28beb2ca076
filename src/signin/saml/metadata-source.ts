/** Brings the metadata of configured providers in: from the configuration, a file, a URL or the last good copy of that URL. */

import { join } from 'node:path'

import type { IdentityProviderConfig, MetadataSource } from '../../config/config.ts'
import { errorFields, type Log } from '../../core/log.ts'
import { failed, ok, type Result } from '../../core/result.ts'
import { type Clock, type Seconds, seconds } from '../../core/time.ts'
import { demoProblems, inlineMetadata, readMetadata } from './metadata.ts'
import { type MetadataCopies, metadataCopies } from './metadata-copy.ts'
import { type Fetch, fetchMetadata } from './metadata-fetch.ts'
import type { ProviderMetadata } from './model.ts'

/** Why there is no newer metadata: the URL did not give a document, or gave one that is not acceptable. */
export interface RefreshFailure {
  readonly kind: 'unreachable' | 'refused'
  /** One line. */
  readonly detail: string
}

export interface MetadataLoader {
  /** What is at hand without the network; otherwise one line that says what is wrong. */
  read(provider: IdentityProviderConfig): Result<ProviderMetadata, string>
  /** Fetches from the provider's URL and keeps a copy. A document with another entityID than `known` is refused. */
  fetch(
    provider: { readonly id: string; readonly url: string },
    known: ProviderMetadata | undefined,
  ): Promise<Result<ProviderMetadata, RefreshFailure>>
}

export interface MetadataLoaderParts {
  /** The last good copies are kept in its folder `metadata`. */
  readonly dataDir: string
  readonly publicUrlIsLocal: boolean
  readonly clock: Clock
  readonly log: Log
  readonly fetch: Fetch
  /** For one metadata URL; 10 seconds. */
  readonly fetchDeadline?: Seconds
  /** Ends what is under way. */
  readonly signal: AbortSignal
}

const FETCH_DEADLINE = seconds(10)

/** Reads and fetches metadata; the demo identity provider's only where publicUrl is on localhost. */
export function metadataLoader(parts: MetadataLoaderParts): MetadataLoader {
  const { dataDir, publicUrlIsLocal, clock, log, signal, fetchDeadline = FETCH_DEADLINE } = parts
  const copies = metadataCopies({ folder: join(dataDir, 'metadata') })
  const accept = (read: Result<ProviderMetadata, readonly string[]>): Result<ProviderMetadata, string> => {
    const problems = read.ok ? demoProblems(read.value.entityId, publicUrlIsLocal) : read.error
    return read.ok && problems.length === 0 ? ok(read.value) : failed(problems.join('; '))
  }
  return {
    read({ id, metadata: source }) {
      if (source.kind === 'inline') return accept(inlineMetadata(source))
      const text = storedText(id, source, copies)
      if (!text.ok) return text
      const read = accept(readMetadata(text.value, { now: clock.now() }))
      return read.ok ? read : failed(`${placeOf(source)}: ${read.error}`)
    },
    async fetch({ id, url }, known) {
      const fetched = await fetchMetadata(url, { fetch: parts.fetch, log, deadline: fetchDeadline, signal })
      if (!fetched.ok) return failed({ kind: 'unreachable', detail: `${url}: ${fetched.error}` })
      const read = agreeing(accept(readMetadata(fetched.value, { now: clock.now() })), known)
      if (!read.ok) return failed({ kind: 'refused', detail: `${url}: ${read.error}` })
      if (!signal.aborted) saveCopy(copies, { id, url, text: fetched.value, log })
      return read
    },
  }
}

type StoredSource = Exclude<MetadataSource, { kind: 'inline' }>

function storedText(id: string, source: StoredSource, copies: MetadataCopies): Result<string, string> {
  if (source.kind === 'file') return ok(source.text)
  try {
    const text = copies.load(id, source.url)
    return text === undefined ? failed(`${placeOf(source)}: there is none yet`) : ok(text)
  } catch (error) {
    return failed(`${placeOf(source)}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function placeOf(source: StoredSource): string {
  return source.kind === 'file' ? source.file : `last good copy of ${source.url}`
}

/** Metadata under another entityID is another provider's; who that is, only the configuration may say (S-11). */
function agreeing(
  read: Result<ProviderMetadata, string>,
  known: ProviderMetadata | undefined,
): Result<ProviderMetadata, string> {
  if (!read.ok || known === undefined || read.value.entityId === known.entityId) return read
  return failed(`entityID is ${read.value.entityId}, the last good copy has ${known.entityId}`)
}

/** What was fetched is used whether or not it can be kept. */
function saveCopy(
  copies: MetadataCopies,
  { id, url, text, log }: { id: string; url: string; text: string; log: Log },
): void {
  try {
    copies.save(id, url, text)
  } catch (error) {
    log.error('provider.metadata-copy-failed', { provider: id, ...errorFields(error) })
  }
}
