/** Field names as obligations compare them: whoever hides `pakId` hides `PAK_ID`, `pak-id` and `PAK ID` with it. */

/**
 * Only upper-case letters and digits of a name, compatibility forms and accents undone: `PAKID` for all of the above. What
 * consists of other signs alone stays as it is.
 */
export function foldField(name: string): string {
  if (PLAIN.test(name)) return name.toUpperCase()
  return name.normalize('NFKD').toUpperCase().replace(OTHER, '') || name
}

const PLAIN = /^[A-Za-z0-9]+$/
const OTHER = /[^\p{L}\p{N}]/gu
