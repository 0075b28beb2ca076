/** The data directory of a gateway process: made when it is not there, held by one process, marked with its pid. */

import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { AppError } from '../core/errors.ts'

const PID_FILE = 'gatehouse.pid'
const LOCK_FILE = 'gateway.lock'
/** Longer than a look by `runningPid` takes, which holds the lock for an instant. */
const LOCK_WAIT_MS = 500

export interface DataDirectory {
  /** Writes `gatehouse.pid`. */
  markRunning(pid: number): void
  /** Removes the pid file and lets the next process in. */
  release(): void
}

/**
 * Holds `directory` for this process: an exclusive SQLite lock, which the operating system drops when the process ends,
 * however it ends. Throws CONFIG_INVALID when another process holds it or it cannot be written.
 */
export function holdDataDirectory(directory: string): DataDirectory {
  const lock = openLock(directory)
  const pidFile = join(directory, PID_FILE)
  // What a process left that was killed: its number may be another program's by now.
  rmSync(pidFile, { force: true })
  return {
    markRunning: (pid) => writeFileSync(pidFile, `${pid}\n`, { mode: 0o600 }),
    release() {
      rmSync(pidFile, { force: true })
      lock.close()
    },
  }
}

/** The pid of the gateway that runs on `directory`; undefined when none does, or it has only begun to start. */
export function runningPid(directory: string): number | undefined {
  let lock: Database.Database | undefined
  try {
    lock = new Database(join(directory, LOCK_FILE), { timeout: 0, fileMustExist: true })
    takeLock(lock)
    return undefined
  } catch (error) {
    return isBusy(error) ? writtenPid(join(directory, PID_FILE)) : undefined
  } finally {
    lock?.close()
  }
}

function writtenPid(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, 'utf8'))
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined
  } catch {
    // Not written yet, or taken away just now.
    return undefined
  }
}

function takeLock(lock: Database.Database): void {
  // Nothing is ever written under it, so it needs no journal file.
  lock.pragma('journal_mode = MEMORY')
  lock.exec('BEGIN EXCLUSIVE')
}

function openLock(directory: string): Database.Database {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const file = join(directory, LOCK_FILE)
    const lock = new Database(file, { timeout: LOCK_WAIT_MS })
    takeLock(lock)
    chmodSync(file, 0o600)
    return lock
  } catch (error) {
    const reason = isBusy(error)
      ? 'another gateway process is running on it; must be a folder of its own'
      : `cannot be written (${error instanceof Error ? error.message : String(error)}); must be a writable folder`
    throw new AppError('CONFIG_INVALID', `dataDir (${directory}): ${reason}`, { cause: error })
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY'
}
