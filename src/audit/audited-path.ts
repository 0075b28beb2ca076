/** Paths and ids as the audit keeps them. */

/** What may be the number of a licence, a key or a token: long, with a digit in it; or very long. */
const LOOKS_LIKE_A_KEY = /^(?=.*\d).{8,}$|^.{32,}$/
const SHOWN = 4

/**
 * The path without what it may give away: of a segment that looks like a key only the last four characters stay. No query is taken,
 * `path` has none.
 */
export function auditedPath(path: string): string {
  return path.split('/').map(maskedKey).join('/')
}

/** A text that looks like a key with only its last four characters; any other as it is. */
export function maskedKey(text: string): string {
  return LOOKS_LIKE_A_KEY.test(text) ? `…${text.slice(-SHOWN)}` : text
}
