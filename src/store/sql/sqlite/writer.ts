/** The writer thread: the one connection of this process that writes. Started by `writer-thread.ts`. */

import { parentPort, workerData } from 'node:worker_threads'

import Database from 'better-sqlite3'

import type { ChainWriter } from '../../../core/chain.ts'
import type { Answer } from '../dialect.ts'
import { engineFailure } from './engine-error.ts'
import { linking } from './linking.ts'
import { statements } from './statements.ts'
import type { WriterReply, WriterRequest } from './writer-protocol.ts'

/**
 * SQLite polls a lock ever more slowly, which leaves a process no chance beside a busy one. Short waits begin again at
 * quick polls; all together they come to five seconds.
 */
const LOCK_WAIT_MS = 25
const LOCK_WAITS = 200

const NOTHING: Answer = { rows: [], changes: 0 }

/** What the thread is started with. */
const { file, writer }: { file: string; writer: ChainWriter | null } = workerData

const db = new Database(file, { timeout: LOCK_WAIT_MS, fileMustExist: true })
db.pragma('journal_mode = WAL')
db.pragma('synchronous = FULL')
db.pragma('foreign_keys = ON')
// In KiB: what a big change writes stays in memory until it commits.
db.pragma('cache_size = -16384')
const execute = statements(db)
const links = linking({ execute: inTransaction, writer })

parentPort?.on('message', (requests: readonly WriterRequest[]) => {
  parentPort?.postMessage(requests.map(reply))
  if (!db.open) parentPort?.close()
})

function reply(request: WriterRequest): WriterReply {
  try {
    return run(request)
  } catch (error) {
    return { failure: engineFailure(error) }
  }
}

function run(request: WriterRequest): Answer {
  switch (request.kind) {
    case 'statement':
      return inTransaction(request.sql, request.parameters)
    case 'begin':
      return begin()
    case 'savepoint':
      return inTransaction('savepoint member')
    case 'keep':
      return inTransaction('release member')
    case 'undo':
      inTransaction('rollback to member')
      return inTransaction('release member')
    case 'commit':
      return commit()
    case 'rollback':
      return db.inTransaction ? execute('rollback', []) : NOTHING
    case 'ping':
      return execute('select 1', [])
    case 'close':
      return close()
  }
}

/** SQLite may end a transaction by itself (disk full, I/O error). What follows must not commit statement by statement. */
function inTransaction(sql: string, parameters: readonly unknown[] = []): Answer {
  if (!db.inTransaction) throw new Error('the engine gave the transaction up')
  return execute(sql, parameters)
}

function begin(): Answer {
  for (let wait = 1; ; wait += 1) {
    try {
      execute('begin immediate', [])
      break
    } catch (error) {
      if (wait === LOCK_WAITS || !engineFailure(error).code.startsWith('SQLITE_BUSY')) throw error
    }
  }
  links.begun()
  return NOTHING
}

function commit(): Answer {
  links.link()
  inTransaction('commit')
  links.committed()
  return NOTHING
}

function close(): Answer {
  try {
    db.pragma('wal_checkpoint(TRUNCATE)')
  } finally {
    db.close()
  }
  return NOTHING
}
