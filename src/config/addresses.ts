/** URLs, hosts and address ranges of the configuration. */

import ipaddr from 'ipaddr.js'
import type { PublicUrl } from './config.ts'
import { isNormalPath } from './paths.ts'

/** What `publicUrl` may be; also read by the tests of its refusals. */
export const PUBLIC_URL_RULE =
  'a bare origin such as https://licences.example.com, without path, query or user; http only for localhost, *.localhost, 127.0.0.0/8 and ::1'

/** The public URL that `written` stands for; undefined when it is not a bare origin, or is http on a host that is not local. */
export function parsePublicUrl(written: string): PublicUrl | undefined {
  const origin = parseOrigin(written)
  if (origin === undefined) return undefined
  const url = new URL(origin)
  const secure = url.protocol === 'https:'
  return secure || isLocalHost(url.hostname) ? { origin, host: url.host, secure } : undefined
}

/** The http or https origin that `written` stands for, without a final slash; undefined for anything else. */
export function parseOrigin(written: string): string | undefined {
  const url = parseHttpUrl(written)
  if (url === undefined || url.pathname !== '/' || /[?#]/.test(written)) return undefined
  return url.origin
}

/** An upstream's origin and base path without a final slash; undefined with credentials, query, fragment or another scheme. */
export function parseUpstream(written: string): string | undefined {
  const url = parseHttpUrl(written)
  if (url === undefined || /[?#]/.test(written)) return undefined
  const path = /^https?:\/\/[^/]*(.*)$/i.exec(written)?.[1] ?? ''
  const base = path.endsWith('/') ? path : `${path}/`
  return isNormalPath(base) ? `${url.origin}${base.slice(0, -1)}` : undefined
}

/** An https URL, or http on a local host; undefined for anything else. Credentials and fragments are refused. */
export function parseSecureUrl(written: string): string | undefined {
  const url = parseHttpUrl(written)
  if (url === undefined || written.includes('#')) return undefined
  return url.protocol === 'https:' || isLocalHost(url.hostname) ? url.href : undefined
}

/** Whether plain http is acceptable on `hostname` (as URL has it): localhost, *.localhost, 127.0.0.0/8, ::1. */
export function isLocalHost(hostname: string): boolean {
  if (hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]') return true
  return ipaddr.IPv4.isValidFourPartDecimal(hostname) && hostname.startsWith('127.')
}

/** A CIDR; a bare address stands for itself alone (/32, /128). Undefined for anything else. */
export function parseCidr(written: string): string | undefined {
  const [address = '', prefix, ...rest] = written.split('/')
  const bits = ipaddr.IPv4.isValidFourPartDecimal(address) ? 32 : isIpv6(address) ? 128 : 0
  if (bits === 0 || rest.length > 0) return undefined
  if (prefix === undefined) return `${address}/${bits}`
  return /^(?:0|[1-9]\d{0,2})$/.test(prefix) && Number(prefix) <= bits ? written : undefined
}

/** A host name or address with an optional port, lower case; undefined for anything else. */
export function parseHost(written: string): string | undefined {
  if (!/^(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.test(written)) return undefined
  return URL.canParse(`https://${written}`) ? written.toLowerCase() : undefined
}

function isIpv6(address: string): boolean {
  return ipaddr.IPv6.isValid(address) && !address.includes('%')
}

/** URL repairs blanks, backslashes and missing slashes; what needs repair is refused. */
function parseHttpUrl(written: string): URL | undefined {
  if (!/^https?:\/\/[^/\s\\][^\s\\]*$/i.test(written) || !URL.canParse(written)) return undefined
  const url = new URL(written)
  return url.username === '' && url.password === '' && !/^https?:\/\/[^/?#]*@/i.test(written) ? url : undefined
}
