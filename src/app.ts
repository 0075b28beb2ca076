/** The composition root: the one place that constructs adapters and hands them on. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { fetch } from 'undici'
import { type Metrics, metrics } from './admin/metrics.ts'
import { type Auditing, auditing } from './audit/auditing.ts'
import { chainWriter } from './audit/chain-writer.ts'
import { auditRecord } from './audit/record.ts'
import type { RequestAudit } from './audit/request-audit.ts'
import { FRESH_SECONDS, startHousekeeping, watchStore } from './background.ts'
import type { Config } from './config/config.ts'
import { type Alarms, alarms } from './core/alarms.ts'
import { restrainYoungGeneration, youngGarbageCollector } from './core/garbage.ts'
import { KEYS_CHANGED } from './core/key-ring.ts'
import { errorFields, type Log } from './core/log.ts'
import type { Random } from './core/random.ts'
import type { Clock, Instant } from './core/time.ts'
import type { DirectoryParts } from './directory/commit.ts'
import { type Directory, directory } from './directory/directory.ts'
import { type DirectoryFiles, directoryFiles } from './directory/files.ts'
import { guestReader } from './directory/guests.ts'
import { type ObjectDirectory, objectDirectory } from './directory/object-changes.ts'
import { type ObjectFactsSource, objectFacts } from './directory/object-facts.ts'
import { type OperatorFacts, operatorFacts } from './directory/operator-facts.ts'
import { type LongStreams, longStreams } from './gateway/long-streams.ts'
import { type Removals, removalsUnderWay } from './gateway/operations/mutual-removal.ts'
import { refuseConnect } from './gateway/raw-refusal.ts'
import { type StreamMemory, streamMemory } from './gateway/stream-memory.ts'
import { inTurn } from './gateway/turns.ts'
import { isActiveProvider, putInForce, restartless } from './in-force.ts'
import { type KeysInUse, keysInUse, takeNewKeys } from './keys-in-use.ts'
import type { Profile } from './profiles/profile.ts'
import { loadShippedProfiles } from './profiles/shipped.ts'
import type { SessionCookies } from './session/cookies.ts'
import { type IdentityTokens, identityTokens } from './session/identity-token.ts'
import { type SessionService, sessionService } from './session/sessions.ts'
import { type VerifyPool, verifyPool } from './signin/saml/verify-pool.ts'
import { type ChangeFeed, type ChangeListener, changeFeed } from './store/change-feed.ts'
import { openStore } from './store/open.ts'
import type { ChangeKey, Store } from './store/ports.ts'

const POLL_SECONDS = 0.25

export interface Gateway {
  handle(request: IncomingMessage, response: ServerResponse): void
  /** `head` is what came right behind the request. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  handleConnect(request: IncomingMessage, socket: Duplex): void
  /** Puts a checked configuration in force. What needs a restart stays as it is and raises an alarm. */
  reload(config: Config): Promise<void>
  /** Keeps everything as it is and raises the alarm RELOAD_FAILED. */
  refuseReload(problems: readonly string[]): void
  /** From now on readyz answers 503 and connections are not kept. */
  startDraining(): void
  /** Writes what is not written yet and lets go of everything. */
  close(): Promise<void>
  readonly directory: Directory
  readonly files: DirectoryFiles
  readonly store: Store
  readonly audit: Pick<RequestAudit, 'flush'>
}

/** What lives as long as the process, whatever is reloaded. */
export interface Shared {
  readonly store: Store
  /** When the store was put back to an earlier state. */
  readonly restoredAt: Instant | undefined
  readonly profiles: ReadonlyMap<string, Profile>
  readonly keys: KeysInUse
  readonly tokens: IdentityTokens
  readonly cookies: SessionCookies
  readonly sessions: SessionService
  readonly auditing: Auditing
  readonly streams: LongStreams
  readonly memory: StreamMemory
  readonly operators: OperatorFacts
  readonly objects: ObjectFactsSource
  readonly changing: ObjectDirectory
  readonly removals: Removals
  readonly pool: VerifyPool
  readonly alarms: Alarms
  readonly metrics: Metrics
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly fetch: typeof fetch
  readonly draining: () => boolean
}

/** Opens everything but the listener. Throws CONFIG_INVALID or STORE_UNAVAILABLE with nothing left open. */
export async function gateway(parts: {
  config: Config
  clock: Clock
  random: Random
  log: Log
  fetch?: typeof fetch
  open?: typeof openStore
}): Promise<Gateway> {
  const { open = openStore, clock, random } = parts
  const raised = alarms({ clock })
  const keys = await keysInUse({ config: parts.config, clock, alarms: raised })
  const writer = await chainWriter({ signer: keys.identity, clock, random })
  const measured = metrics({ alarms: raised, clock })
  const store = await open(parts.config, {
    ...parts,
    writer,
    alarms: raised,
    observe: measured.observeStoreCall,
    lost: async ({ audit }, { id, operatorId }) => {
      const detail = { session: id, operator: operatorId, reason: 'not-kept' }
      await audit.append(auditRecord({ clock, random }, 'session.ended', { actor: null, detail }))
    },
  })
  try {
    return await compose({
      fetch,
      ...parts,
      store,
      keys,
      writer: writer.id,
      alarms: raised,
      metrics: measured,
    })
  } catch (error) {
    await store.close()
    throw error
  }
}

/** What everything else is made of. */
interface Opened {
  readonly config: Config
  readonly store: Store
  readonly keys: KeysInUse
  /** Of the audit's chain. */
  readonly writer: string
  readonly alarms: Alarms
  readonly metrics: Metrics
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly fetch: typeof fetch
}

