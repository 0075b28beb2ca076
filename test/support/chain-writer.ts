/** A writer of audit chains for tests that look at no signature. */

import { randomUUID } from 'node:crypto'

import type { ChainWriter } from '../../src/core/chain.ts'
import { instant } from '../../src/core/time.ts'

export function testWriter(id: string = randomUUID()): ChainWriter {
  const detail = { statement: null }
  return { id, opening: { id: `opening ${id}`, at: instant(0), event: 'chain.opened', actor: null, detail } }
}
