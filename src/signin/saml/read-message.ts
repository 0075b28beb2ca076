/** Reads a Response or Assertion element into plain data. Nothing is judged here but what cannot be read in one way only. */

import type { AuthnStatement, Confirmation, NameId, ResponseFacts, SignedAssertion } from './model.ts'
import { malformed } from './scan-tokens.ts'
import {
  ASSERTION,
  attribute,
  childElements,
  children,
  named,
  onlyChild,
  PROTOCOL,
  simpleTextOf,
  textOf,
} from './xml.ts'

const XSI = 'http://www.w3.org/2001/XMLSchema-instance'
const UNSPECIFIED_CONTEXT = 'urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified'
const MAX_ENCRYPTED_ATTRIBUTES = 32
const KNOWN_CONDITIONS = new Set(['AudienceRestriction', 'OneTimeUse', 'ProxyRestriction'])

interface AssertionReading {
  readonly encrypted: boolean
  readonly openNameId: (encryptedId: Element) => Element
  readonly openAttribute: (encryptedAttribute: Element) => Element | undefined
}

/** What the Response element says (SAML Core 2.0 §3.2.2). */
export function readResponse(element: Element, signed: boolean): ResponseFacts {
  const issuer = onlyChild(element, ASSERTION, 'Issuer')
  const status = onlyChild(element, PROTOCOL, 'Status')
  const message = status === undefined ? undefined : onlyChild(status, PROTOCOL, 'StatusMessage')
  return {
    id: attribute(element, 'ID') ?? '',
    signed,
    version: attribute(element, 'Version'),
    issuer: issuer === undefined ? null : simpleTextOf(issuer),
    issuerFormat: issuer === undefined ? null : attribute(issuer, 'Format'),
    destination: attribute(element, 'Destination'),
    inResponseTo: attribute(element, 'InResponseTo'),
    issueInstant: attribute(element, 'IssueInstant'),
    statusCodes: status === undefined ? [] : readStatusCodes(status),
    statusMessage: message === undefined ? null : textOf(message),
  }
}

/**
 * What the Assertion element says (SAML Core 2.0 §2.3.3). `openNameId` decrypts an EncryptedID to the element inside;
 * `openAttribute` does so with an EncryptedAttribute, or gives undefined for one that is left out.
 * Refuses with SAML_MALFORMED what the schema allows once and stands there twice.
 */
export function readAssertion(
  element: Element,
  { encrypted, openNameId, openAttribute }: AssertionReading,
): SignedAssertion {
  const issuer = onlyChild(element, ASSERTION, 'Issuer')
  const subject = onlyChild(element, ASSERTION, 'Subject')
  return {
    id: attribute(element, 'ID') ?? '',
    version: attribute(element, 'Version'),
    issuer: issuer === undefined ? null : simpleTextOf(issuer),
    issuerFormat: issuer === undefined ? null : attribute(issuer, 'Format'),
    issueInstant: attribute(element, 'IssueInstant'),
    nameId: subject === undefined ? null : readNameId(subject, openNameId),
    confirmations:
      subject === undefined ? [] : children(subject, ASSERTION, 'SubjectConfirmation').map(readConfirmation),
    conditions: readConditions(onlyChild(element, ASSERTION, 'Conditions')),
    authnStatements: children(element, ASSERTION, 'AuthnStatement').map(readAuthnStatement),
    attributes: readAttributes(element, openAttribute),
    encrypted,
  }
}

function readStatusCodes(status: Element): string[] {
  const codes: string[] = []
  let code = onlyChild(status, PROTOCOL, 'StatusCode')
  while (code !== undefined) {
    codes.push(attribute(code, 'Value') ?? '')
    code = onlyChild(code, PROTOCOL, 'StatusCode')
  }
  return codes
}

