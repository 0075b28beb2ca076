/**
 * The one reading of XML: strict XML 1.0 with namespaces, without DOCTYPE, entities and processing instructions, within
 * fixed limits. The DOM is built on the way, and what passes has one meaning for every other parser, too.
 * Time is linear in the length: every character is looked at a bounded number of times.
 */

import { Refused } from './diagnosis.ts'
import {
  checkCharacters,
  checkReferences,
  isIllNamespace,
  malformed,
  nameAt,
  readDeclaration,
  XML_NAMESPACE,
} from './scan-tokens.ts'
import { prefixOf, type RawAttribute, type Tree, tree } from './tree.ts'

/** Fixed limits; real messages stay far below them. */
export const LIMITS = {
  depth: 64,
  elements: 10_000,
  attributes: 20_000,
  attributesPerElement: 64,
  attributeValueLength: 16_384,
  nameLength: 256,
  elementNames: 128,
  namespacesInScope: 128,
  /** Of the namespaces that elements and attributes use, at each use: so much may canonicalization add to the text. */
  namespaceCharacters: 1024 * 1024,
  comments: 256,
  commentLength: 16_384,
} as const

/** The root element of `octets` when they are strict XML within the limits. Refuses with SAML_MALFORMED or SAML_TOO_LARGE. */
export function parseXml(octets: Buffer): Element {
  return parseXmlText(decodeUtf8(octets))
}

/** The text of `octets`, which must be UTF-8; a byte order mark is taken off. Refuses with SAML_MALFORMED. */
export function decodeUtf8(octets: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(octets)
  } catch {
    throw malformed('valid UTF-8', 'other bytes')
  }
}

/** As `parseXml`, for a text that is decoded already. */
export function parseXmlText(source: string): Element {
  checkCharacters(source)
  const text = readDeclaration(source).replace(/\r\n?/g, '\n')
  const state: State = {
    text,
    tree: tree(),
    open: [],
    names: new Set(),
    scopes: new Map([['xml', [XML_NAMESPACE]]]),
    declared: [],
    inScope: 0,
    namespaceCharacters: 0,
    elements: 0,
    attributes: 0,
    comments: 0,
    commentLength: 0,
  }
  let at = 0
  while (at < text.length) {
    const tag = text.indexOf('<', at)
    const end = tag < 0 ? text.length : tag
    readText(state, text.slice(at, end))
    if (tag < 0) break
    at = scanMarkup(state, tag)
  }
  const root = state.tree.root()
  if (state.open.length > 0 || root === null) throw malformed('one complete root element', 'an incomplete document')
  return root
}

interface State {
  /** Without XML declaration and byte order mark; line ends are LF. */
  readonly text: string
  readonly tree: Tree
  /** Names of the open elements. */
  readonly open: string[]
  /** Names of all elements so far. */
  readonly names: Set<string>
  /** The namespaces that each prefix is declared for around the present place, the innermost last. */
  readonly scopes: Map<string, string[]>
  /** Prefixes that each open element declares. */
  readonly declared: (readonly Declaration[])[]
  inScope: number
  namespaceCharacters: number
  elements: number
  attributes: number
  comments: number
  commentLength: number
}

interface Declaration {
  readonly prefix: string
  readonly namespace: string
}

function readText(state: State, run: string): void {
  if (run === '') return
  if (state.open.length === 0) {
    if (/[^ \t\n]/.test(run)) throw malformed('nothing outside the root element', 'text')
    return
  }
  if (run.includes(']]>')) throw malformed('text without "]]>"', '"]]>"')
  checkReferences(run)
  state.tree.text(run)
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
  state.tree.comment(state.text.slice(at + '<!--'.length, end))
  return end + 3
}

function scanCdata(state: State, at: number): number {
  const end = state.text.indexOf(']]>', at)
  if (end < 0 || state.open.length === 0) throw malformed('a CDATA section inside the root element', 'another')
  state.tree.cdata(state.text.slice(at + '<![CDATA['.length, end))
  return end + 3
}

function scanEndTag(state: State, at: number): number {
  const { text } = state
  const name = nameAt(text, at + 2)
  const nameEnd = at + 2 + name.length
  // XML allows a blank here, no provider writes one, and some parsers then take elements for empty ones.
  if (text[nameEnd] !== '>') throw malformed('an end tag that is a name and nothing else', 'another')
  closeElement(state, name)
  return nameEnd + 1
}

