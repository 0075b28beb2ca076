/** Well signed values that are nearly right: at the very end of a time, an address that means the same, one good part of several. */

import type { ErrorCode } from '../../../src/core/errors.ts'
import type { HostileCase } from '../../support/saml/expect.ts'
import type { Circumstances } from '../../support/saml/judge.ts'
import { ACS, ENTITY_ID, type MessageOptions, minutesFromNow, NOW, type Values } from '../../support/saml/response.ts'

function values(title: string, code: ErrorCode, right: Partial<Values>, wrong: Partial<Values>): HostileCase {
  return { title, code, twin: { values: right }, hostile: { values: wrong } }
}

const milliseconds = (count: number) => new Date(NOW + count).toISOString()
/** The tolerance of the tests, in milliseconds. */
const OFF = 300_000
const HOUR = 3_600_000

const LIMITS: readonly HostileCase[] = [
  values(
    'Conditions that end just when the tolerance does are refused',
    'SAML_EXPIRED',
    { notBefore: minutesFromNow(-30), notOnOrAfter: milliseconds(1 - OFF) },
    { notBefore: minutesFromNow(-30), notOnOrAfter: milliseconds(-OFF) },
  ),
  values(
    'a confirmation that ends just when the tolerance does is refused',
    'SAML_EXPIRED',
    { confirmationNotOnOrAfter: milliseconds(1 - OFF) },
    { confirmationNotOnOrAfter: milliseconds(-OFF) },
  ),
  values(
    'Conditions that begin a millisecond after the tolerance are refused',
    'SAML_NOT_YET_VALID',
    { notBefore: milliseconds(OFF), notOnOrAfter: minutesFromNow(9) },
    { notBefore: milliseconds(OFF + 1), notOnOrAfter: minutesFromNow(9) },
  ),
  values(
    'an assertion that is a millisecond too old is refused',
    'SAML_EXPIRED',
    { issueInstant: milliseconds(-HOUR - OFF) },
    { issueInstant: milliseconds(-HOUR - OFF - 1) },
  ),
  values(
    'Conditions that end when they begin are refused',
    'SAML_EXPIRED',
    { notBefore: milliseconds(0), notOnOrAfter: milliseconds(1) },
    { notBefore: milliseconds(0), notOnOrAfter: milliseconds(0) },
  ),
  values(
    'a session that ends just now is refused',
    'SAML_SESSION_OVER',
    { sessionNotOnOrAfter: milliseconds(1 - OFF) },
    { sessionNotOnOrAfter: milliseconds(-OFF) },
  ),
]

const TIMES: readonly HostileCase[] = [
  '2030-01-31T24:00:00Z',
  '2030-06-30T23:59:60Z',
  '2030-01-31T08:05:00z',
  '2030-01-31T08:05:00,5Z',
  '2030-01-31T08:05:00.Z',
  '2030-01-31T08:05:00+14:01',
  '12030-01-31T08:05:00Z',
  '٢٠٣٠-01-31T08:05:00Z',
  '2030-01-31T08:05:00Z&#10;',
].map((time) => values(`the time ${time} is refused`, 'SAML_EXPIRED', {}, { notOnOrAfter: time }))

const ADDRESSES: readonly HostileCase[] = [
  ['in capitals', ACS.replace('licences', 'LICENCES')],
  ['with the port that goes without saying', ACS.replace('.com', '.com:443')],
  ['with a final slash', `${ACS}/`],
  ['with a letter escaped', ACS.replace('/acs', '/%61cs')],
  ['with a dot segment', ACS.replace('/acs', '/./acs')],
  ['with an empty query', `${ACS}?`],
  ['of a host with a final dot', ACS.replace('.com', '.com.')],
  ['with a Cyrillic letter', ACS.replace('licences', 'lіcences')],
  ['as a path', new URL(ACS).pathname],
  ['with a blank behind it', `${ACS}&#32;`],
].flatMap(([how, address = '']): HostileCase[] => [
  values(`our address ${how} is no Recipient`, 'SAML_RECIPIENT_WRONG', {}, { recipient: address }),
  {
    title: `our address ${how} is no Destination of a signed Response`,
    code: 'SAML_DESTINATION_WRONG',
    twin: { signed: 'response' },
    hostile: { values: { destination: address } },
  },
])

const restrictions = (...lists: string[][]): Partial<Values> => {
  const audiences = (list: string[]) => list.map((each) => `<saml:Audience>${each}</saml:Audience>`).join('')
  const all = lists.map((list) => `<saml:AudienceRestriction>${audiences(list)}</saml:AudienceRestriction>`)
  return { audience: '', conditions: all.join('') }
}

const AUDIENCES: readonly HostileCase[] = [
  ...[`${ENTITY_ID}\u00a0`, `\ufeff${ENTITY_ID}`, `${ENTITY_ID}&#32;`, `urn:x ${ENTITY_ID}`, '*'].map((audience) =>
    values(`the audience ${JSON.stringify(audience)} is refused`, 'SAML_AUDIENCE_WRONG', {}, { audience }),
  ),
  values(
    'of three restrictions all but the middle one naming us are refused',
    'SAML_AUDIENCE_WRONG',
    restrictions([ENTITY_ID], ['urn:x', ENTITY_ID], [ENTITY_ID]),
    restrictions([ENTITY_ID], ['urn:x', 'urn:y'], [ENTITY_ID]),
  ),
  values(
    'an Audience outside a restriction is refused',
    'SAML_CONDITION_UNKNOWN',
    {},
    { audience: '', conditions: `<saml:Audience>${ENTITY_ID}</saml:Audience>` },
  ),
  values(
    'an Audience in ProxyRestriction alone is refused',
    'SAML_AUDIENCE_WRONG',
    {},
    {
      audience: '',
      conditions: `<saml:ProxyRestriction><saml:Audience>${ENTITY_ID}</saml:Audience></saml:ProxyRestriction>`,
    },
  ),
]

