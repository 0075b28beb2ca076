/** Writes Responses: valid ones by default, every value open to change. */

import type { Identity } from './identities.ts'
import { provider } from './identities.ts'
import { type SignOptions, sign } from './sign.ts'

export const NOW = Date.parse('2030-01-31T08:00:00Z')
export const ACS = 'https://licences.example.com/.gatehouse/saml/acs'
export const ENTITY_ID = 'https://licences.example.com/.gatehouse/saml/metadata'
export const ISSUER = 'https://idp.example.com/metadata'
export const REQUEST_ID = '_request1'

/** The instant that many minutes from NOW, as xs:dateTime. */
export function minutesFromNow(count: number): string {
  return new Date(NOW + count * 60_000).toISOString()
}

export interface Values {
  readonly responseIssuer: string
  readonly assertionIssuer: string
  readonly destination: string | null
  readonly recipient: string | null
  readonly inResponseTo: string | null
  readonly responseInResponseTo: string | null
  readonly version: string
  readonly status: string
  readonly nameId: string
  readonly nameIdFormat: string
  /** Replaces the NameID element. */
  readonly identifier: string | null
  readonly method: string
  readonly confirmationNotBefore: string | null
  readonly confirmationNotOnOrAfter: string | null
  readonly notBefore: string | null
  readonly notOnOrAfter: string | null
  /** XML inside Conditions. */
  readonly conditions: string
  readonly audience: string
  readonly issueInstant: string
  readonly authnInstant: string
  readonly sessionNotOnOrAfter: string | null
  readonly statements: string | null
  /** XML inside AttributeStatement. */
  readonly attributes: string
  readonly assertionId: string
  /** XML put between Status and the assertion. */
  readonly extra: string
}

const DEFAULTS: Values = {
  responseIssuer: ISSUER,
  assertionIssuer: ISSUER,
  destination: ACS,
  recipient: ACS,
  inResponseTo: REQUEST_ID,
  responseInResponseTo: REQUEST_ID,
  version: '2.0',
  status: 'urn:oasis:names:tc:SAML:2.0:status:Success',
  nameId: 'ann@example.com',
  nameIdFormat: 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress',
  identifier: null,
  method: 'urn:oasis:names:tc:SAML:2.0:cm:bearer',
  confirmationNotBefore: null,
  confirmationNotOnOrAfter: minutesFromNow(5),
  notBefore: minutesFromNow(-1),
  notOnOrAfter: minutesFromNow(5),
  conditions: '',
  audience: ENTITY_ID,
  issueInstant: minutesFromNow(0),
  authnInstant: minutesFromNow(-2),
  sessionNotOnOrAfter: null,
  statements: null,
  attributes: '<saml:Attribute Name="mail"><saml:AttributeValue>ann@example.com</saml:AttributeValue></saml:Attribute>',
  assertionId: '_assertion1',
  extra: '',
}

function attribute(name: string, value: string | null): string {
  return value === null ? '' : ` ${name}="${value}"`
}

/** The unsigned Response with these values. */
export function responseXml(values: Partial<Values> = {}): string {
  const v = { ...DEFAULTS, ...values }
  const nameId = v.identifier ?? `<saml:NameID Format="${v.nameIdFormat}">${v.nameId}</saml:NameID>`
  const data = `<saml:SubjectConfirmationData${attribute('NotBefore', v.confirmationNotBefore)}${attribute('NotOnOrAfter', v.confirmationNotOnOrAfter)}${attribute('Recipient', v.recipient)}${attribute('InResponseTo', v.inResponseTo)}/>`
  const subject = `<saml:Subject>${nameId}<saml:SubjectConfirmation Method="${v.method}">${data}</saml:SubjectConfirmation></saml:Subject>`
  const audience =
    v.audience === ''
      ? ''
      : `<saml:AudienceRestriction><saml:Audience>${v.audience}</saml:Audience></saml:AudienceRestriction>`
  const conditions = `<saml:Conditions${attribute('NotBefore', v.notBefore)}${attribute('NotOnOrAfter', v.notOnOrAfter)}>${audience}${v.conditions}</saml:Conditions>`
  const authn =
    v.statements ??
    `<saml:AuthnStatement AuthnInstant="${v.authnInstant}" SessionIndex="_session1"${attribute('SessionNotOnOrAfter', v.sessionNotOnOrAfter)}><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>`
  const attributes = v.attributes === '' ? '' : `<saml:AttributeStatement>${v.attributes}</saml:AttributeStatement>`
  const assertion = `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${v.assertionId}" Version="${v.version}" IssueInstant="${v.issueInstant}"><saml:Issuer>${v.assertionIssuer}</saml:Issuer>${subject}${conditions}${authn}${attributes}</saml:Assertion>`
  const issuer = `<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${v.responseIssuer}</saml:Issuer>`
  const status = `<samlp:Status><samlp:StatusCode Value="${v.status}"/></samlp:Status>`
  return `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_response1" Version="2.0" IssueInstant="${v.issueInstant}"${attribute('Destination', v.destination)}${attribute('InResponseTo', v.responseInResponseTo)}>${issuer}${status}${v.extra}${assertion}</samlp:Response>`
}

export interface MessageOptions {
  readonly values?: Partial<Values>
  readonly signed?: 'response' | 'assertion' | 'both' | 'none'
  readonly by?: Identity
  readonly signing?: Partial<SignOptions>
  /** Changes the XML before anything is signed. */
  readonly before?: (xml: string) => string
  /** Changes the XML between the signature of the assertion and that of the Response. */
  readonly between?: (xml: string) => string
  /** Changes the finished XML: what an attacker on the way can do. */
  readonly after?: (xml: string) => string
}

/** The XML of a message, signed as wanted (the assertion, when nothing is said). */
export function messageXml(options: MessageOptions = {}): string {
  const { values = {}, signed = 'assertion', by = provider, signing = {}, before, between, after } = options
  const id = values.assertionId ?? DEFAULTS.assertionId
  let xml = responseXml(values)
  xml = before?.(xml) ?? xml
  if (signed === 'assertion' || signed === 'both') xml = sign(xml, id, { by, ...signing })
  xml = between?.(xml) ?? xml
  if (signed === 'response' || signed === 'both') xml = sign(xml, '_response1', { by, ...signing })
  return after?.(xml) ?? xml
}

/** The form field that carries the XML. */
export function encode(xml: string | Buffer): string {
  return Buffer.from(xml).toString('base64')
}
