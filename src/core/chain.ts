/**
 * The hash chains of the audit. Each process that writes has a chain of its own; a link's hash covers the record, its
 * place in the chain and the hash before it, so that nothing can be changed, taken out or put in without a trace.
 */

import type { AuditRecord } from '../store/ports.ts'
import { sha256 } from './hash.ts'
import { isoTime } from './time.ts'

/** A place in a chain: the record of that number, by its hash. */
export interface ChainHead {
  /** Id of the process that writes the chain. */
  readonly writer: string
  /** From 1 on, without a gap. */
  readonly number: number
  /** SHA-256 of the record's canonical text, base64url. */
  readonly hash: string
}

export interface ChainLink extends ChainHead {
  /** Hash of the record before it; empty for the first. */
  readonly previous: string
}

type Place = Omit<ChainLink, 'hash'>

/** Whose chain is written, and the record that begins it. */
export interface ChainWriter {
  readonly id: string
  readonly opening: AuditRecord
}

/** The event that lists the heads of chains; it alone gives no reason for another one. */
export const ANCHOR_EVENT = 'chain.anchored'

/** The place before the first record of a chain. */
export function chainStart(writer: string): ChainHead {
  return { writer, number: 0, hash: '' }
}

/** The link of `record` behind `head`. */
export function linkBehind(head: ChainHead, record: AuditRecord): ChainLink {
  const place = { writer: head.writer, number: head.number + 1, previous: head.hash }
  return { ...place, hash: linkHash(record, place) }
}

/** The hash that the record has at that place. */
export function linkHash(record: AuditRecord, place: Place): string {
  return sha256(canonicalText(record, place))
}

/** The record at its place, null for none, as JSON in canonical form (RFC 8785); times are ISO 8601. */
export function canonicalText(
  { actor, at, detail, event, id }: AuditRecord,
  { number, previous, writer }: Place | Readonly<Record<keyof Place, null>>,
): string {
  const head = `{"actor":${JSON.stringify(actor)},"at":"${isoTime(at)}","detail":${canonicalDetail(detail)}`
  const body = `"event":${JSON.stringify(event)},"id":${JSON.stringify(id)}`
  return `${head},${body},"number":${number},"previous":${JSON.stringify(previous)},"writer":${JSON.stringify(writer)}}`
}

/** The detail of a record as JSON with its keys in order (RFC 8785 §3.2.3). */
export function canonicalDetail(detail: AuditRecord['detail']): string {
  const members = Object.keys(detail)
    .toSorted()
    .map((key) => `${JSON.stringify(key)}:${JSON.stringify(detail[key])}`)
  return `{${members.join(',')}}`
}
