/** Anchors: signed records of where all chains stand. What one lists cannot be cut off or changed without the key. */

import type { ChainState } from '../store/ports.ts'
import { auditRecord } from './record.ts'
import { headOf, MOST_HEADS, type SigningParts, signStatement } from './statements.ts'

export interface Anchors {
  /**
   * Lists every head that no anchor lists, unless nothing but anchors was written since the last one and the key is the
   * same. Returns the newest statement, undefined when there was nothing to say. STORE_UNAVAILABLE.
   */
  write(): Promise<string | undefined>
}

/** Anchors in the chain of `writer`, this process. */
export function anchors({ store, writer, signer, clock, random }: SigningParts): Anchors {
  let lastKey: string | undefined

  /** While the key changes hands, there is one anchor by the new key that names the old one. */
  async function isDue(chains: readonly ChainState[]): Promise<boolean> {
    if (chains.some(({ hasNews }) => hasNews)) return true
    if (lastKey === undefined || signer.keys().length < 2) return false
    return keyOf(await signStatement({ signer, clock }, { says: 'anchored', writer, heads: [] })) !== lastKey
  }

  async function writeNext(): Promise<string | undefined> {
    const chains = await store.audit.chains({ only: 'unanchored', limit: MOST_HEADS })
    if (!(await isDue(chains))) return undefined
    const heads = chains.map(headOf)
    const statement = await signStatement({ signer, clock }, { says: 'anchored', writer, heads })
    const detail = { chains: heads.length, statement }
    await store.transaction(async ({ audit }) => {
      await audit.append(auditRecord({ clock, random }, 'chain.anchored', { actor: null, detail }))
      await audit.markAnchored(heads)
    })
    lastKey = keyOf(statement)
    return statement
  }

  return {
    async write() {
      let newest: string | undefined
      for (let next = await writeNext(); next !== undefined; next = await writeNext()) newest = next
      return newest
    },
  }
}

/** The protected header, which names the key. */
function keyOf(statement: string): string {
  return statement.slice(0, statement.indexOf('.'))
}
