/** For every text that tells where to mend a refusal, and every row that gives it: a message that leads there. */

import { instant } from '../../../src/core/time.ts'
import type { HintKey } from '../../../src/signin/saml/hints.ts'
import type { SignInRequest } from '../../../src/signin/saml/model.ts'
import { encryptAssertion, encryptedContent } from '../../support/saml/encrypt.ts'
import { attacker, own, provider } from '../../support/saml/identities.ts'
import { type Circumstances, OTHER_ISSUER } from '../../support/saml/judge.ts'
import {
  ACS,
  ENTITY_ID,
  encode,
  type MessageOptions,
  messageXml,
  minutesFromNow,
  NOW,
  REQUEST_ID,
  responseXml,
  type Values,
} from '../../support/saml/response.ts'
import { ENVELOPED, sign } from '../../support/saml/sign.ts'

export interface HintCase {
  /** Row of the check table that fails. */
  readonly row: string
  readonly hint: HintKey
  /** The form field. */
  readonly field: () => string
  readonly circumstances: Circumstances
  /** Posted twice, changed so in between: the second one is refused. */
  readonly again?: Partial<Values>
}

function field(row: string, hint: HintKey, make: () => string, circumstances: Circumstances = {}): HintCase {
  return { row, hint, field: make, circumstances }
}

function message(row: string, hint: HintKey, options: MessageOptions, circumstances: Circumstances = {}): HintCase {
  return field(row, hint, () => encode(messageXml(options)), circumstances)
}

function values(row: string, hint: HintKey, changed: Partial<Values>, circumstances: Circumstances = {}): HintCase {
  return message(row, hint, { values: changed }, circumstances)
}

function inside(hint: HintKey, assertion: (xml: string) => string): HintCase {
  const make = () => encode(encryptAssertion(assertion(responseXml()), { to: own }))
  return field('the same again inside the encryption', hint, make)
}

function encryptedId(hint: HintKey, options: Partial<Parameters<typeof encryptedContent>[1]>): HintCase {
  const nameId = '<saml:NameID xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">ann@example.com</saml:NameID>'
  const make = () => {
    const content = encryptedContent(nameId, { to: own, ...options })
    return encode(messageXml({ values: { identifier: `<saml:EncryptedID>${content}</saml:EncryptedID>` } }))
  }
  return field('signed content has one meaning', hint, make)
}

function asked(id: string, to = 'idp'): SignInRequest {
  return { id, provider: to, returnTo: '/app/', issuedAt: instant(NOW), fromTile: false }
}

function answering(request: string): Partial<Values> {
  return { assertionId: '_assertion3', inResponseTo: request, responseInResponseTo: request }
}

const outside = (text: string) => ({ after: (xml: string) => xml.replace('<samlp:Status>', `${text}<samlp:Status>`) })
const without = (pattern: RegExp) => ({ before: (xml: string) => xml.replace(pattern, '') })
const http = ACS.replace('https:', 'http:')
const elsewhere = 'https://other.example.com/acs'
const WANT = { signedResponse: false, signedAssertion: true, encryptedAssertion: false }
const signed = (xml: string) => sign(xml, '_assertion1', { by: provider })
/** A character that stands unescaped in the canonical octets alone. */
const outsideXml10 = (xml: string) => xml.replace('<saml:AttributeValue>', '<saml:AttributeValue>&#x85;')
/** Namespaces that are declared above; canonicalization declares them where they are used, beside as many attributes. */
const unfolded = (xml: string) => {
  const prefixes = Array.from({ length: 40 }, (_, index) => `n${index + 10}`)
  const declared = prefixes.map((prefix) => `xmlns:${prefix}="urn:${prefix}"`).join(' ')
  const used = prefixes.map((prefix) => `${prefix}:a="1"`).join(' ')
  return xml.replace('<saml:AttributeValue>', `<saml:AttributeValue><x ${declared}><y ${used}/></x>`)
}
const nothingInside = (xml: string) => xml.replace(/<ds:KeyInfo[\s\S]*<\/ds:KeyInfo>/, '')

