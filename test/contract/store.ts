/** The whole contract of a store: every adapter runs it. */

import { handoffsContract } from './handoffs.ts'
import { operatorsContract } from './operators.ts'
import { auditContract, oneTimeContract, restoresContract, tracesContract } from './records.ts'
import type { OpenStore } from './samples.ts'
import { sessionsContract } from './sessions.ts'
import { revisionsContract, transactionsContract } from './transactions.ts'

export function storeContract(open: OpenStore): void {
  operatorsContract(open)
  sessionsContract(open)
  handoffsContract(open)
  oneTimeContract(open)
  tracesContract(open)
  auditContract(open)
  restoresContract(open)
  revisionsContract(open)
  transactionsContract(open)
}
