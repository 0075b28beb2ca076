/** The audit log in memory, with its chain. */

import { byBytes } from '../../core/by-bytes.ts'
import { ANCHOR_EVENT, type ChainHead, type ChainWriter, chainStart, linkBehind } from '../../core/chain.ts'
import { AppError } from '../../core/errors.ts'
import type { AuditLog, ChainState } from '../ports.ts'
import type { Reach, State } from './state.ts'

export function memoryAuditLog(reach: Reach): AuditLog {
  return {
    async append(...records) {
      const { audit } = reach()
      const ids = new Set(audit.map(({ id }) => id))
      for (const { id } of records) {
        if (ids.has(id)) throw new AppError('INTERNAL', `record ${id} is there already`)
        ids.add(id)
      }
      audit.push(...records.map((record) => ({ ...structuredClone(record), link: null })))
    },
    async list({ after, since, until, limit }) {
      const { audit } = reach()
      const start = after === undefined ? 0 : audit.findIndex(({ id }) => id === after) + 1
      if (after !== undefined && start === 0) return []
      const wanted = audit
        .slice(start)
        .filter(({ at }) => (since === undefined || at >= since) && (until === undefined || at < until))
      return structuredClone(wanted.slice(0, limit))
    },
    find: async (writer, number) =>
      structuredClone(reach().audit.find(({ link }) => link?.writer === writer && link.number === number)),
    async chains({ only, after, limit }) {
      const wanted = [...reach().chains.values()]
        .filter(({ writer }) => after === undefined || byBytes(writer, after) > 0)
        .filter(({ number, anchored }) => only !== 'unanchored' || number > anchored)
        .filter(({ removed }) => only !== 'cut' || removed > 0)
      return wanted.toSorted((a, b) => byBytes(a.writer, b.writer)).slice(0, limit)
    },
    async markAnchored(heads) {
      for (const head of heads) markAnchored(reach(), head)
    },
    removeThrough: async (id) => removeThrough(reach(), id),
  }
}

/** Links what a transaction has appended, when it commits; a commit in memory does not fail. */
export function linker(writer: ChainWriter): (draft: State) => void {
  let head = chainStart(writer.id)
  return (draft) => {
    const first = draft.audit.findIndex(({ link }) => link === null)
    if (first < 0) return
    const appended = draft.audit.splice(first)
    if (head.number === 0) appended.unshift({ ...structuredClone(writer.opening), link: null })
    const before = head
    for (const record of appended) {
      const link = linkBehind(head, record)
      draft.audit.push({ ...record, link })
      head = link
    }
    const isNews = appended.some(({ event }) => event !== ANCHOR_EVENT)
    draft.chains.set(writer.id, advanced(draft.chains.get(writer.id), { before, head, isNews }))
  }
}

/** A chain that is not there was removed up to where it stood. */
function advanced(
  chain: ChainState | undefined,
  { before, head: { writer, number, hash }, isNews }: { before: ChainHead; head: ChainHead; isNews: boolean },
): ChainState {
  const known = chain ?? { hasNews: false, anchored: before.number, removed: before.number, removedHash: before.hash }
  return { ...known, writer, number, hash, hasNews: known.hasNews || isNews }
}

/** What was written while the anchor was signed is news for the next one. */
function markAnchored({ chains }: State, { writer, number }: ChainHead): void {
  const chain = chains.get(writer)
  if (chain === undefined || chain.anchored >= number) return
  chains.set(writer, { ...chain, anchored: number, hasNews: chain.number > number && chain.hasNews })
}

function removeThrough({ audit, chains }: State, id: string): number {
  const removed = audit.splice(0, audit.findIndex((entry) => entry.id === id) + 1)
  for (const { link } of removed) if (link !== null) cut(chains, link)
  return removed.length
}

function cut(chains: Map<string, ChainState>, { writer, number, hash }: ChainHead): void {
  const chain = chains.get(writer)
  if (chain?.number === number) chains.delete(writer)
  else if (chain !== undefined) chains.set(writer, { ...chain, removed: number, removedHash: hash })
}
