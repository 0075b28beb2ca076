/** The few ways in which a message's DOM is read: by namespace and local name, never by prefix. */

import { shown } from './diagnosis.ts'
import { malformed } from './scan-tokens.ts'

export const ASSERTION = 'urn:oasis:names:tc:SAML:2.0:assertion'
export const PROTOCOL = 'urn:oasis:names:tc:SAML:2.0:protocol'
export const SIGNATURE = 'http://www.w3.org/2000/09/xmldsig#'
export const ENCRYPTION = 'http://www.w3.org/2001/04/xmlenc#'
export const ENCRYPTION11 = 'http://www.w3.org/2009/xmlenc11#'
export const XMLNS = 'http://www.w3.org/2000/xmlns/'

const ELEMENT_NODE = 1
const COMMENT_NODE = 8
const CDATA_NODE = 4

/** The element and everything below it, in document order. */
export function* descendants(root: Element): Generator<Element> {
  let node: Node | null = root
  while (node !== null) {
    if (isElement(node)) yield node
    if (node.firstChild !== null) {
      node = node.firstChild
      continue
    }
    while (node !== null && node !== root && node.nextSibling === null) node = node.parentNode
    node = node === root || node === null ? null : node.nextSibling
  }
}

export function isElement(node: Node | null): node is Element {
  return node !== null && node.nodeType === ELEMENT_NODE
}

/** Whether the element has this namespace and local name. */
export function named(element: Element, namespace: string, name: string): boolean {
  return element.localName === name && element.namespaceURI === namespace
}

/** The child elements, in order. */
export function childElements(parent: Element): Element[] {
  const found: Element[] = []
  for (let node = parent.firstChild; node !== null; node = node.nextSibling) if (isElement(node)) found.push(node)
  return found
}

/** The child elements with this namespace and local name. */
export function children(parent: Element, namespace: string, name: string): Element[] {
  return childElements(parent).filter((child) => named(child, namespace, name))
}

/** The only such child, or undefined when there is none. Refuses with SAML_MALFORMED when there are several. */
export function onlyChild(parent: Element, namespace: string, name: string): Element | undefined {
  const found = children(parent, namespace, name)
  if (found.length > 1) throw malformed(`at most one ${name} in ${parent.localName}`, `${found.length}`)
  return found[0]
}

/** The value of the attribute without a namespace, or null when it is not there. */
export function attribute(element: Element, name: string): string | null {
  return element.getAttributeNode(name)?.value ?? null
}

/**
 * The text of an element and all below it, whole: comments divide nothing. Line breaks of pretty printing, with the blanks
 * about them, are taken off both ends; blanks alone are not, so that no two names become one.
 */
export function textOf(element: Element): string {
  return (element.textContent ?? '').replace(/^[ \t]*\n[ \t\n]*/, '').replace(/(?:(?<![ \t\n])[ \t]*\n[ \t\n]*)$/, '')
}

/**
 * As `textOf`, of an element that holds text alone by its schema: of one with elements in it some readers take the whole text,
 * some the first part. Refuses such a one with SAML_MALFORMED.
 */
export function simpleTextOf(element: Element): string {
  if (childElements(element).length > 0) throw malformed(`text alone in ${element.localName}`, 'an element in it')
  return textOf(element)
}

/** The text of an element that must hold nothing but text, or undefined: no child element, comment or CDATA section. */
export function pureText(element: Element): string | undefined {
  for (let node = element.firstChild; node !== null; node = node.nextSibling) {
    if (isElement(node) || node.nodeType === COMMENT_NODE || node.nodeType === CDATA_NODE) return undefined
  }
  return element.textContent ?? ''
}

/** Whether a comment or CDATA section stands in the element or below it. */
export function hasHiddenText(element: Element): boolean {
  for (const each of descendants(element)) {
    for (let node = each.firstChild; node !== null; node = node.nextSibling) {
      if (node.nodeType === COMMENT_NODE || node.nodeType === CDATA_NODE) return true
    }
  }
  return false
}

/** The namespaces in scope at the element's parent, nearest declaration first won: prefix ('' for the default) to name. */
export function namespacesAround(element: Element): Map<string, string> {
  const found = new Map<string, string>()
  for (let node = element.parentNode; isElement(node); node = node.parentNode) {
    for (const [prefix, namespace] of declarations(node)) if (!found.has(prefix)) found.set(prefix, namespace)
  }
  return found
}

/** The namespace declarations of one element: prefix ('' for the default) and name. */
export function declarations(element: Element): [prefix: string, namespace: string][] {
  return Array.from(element.attributes)
    .filter(({ namespaceURI }) => namespaceURI === XMLNS)
    .map(({ name, value }) => [name === 'xmlns' ? '' : name.slice('xmlns:'.length), value])
}

/**
 * The values of all attributes that are identifiers in any spelling. Refuses with SAML_MALFORMED when two have one value,
 * or one has a value that was `seen` elsewhere.
 */
export function checkUniqueIds(root: Element, seen = new Set<string>()): Set<string> {
  for (const element of descendants(root)) {
    for (let index = 0; index < element.attributes.length; index += 1) {
      const candidate = element.attributes[index]
      if (candidate === undefined || candidate.namespaceURI === XMLNS) continue
      if ((candidate.localName ?? candidate.name).toLowerCase() !== 'id') continue
      if (seen.has(candidate.value)) throw malformed('identifiers that occur once', `${shown(candidate.value)} twice`)
      seen.add(candidate.value)
    }
  }
  return seen
}
