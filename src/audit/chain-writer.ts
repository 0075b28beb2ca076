/** Begins the chain of a process. */

import type { ChainWriter } from '../core/chain.ts'
import type { Random } from '../core/random.ts'
import type { Clock } from '../core/time.ts'
import { auditRecord } from './record.ts'
import { type Signer, signStatement } from './statements.ts'

/**
 * A new chain, whose first record is signed: without the key nobody begins one. A process that starts again begins another,
 * since only the process that wrote the last record knows that it was the last.
 */
export async function chainWriter(parts: { signer: Signer; clock: Clock; random: Random }): Promise<ChainWriter> {
  const id = parts.random.uuid()
  const statement = await signStatement(parts, { says: 'opened', writer: id, heads: [] })
  return { id, opening: auditRecord(parts, 'chain.opened', { actor: null, detail: { statement } }) }
}
