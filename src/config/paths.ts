/** Paths and path patterns of the configuration. */

import { OWN_PREFIX } from '../core/names.ts'

const PATH_CHARACTERS = /^(?:[A-Za-z0-9\-._~!$&'()*+,=:@/]|%[0-9A-F]{2})+$/
const DOT_SEGMENT = /(?:^|\/)\.{1,2}(?:\/|$)/
/** Escapes that normal form writes as the character itself (RFC 3986 §6.2.2.2), or that hide a separator or control character. */
const REFUSED_ESCAPE = /%(?:2F|5C|3B|2D|2E|5F|7E|3[0-9]|4[1-9A-F]|5[0-9A]|6[1-9A-F]|7[0-9AF]|[01][0-9A-F])/
const PATTERN_CHARACTERS = /^(?:[\x21\x24-\x3e\x40-\x5b\x5d-\x7e])+$/

/** Whether `path` begins and ends with a slash and is in normal form: no empty or dot segment, no escape that hides something. */
export function isNormalPath(path: string): boolean {
  if (!path.startsWith('/') || !path.endsWith('/') || path.includes('//')) return false
  return PATH_CHARACTERS.test(path) && !DOT_SEGMENT.test(path) && !REFUSED_ESCAPE.test(path) && isUtf8(path)
}

/** Whether `path` may be a service's `match.path`. */
export function isMatchPath(path: string): boolean {
  return isNormalPath(path) && !path.startsWith(OWN_PREFIX)
}

/** Whether `pattern` can match a path: it begins with a slash or `**`, and only `*` and `**` are special. */
export function isPathPattern(pattern: string): boolean {
  if (!/^(?:\/|\*\*)/.test(pattern) || !PATTERN_CHARACTERS.test(pattern)) return false
  return !pattern.includes('//') && !pattern.includes('***') && !DOT_SEGMENT.test(pattern)
}

function isUtf8(path: string): boolean {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}
