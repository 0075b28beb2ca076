/** The SQLite file: made when it is not there, refused when it is not ours, brought to the present schema. */

import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'

import Database from 'better-sqlite3'
import { Migrator } from 'kysely/migration'

import { AppError } from '../../../core/errors.ts'
import { sqliteKysely } from '../dialect.ts'
import { MIGRATIONS } from '../migrations/migrations.ts'
import { engineError, engineFailure } from './engine-error.ts'
import { statements } from './statements.ts'

/** Written into the header of our files (PRAGMA application_id): `GtHs`. */
const APPLICATION_ID = 0x47744873

const LOCK_WAIT_MS = 5000

/** Switching to WAL does not wait for a lock by itself. */
const WAL_ATTEMPTS = 250
const WAL_RETRY_MS = 20

/**
 * Makes `file` ready for use (mode 0600, its directory 0700 when it is made here) and ends all connections to it.
 * CONFIG_INVALID when it cannot be written, is no database, is another program's or a newer version's: the detail is one line
 * that names it. STORE_UNAVAILABLE when the engine fails.
 */
export async function prepareDatabaseFile(file: string): Promise<void> {
  createFile(file)
  let db: Database.Database | undefined
  try {
    db = new Database(file, { timeout: LOCK_WAIT_MS, fileMustExist: true })
    checkOurs(db, file)
    await switchToWal(db)
    db.pragma('synchronous = FULL')
    if (pendingMigrations(db, file).length > 0) await migrate(db, file)
  } catch (error) {
    throw error instanceof AppError ? error : fileError(error, file)
  } finally {
    db?.close()
  }
}

function createFile(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    closeSync(openSync(file, 'a', 0o600))
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', `${file} cannot be written: ${engineFailure(cause).message}`, { cause })
  }
}

/**
 * Looks before anything is changed in the file: CONFIG_INVALID when it is another program's. One without anything in it is
 * taken for a new one unless `filled`.
 */
export function checkOurs(db: Database.Database, file: string, { filled = false }: { filled?: boolean } = {}): void {
  const { id, tables } = statements(db)(
    'select (select application_id from pragma_application_id) as id, (select count(*) from sqlite_master) as tables',
    [],
  ).rows[0] as { id: number; tables: number }
  if (id !== APPLICATION_ID && (filled || id !== 0 || tables > 0)) {
    throw new AppError('CONFIG_INVALID', `${file} is a database of another program`)
  }
}

async function switchToWal(db: Database.Database): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      db.pragma('journal_mode = WAL')
      return
    } catch (error) {
      if (attempt === WAL_ATTEMPTS || !engineFailure(error).code.startsWith('SQLITE_BUSY')) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, WAL_RETRY_MS))
  }
}

/** The steps that the file has not had. CONFIG_INVALID for a file that has had steps unknown here. */
export function pendingMigrations(db: Database.Database, file: string): string[] {
  const execute = statements(db)
  const known = Object.keys(MIGRATIONS)
  if (execute("select 1 from sqlite_master where name = 'kysely_migration'", []).rows.length === 0) return known
  const done = (execute('select name from kysely_migration', []).rows as { name: string }[]).map(({ name }) => name)
  if (done.some((name) => !known.includes(name))) {
    throw new AppError('CONFIG_INVALID', `${file} was written by a newer version of Gatehouse`)
  }
  return known.filter((name) => !done.includes(name))
}

/** All steps in one transaction; who comes second waits, and finds them done. */
async function migrate(db: Database.Database, file: string): Promise<void> {
  const execute = statements(db)
  db.exec('begin exclusive')
  try {
    pendingMigrations(db, file)
    const migrator = new Migrator({
      db: sqliteKysely(async (sql, parameters) => execute(sql, parameters)),
      provider: { getMigrations: async () => ({ ...MIGRATIONS }) },
    })
    const { error } = await migrator.migrateToLatest()
    if (error !== undefined) throw error
    db.pragma(`application_id = ${APPLICATION_ID}`)
    db.exec('commit')
  } finally {
    if (db.inTransaction) db.exec('rollback')
  }
}

/** What was thrown over `file`: CONFIG_INVALID when another file is needed, STORE_UNAVAILABLE when the engine fails. */
export function fileError(thrown: unknown, file: string): AppError {
  const failure = engineFailure(thrown)
  const refused = refusal(failure.code)
  if (refused === undefined) return engineError({ ...failure, message: `${file}: ${failure.message}` })
  return new AppError('CONFIG_INVALID', `${file} ${refused}`, { cause: thrown })
}

function refusal(code: string): string | undefined {
  if (code.startsWith('SQLITE_NOTADB')) return 'is not a SQLite database'
  if (code.startsWith('SQLITE_READONLY') || code.startsWith('SQLITE_CANTOPEN') || code.startsWith('SQLITE_PERM')) {
    return 'cannot be written'
  }
  return undefined
}
