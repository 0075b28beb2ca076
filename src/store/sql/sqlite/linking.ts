/**
 * Links audit records to the chain of this process, on the writer thread and at the end of each transaction: then the
 * members that were undone are gone, and numbers follow the order of the commits without a gap. Where the chain stands is
 * remembered here and not read from the file, so that a tail that somebody cuts off leaves a gap behind.
 */

import { z } from 'zod'

import {
  ANCHOR_EVENT,
  type ChainHead,
  type ChainWriter,
  canonicalDetail,
  chainStart,
  linkBehind,
} from '../../../core/chain.ts'
import type { Instant } from '../../../core/time.ts'
import type { Answer } from '../dialect.ts'

export interface Linking {
  /** To be called when a transaction has begun. The first record of a chain is put before whatever is appended. */
  begun(): void
  /** Links what the transaction has appended; to be called right before it commits. */
  link(): void
  /** To be called when it is committed. */
  committed(): void
}

const Unlinked = z.object({
  seq: z.number(),
  id: z.string(),
  at: z.custom<Instant>((value) => typeof value === 'number'),
  event: z.string(),
  actor: z.string().nullable(),
  detail: z.string().transform((text): Record<string, string | number | boolean | null> => JSON.parse(text)),
})

const Seen = z.object({ newest: z.number(), chains: z.number() })

/** Works on the transaction that `execute` is in. */
export function linking({
  execute,
  writer,
}: {
  execute: (sql: string, parameters: readonly unknown[]) => Answer
  /** null: nothing may be appended. */
  writer: ChainWriter | null
}): Linking {
  if (writer === null) return refusing(execute)
  let head: ChainHead = chainStart(writer.id)
  let next: ChainHead = head
  /** What was there before the transaction is not ours to link. */
  let before = 0

  return {
    begun() {
      next = head
      const { newest, chains } = Seen.parse(execute(SEEN, []).rows[0])
      // Records from before there were chains are linked by whoever comes first, behind the opening of his chain.
      const first = chains === 0
      before = first ? -1 : newest
      if (head.number > 0) return
      const { id, at, event, actor, detail } = writer.opening
      execute(OPEN, [first ? 0 : null, id, at, event, actor, canonicalDetail(detail)])
    },
    link() {
      const appended = execute(UNLINKED, [before]).rows.map((row) => Unlinked.parse(row))
      if (appended.length === 0) return
      // Alone it is left out: no chain begins with nothing.
      if (appended.length === 1 && appended[0]?.id === writer.opening.id) {
        execute(FORGET, [writer.opening.id])
        return
      }
      for (const { seq, ...record } of appended) {
        const link = linkBehind(next, record)
        execute(LINK, [link.writer, link.number, link.previous, link.hash, seq])
        next = link
      }
      const news = appended.some(({ event }) => event !== ANCHOR_EVENT) ? 1 : 0
      const { number, hash } = head
      execute(ADVANCE, [next.writer, next.number, next.hash, number, news, number, hash])
    },
    committed() {
      head = next
    },
  }
}

/** For a process that only reads the audit. */
function refusing(execute: (sql: string, parameters: readonly unknown[]) => Answer): Linking {
  let before: unknown
  const newest = () => Seen.parse(execute(SEEN, []).rows[0]).newest
  return {
    begun() {
      before = newest()
    },
    link() {
      if (newest() !== before) throw new Error('the store was opened without a chain of audit records')
    },
    committed() {},
  }
}

/** Has a row when there are records from before there were chains. */
export const UNCHAINED =
  'select 1 where exists (select 1 from audit where hash is null) and not exists (select 1 from audit_chains)'

const SEEN = 'select coalesce((select max(seq) from audit), 0) as newest, exists (select 1 from audit_chains) as chains'
const OPEN = 'insert into audit (seq, id, at, event, actor, detail) values (?, ?, ?, ?, ?, ?)'
const FORGET = 'delete from audit where id = ?'
const UNLINKED = 'select seq, id, at, event, actor, detail from audit where hash is null and seq > ? order by seq'
const LINK = 'update audit set writer = ?, number = ?, previous = ?, hash = ? where seq = ?'
/** A chain that is not there was removed up to where it stands. */
const ADVANCE = `insert into audit_chains (writer, number, hash, anchored, news, removed, removed_hash)
  values (?, ?, ?, ?, ?, ?, ?)
  on conflict (writer) do update set number = excluded.number, hash = excluded.hash, news = max(news, excluded.news)`
