/** The form in which a browser brings a message: application/x-www-form-urlencoded (URL Standard §5). Runs in a worker, too. */

/** Fields that are read at all; our own pages send four. */
const MAX_FIELDS = 20
const AMPERSAND = 0x26
const PLUS = 0x2b
const BLANK = 0x20

/** What the assertion consumer reads of a form. */
export interface PostForm {
  /** SAMLResponse as it came, as bytes in UTF-8. */
  readonly message: Uint8Array
  readonly relayState: string | undefined
  /** Marks of our own pages. */
  readonly reposted: boolean
  readonly confirmed: boolean
}

/** What is wrong with a form, in words for the trace. */
export interface FormProblem {
  readonly code: 'SAML_MALFORMED' | 'SAML_TOO_LARGE'
  readonly received: string
}

/** Structured-cloneable. */
export type FormReading =
  | { readonly ok: true; readonly form: PostForm }
  | { readonly ok: false; readonly problem: FormProblem }

/**
 * Reads the bytes of a form with one SAMLResponse and at most one RelayState; other fields are passed over. Writes into the
 * bytes.
 */
export function readPostForm(octets: Uint8Array): FormReading {
  if (hasMoreFieldsThan(MAX_FIELDS, octets)) return unfit('more than 20 fields', 'SAML_TOO_LARGE')
  writeBlanks(octets)
  // Behind an ampersand, because a question mark in front would be dropped.
  const fields = new URLSearchParams(`&${Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)}`)
  const [message, ...others] = fields.getAll('SAMLResponse')
  const relayStates = fields.getAll('RelayState')
  if (message === undefined) return unfit('a form without SAMLResponse')
  if (others.length > 0) return unfit('more than one SAMLResponse')
  if (message === '') return unfit('an empty SAMLResponse')
  if (relayStates.length > 1) return unfit('more than one RelayState')
  const isMarked = (name: string) => fields.getAll(name).join() === '1'
  const reposted = isMarked('gatehouse_repost')
  const confirmed = isMarked('gatehouse_confirm')
  return { ok: true, form: { message: Buffer.from(message), relayState: relayStates[0], reposted, confirmed } }
}

/** What is said of a form that could not be read within its time. */
export function unreadForItsTime(limit: string): FormReading {
  return unfit(`a form that is not read within ${limit}`, 'SAML_TOO_LARGE')
}

function hasMoreFieldsThan(limit: number, octets: Uint8Array): boolean {
  let fields = 1
  for (let at = octets.indexOf(AMPERSAND); at !== -1 && fields <= limit; at = octets.indexOf(AMPERSAND, at + 1))
    fields += 1
  return fields > limit
}

/** In a form a plus is a blank. Written as one beforehand: taking half a megabyte of them apart then costs a tenth. */
function writeBlanks(octets: Uint8Array): void {
  for (let at = 0; at < octets.length; at += 1) if (octets[at] === PLUS) octets[at] = BLANK
}

function unfit(received: string, code: FormProblem['code'] = 'SAML_MALFORMED'): FormReading {
  return { ok: false, problem: { code, received } }
}
