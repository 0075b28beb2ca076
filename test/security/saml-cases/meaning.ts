/** Well signed messages that must not get in for what they say (security.md cond-*, bind-*, idp-*). */

import { instant } from '../../../src/core/time.ts'
import type { HostileCase } from '../../support/saml/expect.ts'
import { other } from '../../support/saml/identities.ts'
import { type Circumstances, OTHER_ISSUER } from '../../support/saml/judge.ts'
import { ACS, ENTITY_ID, minutesFromNow, NOW, REQUEST_ID, type Values } from '../../support/saml/response.ts'

function value(
  title: string,
  code: HostileCase['code'],
  values: Partial<Values>,
  circumstances?: Circumstances,
): HostileCase {
  return { title, code, hostile: { values }, ...(circumstances === undefined ? {} : { circumstances }) }
}

function before(title: string, code: HostileCase['code'], change: (xml: string) => string): HostileCase {
  return { title, code, hostile: { before: change } }
}

function altered(title: string, code: HostileCase['code'], after: (xml: string) => string): HostileCase {
  return { title, code, hostile: { after } }
}

const remove = (pattern: RegExp) => (xml: string) => xml.replace(pattern, '')
const attribute = (name: string, ...values: string[]) =>
  `<saml:Attribute Name="${name}">${values.map((each) => `<saml:AttributeValue>${each}</saml:AttributeValue>`).join('')}</saml:Attribute>`
const RESPONSE_ISSUED = /(<samlp:Response [^>]*IssueInstant=")[^"]*"/
const CONFIRMATION = /<saml:SubjectConfirmation .*<\/saml:SubjectConfirmation>/
const entry = { attribute: 'groups', anyOf: ['licence-users'] }
const empNo = { config: { loginAttribute: 'EmpNo' } }

