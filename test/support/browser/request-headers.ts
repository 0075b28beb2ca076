/** What a browser says about where a request comes from: Origin, Referer and Sec-Fetch-* (Fetch Standard, Fetch Metadata). */

import { isSameSite, isTrustworthy } from './cookie-jar.ts'

export interface Provenance {
  /** The page that caused the request; null: the user himself. */
  readonly initiator: { readonly url: URL; readonly referrerPolicy: string } | null
  readonly method: string
  /** Every address so far: the first, then those of the redirects. */
  readonly chain: readonly URL[]
  readonly mode: 'navigate' | 'cors'
}

const DEFAULT_POLICY = 'strict-origin-when-cross-origin'
const POLICIES: Readonly<Record<string, (from: URL, to: URL) => 'full' | 'origin' | 'none'>> = {
  'no-referrer': () => 'none',
  'no-referrer-when-downgrade': (from, to) => (isDowngrade(from, to) ? 'none' : 'full'),
  origin: () => 'origin',
  'origin-when-cross-origin': (from, to) => (from.origin === to.origin ? 'full' : 'origin'),
  'same-origin': (from, to) => (from.origin === to.origin ? 'full' : 'none'),
  'strict-origin': (from, to) => (isDowngrade(from, to) ? 'none' : 'origin'),
  'strict-origin-when-cross-origin': (from, to) =>
    from.origin === to.origin ? 'full' : isDowngrade(from, to) ? 'none' : 'origin',
  'unsafe-url': () => 'full',
}

/** The last policy of a Referrer-Policy header that browsers know. */
export function referrerPolicyOf(header: string | undefined): string {
  const known = (header ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part in POLICIES)
  return known.at(-1) ?? DEFAULT_POLICY
}

/** The headers for the last address of the chain. */
export function provenanceHeaders(provenance: Provenance): Record<string, string> {
  const target = provenance.chain.at(-1)
  if (target === undefined) return {}
  const origin = originHeader(provenance, target)
  const referer = refererHeader(provenance, target)
  return {
    ...(origin === undefined ? {} : { origin }),
    ...(referer === undefined ? {} : { referer }),
    ...(isTrustworthy(target) ? secFetchHeaders(provenance) : {}),
  }
}

function isDowngrade(from: URL, to: URL): boolean {
  return isTrustworthy(from) && !isTrustworthy(to)
}

function originHeader({ initiator, method, chain, mode }: Provenance, target: URL): string | undefined {
  if (initiator === null) return undefined
  const { url, referrerPolicy } = initiator
  const serialized = isTainted(url, chain) ? 'null' : url.origin
  if (mode === 'cors' && chain.some((each) => each.origin !== url.origin)) return serialized
  if (method === 'GET' || method === 'HEAD') return undefined
  if (referrerPolicy === 'no-referrer') return 'null'
  if (referrerPolicy === 'same-origin' && url.origin !== target.origin) return 'null'
  const hidesOnDowngrade = /^(strict-|no-referrer-when-downgrade)/.test(referrerPolicy)
  return hidesOnDowngrade && url.protocol === 'https:' && target.protocol !== 'https:' ? 'null' : serialized
}

/** A redirect that left a foreign origin for another one: the origin is no longer told ("redirect-tainted origin"). */
function isTainted(origin: URL, chain: readonly URL[]): boolean {
  return chain.some((url, index) => {
    const last = chain[index - 1]
    return last !== undefined && url.origin !== last.origin && origin.origin !== last.origin
  })
}

function refererHeader({ initiator }: Provenance, target: URL): string | undefined {
  if (initiator === null) return undefined
  const shown = POLICIES[initiator.referrerPolicy]?.(initiator.url, target) ?? 'none'
  if (shown === 'none') return undefined
  if (shown === 'origin') return `${initiator.url.origin}/`
  return `${initiator.url.origin}${initiator.url.pathname}${initiator.url.search}`
}

function secFetchHeaders({ initiator, chain, mode }: Provenance): Record<string, string> {
  const navigation = mode === 'navigate'
  return {
    'sec-fetch-site': initiator === null ? 'none' : relation(initiator.url, chain),
    'sec-fetch-mode': mode,
    'sec-fetch-dest': navigation ? 'document' : 'empty',
    ...(navigation ? { 'sec-fetch-user': '?1' } : {}),
  }
}

/** The farthest of all addresses counts. */
function relation(origin: URL, chain: readonly URL[]): string {
  if (chain.some((url) => !isSameSite(origin, url))) return 'cross-site'
  return chain.some((url) => url.origin !== origin.origin) ? 'same-site' : 'same-origin'
}
