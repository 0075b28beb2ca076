/** Stores as earlier versions left them: the steps of the schema up to one of them, and rows of those times. */

import Database from 'better-sqlite3'
import { Migrator } from 'kysely/migration'

import { sqliteKysely } from '../../../../src/store/sql/dialect.ts'
import { MIGRATIONS } from '../../../../src/store/sql/migrations/migrations.ts'
import { statements } from '../../../../src/store/sql/sqlite/statements.ts'

/** `GtHs`, as each version writes it into the header. */
const APPLICATION_ID = 0x47744873

export const STEPS: readonly string[] = Object.keys(MIGRATIONS)

/** What a version wrote, by the step that made room for it. The keys of the second record are in no order. */
const ROWS: Readonly<Record<string, readonly string[]>> = {
  '0001-first-tables': [
    `insert into operators values ('o1', 'okta', 'ann@example.com', 'Ann', null, 1, 1000, 2000)`,
    `insert into operators values ('o2', 'okta', 'ben@example.com', null, 'ben@example.com', 0, 1000, null)`,
    `insert into grants values ('o1', 'administrator', '', 'assertion', 1, null)`,
    `insert into grants values ('o1', 'openlm:admin_role', 'lic', 'local', 0, 9000)`,
    `insert into sessions values ('s1', 'o1', 'okta', 'ann', null, '_1', null, '[["groups",["a","b"]]]', 900, 1000, null, 1500)`,
    `insert into session_secrets values ('hash-1', 's1')`,
    `insert into one_time values ('assertion _1', 5000)`,
    `insert into traces values ('ABCD-2345', 1000, null, null, 'SAML_EXPIRED', 'late', '[]', '["note"]')`,
    `insert into audit (id, at, event, actor, detail) values ('a1', 1000, 'settings.reloaded', null, '{"hash":"x"}')`,
    `insert into audit (id, at, event, actor, detail) values
       ('a2', 2000, 'session.ended', 'o1', '{"session":"s1","operator":"o1","reason":"signed-out"}')`,
    `insert into changes values (1, 'operator:o1')`,
    `update revision set n = 1`,
  ],
  '0002-handoffs': [`insert into handoffs values ('code', 's1', 'lic.example.com', 'nonce', '/x', 5000)`],
  '0003-audit-chains': [],
  '0004-restores': [`insert into restores values (500)`],
  '0005-directory': [
    `insert into roles values ('helpdesk', 'Help desk', '[]', '')`,
    `insert into "groups" values ('g1', null, 'acme', 'customer')`,
    `insert into objects values ('clm', 'device', 'dev-7', 'o1', null, 1, null, null, null, null, null)`,
    `insert into listed_operators values ('clm', 'device', 'dev-7', 'o1')`,
  ],
}

/** Makes the store of a version whose last step was `last`. */
export async function makeOldStore(file: string, last: string): Promise<void> {
  const db = new Database(file)
  try {
    for (const step of STEPS.slice(0, STEPS.indexOf(last) + 1)) {
      await migrate(db, step)
      const rows = ROWS[step]
      if (rows === undefined) throw new Error(`no rows are known for ${step}: add some`)
      for (const row of rows) db.exec(row)
    }
    db.pragma(`application_id = ${APPLICATION_ID}`)
  } finally {
    db.close()
  }
}

async function migrate(db: Database.Database, last: string): Promise<void> {
  const execute = statements(db)
  const migrator = new Migrator({
    db: sqliteKysely(async (sql, parameters) => execute(sql, parameters)),
    provider: { getMigrations: async () => ({ ...MIGRATIONS }) },
  })
  const { error } = await migrator.migrateTo(last)
  if (error !== undefined) throw error
}
