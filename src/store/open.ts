/** Opens the store that a configuration names. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import type { Log } from '../core/log.ts'
import type { Clock } from '../core/time.ts'
import { memoryStore } from './memory/memory-store.ts'
import type { Store } from './ports.ts'
import { sqliteStore } from './sql/sqlite/sqlite-store.ts'

const FILE = 'gatehouse.db'

/** The file of the embedded store; undefined when the configuration names another store. */
export function storeFile({ stores, dataDir }: Pick<Config, 'stores' | 'dataDir'>): string | undefined {
  return stores.directory === 'sqlite' ? join(dataDir, FILE) : undefined
}

/** Whether the configured store has been made; opening it makes it. */
export function storeIsThere(config: Pick<Config, 'stores' | 'dataDir'>): boolean {
  const file = storeFile(config)
  return file !== undefined && existsSync(file)
}

/** The configured store. Throws CONFIG_INVALID with one line that names the file, and STORE_UNAVAILABLE. */
export async function openStore(
  { stores, dataDir }: Pick<Config, 'stores' | 'dataDir'>,
  { clock, log }: { clock: Clock; log: Log },
): Promise<Store> {
  if (stores.directory === 'memory') return memoryStore()
  return sqliteStore({ file: join(dataDir, FILE), clock, log })
}
