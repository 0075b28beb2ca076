/**
 * Removes old records and keeps the proof: a signed record of how far each chain was removed, and by which hash, goes in
 * with the same transaction. Records go in the order in which they were written, so that whatever stays behind was
 * written after all that is gone.
 */

import type { ChainHead } from '../core/chain.ts'
import type { Instant } from '../core/time.ts'
import type { AuditEntry } from '../store/ports.ts'
import { auditRecord } from './record.ts'
import { headOf, MOST_HEADS, type SigningParts, signStatement } from './statements.ts'

/** Each batch holds up all other writers for its time. */
const BATCH = 1000
/** A chain is cut and goes on while its process has been running all the time: there are as many as processes. */
const MOST_CUT_CHAINS = 10_000

export interface AuditRetention {
  /** Removes the records from before `before` and returns how many. The first that is younger ends it. STORE_UNAVAILABLE; what was removed until then stays removed. */
  removeBefore(before: Instant): Promise<number>
}

/** Removals are recorded in the chain of `writer`, this process. */
export function auditRetention({ store, writer, signer, clock, random }: SigningParts): AuditRetention {
  /** Heads of the chains that were cut earlier and go on: what said so may be removed now. */
  async function cutHeads(): Promise<readonly ChainHead[]> {
    const chains = await store.audit.chains({ only: 'cut', limit: MOST_CUT_CHAINS })
    return chains.map(({ writer, removed, removedHash }) => ({ writer, number: removed, hash: removedHash }))
  }

  async function removeBatch(before: Instant): Promise<number> {
    const doomed = oldPart(await store.audit.list({ limit: BATCH }), before)
    const last = doomed.at(-1)
    if (last === undefined) return 0
    const heads = newestOfEach([...(await cutHeads()), ...doomed.flatMap(({ link }) => link ?? [])])
    const statements: string[] = []
    for (let start = 0; start < heads.length; start += MOST_HEADS) {
      const some = heads.slice(start, start + MOST_HEADS)
      statements.push(await signStatement({ signer, clock }, { says: 'removed', writer, heads: some }))
    }
    return store.transaction(async ({ audit }) => {
      const records = await audit.removeThrough(last.id)
      for (const statement of statements) {
        const detail = { records, statement }
        await audit.append(auditRecord({ clock, random }, 'chain.removed', { actor: null, detail }))
      }
      return records
    })
  }

  return {
    async removeBefore(before) {
      let removed = 0
      for (let batch = await removeBatch(before); batch > 0; batch = await removeBatch(before)) removed += batch
      return removed
    },
  }
}

/** Up to the first record that is not old. */
function oldPart(entries: readonly AuditEntry[], before: Instant): readonly AuditEntry[] {
  const young = entries.findIndex(({ at }) => at >= before)
  return young < 0 ? entries : entries.slice(0, young)
}

function newestOfEach(heads: readonly ChainHead[]): readonly ChainHead[] {
  return [...new Map(heads.map((head) => [head.writer, headOf(head)])).values()]
}
