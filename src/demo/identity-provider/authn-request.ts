/** Reads AuthnRequests (SAML Core 2.0 §3.4.1) by redirect (Bindings §3.4) and by POST (Bindings §3.5). */

import { inflateRawSync } from 'node:zlib'
import { DOMParser } from '@xmldom/xmldom'
import { AppError } from '../../core/errors.ts'

/** The service provider that the demo answers to; it knows no other. */
export interface ServiceProvider {
  readonly entityId: string
  readonly acsUrl: string
}

interface XmlElement {
  readonly localName: string
  readonly namespaceURI: string | null
  readonly textContent: string | null
  getAttribute(name: string): string | null
  getElementsByTagNameNS(namespace: string, name: string): { item(index: number): XmlElement | null }
}

const PROTOCOL_NS = 'urn:oasis:names:tc:SAML:2.0:protocol'
const ASSERTION_NS = 'urn:oasis:names:tc:SAML:2.0:assertion'
const MAX_BYTES = 64 * 1024

/** The XML of a `SAMLRequest` that came by redirect. Errors: BAD_REQUEST. */
export function inflateRequest(parameter: string): string {
  try {
    return inflateRawSync(Buffer.from(parameter, 'base64'), { maxOutputLength: MAX_BYTES }).toString('utf8')
  } catch (error) {
    throw new AppError('BAD_REQUEST', 'SAMLRequest is not a deflated message in base64', { cause: error })
  }
}

/** The XML of a `SAMLRequest` that came by POST. */
export function decodeRequest(field: string): string {
  return Buffer.from(field, 'base64').toString('utf8')
}

/**
 * ID of the request in `message`, once it is clear that `serviceProvider` asks for an answer at its own assertion consumer
 * service. Errors: BAD_REQUEST, its detail in words for the person at the screen.
 */
export function checkAuthnRequest(message: string, { entityId, acsUrl }: ServiceProvider, ssoUrl: string): string {
  const root = parse(message)
  if (root.localName !== 'AuthnRequest' || root.namespaceURI !== PROTOCOL_NS) refuse('the message is no AuthnRequest')
  const id = root.getAttribute('ID') || refuse('the request has no ID')
  const issuer = root.getElementsByTagNameNS(ASSERTION_NS, 'Issuer').item(0)?.textContent?.trim() ?? ''
  if (issuer !== entityId) refuse(`the issuer is "${issuer}", expected "${entityId}"`)
  checkWhenGiven(root, 'AssertionConsumerServiceURL', acsUrl)
  checkWhenGiven(root, 'Destination', ssoUrl)
  return id
}

function checkWhenGiven(root: XmlElement, name: string, expected: string): void {
  const value = root.getAttribute(name)
  if (value && value !== expected) refuse(`${name} is "${value}", expected "${expected}"`)
}

function parse(message: string): XmlElement {
  if (message.includes('<!DOCTYPE')) refuse('the request has a document type')
  const fail = (problem: string) => refuse(`the request is not XML: ${problem}`)
  const parser = new DOMParser({ errorHandler: { warning: fail, error: fail, fatalError: fail } })
  const root: XmlElement | null = parser.parseFromString(message, 'text/xml')?.documentElement ?? null
  return root ?? refuse('the request is empty')
}

function refuse(detail: string): never {
  throw new AppError('BAD_REQUEST', detail)
}
