/** The store of the tests: everything in this process, gone with it. */

import type { ChainWriter } from '../../core/chain.ts'
import { AppError } from '../../core/errors.ts'
import { instant } from '../../core/time.ts'
import { committingPorts } from '../committing-ports.ts'
import type { Ports, Store } from '../ports.ts'
import { linker, memoryAuditLog } from './audit-log.ts'
import { memoryGroups } from './groups.ts'
import { memoryHandoffs } from './handoffs.ts'
import { memoryObjects } from './objects.ts'
import { memoryOperators } from './operators.ts'
import { memoryOneTime, memoryTraces } from './records.ts'
import { memoryRestores, memoryRevisions } from './revisions.ts'
import { memoryRoles } from './roles.ts'
import { memorySessions } from './sessions.ts'
import { copyOf, emptyState, type Reach } from './state.ts'

/** For who looks at no chain. */
const NOBODY: ChainWriter = {
  id: 'nobody',
  opening: { id: 'opening', at: instant(0), event: 'chain.opened', actor: null, detail: {} },
}

/** A store in memory. Transactions work on a copy, one after another; the copy becomes the state when the work returns. */
export function memoryStore({ writer = NOBODY }: { writer?: ChainWriter } = {}): Store {
  let committed = emptyState()
  const link = linker(writer)
  let last: Promise<unknown> = Promise.resolve()

  async function run<Value>(work: (ports: Ports) => Promise<Value>): Promise<Value> {
    const draft = copyOf(committed)
    let over = false
    const ports = portsOver(() => {
      if (over) throw new AppError('INTERNAL', 'the ports of a transaction were used after its end')
      return draft
    })
    try {
      const value = await work(ports)
      link(draft)
      committed = draft
      return value
    } finally {
      over = true
    }
  }

  function transaction<Value>(work: (ports: Ports) => Promise<Value>): Promise<Value> {
    const result = last.then(() => run(work))
    last = result.catch(() => {})
    return result
  }

  return {
    ...committingPorts({ reader: portsOver(() => committed), transaction }),
    transaction,
    sessionsAwaySince: () => undefined,
    stats: () => ({ queued: 0, transactions: 0, commits: 0, takeDurations: () => [] }),
    ping: async () => {},
    async close() {
      await last
    },
  }
}

function portsOver(reach: Reach): Ports {
  return {
    operators: memoryOperators(reach),
    roles: memoryRoles(reach),
    groups: memoryGroups(reach),
    objects: memoryObjects(reach),
    sessions: memorySessions(reach),
    handoffs: memoryHandoffs(reach),
    oneTime: memoryOneTime(reach),
    traces: memoryTraces(reach),
    audit: memoryAuditLog(reach),
    revisions: memoryRevisions(reach),
    restores: memoryRestores(reach),
  }
}
