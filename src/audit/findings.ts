/** What a verification finds, and what excuses it: a signed record that the missing part was removed because of its age. */

import type { ChainHead } from '../core/chain.ts'
import type { Instant } from '../core/time.ts'
import type { AuditEntry } from '../store/ports.ts'

/** What can be wrong with a record. */
export const FLAWS = {
  unlinked: 'it has no place in a chain: it was put in',
  unchained:
    'it is from before there were chains, and nothing shows yet whether it was changed: the next start links it',
  changed: 'its content does not fit its hash',
  gap: 'records before it in its chain are missing',
  misplaced: 'it does not follow the record before it in its chain: one of the two was put in, changed or moved',
  unopened: 'its chain does not begin with a signed opening',
  statement: 'its statement is not signed, or not about its own chain',
  stranger: 'its statement is signed by a key that no trusted key vouches for',
  contradicted: 'it had another hash when it was anchored',
  missing: 'an anchor lists a record behind it in its chain that is missing',
  cut: 'the end of its chain is missing behind it',
  anchor: 'the anchor that was kept elsewhere is not signed by a key of this gateway',
} as const

export type Flaw = keyof typeof FLAWS

/** A record that is not as it was written. Of one that is not there, `id`, `at` and `event` are null. */
export interface Broken {
  readonly flaw: Flaw
  readonly id: string | null
  readonly writer: string | null
  readonly number: number | null
  readonly at: Instant | null
  readonly event: string | null
}

/** A removal that would explain it: of the records up to this one; with a hash, of exactly these. */
export type Excuse = Pick<ChainHead, 'writer' | 'number'> & { readonly hash: string | null }

export interface Findings {
  /** Notes what is wrong with the record at `at`, unless something worse was found before. Without an excuse it is final. */
  suspect(flaw: Flaw, at: AuditEntry | ChainHead | null, excuse?: Excuse): void
  /** Notes that the records of a chain were removed up to this place. */
  excuse(removed: ChainHead): void
  /** Whether something final was found; then only excuses for what was found before matter. */
  isFinal(): boolean
  /** The first that nothing excuses. */
  first(): Broken | null
}

/** Nothing at first. */
export function findings(): Findings {
  const found: { readonly broken: Broken; readonly excuse: Excuse | undefined }[] = []
  const removed = new Map<string, ChainHead[]>()
  let final = false

  const isExcused = ({ writer, number, hash }: Excuse) =>
    removed
      .get(writer)
      ?.some((end) => (hash === null ? end.number >= number : end.number === number && end.hash === hash))

  return {
    suspect(flaw, at, excuse) {
      if (final) return
      found.push({ broken: brokenAt(flaw, at), excuse })
      final = excuse === undefined
    },
    excuse(head) {
      const known = removed.get(head.writer) ?? []
      removed.set(head.writer, known)
      known.push(head)
    },
    isFinal: () => final,
    first: () => found.find(({ excuse }) => excuse === undefined || isExcused(excuse) !== true)?.broken ?? null,
  }
}

function brokenAt(flaw: Flaw, at: AuditEntry | ChainHead | null): Broken {
  if (at === null) return { flaw, id: null, writer: null, number: null, at: null, event: null }
  if (!('event' in at)) return { flaw, id: null, writer: at.writer, number: at.number, at: null, event: null }
  const { writer = null, number = null } = at.link ?? {}
  return { flaw, id: at.id, writer, number, at: at.at, event: at.event }
}
