/** Opens the store that a configuration names. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Config, SessionConfig } from '../config/config.ts'
import type { Alarms } from '../core/alarms.ts'
import type { ChainWriter } from '../core/chain.ts'
import type { Log } from '../core/log.ts'
import type { Clock } from '../core/time.ts'
import { sessionsKeptFor } from './housekeeping.ts'
import type { LiveSessions } from './live-sessions.ts'
import { memoryStore } from './memory/memory-store.ts'
import type { Store } from './ports.ts'
import type { StoreCall } from './redis/line.ts'
import { openRedisSessions, redisSessionsOnDemand } from './redis/open.ts'
import { type ApartParts, sessionsApart } from './sessions-apart.ts'
import { sqliteStore } from './sql/sqlite/sqlite-store.ts'

const FILE = 'gatehouse.db'

interface Place extends Pick<Config, 'stores' | 'dataDir'> {
  readonly session: Pick<SessionConfig, 'timeoutMinutes'>
}

interface CommandParts {
  /** Whose chain of the audit it writes; null: none, then nothing may be appended. */
  readonly writer: ChainWriter | null
  readonly clock: Clock
  readonly log: Log
}

/** What the store of a running gateway is opened with. */
export interface StoreParts extends CommandParts {
  readonly alarms: Alarms
  /** Hears of each exchange with an engine on another machine. */
  readonly observe: (call: StoreCall) => void
  /** Records, inside the transaction, the end of a session that could not be kept. */
  readonly lost: ApartParts['lost']
}

/** The file of the embedded store; undefined when the configuration names another store. */
export function storeFile({ stores, dataDir }: Pick<Config, 'stores' | 'dataDir'>): string | undefined {
  return stores.directory === 'sqlite' ? join(dataDir, FILE) : undefined
}

/** Whether the configured store has been made; opening it makes it. */
export function storeIsThere(config: Pick<Config, 'stores' | 'dataDir'>): boolean {
  const file = storeFile(config)
  return file !== undefined && existsSync(file)
}

/** The configured store of a gateway. Throws CONFIG_INVALID with one line that names the place, and STORE_UNAVAILABLE. */
export async function openStore(config: Place, parts: StoreParts): Promise<Store> {
  const { redis } = config.stores
  if (redis === null) return openDirectory(config, parts)
  const live = await openRedisSessions({ ...parts, location: redis, keep: sessionsKeptFor(config.session) })
  return withDirectory(config, live, parts)
}

/** The same store for a command beside the gateway; a session store that is away is no obstacle to it. */
export async function openStoreForCommand(config: Place, parts: CommandParts): Promise<Store> {
  const { redis } = config.stores
  if (redis === null) return openDirectory(config, parts)
  const live = redisSessionsOnDemand({ ...parts, location: redis, keep: sessionsKeptFor(config.session) })
  return withDirectory(config, live, { ...parts, lost: async () => {} })
}

async function withDirectory(
  config: Place,
  live: LiveSessions,
  parts: CommandParts & Pick<StoreParts, 'lost'>,
): Promise<Store> {
  try {
    return sessionsApart({ ...parts, directory: await openDirectory(config, parts), live })
  } catch (error) {
    live.close()
    throw error
  }
}

async function openDirectory(
  { stores, dataDir }: Pick<Config, 'stores' | 'dataDir'>,
  { writer, clock, log }: CommandParts,
): Promise<Store> {
  if (stores.directory === 'memory') return memoryStore(writer === null ? {} : { writer })
  return sqliteStore({ file: join(dataDir, FILE), writer, clock, log })
}
