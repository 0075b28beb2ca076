/** Sessions in SQL. */

import { type Kysely, sql } from 'kysely'
import { z } from 'zod'

import type { Instant } from '../../core/time.ts'
import type { Session, Sessions } from '../ports.ts'
import { compiledOnce } from './compiled-once.ts'
import type { Tables } from './schema.ts'

/** How many rows one statement carries; databases bound the number of parameters. */
const ROWS_PER_STATEMENT = 500

const Attributes = z.array(z.tuple([z.string(), z.array(z.string())]))

export function sqlSessions(db: Kysely<Tables>): Sessions {
  return {
    create: (session, secretHash) => createSession(db, session, secretHash),
    async addSecret(id, secretHash) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('session_secrets')
        .columns(['hash', 'session_id'])
        .expression((sessions) =>
          sessions
            .selectFrom('sessions')
            .where('id', '=', id)
            .select((is) => [is.val(secretHash).as('hash'), 'id']),
        )
        .executeTakeFirstOrThrow()
      return numInsertedOrUpdatedRows === 1n
    },
    async find(secretHash) {
      const row = await db
        .selectFrom('session_secrets')
        .innerJoin('sessions', 'sessions.id', 'session_secrets.session_id')
        .where('session_secrets.hash', '=', secretHash)
        .selectAll('sessions')
        .executeTakeFirst()
      return row && toSession(row)
    },
    touch: (activity) => touchSessions(db, activity),
    async revoke(id) {
      const { numDeletedRows } = await db.deleteFrom('sessions').where('id', '=', id).executeTakeFirstOrThrow()
      return numDeletedRows > 0n
    },
    async revokeOperator(operatorId) {
      const { rows } = await deleteOfOperator(db, { operatorId })
      return rows.map(({ id }) => id)
    },
    async revokeOtherProviders(providers) {
      const others = db.deleteFrom('sessions').returning('id')
      const revoked = await (providers.length === 0 ? others : others.where('provider', 'not in', providers)).execute()
      return revoked.map(({ id }) => id)
    },
    removeIdle: (before, limit) => removeIdle(db, before, limit),
    async count() {
      const { kept } = await db
        .selectFrom('sessions')
        .select((is) => is.fn.countAll<number>().as('kept'))
        .executeTakeFirstOrThrow()
      return Number(kept)
    },
  }
}

const insertSession = compiledOnce((db, row: Tables['sessions']) =>
  db.insertInto('sessions').values({
    id: row.id,
    operator_id: row.operator_id,
    provider: row.provider,
    name_id: row.name_id,
    name_id_format: row.name_id_format,
    session_index: row.session_index,
    authn_context: row.authn_context,
    attributes: row.attributes,
    authenticated_at: row.authenticated_at,
    signed_in_at: row.signed_in_at,
    session_not_on_or_after: row.session_not_on_or_after,
    last_activity_at: row.last_activity_at,
  }),
)

const deleteOfOperator = compiledOnce((db, { operatorId }: { operatorId: string }) =>
  db.deleteFrom('sessions').where('operator_id', '=', operatorId).returning('id'),
)

const insertSecret = compiledOnce((db, { hash, session_id }: Tables['session_secrets']) =>
  db.insertInto('session_secrets').values({ hash, session_id }),
)

async function createSession(db: Kysely<Tables>, session: Session, secretHash: string): Promise<void> {
  const row = insertSession(db, {
    id: session.id,
    operator_id: session.operatorId,
    provider: session.provider,
    name_id: session.nameId,
    name_id_format: session.nameIdFormat,
    session_index: session.sessionIndex,
    authn_context: session.authnContext,
    attributes: JSON.stringify(session.attributes),
    authenticated_at: session.authenticatedAt,
    signed_in_at: session.signedInAt,
    session_not_on_or_after: session.sessionNotOnOrAfter,
    last_activity_at: session.lastActivityAt,
  })
  // Statements run in the order of the calls; together they cost one trip to the writer.
  await Promise.all([row, insertSecret(db, { hash: secretHash, session_id: session.id })])
}

async function touchSessions(db: Kysely<Tables>, activity: Parameters<Sessions['touch']>[0]): Promise<void> {
  const latest = new Map<string, Instant>()
  for (const { id, at } of activity) {
    const known = latest.get(id)
    if (known === undefined || known < at) latest.set(id, at)
  }
  const entries = [...latest]
  for (let start = 0; start < entries.length; start += ROWS_PER_STATEMENT) {
    await touchSome(db, entries.slice(start, start + ROWS_PER_STATEMENT))
  }
}

/** The types are said because PostgreSQL takes parameters in VALUES for text. */
async function touchSome(db: Kysely<Tables>, entries: readonly (readonly [string, Instant])[]): Promise<void> {
  const rows = entries.map(([id, at]) => sql`(cast(${id} as text), cast(${at} as bigint))`)
  await sql`
    with activity (id, at) as (values ${sql.join(rows)})
    update sessions set last_activity_at = activity.at from activity
    where sessions.id = activity.id and sessions.last_activity_at < activity.at`.execute(db)
}

async function removeIdle(db: Kysely<Tables>, before: Instant, limit: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('sessions')
    .where('id', 'in', (sessions) =>
      sessions
        .selectFrom('sessions')
        .select('id')
        .where('last_activity_at', '<', before)
        .orderBy('last_activity_at')
        .limit(limit),
    )
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}

function toSession(row: Tables['sessions']): Session {
  return {
    id: row.id,
    operatorId: row.operator_id,
    provider: row.provider,
    nameId: row.name_id,
    nameIdFormat: row.name_id_format,
    sessionIndex: row.session_index,
    authnContext: row.authn_context,
    attributes: Attributes.parse(JSON.parse(row.attributes)),
    authenticatedAt: row.authenticated_at,
    signedInAt: row.signed_in_at,
    sessionNotOnOrAfter: row.session_not_on_or_after,
    lastActivityAt: row.last_activity_at,
  }
}
