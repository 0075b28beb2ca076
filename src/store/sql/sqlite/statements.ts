/** Runs SQL on one better-sqlite3 connection; a text that comes again is not prepared again. */

import type { Database, Statement } from 'better-sqlite3'

import type { Answer } from '../dialect.ts'

/** How many prepared statements are kept; the texts of the house are far fewer. */
const KEPT_STATEMENTS = 200

/** A function that runs one statement and throws what the engine throws. */
export function statements(db: Database): (sql: string, parameters: readonly unknown[]) => Answer {
  const prepared = new Map<string, Statement>()

  function prepare(sql: string): Statement {
    const known = prepared.get(sql)
    if (known !== undefined) return known
    if (prepared.size >= KEPT_STATEMENTS) prepared.clear()
    const statement = db.prepare(sql)
    prepared.set(sql, statement)
    return statement
  }

  return (sql, parameters) => {
    const statement = prepare(sql)
    if (statement.reader) return { rows: statement.all(...parameters), changes: 0 }
    return { rows: [], changes: statement.run(...parameters).changes }
  }
}
