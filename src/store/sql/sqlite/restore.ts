/** Puts a backup in the place of the store. The caller holds the data directory, so that no gateway has it open. */

import { constants, existsSync } from 'node:fs'
import { chmod, copyFile, link, rename, rm } from 'node:fs/promises'

import Database from 'better-sqlite3'

import type { ChainWriter } from '../../../core/chain.ts'
import { renameDurably, syncPath } from '../../../core/durable-files.ts'
import { AppError } from '../../../core/errors.ts'
import { silentLog } from '../../../core/log.ts'
import { type Clock, isoTime } from '../../../core/time.ts'
import type { Store } from '../../ports.ts'
import { CARRIED_TABLE, type CarriedFiles, checkSound } from './backup.ts'
import { checkOurs, fileError, pendingMigrations } from './database-file.ts'
import { engineFailure } from './engine-error.ts'
import { sqliteStore } from './sqlite-store.ts'

export interface Restored {
  /** Where the store that was in use is now; null when there was none. */
  readonly aside: string | null
  readonly carried: CarriedFiles
}

interface RestoreParts {
  readonly backup: string
  /** The store that is replaced. */
  readonly file: string
  /** Changes the restored store before anybody sees it. */
  readonly settle: (store: Store) => Promise<void>
  /** Whose chain of the audit records that, given what the backup carries. */
  readonly writer: (carried: CarriedFiles) => Promise<ChainWriter>
  readonly clock: Clock
}

const LOG_ENDS = ['-wal', '-shm'] as const

/**
 * Checks a copy of the backup, brings it to the present schema, settles it, and puts it in place in one step; until then the
 * store in use stays as it is. CONFIG_INVALID when the backup is not ours, damaged or of a newer version, and when a command
 * has the store open.
 */
export async function restoreDatabase({ backup, file, settle, writer, clock }: RestoreParts): Promise<Restored> {
  const staged = `${file}.restoring`
  try {
    await removeDatabase(staged)
    await copyBackup(backup, staged)
    const carried = readBackup(staged, backup)
    const store = await sqliteStore({ file: staged, writer: await writer(carried), clock, log: silentLog })
    try {
      await settle(store)
    } finally {
      await store.close()
    }
    await syncPath(staged)
    return { aside: await putInPlace(staged, file, clock), carried }
  } finally {
    await removeDatabase(staged)
  }
}

async function copyBackup(backup: string, staged: string): Promise<void> {
  if (existsSync(`${backup}-wal`)) {
    const why = 'has a write-ahead log beside it, so it is a store and no backup; must be made by gatehouse backup'
    throw new AppError('CONFIG_INVALID', `${backup} ${why}`)
  }
  try {
    await copyFile(backup, staged, constants.COPYFILE_EXCL)
    await chmod(staged, 0o600)
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', `${backup} cannot be copied: ${engineFailure(cause).message}`, { cause })
  }
}

/** Refuses what cannot be used, and takes what the backup carries along out of it. Findings name the file that was given. */
function readBackup(staged: string, backup: string): CarriedFiles {
  try {
    const db = new Database(staged, { fileMustExist: true })
    try {
      checkOurs(db, backup, { filled: true })
      checkSound(db, backup)
      pendingMigrations(db, backup)
      return takeCarried(db)
    } finally {
      db.close()
    }
  } catch (error) {
    throw error instanceof AppError ? error : damaged(error, backup)
  }
}

/** SQLITE_CORRUPT is the engine's word for a damaged file: here it is the file that is at fault. */
function damaged(error: unknown, backup: string): AppError {
  const { code, message } = engineFailure(error)
  if (!code.startsWith('SQLITE_CORRUPT')) return fileError(error, backup)
  return new AppError('CONFIG_INVALID', `${backup} is damaged: ${message}`, { cause: error })
}

function takeCarried(db: Database.Database): CarriedFiles {
  const has = db.prepare('select 1 from sqlite_master where name = ?').get(CARRIED_TABLE) !== undefined
  if (!has) return new Map()
  const rows = db.prepare(`select name, content from ${CARRIED_TABLE}`).all() as { name: string; content: string }[]
  db.pragma('secure_delete = on')
  db.exec(`drop table ${CARRIED_TABLE}`)
  return new Map(rows.map(({ name, content }) => [name, content]))
}

/** The name under which the old store is kept; null without one. A crash in between leaves the old store in use. */
async function putInPlace(staged: string, file: string, clock: Clock): Promise<string | null> {
  if (!existsSync(file)) {
    await renameDurably(staged, file)
    return null
  }
  const aside = `${file}.before-${isoTime(clock.now()).replaceAll(/[-:]|\.\d+/g, '')}`
  closeOld(file)
  await link(file, aside)
  // Only a store that could not be closed still has a log: it belongs to the old one.
  for (const end of LOG_ENDS) if (existsSync(file + end)) await rename(file + end, aside + end)
  await renameDurably(staged, file)
  return aside
}

/** Brings the log into the main file, which works only when nobody else has it open. A damaged store is left as it is. */
function closeOld(file: string): void {
  let old: Database.Database | undefined
  try {
    old = new Database(file, { timeout: 1000 })
    old.pragma('journal_mode = DELETE')
  } catch (error) {
    if (engineFailure(error).code.startsWith('SQLITE_BUSY')) {
      throw new AppError('CONFIG_INVALID', `${file} is open in another process; must be nobody else's`, {
        cause: error,
      })
    }
    if (!/^SQLITE_(?:CORRUPT|NOTADB|IOERR)/.test(engineFailure(error).code)) throw fileError(error, file)
  } finally {
    old?.close()
  }
}

async function removeDatabase(file: string): Promise<void> {
  for (const end of ['', ...LOG_ENDS]) await rm(file + end, { force: true })
}
