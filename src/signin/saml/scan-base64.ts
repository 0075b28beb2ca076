/** The first row of the check table: the form field becomes bytes, or nothing is read at all. */

import { Refused } from './diagnosis.ts'

/** Largest message, in bytes after base64. */
export const MAX_MESSAGE_BYTES = 256 * 1024

/** Base64 of the largest message, with a line break after each 64 characters and some room. */
export const MAX_FIELD_CHARACTERS = Math.ceil((MAX_MESSAGE_BYTES * 4) / 3) + 16 * 1024

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

/**
 * The bytes of `text` in base64 (RFC 4648 §4). Spaces and line breaks are skipped; any other character, a wrong length or
 * misplaced padding gives undefined.
 */
export function strictBase64(text: string): Buffer | undefined {
  const compact = text.replace(/[ \t\r\n]+/g, '')
  if (compact.length === 0 || compact.length % 4 !== 0) return undefined
  const octets = Buffer.from(compact, 'base64')
  // What comes back as it was is base64, and is found out faster so than by the expression.
  return octets.toString('base64') === compact || BASE64.test(compact) ? octets : undefined
}

/** A form field as it came: its text, or the bytes of that in UTF-8, which are no load on V8's heap. */
export type FormField = string | Uint8Array

/** The text of a form field. */
export function fieldText(field: FormField): string {
  return typeof field === 'string' ? field : Buffer.from(field.buffer, field.byteOffset, field.byteLength).toString()
}

/** The bytes of the message in the form field `SAMLResponse`. Refuses with SAML_TOO_LARGE or SAML_MALFORMED. */
export function decodeMessage(field: FormField): Buffer {
  const samlResponse = fieldText(field)
  if (samlResponse.length > MAX_FIELD_CHARACTERS) throw tooLarge(`${samlResponse.length} characters`)
  const octets = strictBase64(samlResponse)
  if (octets === undefined) {
    throw new Refused(
      'SAML_MALFORMED',
      'shape',
      'SAMLResponse in base64',
      `${samlResponse.length} characters that are not base64`,
    )
  }
  if (octets.length > MAX_MESSAGE_BYTES) throw tooLarge(`${octets.length} bytes`)
  return octets
}

function tooLarge(received: string): Refused {
  return new Refused('SAML_TOO_LARGE', 'size', `at most ${MAX_MESSAGE_BYTES} bytes`, received)
}