export const MEANING_CASES: readonly HostileCase[] = [
  value('a status other than Success is refused', 'SAML_STATUS_NOT_SUCCESS', {
    status: 'urn:oasis:names:tc:SAML:2.0:status:Responder',
  }),
  before('a missing status is refused', 'SAML_STATUS_NOT_SUCCESS', remove(/<samlp:Status>.*<\/samlp:Status>/)),
  altered('a failure without assertion is refused by its status', 'SAML_STATUS_NOT_SUCCESS', (xml) =>
    xml.replace('status:Success', 'status:Responder').replace(/<saml:Assertion.*<\/saml:Assertion>/, ''),
  ),
  value('an assertion of version 1.1 is refused', 'SAML_VERSION_WRONG', { version: '1.1' }),
  value('an unknown issuer of the Response is refused', 'SAML_ISSUER_UNKNOWN', {
    responseIssuer: 'https://unknown.example.com',
  }),
  value('an issuer of the assertion that differs is refused', 'SAML_ISSUER_MISMATCH', {
    assertionIssuer: OTHER_ISSUER,
  }),
  value('an issuer in another case is refused', 'SAML_ISSUER_UNKNOWN', {
    responseIssuer: 'https://IDP.example.com/metadata',
  }),
  before('an assertion without issuer is refused', 'SAML_ISSUER_MISMATCH', (xml) =>
    xml.replace(/<saml:Issuer>.*?<\/saml:Issuer>/, '<saml:Issuer></saml:Issuer>'),
  ),
  before('an issuer of another format is refused', 'SAML_ISSUER_MISMATCH', (xml) =>
    xml.replace('<saml:Issuer>', '<saml:Issuer Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">'),
  ),
  {
    title: 'another provider’s key under this issuer is refused',
    code: 'SAML_SIGNATURE_INVALID',
    hostile: { by: other },
  },
  value('another Destination is refused', 'SAML_DESTINATION_WRONG', { destination: 'https://other.example.com/acs' }),
  value('S-6: a Destination with the other scheme is refused', 'SAML_DESTINATION_WRONG', {
    destination: ACS.replace('https', 'http'),
  }),
  {
    title: 'a signed Response without Destination is refused',
    code: 'SAML_DESTINATION_WRONG',
    twin: { signed: 'response' },
    hostile: { values: { destination: null } },
  },
  {
    title: 'a signed Response with an empty Destination is refused',
    code: 'SAML_DESTINATION_WRONG',
    twin: { signed: 'response' },
    hostile: { values: { destination: '' } },
  },
  value('another Recipient is refused', 'SAML_RECIPIENT_WRONG', { recipient: 'https://other.example.com/acs' }),
  value('a missing Recipient is refused', 'SAML_RECIPIENT_WRONG', { recipient: null }),
  value('holder-of-key is refused', 'SAML_CONFIRMATION_INVALID', {
    method: 'urn:oasis:names:tc:SAML:2.0:cm:holder-of-key',
  }),
  value('sender-vouches is refused', 'SAML_CONFIRMATION_INVALID', {
    method: 'urn:oasis:names:tc:SAML:2.0:cm:sender-vouches',
  }),
  before('a confirmation without Method is refused', 'SAML_CONFIRMATION_INVALID', remove(/ Method="[^"]*"/)),
  before(
    'a confirmation without data is refused',
    'SAML_RECIPIENT_WRONG',
    remove(/<saml:SubjectConfirmationData[^>]*>/),
  ),
  before(
    'a subject without confirmation is refused',
    'SAML_RECIPIENT_WRONG',
    remove(/<saml:SubjectConfirmation .*<\/saml:SubjectConfirmation>/),
  ),
  before('an assertion without subject is refused', 'SAML_RECIPIENT_WRONG', remove(/<saml:Subject>.*<\/saml:Subject>/)),
  value('a confirmation without NotOnOrAfter is refused', 'SAML_CONFIRMATION_INVALID', {
    confirmationNotOnOrAfter: null,
  }),
  value('a confirmation that has ended is refused', 'SAML_EXPIRED', { confirmationNotOnOrAfter: minutesFromNow(-6) }),
  value('a confirmation that has not begun is refused', 'SAML_NOT_YET_VALID', {
    confirmationNotBefore: minutesFromNow(6),
  }),
  before(
    'an assertion without Conditions is refused',
    'SAML_CONDITIONS_MISSING',
    remove(/<saml:Conditions.*<\/saml:Conditions>/),
  ),
  value('a condition that is not understood is refused', 'SAML_CONDITION_UNKNOWN', {
    conditions: '<x:Geo xmlns:x="urn:x"/>',
  }),
  value('a Condition of a type that is not understood is refused', 'SAML_CONDITION_UNKNOWN', {
    conditions:
      '<saml:Condition xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="x:D" xmlns:x="urn:x"/>',
  }),
  value('an assertion that has ended is refused', 'SAML_EXPIRED', { notOnOrAfter: minutesFromNow(-60) }),
  value('an assertion that has not begun is refused', 'SAML_NOT_YET_VALID', { notBefore: minutesFromNow(60) }),
  value('an assertion issued in the future is refused', 'SAML_NOT_YET_VALID', { issueInstant: minutesFromNow(60) }),
  value('an assertion that was kept back for two hours is refused, whatever life it claims', 'SAML_EXPIRED', {
    issueInstant: minutesFromNow(-120),
  }),
  value('Conditions whose window holds no instant are refused, whatever the tolerance', 'SAML_EXPIRED', {
    notBefore: minutesFromNow(3),
    notOnOrAfter: minutesFromNow(-3),
  }),
  value('a confirmation whose window holds no instant is refused', 'SAML_EXPIRED', {
    confirmationNotBefore: minutesFromNow(0),
    confirmationNotOnOrAfter: minutesFromNow(0),
  }),
  before('a Response that was made two hours before its assertion is refused', 'SAML_EXPIRED', (xml) =>
    xml.replace(RESPONSE_ISSUED, `$1${minutesFromNow(-120)}"`),
  ),
  before('a Response of the future is refused', 'SAML_NOT_YET_VALID', (xml) =>
    xml.replace(RESPONSE_ISSUED, `$1${minutesFromNow(60)}"`),
  ),
  before(
    'an assertion without IssueInstant is refused',
    'SAML_NOT_YET_VALID',
    remove(/(?<=<saml:Assertion [^>]*) IssueInstant="[^"]*"/),
  ),
  ...[
    '',
    '0',
    '2030-01-31T08:05:00',
    '2030-02-31T08:05:00Z',
    'Thu, 31 Jan 2030 08:05:00 GMT',
    '2030-01-31 08:05:00Z',
    ' 2030-01-31T08:05:00Z',
    '1'.repeat(5000),
  ].map((text) =>
    value(`the time ${JSON.stringify(text.slice(0, 40))} is refused`, 'SAML_EXPIRED', { notOnOrAfter: text }),
  ),
  value('S-5: another audience is refused', 'SAML_AUDIENCE_WRONG', { audience: 'https://other.example.com' }),
  value('S-5: an audience in another case is refused', 'SAML_AUDIENCE_WRONG', {
    audience: ENTITY_ID.replace('metadata', 'Metadata'),
  }),
  value('S-5: an audience with a final slash is refused', 'SAML_AUDIENCE_WRONG', { audience: `${ENTITY_ID}/` }),
  value('no audience is refused', 'SAML_AUDIENCE_WRONG', { audience: '' }),
  value('a second restriction that excludes us is refused', 'SAML_AUDIENCE_WRONG', {
    conditions: '<saml:AudienceRestriction><saml:Audience>urn:x</saml:Audience></saml:AudienceRestriction>',
  }),
  value('an empty second restriction is refused', 'SAML_AUDIENCE_WRONG', { conditions: '<saml:AudienceRestriction/>' }),
  value('an answer to another request is refused', 'SAML_REQUEST_UNKNOWN', {
    inResponseTo: '_other',
    responseInResponseTo: '_other',
  }),
  value('a signed answer to no request under a Response that names ours is refused', 'SAML_REQUEST_UNKNOWN', {
    inResponseTo: null,
  }),
  value('a Response that names another request than the assertion is refused', 'SAML_REQUEST_UNKNOWN', {
    responseInResponseTo: '_other',
  }),
  ...[false, true].map((reversed) =>
    before(
      `a confirmation for our request that is over and a valid one for another, ${reversed ? 'which stands first' : 'in this order'}, are refused`,
      'SAML_REQUEST_UNKNOWN',
      (xml) =>
        xml.replace(CONFIRMATION, (one) => {
          const over = one.replace(/NotOnOrAfter="[^"]*"/, `NotOnOrAfter="${minutesFromNow(-60)}"`)
          const other = one.replace(/InResponseTo="[^"]*"/, 'InResponseTo="_other"')
          return reversed ? other + over : over + other
        }),
    ),
  ),
  before(
    'our Recipient in one confirmation and the bearer method in another are refused',
    'SAML_CONFIRMATION_INVALID',
    (xml) =>
      xml.replace(
        CONFIRMATION,
        (one) => one.replace('cm:bearer', 'cm:holder-of-key') + one.replace(ACS, 'https://other.example.com/acs'),
      ),
  ),
  value('a Response that names no request is refused', 'SAML_REQUEST_UNKNOWN', { responseInResponseTo: null }),
  value('an empty InResponseTo is refused', 'SAML_REQUEST_UNKNOWN', { inResponseTo: '', responseInResponseTo: '' }),
  {
    title: 'an answer without this browser’s request is refused',
    code: 'SAML_REQUEST_UNKNOWN',
    circumstances: { config: { allowUnsolicited: true } },
    hostile: {},
    mutated: { request: null, config: { allowUnsolicited: true } },
  },
  {
    title: 'an answer of this provider to a request that went to another is refused',
    code: 'SAML_REQUEST_UNKNOWN',
    hostile: {},
    mutated: { request: { id: REQUEST_ID, provider: 'other', returnTo: '/', issuedAt: instant(NOW), fromTile: false } },
  },
  before(
    'an assertion without AuthnStatement is refused',
    'SAML_AUTHN_STATEMENT_MISSING',
    remove(/<saml:AuthnStatement.*<\/saml:AuthnStatement>/),
  ),
  before(
    'an AuthnStatement without AuthnInstant is refused',
    'SAML_AUTHN_STATEMENT_MISSING',
    remove(/ AuthnInstant="[^"]*"/),
  ),
  before(
    'an AuthnStatement without context is refused',
    'SAML_AUTHN_CONTEXT_WRONG',
    remove(/<saml:AuthnContext>.*<\/saml:AuthnContext>/),
  ),
  value('a session that is over is refused', 'SAML_SESSION_OVER', { sessionNotOnOrAfter: minutesFromNow(-5) }),
  value('a SessionNotOnOrAfter that is no time is refused', 'SAML_SESSION_OVER', { sessionNotOnOrAfter: 'never' }),
  before('the earliest of several SessionNotOnOrAfter counts', 'SAML_SESSION_OVER', (xml) =>
    xml.replace(
      /<saml:AuthnStatement (.*)<\/saml:AuthnStatement>/,
      (one) =>
        one +
        one.replace('<saml:AuthnStatement ', `<saml:AuthnStatement SessionNotOnOrAfter="${minutesFromNow(-30)}" `),
    ),
  ),
  value('an empty NameID is refused', 'SAML_LOGIN_ATTRIBUTE_MISSING', { nameId: '' }),
  value('no NameID is refused', 'SAML_LOGIN_ATTRIBUTE_MISSING', { identifier: '<saml:BaseID/>' }),
  before('a NameID with an element in it, of which readers take different parts, is refused', 'SAML_MALFORMED', (xml) =>
    xml.replace('ann@example.com</saml:NameID>', 'ann@example.com<x xmlns="">.example.net</x></saml:NameID>'),
  ),
  before('an Audience with an element in it is refused', 'SAML_MALFORMED', (xml) =>
    xml.replace(`<saml:Audience>${ENTITY_ID}`, `<saml:Audience><x xmlns="">${ENTITY_ID}</x>`),
  ),
  before('an Issuer of the assertion with an element in it is refused', 'SAML_MALFORMED', (xml) =>
    xml.replace(/(<saml:Assertion [^>]*><saml:Issuer>)([^<]*)/, '$1<x xmlns="">$2</x>'),
  ),
  before('two NameIDs are refused', 'SAML_MALFORMED', (xml) =>
    xml.replace('</saml:NameID>', '</saml:NameID><saml:NameID>admin@example.com</saml:NameID>'),
  ),
  before('two subjects are refused', 'SAML_MALFORMED', (xml) =>
    xml.replace(/<saml:Subject>.*<\/saml:Subject>/, (one) => one + one),
  ),
  before('two Conditions are refused', 'SAML_MALFORMED', (xml) =>
    xml.replace(/<saml:Conditions.*<\/saml:Conditions>/, (one) => one + one),
  ),
  ...['a&#10;b', 'a&#13;b', 'a&#9;b', ' ann', 'ann ', '&#13;ann', 'a&#x9f;b', 'a&#x2029;b', 'x'.repeat(513)].map(
    (nameId) =>
      value(`the account ${JSON.stringify(nameId.slice(0, 20))} is refused`, 'SAML_ACCOUNT_INVALID', { nameId }),
  ),
  {
    ...value(
      'S-12: a missing login attribute is refused, NameID or not',
      'SAML_LOGIN_ATTRIBUTE_MISSING',
      { attributes: '' },
      empNo,
    ),
    twin: { values: { attributes: attribute('EmpNo', '4711') } },
  },
  {
    ...value(
      'S-12: two values of the login attribute are refused',
      'SAML_LOGIN_ATTRIBUTE_MISSING',
      { attributes: attribute('EmpNo', '1', '2') },
      empNo,
    ),
    twin: { values: { attributes: attribute('EmpNo', '4711') } },
  },
  {
    ...value(
      'S-12: a FriendlyName is no Name',
      'SAML_LOGIN_ATTRIBUTE_MISSING',
      { attributes: attribute('urn:oid:1" FriendlyName="EmpNo', '4711') },
      empNo,
    ),
    twin: { values: { attributes: attribute('EmpNo', '4711') } },
  },
  value(
    'an account outside accountDomains is refused',
    'SAML_ACCOUNT_DOMAIN_REFUSED',
    { nameId: 'ann@evil.example' },
    { config: { accountDomains: ['example.com'] } },
  ),
  value(
    'an account with the domain in the middle is refused',
    'SAML_ACCOUNT_DOMAIN_REFUSED',
    { nameId: 'ann@example.com@evil.example' },
    { config: { accountDomains: ['example.com'] } },
  ),
  value(
    'an account below the domain is refused',
    'SAML_ACCOUNT_DOMAIN_REFUSED',
    { nameId: 'ann@sub.example.com' },
    { config: { accountDomains: ['example.com'] } },
  ),
  value(
    'an account without a domain is refused',
    'SAML_ACCOUNT_DOMAIN_REFUSED',
    { nameId: 'example.com' },
    { config: { accountDomains: ['example.com'] } },
  ),
  {
    ...value(
      'S-23: without a value of the entry rule nobody enters',
      'SAML_ENTRY_REFUSED',
      { attributes: attribute('groups', 'others') },
      { config: { entry } },
    ),
    twin: { values: { attributes: attribute('groups', 'others', 'licence-users') } },
  },
]
