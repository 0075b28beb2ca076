/** Responses of the demo identity provider (SAML Core 2.0 §3.3.3, Profiles §4.1.4.2). */

import { DEMO_ENTITY_ID } from '../../core/names.ts'
import { addSeconds, type Instant, isoTime, minutes } from '../../core/time.ts'
import { encryptElement } from './encryption.ts'
import { type SigningKeys, signElement } from './signature.ts'
import { type Xml, xml } from './xml.ts'

export interface DemoAttribute {
  readonly name: string
  readonly values: readonly string[]
  /** `xsi:type` of the values; `xs:string` unless given. */
  readonly type?: string
}

export interface DemoStatus {
  readonly code: string
  /** Second-level status code (§3.2.2.2). */
  readonly subCode?: string
  readonly message?: string
}

export interface DemoResponseOptions {
  readonly keys: SigningKeys
  /** Issuer of both elements; the demo's entity id unless given. */
  readonly issuer?: string
  readonly responseId: string
  readonly assertionId: string
  readonly issuedAt: Instant
  readonly account: string
  /** Format of the NameID; emailAddress unless given. */
  readonly nameIdFormat?: string
  readonly attributes: readonly DemoAttribute[]
  /** ID of the AuthnRequest that is answered; null: unsolicited, the attribute is left out of both elements. */
  readonly inResponseTo: string | null
  readonly audience: string
  readonly destination: string
  /** Recipient of the bearer confirmation; the destination unless given. */
  readonly recipient?: string
  /** Start of the Conditions; `issuedAt` unless given. */
  readonly notBefore?: Instant
  /** End of Conditions and bearer confirmation; five minutes after `issuedAt` unless given. */
  readonly notOnOrAfter?: Instant
  /** `issuedAt` unless given. */
  readonly authnInstant?: Instant
  readonly sessionIndex: string
  /** null: the attribute is left out. */
  readonly sessionNotOnOrAfter: Instant | null
  /** AuthnContextClassRef; PasswordProtectedTransport unless given. */
  readonly authnContext?: string
  /** Success unless given. */
  readonly status?: DemoStatus
  /** Whether there is an assertion; true unless given. */
  readonly withAssertion?: boolean
  /** true unless given. */
  readonly signResponse?: boolean
  /** true unless given. */
  readonly signAssertion?: boolean
  /** PEM certificate of the receiver: the assertion is encrypted for it (AES-256-GCM, RSA-OAEP). */
  readonly encryptionCertificate?: string
}

const STATUS = 'urn:oasis:names:tc:SAML:2.0:status:'
const ASSERTION_NS = 'urn:oasis:names:tc:SAML:2.0:assertion'
const EMAIL_FORMAT = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress'
const BASIC_FORMAT = 'urn:oasis:names:tc:SAML:2.0:attrname-format:basic'
const PASSWORD_CONTEXT = 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport'

/** The whole Response as XML: the assertion signed, then encrypted if asked for, then the Response signed around it. */
export async function demoResponse(options: DemoResponseOptions): Promise<string> {
  const { keys, withAssertion = true, signResponse = true, signAssertion = true, encryptionCertificate } = options
  const plain = assertion(options).xml
  const signed = signAssertion ? signElement(plain, keys) : plain
  const content = !withAssertion
    ? null
    : encryptionCertificate === undefined
      ? { xml: signed }
      : await encryptedAssertion(signed, encryptionCertificate)
  const whole = response(options, content).xml
  return signResponse ? signElement(whole, keys) : whole
}

async function encryptedAssertion(plain: string, certificate: string): Promise<Xml> {
  const data = { xml: await encryptElement(plain, certificate) }
  return xml`<saml:EncryptedAssertion xmlns:saml="${ASSERTION_NS}">${data}</saml:EncryptedAssertion>`
}

