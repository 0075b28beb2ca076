/** The store in one SQLite file: writes through the writer thread with group commit, reads on a connection of their own. */

import { resolve } from 'node:path'

import Database from 'better-sqlite3'

import type { ChainWriter } from '../../../core/chain.ts'
import { AppError } from '../../../core/errors.ts'
import type { Log } from '../../../core/log.ts'
import type { Clock } from '../../../core/time.ts'
import { committingPorts } from '../../committing-ports.ts'
import type { Store } from '../../ports.ts'
import { type Execute, sqliteKysely } from '../dialect.ts'
import { sqlPorts } from '../sql-ports.ts'
import { prepareDatabaseFile } from './database-file.ts'
import { engineError, engineFailure } from './engine-error.ts'
import { groupCommit } from './group-commit.ts'
import { UNCHAINED } from './linking.ts'
import { statements } from './statements.ts'
import { openWriterThread, type WriterThread } from './writer-thread.ts'

const LOCK_WAIT_MS = 5000

/**
 * Opens the store in `file`, making it and its directory when they are not there. Several processes may have it open,
 * each as a `writer` of its own; null: one that writes nothing into the audit. The first writer after an upgrade from a
 * version without chains puts its records into one. CONFIG_INVALID when the file is refused (see `prepareDatabaseFile`),
 * before anything is started; STORE_UNAVAILABLE.
 */
export async function sqliteStore({
  file: path,
  writer: chain,
  clock,
  log,
}: {
  file: string
  writer: ChainWriter | null
  clock: Clock
  log: Log
}): Promise<Store> {
  const file = resolve(path)
  await prepareDatabaseFile(file)
  const writer = await openWriterThread({ file, writer: chain, log })
  const reader = await openReader(file, writer)
  const group = groupCommit({ writer, clock })
  const transaction: Store['transaction'] = (work) => group.run((execute) => work(sqlPorts(sqliteKysely(execute))))
  const store: Store = {
    ...committingPorts({ reader: sqlPorts(sqliteKysely(reader.execute)), transaction }),
    transaction,
    stats: group.stats,
    sessionsAwaySince: () => undefined,
    async ping() {
      await reader.execute('select n from revision', [])
      await writer.send({ kind: 'ping' })
    },
    async close() {
      await group.close()
      // The writer is the last connection, so that it can bring the log into the main file.
      reader.close()
      await writer.close()
    },
  }
  try {
    const { rows } = chain === null ? { rows: [] } : await reader.execute(UNCHAINED, [])
    // Each commit links what has to be linked.
    if (rows.length > 0) await transaction(async () => {})
    return store
  } catch (error) {
    await store.close()
    throw error
  }
}

/** A connection for reads on this thread; it sees what this and other processes have committed at the time of the read. */
async function openReader(file: string, writer: WriterThread): Promise<{ execute: Execute; close(): void }> {
  try {
    const db = new Database(file, { readonly: true, timeout: LOCK_WAIT_MS })
    return { execute: readingFrom(db, writer), close: () => db.close() }
  } catch (error) {
    await writer.close()
    throw engineError(engineFailure(error))
  }
}

function readingFrom(db: Database.Database, writer: WriterThread): Execute {
  const read = statements(db)
  return async (sql, parameters) => {
    const failure = writer.failure()
    if (failure !== undefined) throw failure
    if (!db.open) throw new AppError('STORE_UNAVAILABLE', 'the store is closed')
    try {
      return read(sql, parameters)
    } catch (error) {
      throw error instanceof AppError ? error : engineError(engineFailure(error))
    }
  }
}
