/** The tokens that are the gateway's own. None is given out in this version, so that whoever brings one has no session. */

/**
 * Whether an Authorization value carries one, with or without a scheme. It is judged alone: a cookie beside it does not
 * count, and it is not forwarded (contract of the Authorization header).
 */
export function isOwnToken(authorization: string): boolean {
  return /^\s*(?:\S+\s+)?gh_/i.test(authorization)
}
