/**
 * The linear scan before any DOM: strict XML 1.0 with namespaces, without DOCTYPE, entities and processing instructions, within
 * fixed limits. What passes has one meaning for every parser, so the DOM that is built from it cannot differ.
 * Time is linear in the length: every character is looked at a bounded number of times.
 */

import { Refused } from './diagnosis.ts'
import { checkCharacters, checkReferences, isIllNamespace, malformed, nameAt, readDeclaration } from './scan-tokens.ts'

/** Fixed limits; real messages stay far below them. */
export const LIMITS = {
  depth: 64,
  elements: 10_000,
  attributes: 20_000,
  attributesPerElement: 64,
  attributeValueLength: 16_384,
  nameLength: 256,
  /** The DOM parser looks for the last end tag of each element name in the whole text. */
  elementNames: 128,
  namespacesInScope: 128,
  /** Of the namespaces that elements and attributes use, at each use: so much may canonicalization add to the text. */
  namespaceCharacters: 1024 * 1024,
  comments: 256,
  commentLength: 16_384,
} as const

/** A text that the scan has passed. */
export interface Scanned {
  /** Without XML declaration and byte order mark; line ends are LF. */
  readonly text: string
  readonly elements: number
  readonly attributes: number
}

/** The text of `octets` when it is strict XML within the limits. Refuses with SAML_MALFORMED or SAML_TOO_LARGE. */
export function scan(octets: Buffer): Scanned {
  return scanText(decodeUtf8(octets))
}

/** The text of `octets`, which must be UTF-8; a byte order mark is taken off. Refuses with SAML_MALFORMED. */
export function decodeUtf8(octets: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(octets)
  } catch {
    throw malformed('valid UTF-8', 'other bytes')
  }
}

/** As `scan`, for a text that is decoded already. */
export function scanText(source: string): Scanned {
  checkCharacters(source)
  const text = readDeclaration(source).replace(/\r\n?/g, '\n')
  const state: State = {
    text,
    open: [],
    names: new Set(),
    scopes: new Map([['xml', [0]]]),
    declared: [],
    inScope: 0,
    namespaceCharacters: 0,
    elements: 0,
    attributes: 0,
    comments: 0,
    commentLength: 0,
    rooted: false,
  }
  let at = 0
  while (at < text.length) {
    const tag = text.indexOf('<', at)
    const end = tag < 0 ? text.length : tag
    checkText(state, text.slice(at, end))
    if (tag < 0) break
    at = scanMarkup(state, tag)
  }
  if (state.open.length > 0 || !state.rooted) throw malformed('one complete root element', 'an incomplete document')
  return { text, elements: state.elements, attributes: state.attributes }
}

interface State {
  readonly text: string
  /** Names of the open elements. */
  readonly open: string[]
  /** Names of all elements so far. */
  readonly names: Set<string>
  /** The lengths of the namespaces that each prefix is declared for around the present place, the innermost last. */
  readonly scopes: Map<string, number[]>
  /** Prefixes that each open element declares. */
  readonly declared: (readonly Declaration[])[]
  inScope: number
  namespaceCharacters: number
  elements: number
  attributes: number
  comments: number
  commentLength: number
  rooted: boolean
}

interface Declaration {
  readonly prefix: string
  /** Length of the namespace. */
  readonly length: number
}

function checkText(state: State, run: string): void {
  if (run === '') return
  if (state.open.length === 0) {
    if (/[^ \t\n]/.test(run)) throw malformed('nothing outside the root element', 'text')
    return
  }
  if (run.includes(']]>')) throw malformed('text without "]]>"', '"]]>"')
  checkReferences(run)
}

function scanMarkup(state: State, at: number): number {
  const { text } = state
  switch (text[at + 1]) {
    case '/':
      return scanEndTag(state, at)
    case '?':
      throw malformed('no processing instruction', 'a processing instruction')
    case '!':
      if (text.startsWith('<!--', at)) return scanComment(state, at)
      if (text.startsWith('<![CDATA[', at)) return scanCdata(state, at)
      throw malformed('no document type declaration', 'a declaration')
    default:
      return scanStartTag(state, at)
  }
}

function scanComment(state: State, at: number): number {
  const end = state.text.indexOf('--', at + 4)
  if (end < 0 || state.text[end + 2] !== '>')
    throw malformed('well-formed comments', 'a comment with "--" or without end')
  state.comments += 1
  state.commentLength += end - at
  limit('comments', state.comments)
  limit('commentLength', state.commentLength)
  return end + 3
}

function scanCdata(state: State, at: number): number {
  const end = state.text.indexOf(']]>', at)
  if (end < 0 || state.open.length === 0) throw malformed('a CDATA section inside the root element', 'another')
  return end + 3
}