function scanStartTag(state: State, at: number): number {
  const { text } = state
  if (state.open.length === 0 && state.tree.root() !== null) throw malformed('one root element', 'several')
  const name = nameAt(text, at + 1)
  limit('nameLength', name.length)
  const attributes: RawAttribute[] = []
  const declared: Declaration[] = []
  let next = at + 1 + name.length
  for (;;) {
    const blanksFrom = next
    while (isBlank(text[next])) next += 1
    const character = text[next]
    if (character === '>' || (character === '/' && text[next + 1] === '>')) break
    if (next === blanksFrom) throw malformed('a blank before each attribute', 'none')
    next = scanAttribute(state, next, attributes, declared)
  }
  openElement(state, name, attributes, declared)
  if (text[next] === '>') return next + 1
  closeElement(state, name)
  return next + 2
}

function scanAttribute(state: State, at: number, attributes: RawAttribute[], declared: Declaration[]): number {
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
  attributes.push({ name, value })
  limit('attributesPerElement', attributes.length)
  state.attributes += 1
  limit('attributes', state.attributes)
  if (name === 'xmlns' || name.startsWith('xmlns:')) declared.push(readNamespace(name, value))
  else if (/^xml(?!:)/i.test(name)) throw malformed('no reserved attribute name', name)
  return end + 1
}

function readNamespace(name: string, value: string): Declaration {
  if (isIllNamespace(name, value)) throw malformed('namespace declarations as Namespaces in XML 1.0 has them', name)
  return { prefix: name === 'xmlns' ? '' : name.slice('xmlns:'.length), namespace: value }
}

function openElement(
  state: State,
  name: string,
  attributes: readonly RawAttribute[],
  declared: readonly Declaration[],
): void {
  state.elements += 1
  limit('elements', state.elements)
  state.names.add(name)
  limit('elementNames', state.names.size)
  for (const { prefix, namespace } of declared) namespacesOf(state, prefix).push(namespace)
  state.inScope += declared.length
  limit('namespacesInScope', state.inScope)
  usePrefix(state, name, namespaceOf(state, '')?.length ?? 0)
  for (const used of attributes) usePrefix(state, used.name, 0)
  if (hasTwins(state, attributes)) throw malformed('each attribute once', 'an attribute twice')
  limit('namespaceCharacters', state.namespaceCharacters)
  state.tree.open(name, attributes, (prefix) => namespaceOf(state, prefix) ?? null)
  state.open.push(name)
  state.declared.push(declared)
  limit('depth', state.open.length)
}

/** By their names, or by what these stand for: two prefixes may be one namespace (Namespaces in XML 1.0 §6.3). */
function hasTwins(state: State, attributes: readonly RawAttribute[]): boolean {
  if (attributes.length < 2) return false
  return new Set(attributes.map(({ name }) => expandedName(state, name))).size !== attributes.length
}

/** No namespace that is taken has a blank in it. */
function expandedName(state: State, name: string): string {
  const prefix = prefixOf(name)
  if (prefix === undefined || prefix === 'xmlns') return name
  return `${namespaceOf(state, prefix)} ${name.slice(prefix.length + 1)}`
}

function closeElement(state: State, name: string): void {
  if (state.open.pop() !== name) throw malformed('end tags that fit their start tags', 'others')
  const declared = state.declared.pop() ?? []
  for (const { prefix } of declared) namespacesOf(state, prefix).pop()
  state.inScope -= declared.length
  state.tree.close()
}

function namespacesOf({ scopes }: State, prefix: string): string[] {
  const known = scopes.get(prefix)
  if (known !== undefined) return known
  const made: string[] = []
  scopes.set(prefix, made)
  return made
}

function namespaceOf({ scopes }: State, prefix: string): string | undefined {
  return scopes.get(prefix)?.at(-1)
}

/** `bare`: length of the namespace that a name without a prefix is in. */
function usePrefix(state: State, name: string, bare: number): void {
  const prefix = prefixOf(name)
  if (prefix === 'xmlns') return
  const length = prefix === undefined ? bare : namespaceOf(state, prefix)?.length
  if (length === undefined) throw malformed('declared namespace prefixes', `the prefix ${(prefix ?? '').slice(0, 40)}`)
  state.namespaceCharacters += length
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\n' || character === '\t'
}

function limit(what: keyof typeof LIMITS, value: number): void {
  if (value > LIMITS[what]) throw new Refused('SAML_TOO_LARGE', 'size', `${what} at most ${LIMITS[what]}`, 'more')
}
