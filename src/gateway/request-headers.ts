/**
 * What the upstream sees of a request's header: the client's fields without those that could speak for the gateway, in
 * their order, then the gateway's own. The dropping comes first, so that nothing a client sends can take ours away. G-4.
 */

import type { ServiceConfig } from '../config/config.ts'
import { remembered } from '../core/remembered.ts'
import { withoutOwnCookies } from '../session/cookies.ts'
import { isOwnToken } from '../session/own-token.ts'
import type { Client } from './client-address.ts'
import { foldName, HOP_BY_HOP, namedByConnection, OWN_HEADERS } from './header-names.ts'

/** The names that no client may send: those that some service takes identity from. */
export type DropRules = (name: string) => Verdict

/** What happens to one header field of a request. */
type Verdict = 'keep' | 'drop' | 'connection' | 'cookie' | 'authorization' | 'trusted-only'

/** Compiles the rules once for all services: an identity header of one service is dropped on all. */
export function dropRules(services: readonly Pick<ServiceConfig, 'headers'>[]): DropRules {
  const identity = new Set(services.flatMap((service) => Object.keys(service.headers)).map(foldName))
  return remembered((name) => judge(name, identity))
}

/** The client's part: name and value in turn, as in `IncomingMessage.rawHeaders`. */
export function keptRequestHeaders(
  rawHeaders: readonly string[],
  rules: DropRules,
  { trusted, passAuthorization }: { trusted: boolean; passAuthorization: boolean },
): string[] {
  const kept: string[] = []
  const connection: string[] = []
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    const value = rawHeaders[index + 1] ?? ''
    const verdict = rules(name)
    if (verdict === 'keep') kept.push(name, value)
    else if (verdict === 'connection') connection.push(value)
    else if (verdict === 'cookie') pushCookies(kept, name, value)
    else if (verdict === 'authorization' && passAuthorization && !isOwnToken(value)) kept.push(name, value)
    else if (verdict === 'trusted-only' && trusted) kept.push(name, value)
  }
  const named = namedByConnection(connection)
  return named === undefined ? kept : without(kept, (folded) => named.has(folded))
}

/**
 * Takes out what asks for a part of an answer, for an answer only if it has changed, or for one in a coding: an answer whose
 * content has obligations must be whole and plain. In every spelling.
 */
export function withoutContentConditions(headers: readonly string[]): string[] {
  return without(headers, (folded) => folded.startsWith('if-') || CONTENT_CONDITIONS.has(folded))
}

const CONTENT_CONDITIONS = new Set(['range', 'te', 'accept-encoding', 'a-im', 'want-digest', 'want-content-digest'])

/** Takes out what vouches for the bytes of the body as it came. In every spelling. */
export function withoutBodyMarks(headers: readonly string[]): string[] {
  return without(headers, (folded) => BODY_MARKS.has(folded))
}

const BODY_MARKS = new Set(['content-md5', 'digest', 'content-digest', 'repr-digest'])

/** Appends X-Forwarded-For, -Proto, -Host and -Prefix; X-Forwarded-For and -Prefix go on from what a trusted proxy sent. */
export function pushForwarded(
  headers: string[],
  {
    client,
    scheme,
    prefix,
    before,
  }: {
    client: Client
    scheme: 'http' | 'https'
    prefix: string
    /** X-Forwarded-For and X-Forwarded-Prefix as they came. */
    before: { readonly for: string | undefined; readonly prefix: string | undefined }
  },
): void {
  const hops = client.trusted && before.for ? `${before.for}, ${client.peer}` : client.peer
  const outer =
    client.trusted && before.prefix && SAFE_PREFIX.test(before.prefix) ? before.prefix.replace(/\/$/, '') : ''
  headers.push('X-Forwarded-For', hops, 'X-Forwarded-Proto', scheme, 'X-Forwarded-Host', client.host)
  if (outer + prefix !== '') headers.push('X-Forwarded-Prefix', outer + prefix)
}

const SAFE_PREFIX = /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9_~!$&'()*+,=:@.-]+)*\/?$/

const DROPPED = new Set([
  'proxy',
  // Answered here, hop by hop (RFC 9110 §10.1.1).
  'expect',
  // Whoever forwards frames the body himself.
  'content-length',
  'x-gatehouse',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-original-url',
  'x-original-uri',
  'x-rewrite-url',
  'x-real-ip',
  'true-client-ip',
])

/** Set afresh by `pushForwarded`, whoever sent them. */
const REPLACED = new Set(['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-prefix'])

/** Fields with a meaning of their own: another spelling of one is not that field, but might be taken for it. */
const EXACT: ReadonlyMap<string, Verdict> = new Map([
  ['connection', 'connection'],
  ['cookie', 'cookie'],
  ['authorization', 'authorization'],
  // Set again by whoever forwards, where the service wants it.
  ['host', 'drop'],
])

function judge(name: string, identity: ReadonlySet<string>): Verdict {
  const folded = foldName(name)
  const exact = name.toLowerCase() === folded
  if (identity.has(folded) || folded.startsWith(OWN_HEADERS) || folded.startsWith('proxy-')) return 'drop'
  const special = EXACT.get(folded)
  if (special !== undefined) return exact ? special : 'drop'
  if (DROPPED.has(folded) || HOP_BY_HOP.has(folded) || REPLACED.has(folded)) return 'drop'
  if (folded === 'forwarded' || folded.startsWith('x-forwarded-')) return exact ? 'trusted-only' : 'drop'
  return 'keep'
}

function pushCookies(kept: string[], name: string, value: string): void {
  const rest = withoutOwnCookies(value)
  if (rest !== undefined) kept.push(name, rest)
}

/** `isDropped` is asked with folded names. */
function without(headers: readonly string[], isDropped: (folded: string) => boolean): string[] {
  const kept: string[] = []
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index] ?? ''
    if (!isDropped(foldName(name))) kept.push(name, headers[index + 1] ?? '')
  }
  return kept
}
