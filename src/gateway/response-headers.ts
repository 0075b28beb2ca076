/** What the browser sees of an upstream's header: cleaned, kept out of shared caches, with the stripped prefix put back. */

import { remembered } from '../core/remembered.ts'
import { foldName, HOP_BY_HOP, namedByConnection, OWN_HEADERS } from './header-names.ts'
import { type PrefixRules, restoreCookiePath, restoreLocation, restoreRefresh } from './prefix-rewriting.ts'

export interface ResponseRules extends PrefixRules {
  /** The request was served under a session: nothing of the answer belongs into a shared cache. */
  readonly underSession: boolean
}

/** The header to send: name and value in turn, in the upstream's order. `raw` is name and value in turn. */
export function responseHeaders(status: number, raw: readonly string[], rules: ResponseRules): string[] {
  const kept: string[] = []
  const connection: string[] = []
  let cacheControl = false
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? ''
    const value = raw[index + 1] ?? ''
    const verdict = verdictOn(name)
    if (verdict === 'keep') kept.push(name, value)
    else if (verdict === 'connection') connection.push(value)
    else if (verdict === 'cache-control') {
      cacheControl = true
      kept.push(name, rules.underSession ? privateCacheControl(value) : value)
    } else if (verdict === 'set-cookie') {
      if (mayBeSet(value)) kept.push(name, restoreCookiePath(value, rules))
    } else if (verdict === 'location') kept.push(name, restoreLocation(value, rules))
    else if (verdict === 'refresh') kept.push(name, restoreRefresh(value, rules))
    // RFC 9110 §8.6: neither in a 204 nor in an interim answer.
    else if (verdict === 'content-length' && status !== 204 && status >= 200) kept.push(name, value)
  }
  const named = namedByConnection(connection)
  const headers = named === undefined ? kept : withoutNamed(kept, named)
  if (named?.has('cache-control')) cacheControl = false
  // A 101 is nothing that could be kept.
  if (rules.underSession && !cacheControl && status >= 200) headers.push('Cache-Control', 'private, no-cache')
  return headers
}

/** A Cache-Control value in which `public` and `s-maxage` have become `private`; all else stays. */
export function privateCacheControl(value: string): string {
  if (!/public|s-maxage/i.test(value)) return value
  // A comma inside a quoted argument separates nothing.
  const directives = (value.match(/(?:"(?:[^"\\]|\\.)*"?|[^",])+/g) ?? []).map((directive) => directive.trim())
  const shared = (directive: string) => /^(?:public|s-maxage)(?:\s*=|$)/i.test(directive)
  const others = directives.filter((directive) => !shared(directive) && directive !== '')
  if (others.length === directives.length) return value
  const alreadyPrivate = others.some((directive) => /^private$/i.test(directive))
  return (alreadyPrivate ? others : ['private', ...others]).join(', ')
}

type Verdict =
  | 'keep'
  | 'drop'
  | 'connection'
  | 'cache-control'
  | 'set-cookie'
  | 'location'
  | 'refresh'
  | 'content-length'

const DROPPED = new Set(['service-worker-allowed', 'clear-site-data', 'alt-svc', 'x-gatehouse', 'set-cookie2'])

const HANDLED: ReadonlyMap<string, Verdict> = new Map([
  ['connection', 'connection'],
  ['cache-control', 'cache-control'],
  ['set-cookie', 'set-cookie'],
  ['location', 'location'],
  ['content-location', 'location'],
  ['refresh', 'refresh'],
  ['content-length', 'content-length'],
])

const verdictOn = remembered((name: string): Verdict => {
  const folded = foldName(name)
  if (folded.startsWith(OWN_HEADERS) || folded.startsWith('proxy-') || DROPPED.has(folded)) return 'drop'
  const handled = HANDLED.get(name.toLowerCase())
  if (handled !== undefined) return handled
  return HOP_BY_HOP.has(folded) ? 'drop' : 'keep'
})

/** A nameless cookie is sent back by its value alone, so `=gatehouse=x` counts as one of ours. */
const OWN_COOKIE = /^[\s=]*(?:__(?:host|secure)-)?gatehouse/i

function mayBeSet(setCookie: string): boolean {
  return !OWN_COOKIE.test(setCookie) && !/;\s*domain\s*(?:=|;|$)/i.test(setCookie)
}

function withoutNamed(headers: readonly string[], named: ReadonlySet<string>): string[] {
  const kept: string[] = []
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index] ?? ''
    if (!named.has(foldName(name))) kept.push(name, headers[index + 1] ?? '')
  }
  return kept
}
