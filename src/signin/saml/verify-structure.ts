/** Where Response, assertion and signatures may stand: one place each, and none anywhere else (signature wrapping). */

import { Refused, shown, shownList } from './diagnosis.ts'
import { readResponse } from './read-message.ts'
import { malformed } from './scan-tokens.ts'
import { readSignature, type SignatureShape } from './signature.ts'
import { ASSERTION, attribute, checkUniqueIds, childElements, descendants, named, PROTOCOL, SIGNATURE } from './xml.ts'

const SUCCESS = 'urn:oasis:names:tc:SAML:2.0:status:Success'

/** Local names that stand in their one place and, whatever the namespace, nowhere else. */
const PLACED = new Set(['Response', 'Assertion', 'EncryptedAssertion', 'Signature'])

/** An element that may carry a signature of its own. */
export interface Signable {
  readonly element: Element
  readonly signature: SignatureShape | null
}

export interface Structure {
  readonly response: Signable
  readonly assertion: { readonly plain: Signable } | { readonly encrypted: Element }
}

/**
 * The parts of a message. Refuses with SAML_MALFORMED, with SAML_SIGNATURE_INVALID for a signature out of place or shape, and
 * with SAML_STATUS_NOT_SUCCESS when the provider sends no assertion and says why.
 */
export function readStructure(root: Element): Structure {
  if (!named(root, PROTOCOL, 'Response')) throw anotherRoot(root)
  checkId(root)
  checkUniqueIds(root)
  const assertion = assertionIn(root)
  const response = readSignable(root)
  if (named(assertion, ASSERTION, 'EncryptedAssertion')) {
    checkPlaces(root, [root, assertion, response.signature?.element])
    return { response, assertion: { encrypted: assertion } }
  }
  const plain = readAssertionStructure(assertion)
  checkPlaces(root, [root, assertion, response.signature?.element, plain.signature?.element])
  return { response, assertion: { plain } }
}

/** The assertion that an encryption in `response` held, with the same demands as outside. */
export function readDecrypted(element: Element, response: Element): Signable {
  if (!named(element, ASSERTION, 'Assertion')) throw malformed('an Assertion', element.localName)
  checkUniqueIds(element, checkUniqueIds(response))
  const plain = readAssertionStructure(element)
  checkPlaces(element, [element, plain.signature?.element])
  return plain
}

/** The Assertion or EncryptedAssertion directly below the Response. */
export function assertionIn(response: Element): Element {
  const found = childElements(response).filter(
    (child) => named(child, ASSERTION, 'Assertion') || named(child, ASSERTION, 'EncryptedAssertion'),
  )
  const [assertion, ...others] = found
  if (assertion === undefined) throw withoutAssertion(response)
  if (others.length > 0) throw malformed('one assertion', `${found.length}`)
  return assertion
}

/** A message of SAML 1 has an element of this name, too, so its namespace is told. */
function anotherRoot({ localName, namespaceURI }: Element): Refused {
  const hint = namespaceURI?.startsWith('urn:oasis:names:tc:SAML:1.') ? 'version' : 'shape'
  return new Refused('SAML_MALFORMED', hint, `Response of ${PROTOCOL}`, `${localName} of ${shown(namespaceURI)}`)
}

function readAssertionStructure(element: Element): Signable {
  checkId(element)
  return readSignable(element)
}

function readSignable(element: Element): Signable {
  const [signature, ...others] = childElements(element).filter(({ localName }) => localName === 'Signature')
  if (signature === undefined) return { element, signature: null }
  if (others.length > 0 || !named(signature, SIGNATURE, 'Signature')) throw misplaced(element)
  return { element, signature: readSignature(signature, element) }
}

function checkId(element: Element): void {
  const id = attribute(element, 'ID')
  // Some providers begin an ID with a digit, which xs:ID does not allow and which harms nobody.
  if (id === null || !/^[^\s"'<>&#()]{1,256}$/u.test(id)) throw malformed(`an ID for ${element.localName}`, shown(id))
}

function checkPlaces(root: Element, allowed: readonly (Element | undefined)[]): void {
  for (const element of descendants(root)) {
    if (!PLACED.has(element.localName) || allowed.includes(element)) continue
    if (element.localName === 'Signature') throw misplaced(element.parentNode as Element)
    throw malformed(
      `${element.localName} in its one place`,
      `another below ${element.parentNode?.nodeName.slice(0, 60)}`,
    )
  }
}

function misplaced(parent: Element): Refused {
  return new Refused(
    'SAML_SIGNATURE_INVALID',
    'shape',
    'at most one signature of the Response and one of the Assertion, each directly below it',
    `another below ${parent.nodeName.slice(0, 60)}`,
  )
}

function withoutAssertion(response: Element): Refused {
  const { statusCodes, statusMessage } = readResponse(response, false)
  if (statusCodes.length === 0 || statusCodes[0] === SUCCESS) return malformed('one assertion', 'none')
  const said = statusMessage === null ? '' : `, ${shown(statusMessage)}`
  return new Refused('SAML_STATUS_NOT_SUCCESS', 'status', 'status Success', `${shownList(statusCodes)}${said}`)
}
