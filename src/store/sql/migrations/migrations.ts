/** Every step from an empty database to the present schema, in order. A released step is never changed. */

import type { Migration } from 'kysely/migration'

import { firstTables } from './0001-first-tables.ts'
import { handoffs } from './0002-handoffs.ts'
import { auditChains } from './0003-audit-chains.ts'
import { restores } from './0004-restores.ts'
import { directory } from './0005-directory.ts'

export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-first-tables': firstTables,
  '0002-handoffs': handoffs,
  '0003-audit-chains': auditChains,
  '0004-restores': restores,
  '0005-directory': directory,
}
