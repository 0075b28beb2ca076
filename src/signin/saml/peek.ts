/** A cheap look at who seems to have sent a message. Unsigned: it may choose where to send a browser, never admit. */

import { Refused } from './diagnosis.ts'
import { parseXmlText } from './scan.ts'
import { type FormField, fieldText, MAX_FIELD_CHARACTERS, strictBase64 } from './scan-base64.ts'
import { readDeclaration } from './scan-tokens.ts'
import { ASSERTION, named, onlyChild, PROTOCOL, textOf } from './xml.ts'

const ATTRIBUTES = `(?:[ \\t\\n]+[^\\s=<>"']+[ \\t\\n]*=[ \\t\\n]*(?:"[^"]*"|'[^']*'))*[ \\t\\n]*`
/** The start tag of the root and, as the schema has it first, the Issuer; of any text in linear time. */
const OPENING = new RegExp(
  `^[ \\t\\n]*(<([^\\s<>/]+)${ATTRIBUTES}>)[ \\t\\n]*(<((?:[^\\s<>/:]+:)?Issuer)${ATTRIBUTES}>[^<]*</\\4>)`,
)

/** How far into the form field is looked: the rest of a message costs this thread nothing. */
const PEEKED_CHARACTERS = 16 * 1024

/** The Issuer of the Response in the form field, or undefined when it does not begin as a Response with one. */
export function peekIssuer(samlResponse: FormField): string | undefined {
  try {
    const opening = OPENING.exec(beginningOf(samlResponse))
    if (opening === null) return undefined
    const [, start, name, issued] = opening
    const root = parseXmlText(`${start}${issued}</${name}>`)
    const issuer = named(root, PROTOCOL, 'Response') ? onlyChild(root, ASSERTION, 'Issuer') : undefined
    return issuer === undefined ? undefined : textOf(issuer)
  } catch (error) {
    if (error instanceof Refused) return undefined
    throw error
  }
}

/** The first text of the message, as far as its characters are whole; empty when there is none. */
function beginningOf(samlResponse: FormField): string {
  if (samlResponse.length > MAX_FIELD_CHARACTERS) return ''
  const compact = fieldText(samlResponse.slice(0, PEEKED_CHARACTERS)).replace(/[ \t\r\n]+/g, '')
  const octets = strictBase64(compact.slice(0, compact.length - (compact.length % 4)))
  if (octets === undefined) return ''
  const text = new TextDecoder().decode(octets, { stream: true })
  return readDeclaration(text).replace(/\r\n?/g, '\n')
}
