/** The DOM of a text, node by node as the scan reads it: nothing is read twice, so nothing can be read in two ways. */

import { DOMImplementation } from '@xmldom/xmldom'

/** One attribute as it stands in the text, references and all. */
export interface RawAttribute {
  readonly name: string
  readonly value: string
}

export interface Tree {
  /** Begins an element; `namespaceOf` knows the declarations in scope, its own included ('' asks for the default). */
  open(name: string, attributes: readonly RawAttribute[], namespaceOf: (prefix: string) => string | null): void
  /** Ends the element that was begun last. */
  close(): void
  /** Character data between tags, references and all; what stands outside the root element is left out. */
  text(run: string): void
  cdata(data: string): void
  comment(data: string): void
  /** The root element; null before it has begun. */
  root(): Element | null
}

const XMLNS = 'http://www.w3.org/2000/xmlns/'

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** An empty tree. The scan has checked whatever it is given. */
export function tree(): Tree {
  const document = new DOMImplementation().createDocument(null, null, null)
  let current: Node = document
  const append = (node: Node) => {
    if (current !== document) current.appendChild(node)
  }
  return {
    open(name, attributes, namespaceOf) {
      const element = document.createElementNS(namespaceOf(prefixOf(name) ?? ''), name)
      for (const each of attributes) {
        element.setAttributeNS(namespaceOfAttribute(each.name, namespaceOf), each.name, attributeValue(each.value))
      }
      current.appendChild(element)
      current = element
    },
    close() {
      current = current.parentNode ?? document
    },
    text: (run) => append(document.createTextNode(resolved(run))),
    cdata(data) {
      // Canonicalization knows no node without content, and there is nothing to say.
      if (data !== '') append(document.createCDATASection(data))
    },
    comment: (data) => append(document.createComment(data)),
    root: () => document.documentElement,
  }
}

/** Undefined when the name has none. */
export function prefixOf(name: string): string | undefined {
  const colon = name.indexOf(':')
  return colon < 0 ? undefined : name.slice(0, colon)
}

function namespaceOfAttribute(name: string, namespaceOf: (prefix: string) => string | null): string | null {
  const prefix = prefixOf(name)
  if (prefix === undefined) return name === 'xmlns' ? XMLNS : null
  return prefix === 'xmlns' ? XMLNS : namespaceOf(prefix)
}

/** XML 1.0 §3.3.3: white space as such is a blank, as a reference it is itself. */
function attributeValue(raw: string): string {
  return resolved(/[\t\n]/.test(raw) ? raw.replace(/[\t\n]/g, ' ') : raw)
}

function resolved(raw: string): string {
  return raw.includes('&') ? raw.replace(/&(?:#(x?)([0-9a-fA-F]+)|([a-z]+));/g, character) : raw
}

function character(_reference: string, hexadecimal: string, digits: string | undefined, entity: string): string {
  if (digits === undefined) return ENTITIES[entity] ?? ''
  return String.fromCodePoint(Number.parseInt(digits, hexadecimal === 'x' ? 16 : 10))
}