const CONFIRMATION = /<saml:SubjectConfirmation .*<\/saml:SubjectConfirmation>/
const twoConfirmations: MessageOptions = { before: (xml) => xml.replace(CONFIRMATION, (one) => one + one) }

function confirmations(title: string, code: ErrorCode, change: (one: string) => string): HostileCase {
  return { title, code, twin: twoConfirmations, hostile: { before: (xml) => xml.replace(CONFIRMATION, change) } }
}

const over = (one: string) => one.replace(/NotOnOrAfter="[^"]*"/, `NotOnOrAfter="${minutesFromNow(-9)}"`)
const statement = (attributes: string, context = '<saml:AuthnContextClassRef>urn:x</saml:AuthnContextClassRef>') =>
  `<saml:AuthnStatement ${attributes}><saml:AuthnContext>${context}</saml:AuthnContext></saml:AuthnStatement>`
const authenticated = `AuthnInstant="${minutesFromNow(-1)}"`
const twoStatements = { statements: statement(authenticated) + statement(authenticated) }

const ONE_OF_SEVERAL: readonly HostileCase[] = [
  confirmations(
    'a bearer that is over beside a holder of a key that is not is refused',
    'SAML_EXPIRED',
    (one) => over(one) + one.replace('cm:bearer', 'cm:holder-of-key'),
  ),
  confirmations(
    'our Recipient for another request beside our request for another Recipient is refused',
    'SAML_REQUEST_UNKNOWN',
    (one) =>
      one.replace(/InResponseTo="[^"]*"/, 'InResponseTo="_other"') + one.replace(ACS, 'https://other.example.com/acs'),
  ),
  confirmations(
    'a confirmation without end beside one that is over is refused',
    'SAML_EXPIRED',
    (one) => one.replace(/ NotOnOrAfter="[^"]*"/, '') + over(one),
  ),
  confirmations('two SubjectConfirmationData in one confirmation are refused', 'SAML_MALFORMED', (one) =>
    one.replace(/<saml:SubjectConfirmationData[^>]*>/, (data) => data + data),
  ),
  values('a second AuthnStatement without AuthnInstant is refused', 'SAML_AUTHN_STATEMENT_MISSING', twoStatements, {
    statements: statement(authenticated) + statement(''),
  }),
  values('a second AuthnStatement without context is refused', 'SAML_AUTHN_CONTEXT_WRONG', twoStatements, {
    statements: statement(authenticated) + statement(authenticated, ''),
  }),
  values('a context that stands in a comment is refused', 'SAML_AUTHN_CONTEXT_WRONG', twoStatements, {
    statements: statement(authenticated, '<saml:AuthnContextClassRef><!--urn:x--></saml:AuthnContextClassRef>'),
  }),
  {
    title: 'Success below another status is refused',
    code: 'SAML_STATUS_NOT_SUCCESS',
    hostile: {
      after: (xml) =>
        xml.replace(/<samlp:StatusCode [^>]*>/, (success) => {
          const other = success.replace('status:Success', 'status:Requester').replace('/>', '>')
          return `${other}${success}</samlp:StatusCode>`
        }),
    },
  },
]

const attribute = (name: string, value: string) => `<saml:Attribute Name="${name}">${value}</saml:Attribute>`
const VALUE = '<saml:AttributeValue>4711</saml:AttributeValue>'
const byNumber: Circumstances = { config: { loginAttribute: 'EmpNo' } }

const NAMES: readonly HostileCase[] = [
  ['in another case', attribute('empno', VALUE)],
  ['with a blank', attribute('EmpNo ', VALUE)],
  ['with a Cyrillic letter', attribute('ЕmpNo', VALUE)],
  ['in another namespace', `<x:Attribute xmlns:x="urn:x" Name="EmpNo">${VALUE}</x:Attribute>`],
  [
    'inside the value of another attribute',
    attribute('x', `<saml:AttributeValue>${attribute('EmpNo', VALUE)}</saml:AttributeValue>`),
  ],
  ['with the same value twice', attribute('EmpNo', VALUE) + attribute('EmpNo', VALUE)],
  [
    'with a value of another namespace',
    attribute('EmpNo', '<x:AttributeValue xmlns:x="urn:x">4711</x:AttributeValue>'),
  ],
  ['with a value in a comment', attribute('EmpNo', '<saml:AttributeValue><!--4711--></saml:AttributeValue>')],
].map(([how, attributes = '']) => ({
  ...values(
    `S-12: a login attribute ${how} is refused`,
    'SAML_LOGIN_ATTRIBUTE_MISSING',
    { attributes: attribute('EmpNo', VALUE) },
    { attributes },
  ),
  circumstances: byNumber,
}))

const ACCOUNTS: readonly HostileCase[] = [
  'ann@example.com\u00a0',
  '\ufeffann@example.com',
  'ann@example.com\u3000',
].map((nameId) => values(`the account ${JSON.stringify(nameId)} is refused`, 'SAML_ACCOUNT_INVALID', {}, { nameId }))

export const EXACTNESS_CASES: readonly HostileCase[] = [
  ...LIMITS,
  ...TIMES,
  ...ADDRESSES,
  ...AUDIENCES,
  ...ONE_OF_SEVERAL,
  ...NAMES,
  ...ACCOUNTS,
]
