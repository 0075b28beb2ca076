/** Which header names a service may be told to receive its operator in. */

const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/

/** Compared in lower case with `_` as `-`, because servers fold both. */
const REFUSED: ReadonlySet<string> = new Set(
  `host cookie set-cookie authorization www-authenticate connection keep-alive te trailer transfer-encoding upgrade
  content-length content-type content-encoding content-range content-location expect date via origin referer range
  accept accept-encoding if-match if-none-match if-modified-since if-unmodified-since if-range
  forwarded x-forwarded-for x-forwarded-proto x-forwarded-host x-forwarded-port x-forwarded-prefix x-forwarded-method
  x-forwarded-uri x-forwarded-scheme x-forwarded-ssl x-forwarded-server x-real-ip true-client-ip
  x-http-method x-http-method-override x-method-override x-original-url x-original-uri x-original-host
  x-original-method x-rewrite-url`.split(/\s+/),
)
const REFUSED_PREFIXES = ['x-gatehouse-', 'proxy-', 'sec-', 'http2-', 'access-control-']

/** What a header name may be. */
export const HEADER_NAME_RULE =
  'must be a header token of at most 64 characters, and not X-Gatehouse-*, hop-by-hop, Host, Cookie, Authorization, Content-*, Forwarded, X-Forwarded-For/-Proto/-Host or another header that the gateway or HTTP itself governs'

/** Whether a service may receive a value under `name`. */
export function isAssignableHeader(name: string): boolean {
  const folded = foldedHeader(name)
  if (!TOKEN.test(name) || REFUSED.has(folded)) return false
  return !REFUSED_PREFIXES.some((prefix) => folded.startsWith(prefix))
}

/** `name` as servers may fold it: lower case, `_` as `-`. */
export function foldedHeader(name: string): string {
  return name.toLowerCase().replaceAll('_', '-')
}
