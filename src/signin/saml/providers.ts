/** The identity providers that can be used now: those configured whose metadata is there, sound and not over. */

import type { Config, IdentityProviderConfig } from '../../config/config.ts'
import type { AlarmCode, Alarms } from '../../core/alarms.ts'
import type { Log } from '../../core/log.ts'
import { type Cancel, type Clock, every, type Instant, isoTime, minutes, type Seconds } from '../../core/time.ts'
import { isLocalHost } from './metadata.ts'
import type { Fetch } from './metadata-fetch.ts'
import { type MetadataLoader, metadataLoader } from './metadata-source.ts'
import type { Provider, ProviderMetadata } from './model.ts'

export interface ProviderRegistry {
  /** Fetches all metadata URLs and goes on doing so each hour. A URL that fails stops nothing: it raises an alarm. */
  start(): Promise<void>
  /** The usable providers, in the order of the configuration. */
  list(): readonly Provider[]
  /** The usable provider with the configured id. */
  byId(id: string): Provider | undefined
  /** The usable provider with exactly this entityID. */
  byEntityId(entityId: string): Provider | undefined
  /** Fetches all metadata URLs now. What fails raises an alarm. */
  refresh(): Promise<void>
  /** Stops fetching, also what is under way. */
  close(): void
}

export interface ProviderRegistryParts {
  readonly config: Pick<Config, 'identityProviders' | 'publicUrl'>
  /** The last good copies are kept in its folder `metadata`. */
  readonly dataDir: string
  readonly clock: Clock
  readonly log: Log
  readonly alarms: Alarms
  readonly fetch: Fetch
  /** For one metadata URL; 10 seconds. */
  readonly fetchDeadline?: Seconds
}

const REFRESH = minutes(60)
/** A provider that nobody can use is tried more often: the network may have been late at start. */
const RETRY_MISSING = minutes(1)

const MISSING = 'METADATA_MISSING'
const STALE = 'METADATA_STALE'
const REFUSED = 'METADATA_REFUSED'
const DUPLICATE = 'METADATA_DUPLICATE'

interface Entry {
  readonly config: IdentityProviderConfig
  metadata: ProviderMetadata | undefined
}

/** The registry of `config`'s providers. Files, inline metadata and last good copies are read at once. */
export function providerRegistry(parts: ProviderRegistryParts): ProviderRegistry {
  const { config, clock, alarms, log } = parts
  const closing = new AbortController()
  const timers: Cancel[] = []
  const publicUrlIsLocal = isLocalHost(new URL(config.publicUrl.origin).hostname)
  const loader = metadataLoader({ ...parts, publicUrlIsLocal, signal: closing.signal })
  const report = reporter({ alarms, log })
  const entries = config.identityProviders.map((each) => readEntry(each, { loader, report }))

  const list = (): readonly Provider[] => judge(entries, clock.now()).usable
  const refresh = async (wanted: (entry: Entry) => boolean): Promise<void> => {
    await Promise.all(
      entries.filter(wanted).map((entry) => refreshEntry(entry, { loader, report, signal: closing.signal })),
    )
    announce(entries, { alarms, now: clock.now() })
  }
  announce(entries, { alarms, now: clock.now() })

  return {
    async start() {
      clearFormer(entries, alarms)
      await refresh(() => true)
      if (closing.signal.aborted) return
      timers.push(every(REFRESH, () => void refresh(() => true)))
      timers.push(every(RETRY_MISSING, () => void refresh((entry) => entry.metadata === undefined)))
    },
    list,
    byId: (id) => list().find((provider) => provider.config.id === id),
    byEntityId: (entityId) => list().find((provider) => provider.metadata.entityId === entityId),
    refresh: () => refresh(() => true),
    close() {
      closing.abort()
      for (const cancel of timers) cancel()
    },
  }
}

/** Tells how the last attempt for a provider ended; undefined: well. */
type Report = (id: string, problem?: { code: AlarmCode; detail: string }) => void

function reporter({ alarms, log }: { alarms: Alarms; log: Log }): Report {
  return (id, problem) => {
    for (const code of [MISSING, STALE, REFUSED] as const) if (code !== problem?.code) alarms.clear(code, id)
    if (problem === undefined) return
    log.warn('provider.metadata', { provider: id, alarm: problem.code, detail: problem.detail })
    alarms.raise(problem.code, id, problem.detail)
  }
}

function readEntry(
  config: IdentityProviderConfig,
  { loader, report }: { loader: MetadataLoader; report: Report },
): Entry {
  const read = loader.read(config)
  if (!read.ok) report(config.id, { code: MISSING, detail: read.error })
  else if (config.metadata.kind !== 'url') report(config.id)
  return { config, metadata: read.ok ? read.value : undefined }
}

/** Ends the alarms of providers that a former configuration had. */
function clearFormer(entries: readonly Entry[], alarms: Alarms): void {
  const codes: readonly AlarmCode[] = [MISSING, STALE, REFUSED, DUPLICATE]
  for (const { code, subject } of alarms.list()) {
    if (codes.includes(code) && !entries.some(({ config }) => config.id === subject)) alarms.clear(code, subject)
  }
}

async function refreshEntry(
  entry: Entry,
  { loader, report, signal }: { loader: MetadataLoader; report: Report; signal: AbortSignal },
): Promise<void> {
  const { id, metadata: source } = entry.config
  if (source.kind !== 'url') return
  const fetched = await loader.fetch({ id, url: source.url }, entry.metadata)
  if (signal.aborted) return
  if (fetched.ok) {
    entry.metadata = fetched.value
    return report(id)
  }
  const { kind, detail } = fetched.error
  if (entry.metadata === undefined) return report(id, { code: MISSING, detail })
  report(id, { code: kind === 'unreachable' ? STALE : REFUSED, detail: `${detail}; the last good copy is used` })
}

interface Judgement {
  readonly usable: readonly Provider[]
  readonly over: readonly Provider[]
  /** With the id of the provider that has the entityID already. */
  readonly duplicates: ReadonlyMap<string, string>
}

/**
 * Sorts out metadata that is over. Of two providers with one entityID only the first counts: a message would not tell
 * which of them it is from, and each has its own keys and rules.
 */
function judge(entries: readonly Entry[], now: Instant): Judgement {
  const owners = new Map<string, string>()
  const usable: Provider[] = []
  const over: Provider[] = []
  const duplicates = new Map<string, string>()
  for (const { config, metadata } of entries) {
    if (metadata === undefined) continue
    const owner = owners.get(metadata.entityId)
    if (metadata.validUntil !== null && metadata.validUntil <= now) over.push({ config, metadata })
    else if (owner !== undefined) duplicates.set(config.id, owner)
    else {
      owners.set(metadata.entityId, config.id)
      usable.push({ config, metadata })
    }
  }
  return { usable, over, duplicates }
}

function announce(entries: readonly Entry[], { alarms, now }: { alarms: Alarms; now: Instant }): void {
  const { over, duplicates } = judge(entries, now)
  for (const { config, metadata } of over) {
    alarms.raise(MISSING, config.id, `the metadata was valid until ${isoTime(metadata.validUntil)}`)
  }
  for (const { config, metadata } of entries) {
    const owner = duplicates.get(config.id)
    if (owner === undefined) alarms.clear(DUPLICATE, config.id)
    else alarms.raise(DUPLICATE, config.id, `entityID ${metadata?.entityId} is already that of provider ${owner}`)
  }
}