function scanEndTag(state: State, at: number): number {
  const { text } = state
  const name = nameAt(text, at + 2)
  const nameEnd = at + 2 + name.length
  // XML allows a blank here and no provider writes one; the DOM parser then takes some elements for empty ones.
  if (text[nameEnd] !== '>') throw malformed('an end tag that is a name and nothing else', 'another')
  closeElement(state, name)
  return nameEnd + 1
}

function scanStartTag(state: State, at: number): number {
  const { text } = state
  if (state.rooted && state.open.length === 0) throw malformed('one root element', 'several')
  const name = nameAt(text, at + 1)
  limit('nameLength', name.length)
  const names: string[] = []
  const declared: Declaration[] = []
  let next = at + 1 + name.length
  for (;;) {
    const blanksFrom = next
    while (isBlank(text[next])) next += 1
    const character = text[next]
    if (character === '>' || (character === '/' && text[next + 1] === '>')) break
    if (next === blanksFrom) throw malformed('a blank before each attribute', 'none')
    next = scanAttribute(state, next, names, declared)
  }
  openElement(state, name, names, declared)
  if (text[next] === '>') return next + 1
  closeElement(state, name)
  return next + 2
}

function scanAttribute(state: State, at: number, names: string[], declared: Declaration[]): number {
  const { text } = state
  const name = nameAt(text, at)
  let next = at + name.length
  while (isBlank(text[next])) next += 1
  if (text[next] !== '=') throw malformed('a value for each attribute', 'an attribute without one')
  next += 1
  while (isBlank(text[next])) next += 1
  const quote = text[next]
  if (quote !== '"' && quote !== "'") throw malformed('quoted attribute values', 'an unquoted one')
  const end = text.indexOf(quote, next + 1)
  if (end < 0) throw malformed('a closing quote', 'none')
  const value = text.slice(next + 1, end)
  if (value.includes('<')) throw malformed('attribute values without "<"', 'one with "<"')
  checkReferences(value)
  limit('nameLength', name.length)
  limit('attributeValueLength', value.length)
  names.push(name)
  limit('attributesPerElement', names.length)
  state.attributes += 1
  limit('attributes', state.attributes)
  if (name === 'xmlns' || name.startsWith('xmlns:')) declared.push(readNamespace(name, value))
  else if (/^xml(?!:)/i.test(name)) throw malformed('no reserved attribute name', name)
  return end + 1
}

function readNamespace(name: string, value: string): Declaration {
  if (isIllNamespace(name, value)) throw malformed('namespace declarations as Namespaces in XML 1.0 has them', name)
  return { prefix: name === 'xmlns' ? '' : name.slice('xmlns:'.length), length: value.length }
}

function openElement(state: State, name: string, names: readonly string[], declared: readonly Declaration[]): void {
  state.elements += 1
  limit('elements', state.elements)
  state.names.add(name)
  limit('elementNames', state.names.size)
  for (const { prefix, length } of declared) lengthsOf(state, prefix).push(length)
  state.inScope += declared.length
  limit('namespacesInScope', state.inScope)
  if (new Set(names).size !== names.length) throw malformed('each attribute once', 'an attribute twice')
  usePrefix(state, name, lengthsOf(state, '').at(-1) ?? 0)
  for (const used of names) usePrefix(state, used, 0)
  limit('namespaceCharacters', state.namespaceCharacters)
  state.open.push(name)
  state.declared.push(declared)
  state.rooted = true
  limit('depth', state.open.length)
}

function closeElement(state: State, name: string): void {
  if (state.open.pop() !== name) throw malformed('end tags that fit their start tags', 'others')
  const declared = state.declared.pop() ?? []
  for (const { prefix } of declared) lengthsOf(state, prefix).pop()
  state.inScope -= declared.length
}

function lengthsOf({ scopes }: State, prefix: string): number[] {
  const known = scopes.get(prefix)
  if (known !== undefined) return known
  const made: number[] = []
  scopes.set(prefix, made)
  return made
}

/** `bare`: length of the namespace that a name without a prefix is in. */
function usePrefix(state: State, name: string, bare: number): void {
  const colon = name.indexOf(':')
  const prefix = colon < 0 ? undefined : name.slice(0, colon)
  if (prefix === 'xmlns') return
  const length = prefix === undefined ? bare : state.scopes.get(prefix)?.at(-1)
  if (length === undefined) throw malformed('declared namespace prefixes', `the prefix ${(prefix ?? '').slice(0, 40)}`)
  state.namespaceCharacters += length
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\n' || character === '\t'
}

function limit(what: keyof typeof LIMITS, value: number): void {
  if (value > LIMITS[what]) throw new Refused('SAML_TOO_LARGE', 'size', `${what} at most ${LIMITS[what]}`, 'more')
}