function readNameId(subject: Element, openNameId: (encryptedId: Element) => Element): NameId | null {
  const identifiers = childElements(subject).filter(
    (child) => child.namespaceURI === ASSERTION && child.localName !== 'SubjectConfirmation',
  )
  const [found, ...others] = identifiers
  if (others.length > 0) throw malformed('one identifier in Subject', `${identifiers.length}`)
  if (found === undefined || named(found, ASSERTION, 'BaseID')) return null
  const nameId = named(found, ASSERTION, 'EncryptedID') ? openNameId(found) : found
  if (!named(nameId, ASSERTION, 'NameID')) throw malformed('NameID in Subject', nameId.localName)
  return {
    value: simpleTextOf(nameId),
    format: attribute(nameId, 'Format'),
    nameQualifier: attribute(nameId, 'NameQualifier'),
    spNameQualifier: attribute(nameId, 'SPNameQualifier'),
  }
}

function readConfirmation(element: Element): Confirmation {
  const data = onlyChild(element, ASSERTION, 'SubjectConfirmationData')
  const read = (name: string) => (data === undefined ? null : attribute(data, name))
  return {
    method: attribute(element, 'Method') ?? '',
    recipient: read('Recipient'),
    inResponseTo: read('InResponseTo'),
    notBefore: read('NotBefore'),
    notOnOrAfter: read('NotOnOrAfter'),
  }
}

function readConditions(element: Element | undefined): SignedAssertion['conditions'] {
  if (element === undefined) return null
  const restrictions = children(element, ASSERTION, 'AudienceRestriction')
  return {
    notBefore: attribute(element, 'NotBefore'),
    notOnOrAfter: attribute(element, 'NotOnOrAfter'),
    audiences: restrictions.map((restriction) => children(restriction, ASSERTION, 'Audience').map(simpleTextOf)),
    unknown: childElements(element)
      .filter((child) => child.namespaceURI !== ASSERTION || !KNOWN_CONDITIONS.has(child.localName))
      .map((child) => child.getAttributeNS(XSI, 'type') || child.localName),
  }
}

function readAuthnStatement(element: Element): AuthnStatement {
  return {
    authnInstant: attribute(element, 'AuthnInstant'),
    sessionIndex: attribute(element, 'SessionIndex'),
    sessionNotOnOrAfter: attribute(element, 'SessionNotOnOrAfter'),
    contextClassRef: readContext(onlyChild(element, ASSERTION, 'AuthnContext')),
  }
}

/** A declaration that stands in the message itself has no name and is of no class (SAML Core 2.0 §2.7.2.2). */
function readContext(context: Element | undefined): string | null {
  if (context === undefined) return null
  const stated =
    onlyChild(context, ASSERTION, 'AuthnContextClassRef') ?? onlyChild(context, ASSERTION, 'AuthnContextDeclRef')
  if (stated !== undefined) return simpleTextOf(stated)
  return onlyChild(context, ASSERTION, 'AuthnContextDecl') === undefined ? null : UNSPECIFIED_CONTEXT
}

/** By Name alone; FriendlyName and NameFormat are never looked at. */
function readAttributes(
  assertion: Element,
  open: AssertionReading['openAttribute'],
): [name: string, values: readonly string[]][] {
  const values = new Map<string, string[]>()
  for (const element of attributesIn(assertion, open)) {
    const name = attribute(element, 'Name')
    if (name === null) throw malformed('a Name for each Attribute', 'none')
    const known = values.get(name) ?? []
    values.set(name, known)
    for (const value of children(element, ASSERTION, 'AttributeValue')) if (!isNil(value)) known.push(textOf(value))
  }
  return [...values]
}

/** In order; each encrypted one costs as many private-key operations as it has keys for us. */
function attributesIn(assertion: Element, open: AssertionReading['openAttribute']): Element[] {
  const listed = children(assertion, ASSERTION, 'AttributeStatement').flatMap(childElements)
  const encrypted = listed.filter((element) => named(element, ASSERTION, 'EncryptedAttribute'))
  if (encrypted.length > MAX_ENCRYPTED_ATTRIBUTES) {
    throw malformed(`at most ${MAX_ENCRYPTED_ATTRIBUTES} EncryptedAttribute`, `${encrypted.length}`)
  }
  return listed.flatMap((element) => {
    const plain = encrypted.includes(element) ? open(element) : element
    return plain !== undefined && named(plain, ASSERTION, 'Attribute') ? [plain] : []
  })
}

function isNil(element: Element): boolean {
  const nil = element.getAttributeNS(XSI, 'nil')?.trim()
  return nil === 'true' || nil === '1'
}
