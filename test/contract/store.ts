/** The whole contract of a store: every adapter runs it. */

import { auditContract } from './audit.ts'
import { groupsContract } from './groups.ts'
import { handoffsContract } from './handoffs.ts'
import { objectsContract } from './objects.ts'
import { operatorsContract } from './operators.ts'
import { oneTimeContract, restoresContract, tracesContract } from './records.ts'
import { rolesContract } from './roles.ts'
import type { OpenStore } from './samples.ts'
import { sessionsContract } from './sessions.ts'
import { revisionsContract, transactionsContract } from './transactions.ts'

export function storeContract(open: OpenStore): void {
  operatorsContract(open)
  rolesContract(open)
  groupsContract(open)
  objectsContract(open)
  sessionsContract(open)
  handoffsContract(open)
  oneTimeContract(open)
  tracesContract(open)
  auditContract(open)
  restoresContract(open)
  revisionsContract(open)
  transactionsContract(open)
}
