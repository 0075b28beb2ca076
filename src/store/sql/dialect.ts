/** The smallest Kysely dialect: whoever can run one SQL text with its parameters is a database. */

import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type DialectAdapter,
  Kysely,
  type QueryResult,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'

import { AppError } from '../../core/errors.ts'
import type { Tables } from './schema.ts'

/** What a statement gave: its rows, and how many it changed. */
export interface Answer {
  readonly rows: readonly unknown[]
  readonly changes: number
}

/** Runs one statement; statements run in the order of the calls. */
export type Execute = (sql: string, parameters: readonly unknown[]) => Promise<Answer>

/** Kysely for SQLite on top of `execute`. Transactions are the business of whoever runs `execute`. */
export function sqliteKysely(execute: Execute): Kysely<Tables> {
  return new Kysely<Tables>({ dialect: dialectOver(execute) })
}

function dialectOver(execute: Execute): Dialect {
  const connection: DatabaseConnection = {
    async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
      checkWellFormed(parameters)
      const { rows, changes } = await execute(sql, parameters)
      return { rows: rows as Row[], numAffectedRows: BigInt(changes) }
    },
    streamQuery() {
      throw notOurs()
    },
  }
  return {
    createDriver: () => ({
      async init() {},
      acquireConnection: async () => connection,
      beginTransaction: () => Promise.reject(notOurs()),
      commitTransaction: () => Promise.reject(notOurs()),
      rollbackTransaction: () => Promise.reject(notOurs()),
      async releaseConnection() {},
      async destroy() {},
    }),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => ADAPTER,
    createIntrospector: (db) => new SqliteIntrospector(db),
  }
}

/** Many statements may be under way on the one connection; migrations are locked by the transaction they run in. */
const ADAPTER: DialectAdapter = {
  supportsMultipleConnections: true,
  supportsTransactionalDdl: false,
  supportsReturning: true,
  async acquireMigrationLock() {},
  async releaseMigrationLock() {},
}

function notOurs(): AppError {
  return new AppError('INTERNAL', 'queries are not streamed, and transactions are begun by the store alone')
}

/** UTF-8 has no lone surrogates: all of them would be stored as U+FFFD, and two different names be found to be one. */
function checkWellFormed(parameters: readonly unknown[]): void {
  for (const parameter of parameters) {
    if (typeof parameter === 'string' && !parameter.isWellFormed()) {
      throw new AppError('INTERNAL', 'a text for the store is not well-formed Unicode')
    }
  }
}
