/** Copies the SQLite file while gateways and commands work on it. */

import Database from 'better-sqlite3'

import { AppError } from '../../../core/errors.ts'
import { checkOurs, fileError } from './database-file.ts'

/** Files that a backup carries along, by their names; for keys. */
export type CarriedFiles = ReadonlyMap<string, string>

/** Where a backup keeps what it carries along; no table of a store. */
export const CARRIED_TABLE = 'backup_files'

/**
 * Writes the store in `file`, as it is at one instant, and the carried files to the empty file `target`, and reads all of it
 * once more. Writers do not wait. CONFIG_INVALID when `file` is no store of ours, STORE_UNAVAILABLE when it cannot be read
 * or is damaged.
 */
export function copyDatabase(file: string, target: string, carried: CarriedFiles): void {
  try {
    const source = new Database(file, { readonly: true, fileMustExist: true })
    try {
      checkOurs(source, file, { filled: true })
      source.prepare('vacuum into ?').run(target)
    } finally {
      source.close()
    }
    finish(target, carried)
  } catch (error) {
    throw error instanceof AppError ? error : fileError(error, file)
  }
}

function finish(target: string, carried: CarriedFiles): void {
  const copy = new Database(target)
  try {
    if (carried.size > 0) copy.exec(`create table ${CARRIED_TABLE} (name text primary key, content text not null)`)
    for (const [name, content] of carried) {
      copy.prepare(`insert into ${CARRIED_TABLE} values (?, ?)`).run(name, content)
    }
    checkSound(copy, target)
  } finally {
    copy.close()
  }
}

/** Reads the whole database. CONFIG_INVALID with the first thing that is wrong in it. */
export function checkSound(db: Database.Database, file: string): void {
  const [first] = db.pragma('integrity_check(1)') as { integrity_check: string }[]
  if (first?.integrity_check !== 'ok') {
    throw new AppError('CONFIG_INVALID', `${file} is damaged: ${first?.integrity_check.split('\n').at(-1)}`)
  }
  if ((db.pragma('foreign_key_check') as unknown[]).length > 0) {
    throw new AppError('CONFIG_INVALID', `${file} is damaged: rows refer to rows that are not there`)
  }
}
