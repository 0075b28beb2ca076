/** Sessions on their way to another host, in SQL. */

import type { Kysely } from 'kysely'

import type { Handoff, Handoffs } from '../ports.ts'
import type { Tables } from './schema.ts'

export function sqlHandoffs(db: Kysely<Tables>): Handoffs {
  return {
    issue: (handoff) => issueHandoff(db, handoff),
    async consume(codeHash, now) {
      const row = await db.deleteFrom('handoffs').where('code_hash', '=', codeHash).returningAll().executeTakeFirst()
      return row === undefined || row.until <= now ? undefined : toHandoff(row)
    },
    async removeExpired(now, limit) {
      const { numDeletedRows } = await db
        .deleteFrom('handoffs')
        .where('code_hash', 'in', (handoffs) =>
          handoffs.selectFrom('handoffs').select('code_hash').where('until', '<=', now).orderBy('until').limit(limit),
        )
        .executeTakeFirstOrThrow()
      return Number(numDeletedRows)
    },
  }
}

async function issueHandoff(db: Kysely<Tables>, handoff: Handoff): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('handoffs')
    .columns(['code_hash', 'session_id', 'host', 'nonce_hash', 'return_path', 'until'])
    .expression((sessions) =>
      sessions
        .selectFrom('sessions')
        .where('id', '=', handoff.sessionId)
        .select((is) => [
          is.val(handoff.codeHash).as('code_hash'),
          'id as session_id',
          is.val(handoff.host).as('host'),
          is.val(handoff.nonceHash).as('nonce_hash'),
          is.val(handoff.returnPath).as('return_path'),
          is.val(handoff.until).as('until'),
        ]),
    )
    .executeTakeFirstOrThrow()
  return numInsertedOrUpdatedRows === 1n
}

function toHandoff(row: Tables['handoffs']): Handoff {
  return {
    codeHash: row.code_hash,
    sessionId: row.session_id,
    host: row.host,
    nonceHash: row.nonce_hash,
    returnPath: row.return_path,
    until: row.until,
  }
}
