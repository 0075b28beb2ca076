/** A cheap look at who seems to have sent a message. Unsigned: it may choose where to send a browser, never admit. */

import { Refused } from './diagnosis.ts'
import { scan, scanText } from './scan.ts'
import { decodeMessage } from './scan-base64.ts'
import { ASSERTION, named, onlyChild, PROTOCOL, parseXml, textOf } from './xml.ts'

const ATTRIBUTES = `(?:[ \\t\\n]+[^\\s=<>"']+[ \\t\\n]*=[ \\t\\n]*(?:"[^"]*"|'[^']*'))*[ \\t\\n]*`
/** The start tag of the root and, as the schema has it first, the Issuer. Only for text that the scan has passed. */
const OPENING = new RegExp(
  `^[ \\t\\n]*(<([^\\s<>/]+)${ATTRIBUTES}>)[ \\t\\n]*(<((?:[^\\s<>/:]+:)?Issuer)${ATTRIBUTES}>[^<]*</\\4>)`,
)

/** The Issuer of the Response in the form field, or undefined when it is no well-formed Response that begins with one. */
export function peekIssuer(samlResponse: string): string | undefined {
  try {
    const opening = OPENING.exec(scan(decodeMessage(samlResponse)).text)
    if (opening === null) return undefined
    const [, start, name, issued] = opening
    const root = parseXml(scanText(`${start}${issued}</${name}>`))
    const issuer = named(root, PROTOCOL, 'Response') ? onlyChild(root, ASSERTION, 'Issuer') : undefined
    return issuer === undefined ? undefined : textOf(issuer)
  } catch (error) {
    if (error instanceof Refused) return undefined
    throw error
  }
}
