/** The lexical rules of the scan: characters, references, names, namespace declarations (XML 1.0, Namespaces in XML 1.0). */

import { Refused, shown } from './diagnosis.ts'

const NAME_START =
  'A-Z_a-z\\u{C0}-\\u{D6}\\u{D8}-\\u{F6}\\u{F8}-\\u{2FF}\\u{370}-\\u{37D}\\u{37F}-\\u{1FFF}\\u{200C}\\u{200D}\\u{2070}-\\u{218F}\\u{2C00}-\\u{2FEF}\\u{3001}-\\u{D7FF}\\u{F900}-\\u{FDCF}\\u{FDF0}-\\u{FFFD}\\u{10000}-\\u{EFFFF}'
const NC_NAME = `[${NAME_START}][${NAME_START}\\-.0-9\\u{B7}\\u{300}-\\u{36F}\\u{203F}\\u{2040}]*`
const QUALIFIED_NAME = new RegExp(`${NC_NAME}(?::${NC_NAME})?`, 'uy')
/** The same among ASCII characters: much faster, and nearly every name is one. */
const ASCII_NAME = /[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?/y

/** Names that every object has; libraries that read the DOM keep names in plain objects. */
const OBJECT_NAMES = new Set(Object.getOwnPropertyNames(Object.prototype))

/** Matches wherever FORBIDDEN_CHARACTER does, and at surrogate pairs: a quick first look. */
const SUSPICIOUS_CHARACTER = /[\0-\x08\x0B\x0C\x0E-\x1F\uD800-\uDFFF\uFFFE\uFFFF]/
const FORBIDDEN_CHARACTER = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u
const BAD_REFERENCE = /&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});)/
const CHARACTER_REFERENCE = /&#(x?)([0-9a-fA-F]+);/g

const DECLARATION =
  /^<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"1\.0"|'1\.0')(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?:"utf-8"|'utf-8'))?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\r\n]*\?>/i

/** What the prefix `xml` always stands for. */
export const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace'
const XMLNS_NAMESPACE = 'http://www.w3.org/2000/xmlns/'
/** Gives elements a meaning of their own in many DOM parsers. */
const XHTML_NAMESPACE = 'http://www.w3.org/1999/xhtml'

/** Refusal for text that is no XML as SAML uses it. */
export function malformed(expected: string, received: string): Refused {
  return new Refused('SAML_MALFORMED', 'shape', expected, received)
}

/** Line ends in XML 1.1 alone: parsers that follow it, node-saml's among them, read others characters than were signed. */
const LINE_END_OF_XML_1_1 = /[\u0085\u2028]/

/**
 * Refuses text with a character that XML 1.0 has not, NUL and most control characters among them, or that two parsers
 * read as two.
 */
export function checkCharacters(text: string): void {
  if (LINE_END_OF_XML_1_1.test(text)) throw malformed('characters with one meaning', 'U+0085 or U+2028')
  if (SUSPICIOUS_CHARACTER.test(text) && FORBIDDEN_CHARACTER.test(text))
    throw malformed('XML characters', 'a control character')
}

/** `source` without its XML declaration, which must name version 1.0 and, if any, UTF-8. */
export function readDeclaration(source: string): string {
  if (!source.startsWith('<?xml')) return source
  const declaration = DECLARATION.exec(source)
  if (declaration === null) {
    const [begun] = /^<\?xml[^>]{0,80}>?/.exec(source) ?? []
    throw malformed('an XML declaration with version 1.0 and UTF-8', shown(begun))
  }
  return source.slice(declaration[0].length)
}

/** Refuses references other than the five of XML and those to characters of XML. */
export function checkReferences(run: string): void {
  if (!run.includes('&')) return
  if (BAD_REFERENCE.test(run)) throw malformed('the five entities of XML and character references', 'another "&"')
  for (const [, hexadecimal, digits = ''] of run.matchAll(CHARACTER_REFERENCE)) {
    const code = Number.parseInt(digits, hexadecimal === 'x' ? 16 : 10)
    if (code > 0x10ffff || FORBIDDEN_CHARACTER.test(String.fromCodePoint(code))) {
      throw malformed('references to XML characters', `&#${hexadecimal}${digits};`)
    }
  }
}

/** The qualified name that stands at `at`. Refuses when there is none, or when it is a name that every object has. */
export function nameAt(text: string, at: number): string {
  const name = asciiNameAt(text, at) ?? anyNameAt(text, at)
  if (name === undefined) throw malformed('a name', 'another character')
  const colon = name.indexOf(':')
  const illNamed = OBJECT_NAMES.has(name.slice(colon + 1)) || (colon >= 0 && OBJECT_NAMES.has(name.slice(0, colon)))
  if (illNamed) throw malformed('ordinary names', name)
  return name
}

/** Undefined also where a name may go on beyond ASCII. */
function asciiNameAt(text: string, at: number): string | undefined {
  ASCII_NAME.lastIndex = at
  const name = ASCII_NAME.exec(text)?.[0]
  if (name === undefined) return undefined
  // What follows a colon could be the part of a name that is not ASCII.
  const following = text[at + name.length] === ':' ? at + name.length + 1 : at + name.length
  return text.charCodeAt(following) > 0x7f ? undefined : name
}

function anyNameAt(text: string, at: number): string | undefined {
  QUALIFIED_NAME.lastIndex = at
  return QUALIFIED_NAME.exec(text)?.[0]
}

/** Whether the declaration `name="value"` is one that Namespaces in XML 1.0 §3 forbids, or that could be read in two ways. */
export function isIllNamespace(name: string, value: string): boolean {
  if (/[&"<>\n\t ]/.test(value)) return true
  const prefix = name === 'xmlns' ? '' : name.slice('xmlns:'.length)
  if (prefix === 'xml') return value !== XML_NAMESPACE
  return (
    prefix === 'xmlns' ||
    value === XML_NAMESPACE ||
    value === XMLNS_NAMESPACE ||
    value === XHTML_NAMESPACE ||
    (prefix !== '' && value === '')
  )
}
