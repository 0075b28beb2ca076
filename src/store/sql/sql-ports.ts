/** All ports over one SQL connection. */

import type { Kysely } from 'kysely'

import type { Ports } from '../ports.ts'
import { sqlAuditLog } from './audit-log.ts'
import { sqlGroups } from './groups.ts'
import { sqlHandoffs } from './handoffs.ts'
import { sqlObjects } from './objects.ts'
import { sqlOneTime } from './one-time.ts'
import { sqlOperators } from './operators.ts'
import { sqlRestores } from './restores.ts'
import { sqlRevisions } from './revisions.ts'
import { sqlRoles } from './roles.ts'
import type { Tables } from './schema.ts'
import { sqlSessions } from './sessions.ts'
import { sqlTraces } from './traces.ts'

/** The ports over `db`. They begin and commit nothing. */
export function sqlPorts(db: Kysely<Tables>): Ports {
  return {
    operators: sqlOperators(db),
    roles: sqlRoles(db),
    groups: sqlGroups(db),
    objects: sqlObjects(db),
    sessions: sqlSessions(db),
    handoffs: sqlHandoffs(db),
    oneTime: sqlOneTime(db),
    traces: sqlTraces(db),
    audit: sqlAuditLog(db),
    revisions: sqlRevisions(db),
    restores: sqlRestores(db),
  }
}