async function compose(parts: Opened): Promise<Gateway> {
  const { config, store, clock, random, log } = parts
  let draining = false
  const feed = changeFeed({ revisions: store.revisions, log, intervalSeconds: POLL_SECONDS })
  const changed = async (keys: readonly ChangeKey[]): Promise<void> => {
    evict(keys)
    await current.live.refresh(keys)
  }
  const shared = await openShared({ ...parts, feed, changed, current: () => current.config, draining: () => draining })
  const { sessions, operators, objects } = shared
  const evict: ChangeListener = (keys) => {
    sessions.evict(keys)
    operators.evict(keys)
    objects.evict(keys)
  }
  feed.subscribe(evict)
  let revision = 0
  const nextRevision = () => {
    revision += 1
    return revision
  }
  const open = (next: Config) => putInForce(shared, next, { nextRevision, subscribe: feed.subscribe })
  let current = await open(config)
  feed.subscribe((keys) => {
    if (keys === 'all' || keys.includes(KEYS_CHANGED)) void takeNewKeys(shared, current.config)
  })
  const retiring = new Set<Promise<void>>()
  let reloading = Promise.resolve()

  async function swap(next: Config): Promise<void> {
    const before = current
    const wanted = restartless(before.config, next, shared.alarms)
    await shared.keys.reload(wanted)
    current = await open(wanted)
    before.live.close()
    // A stream under way may last for hours: nobody waits for it.
    const retired = before.plane
      .close()
      .catch((error: unknown) => log.error('reload.close', errorFields(error)))
      .finally(() => retiring.delete(retired))
    retiring.add(retired)
    sessions.recheckWatched()
    shared.alarms.clear('RELOAD_FAILED', '')
    await store.transaction((ports) =>
      ports.audit.append(auditRecord(shared, 'settings.reloaded', { actor: null, detail: { hash: next.hash } })),
    )
    log.info('reloaded', { hash: next.hash })
  }

  const stops = [
    sessions.start(),
    shared.auditing.start(),
    startHousekeeping(shared, () => current.config),
    watchStore(shared, feed),
  ]

  const directoryParts: DirectoryParts = {
    store,
    clock,
    random,
    rules: () => ({ services: current.config.services, profiles: shared.profiles }),
    published: (_revision, keys) => changed(keys),
  }
  return {
    store,
    audit: shared.auditing.requests,
    handle: inTurn((request, response) => {
      if (draining) response.shouldKeepAlive = false
      current.plane.handle(request, response)
    }),
    handleUpgrade: (request, _socket, head) => current.plane.handleUpgrade(request, head),
    handleConnect: refuseConnect,
    reload(next) {
      // One after the other, so that the last one asked for is the one in force.
      const mine = reloading.then(() => swap(next))
      reloading = mine.catch(() => {})
      return mine
    },
    refuseReload(problems) {
      shared.alarms.raise('RELOAD_FAILED', '', problems.join('\n'))
      log.error('reload.refused', { problems })
    },
    startDraining() {
      draining = true
      shared.streams.endAll()
    },
    async close() {
      for (const stop of stops) stop()
      feed.close()
      current.live.close()
      await current.plane.close()
      await Promise.all(retiring)
      await sessions.flush()
      await shared.auditing.finish()
      await shared.pool.close()
      await store.close()
    },
    directory: directory(directoryParts),
    files: directoryFiles(directoryParts),
  }
}

async function openShared(
  parts: Opened & {
    feed: ChangeFeed
    changed: (keys: readonly ChangeKey[]) => Promise<void>
    current: () => Config
    draining: () => boolean
  },
): Promise<Shared> {
  const { config, store, clock, feed, keys, current } = parts
  const { cookies } = keys
  const audit = auditing({
    ...parts,
    signer: keys.identity,
    keepDays: () => current().audit.keepDays,
    count: parts.metrics.countAuditShortfall,
  })
  const settings = () => current().session
  const active = { has: (id: string) => isActiveProvider(current(), id) }
  const activeProviders = () => active
  const { graceSeconds } = config.stores
  const isFresh = () => feed.unconfirmedSeconds() < FRESH_SECONDS
  const pool = verifyPool()
  const restoredAt = await store.restores.last()
  const profiles = await loadShippedProfiles()
  const rules = () => ({ services: current().services, profiles })
  const sessions = sessionService({ ...parts, cookies, settings, activeProviders, graceSeconds, restoredAt, isFresh })
  parts.metrics.watch({
    sessionCount: () => store.sessions.count(),
    storeStats: store.stats,
    queues: { writer: () => store.stats().queued, verify: pool.waiting, audit: audit.requests.waiting },
    unconfirmedSeconds: feed.unconfirmedSeconds,
  })
  return {
    ...parts,
    restoredAt,
    keys,
    cookies,
    sessions,
    auditing: audit,
    streams: longStreams({ sessions }),
    memory: streamMemory({ collect: youngGarbageCollector(), restrain: restrainYoungGeneration }),
    profiles,
    changing: objectDirectory({ ...parts, rules, published: (_revision, keys) => parts.changed(keys) }),
    removals: removalsUnderWay(),
    tokens: identityTokens({ keys: keys.identity, issuer: config.publicUrl.origin, clock }),
    operators: operatorFacts({ store, clock, isFresh, guest: guestReader(rules) }),
    objects: objectFacts({ store, isFresh }),
    pool,
  }
}
