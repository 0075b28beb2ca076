/** Header names as the gateway judges them: in every spelling that some upstream might take for the real one. */

/** RFC 9110 §7.6.1, with what older software adds; `Proxy-*` is dropped by its prefix. */
export const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
])

/** Prefix of the gateway's own headers, folded. */
export const OWN_HEADERS = 'x-gatehouse-'

/** Lower case, everything but letters and digits as `-`: CGI and its heirs tell such names no further apart. */
export function foldName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '-')
}

/** Names that a Connection header takes off the message, folded; undefined when it names none (RFC 9110 §7.6.1). */
export function namedByConnection(values: readonly string[]): ReadonlySet<string> | undefined {
  let named: Set<string> | undefined
  for (const value of values) {
    if (USUAL_CONNECTION.test(value)) continue
    named ??= new Set()
    for (const token of value.split(',')) named.add(foldName(token.trim()))
  }
  return named
}

const USUAL_CONNECTION = /^ *(?:keep-alive|close|upgrade)? *$/i
