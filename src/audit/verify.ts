/**
 * Verifies the audit: walks all chains in the order in which records were written, and names the first record that is not
 * as a gateway wrote it. Works on a store that is in use: what comes in behind the walk is walked too, and what is removed
 * before it is excused by the record of the removal.
 */

import { type ChainHead, type ChainLink, chainStart, linkHash } from '../core/chain.ts'
import type { Instant } from '../core/time.ts'
import type { AuditEntry, AuditLog, ChainState } from '../store/ports.ts'
import { type Broken, type Findings, findings } from './findings.ts'
import { auditEntries } from './read.ts'
import { type OpenSelfSigned, readStatement, type Statement } from './statements.ts'
import { type KeyTrust, keyTrust } from './trust.ts'

const PAGE = 500

export interface Verification {
  readonly broken: Broken | null
  /** How many records, chains and anchors were seen. */
  readonly records: number
  readonly chains: number
  readonly anchors: number
  /** Times of the first and the last record. */
  readonly from: Instant | null
  readonly to: Instant | null
  /** The statement of the last anchor: kept elsewhere, it proves later that nothing up to here was cut off. */
  readonly newestAnchor: string | null
}

export interface VerifyParts {
  readonly audit: Pick<AuditLog, 'list' | 'find' | 'chains'>
  readonly open: OpenSelfSigned
  /** Ids of the keys that are trusted from the outset. */
  readonly trusted: readonly string[]
  /** Statements of anchors that were kept elsewhere: what they list must be there. */
  readonly anchors?: readonly string[]
}

/** What is known on the way. */
interface Walk extends VerifyParts {
  readonly found: Findings
  readonly trust: KeyTrust<AuditEntry | null>
  /** What a record without a place is: in a store without any chain it is from a version that had none. */
  readonly unlinked: 'unlinked' | 'unchained'
  /** Newest place seen of each chain. */
  readonly heads: Map<string, ChainHead>
  anchorCount: number
  newestAnchor: string | null
}

/** The verdict on everything that is in the log. STORE_UNAVAILABLE. */
export async function verifyAudit(parts: VerifyParts): Promise<Verification> {
  const chains = await chainsNow(parts.audit)
  const heads = new Map<string, ChainHead>()
  const walk: Walk = {
    ...parts,
    found: findings(),
    trust: keyTrust(parts.trusted),
    unlinked: chains.length === 0 ? 'unchained' : 'unlinked',
    heads,
    anchorCount: 0,
    newestAnchor: null,
  }
  let records = 0
  let from: Instant | null = null
  let to: Instant | null = null
  for await (const entry of auditEntries(parts.audit)) {
    records += 1
    from ??= entry.at
    to = entry.at
    await checkEntry(walk, entry)
  }
  await checkHeads(walk, chains, 'cut')
  for (const anchor of parts.anchors ?? []) await checkKeptAnchor(walk, anchor)
  const stranger = walk.trust.stranger()
  if (stranger !== undefined) walk.found.suspect(stranger === null ? 'anchor' : 'stranger', stranger)
  const { anchorCount: anchors, newestAnchor } = walk
  return { broken: walk.found.first(), records, chains: heads.size, anchors, from, to, newestAnchor }
}

async function chainsNow(audit: VerifyParts['audit']): Promise<readonly ChainState[]> {
  const chains: ChainState[] = []
  for (let page = await audit.chains({ limit: PAGE }); page.length > 0; ) {
    chains.push(...page)
    const after = page.at(-1)?.writer ?? ''
    page = page.length < PAGE ? [] : await audit.chains({ after, limit: PAGE })
  }
  return chains
}

/** The statement that an event carries. */
const SAYS = new Map<string, Statement['says']>([
  ['chain.opened', 'opened'],
  ['chain.anchored', 'anchored'],
  ['chain.removed', 'removed'],
])

async function checkEntry(walk: Walk, entry: AuditEntry): Promise<void> {
  const { link } = entry
  if (link === null) walk.found.suspect(walk.unlinked, entry)
  else if (linkHash(entry, link) !== link.hash) walk.found.suspect('changed', entry)
  else {
    checkPlace(walk, entry, link)
    await checkStatement(walk, entry, link)
  }
}

function checkPlace({ found, heads }: Walk, entry: AuditEntry, link: ChainLink): void {
  const { writer, number, previous } = link
  const head = heads.get(writer) ?? chainStart(writer)
  if (number > head.number + 1) found.suspect('gap', entry, { writer, number: number - 1, hash: previous })
  else if (number <= head.number || previous !== head.hash) found.suspect('misplaced', entry)
  else if (number === 1 && entry.event !== 'chain.opened') found.suspect('unopened', entry)
  if (number > head.number) heads.set(writer, link)
}

async function checkStatement(walk: Walk, entry: AuditEntry, { writer, number }: ChainLink): Promise<void> {
  const says = SAYS.get(entry.event)
  if (says === undefined) return
  const token = entry.detail['statement']
  const statement = await readStatement(token, walk.open)
  const isApt = statement?.says === says && statement.writer === writer && (says !== 'opened' || number === 1)
  if (!isApt) {
    walk.found.suspect(says === 'opened' ? 'unopened' : 'statement', entry)
    return
  }
  if (!walk.found.isFinal()) walk.trust.note(statement, entry)
  if (says === 'removed') for (const head of statement.heads) walk.found.excuse(head)
  if (says !== 'anchored') return
  walk.anchorCount += 1
  walk.newestAnchor = String(token)
  await checkHeads(walk, statement.heads, 'missing')
}

async function checkKeptAnchor(walk: Walk, token: string): Promise<void> {
  const statement = await readStatement(token, walk.open)
  if (statement?.says !== 'anchored') {
    walk.found.suspect('anchor', null)
    return
  }
  walk.trust.note(statement, null)
  await checkHeads(walk, statement.heads, 'missing')
}

/** That each of the heads is there, and as it was; where it is missing, the last record of its chain is to blame. */
async function checkHeads(walk: Walk, listed: readonly ChainHead[], flaw: 'missing' | 'cut'): Promise<void> {
  if (walk.found.isFinal()) return
  for (const { writer, number, hash } of listed) {
    const entry = await walk.audit.find(writer, number)
    if (entry?.link?.hash === hash) continue
    if (entry !== undefined) walk.found.suspect('contradicted', entry)
    else walk.found.suspect(flaw, await lastOf(walk, { writer, number, hash }), { writer, number, hash: null })
  }
}

async function lastOf({ audit, heads }: Walk, missing: ChainHead): Promise<AuditEntry | ChainHead> {
  const last = heads.get(missing.writer)
  if (last === undefined) return missing
  return (await audit.find(last.writer, last.number)) ?? last
}
