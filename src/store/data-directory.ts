/** The data directory of a gateway process: made when it is not there, held by one process, marked with its pid. */

import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { AppError } from '../core/errors.ts'

const PID_FILE = 'gatehouse.pid'

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
  return {
    markRunning: (pid) => writeFileSync(pidFile, `${pid}\n`, { mode: 0o600 }),
    release() {
      rmSync(pidFile, { force: true })
      lock.close()
    },
  }
}

/** The pid of the gateway that runs on `directory`; undefined when none does. */
export function runningPid(directory: string): number | undefined {
  let lock: Database.Database | undefined
  try {
    lock = new Database(join(directory, 'gateway.lock'), { timeout: 0, fileMustExist: true })
    lock.exec('BEGIN EXCLUSIVE')
    return undefined
  } catch (error) {
    return isBusy(error) ? Number(readFileSync(join(directory, PID_FILE), 'utf8')) || undefined : undefined
  } finally {
    lock?.close()
  }
}

function openLock(directory: string): Database.Database {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const file = join(directory, 'gateway.lock')
    const lock = new Database(file, { timeout: 0 })
    lock.exec('BEGIN EXCLUSIVE')
    chmodSync(file, 0o600)
    return lock
  } catch (error) {
    const reason = isBusy(error)
      ? 'another gateway process is running on it; only one may'
      : `it cannot be written (${error instanceof Error ? error.message : String(error)})`
    throw new AppError('CONFIG_INVALID', `dataDir ${directory}: ${reason}`, { cause: error })
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY'
}