function response(options: DemoResponseOptions, content: Xml | null): Xml {
  const { responseId, issuedAt, destination, inResponseTo, issuer = DEMO_ENTITY_ID } = options
  const status = options.status ?? { code: `${STATUS}Success` }
  const answered = inResponseTo === null ? null : xml` InResponseTo="${inResponseTo}"`
  return xml`<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="${responseId}" Version="2.0" IssueInstant="${isoTime(issuedAt)}" Destination="${destination}"${answered}><saml:Issuer xmlns:saml="${ASSERTION_NS}">${issuer}</saml:Issuer>${statusElement(status)}${content}</samlp:Response>`
}

function statusElement({ code, subCode, message }: DemoStatus): Xml {
  const inner = subCode === undefined ? null : xml`<samlp:StatusCode Value="${subCode}"/>`
  const text = message === undefined ? null : xml`<samlp:StatusMessage>${message}</samlp:StatusMessage>`
  return xml`<samlp:Status><samlp:StatusCode Value="${code}">${inner}</samlp:StatusCode>${text}</samlp:Status>`
}

/** Declares its own namespaces, so that it stands alone as the plain text of an encryption. */
function assertion(options: DemoResponseOptions): Xml {
  const { assertionId, issuedAt, issuer = DEMO_ENTITY_ID } = options
  const parts = [subject(options), conditions(options), authnStatement(options), attributeStatement(options.attributes)]
  return xml`<saml:Assertion xmlns:saml="${ASSERTION_NS}" ID="${assertionId}" Version="2.0" IssueInstant="${isoTime(issuedAt)}"><saml:Issuer>${issuer}</saml:Issuer>${parts}</saml:Assertion>`
}

function subject(options: DemoResponseOptions): Xml {
  const { account, nameIdFormat = EMAIL_FORMAT, destination, recipient = destination, inResponseTo } = options
  const answered = inResponseTo === null ? null : xml` InResponseTo="${inResponseTo}"`
  const data = xml`<saml:SubjectConfirmationData NotOnOrAfter="${isoTime(end(options))}" Recipient="${recipient}"${answered}/>`
  const confirmation = xml`<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">${data}</saml:SubjectConfirmation>`
  return xml`<saml:Subject><saml:NameID Format="${nameIdFormat}">${account}</saml:NameID>${confirmation}</saml:Subject>`
}

function conditions(options: DemoResponseOptions): Xml {
  const { audience, issuedAt, notBefore = issuedAt } = options
  const restriction = xml`<saml:AudienceRestriction><saml:Audience>${audience}</saml:Audience></saml:AudienceRestriction>`
  return xml`<saml:Conditions NotBefore="${isoTime(notBefore)}" NotOnOrAfter="${isoTime(end(options))}">${restriction}</saml:Conditions>`
}

function end({ issuedAt, notOnOrAfter }: DemoResponseOptions): Instant {
  return notOnOrAfter ?? addSeconds(issuedAt, minutes(5))
}

function authnStatement(options: DemoResponseOptions): Xml {
  const { issuedAt, authnInstant = issuedAt, sessionIndex, sessionNotOnOrAfter } = options
  const { authnContext = PASSWORD_CONTEXT } = options
  const over = sessionNotOnOrAfter === null ? null : xml` SessionNotOnOrAfter="${isoTime(sessionNotOnOrAfter)}"`
  const context = xml`<saml:AuthnContext><saml:AuthnContextClassRef>${authnContext}</saml:AuthnContextClassRef></saml:AuthnContext>`
  return xml`<saml:AuthnStatement AuthnInstant="${isoTime(authnInstant)}" SessionIndex="${sessionIndex}"${over}>${context}</saml:AuthnStatement>`
}

/** Left out without attributes: the schema wants at least one (§2.7.3). */
function attributeStatement(attributes: readonly DemoAttribute[]): Xml | null {
  if (attributes.length === 0) return null
  return xml`<saml:AttributeStatement>${attributes.map(attribute)}</saml:AttributeStatement>`
}

function attribute({ name, values, type = 'xs:string' }: DemoAttribute): Xml {
  const typed = xml`xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="${type}"`
  const elements = values.map((value) => xml`<saml:AttributeValue ${typed}>${value}</saml:AttributeValue>`)
  return xml`<saml:Attribute Name="${name}" NameFormat="${BASIC_FORMAT}">${elements}</saml:Attribute>`
}