export const HINT_CASES: readonly HintCase[] = [
  field('size and base64', 'size', () => 'A'.repeat(400 * 1024)),
  field('size and base64', 'shape', () => 'not base64!'),
  message('strict XML within the limits', 'shape', { after: (xml) => `<!DOCTYPE x>${xml}` }),
  message('strict XML within the limits', 'size', outside('<x/>'.repeat(10_001))),
  message('one Response, one assertion, unique IDs', 'shape', outside('<Assertion/>')),
  message('one Response, one assertion, unique IDs', 'algorithm', {
    signing: { transforms: `<ds:Transform Algorithm="${ENVELOPED}"><ds:XPath>1</ds:XPath></ds:Transform>` },
  }),
  message('one Response, one assertion, unique IDs', 'version', {
    after: (xml) => xml.replace('urn:oasis:names:tc:SAML:2.0:protocol', 'urn:oasis:names:tc:SAML:1.0:protocol'),
  }),
  message('one Response, one assertion, unique IDs', 'status', {
    signed: 'none',
    values: { status: 'urn:oasis:names:tc:SAML:2.0:status:Responder' },
    after: (xml) => xml.replace(/<saml:Assertion.*<\/saml:Assertion>/, ''),
  }),
  message('algorithms on the allow-list', 'algorithm', { signing: { algorithm: 'rsa-md5' } }),
  field('algorithms on the allow-list', 'shape', () =>
    encode(nothingInside(encryptAssertion(signed(responseXml()), { to: own }))),
  ),
  values('issuer is a configured provider', 'issuer', { responseIssuer: 'https://unknown.example.com' }),
  message('algorithms as strong as the provider demands', 'algorithm', { signing: { algorithm: 'rsa-sha1' } }),
  message(
    'encrypted where wanted',
    'encryption-missing',
    {},
    { config: { want: { ...WANT, encryptedAssertion: true } } },
  ),
  message('signed where wanted', 'signature-missing', { signed: 'none' }),
  message('signature by a pinned key', 'signature', { by: attacker }),
  message('signature by a pinned key', 'shape', { before: outsideXml10 }),
  message('signature by a pinned key', 'size', { before: unfolded }),
  field('decryption', 'decryption', () => encode(encryptAssertion(signed(responseXml()), { to: attacker }))),
  inside('algorithm', (xml) => sign(xml, '_assertion1', { by: provider, algorithm: 'rsa-sha1' })),
  inside('signature-missing', (xml) => xml),
  inside('signature', (xml) => sign(xml, '_assertion1', { by: attacker })),
  inside('shape', (xml) => signed(outsideXml10(xml))),
  inside('size', (xml) => signed(unfolded(xml))),
  message('signed content has one meaning', 'shape', {
    before: (xml) => xml.replace('</saml:NameID>', '</saml:NameID><saml:NameID>x</saml:NameID>'),
  }),
  encryptedId('decryption', { to: attacker }),
  encryptedId('algorithm', { content: 'aes256-cbc' }),
  values('status Success', 'status', { status: 'urn:oasis:names:tc:SAML:2.0:status:Responder' }),
  values('version 2.0', 'version', { version: '1.1' }),
  values('issuer of Response and assertion', 'issuer', { assertionIssuer: OTHER_ISSUER }),
  values('Destination is our assertion consumer', 'destination', { destination: elsewhere }),
  values('Destination is our assertion consumer', 'destination-scheme', { destination: http }),
  values('Recipient is our assertion consumer', 'destination', { recipient: elsewhere }),
  values('Recipient is our assertion consumer', 'destination-scheme', { recipient: http }),
  values('bearer confirmation', 'confirmation', { method: 'urn:oasis:names:tc:SAML:2.0:cm:holder-of-key' }),
  message('conditions present and understood', 'conditions', without(/<saml:Conditions.*<\/saml:Conditions>/)),
  values('time window', 'clock', { notBefore: minutesFromNow(60) }),
  values('time window', 'expired', { notOnOrAfter: minutesFromNow(-60) }),
  values('time window', 'time', { notOnOrAfter: '2030-01-31T08:05:00' }),
  values('audience', 'audience', { audience: 'https://other.example.com' }),
  values('audience', 'audience-near', { audience: `${ENTITY_ID}/` }),
  message('answer to this browser’s request', 'unsolicited', {}, { request: null }),
  values('answer to this browser’s request', 'request', { inResponseTo: '_other', responseInResponseTo: '_other' }),
  message('answer to this browser’s request', 'request-provider', {}, { request: asked(REQUEST_ID, 'other') }),
  message('authentication statement', 'statement', without(/<saml:AuthnStatement.*<\/saml:AuthnStatement>/)),
  values('authentication statement', 'time', { authnInstant: '2030-01-31T08:00:00' }),
  values('session at the provider not over', 'session-over', { sessionNotOnOrAfter: minutesFromNow(-30) }),
  values('session at the provider not over', 'time', { sessionNotOnOrAfter: 'never' }),
  message('authentication context', 'statement', without(/<saml:AuthnContext>.*<\/saml:AuthnContext>/)),
  values('login attribute', 'login', { nameId: '' }),
  values('account inside accountDomains', 'domain', {}, { config: { accountDomains: ['example.org'] } }),
  values('entry rule', 'entry', {}, { config: { entry: { attribute: 'groups', anyOf: ['licence-users'] } } }),
  { ...message('request answered once', 'replay', {}), again: { assertionId: '_assertion2' } },
  {
    ...values('assertion ID not used before', 'replay', answering('_request2'), { request: asked('_request2') }),
    again: answering('_request3'),
  },
]
