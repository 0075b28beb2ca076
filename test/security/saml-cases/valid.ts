/** Every valid form of a signed message: nothing true is refused. */

import { curve256, curve384, curve521, other, provider, second } from '../../support/saml/identities.ts'
import type { Circumstances } from '../../support/saml/judge.ts'
import { ACS, ENTITY_ID, type MessageOptions, minutesFromNow } from '../../support/saml/response.ts'
import { C14N, ENVELOPED } from '../../support/saml/sign.ts'

export interface ValidCase {
  readonly title: string
  readonly options: MessageOptions
  readonly circumstances: Circumstances
  /** Who gets in with it. */
  readonly account: string
}

const cases: ValidCase[] = []
export const VALID_CASES: readonly ValidCase[] = cases

function valid(
  title: string,
  options: MessageOptions,
  circumstances: Circumstances = {},
  account = 'ann@example.com',
): void {
  cases.push({ title, options, circumstances, account })
}

const both = { config: { want: { signedResponse: true, signedAssertion: true, encryptedAssertion: false } } }

for (const signed of ['response', 'assertion', 'both'] as const) {
  valid(`${signed} signed`, { signed })
  valid(`${signed} signed, pretty-printed`, { signed, before: (xml) => xml.replaceAll('><', '>\n  <') })
  valid(`${signed} signed, lines ended by CRLF`, {
    signed,
    before: (xml) => xml.replaceAll('><', '>\n<'),
    after: (xml) => xml.replaceAll('\n', '\r\n'),
  })
  valid(`${signed} signed, other prefixes`, {
    signed,
    before: (xml) =>
      xml
        .replaceAll('samlp:', 'P:')
        .replaceAll('xmlns:samlp', 'xmlns:P')
        .replaceAll('saml:', 'A_1:')
        .replaceAll('xmlns:saml=', 'xmlns:A_1='),
  })
  valid(`${signed} signed, default namespaces`, {
    signed,
    before: (xml) =>
      xml
        .replaceAll('samlp:', '')
        .replaceAll('xmlns:samlp', 'xmlns')
        .replaceAll('saml:', '')
        .replaceAll('xmlns:saml=', 'xmlns='),
  })
}
valid('both signed where both are wanted', { signed: 'both' }, both)
for (const algorithm of ['rsa-sha256', 'rsa-sha384', 'rsa-sha512', 'pss-sha256', 'pss-sha512'] as const) {
  valid(`signed with ${algorithm}`, { signing: { algorithm } })
}
for (const digest of ['sha384', 'sha512'] as const) valid(`digest ${digest}`, { signing: { digest } })
valid(
  'RSA-SHA1 where it is allowed',
  { signing: { algorithm: 'rsa-sha1', digest: 'sha1' } },
  { config: { minimumSignature: 'rsa-sha1' } },
)
for (const [by, algorithm] of [
  [curve256, 'ecdsa-sha256'],
  [curve384, 'ecdsa-sha384'],
  [curve521, 'ecdsa-sha512'],
] as const) {
  valid(
    `signed with ${algorithm}`,
    { by, signing: { algorithm } },
    { certificates: [provider.certificate, by.certificate] },
  )
}
valid(
  'signed by the second pinned key',
  { by: second },
  { certificates: [provider.certificate, other.certificate, second.certificate] },
)
valid('an InclusiveNamespaces PrefixList', {
  signing: { prefixList: [{ prefix: 'xs', namespace: 'http://www.w3.org/2001/XMLSchema' }] },
  before: (xml) => xml.replace('<samlp:Response ', '<samlp:Response xmlns:xs="http://www.w3.org/2001/XMLSchema" '),
})
valid('an InclusiveNamespaces PrefixList in both signatures', {
  signed: 'both',
  signing: { prefixList: [{ prefix: 'xs', namespace: 'http://www.w3.org/2001/XMLSchema' }] },
  before: (xml) => xml.replace('<samlp:Response ', '<samlp:Response xmlns:xs="http://www.w3.org/2001/XMLSchema" '),
})
valid('KeyInfo without certificate', { signing: { keyInfo: '<ds:KeyInfo><ds:KeyName>x</ds:KeyName></ds:KeyInfo>' } })
valid('a pretty-printed signature', {
  signing: {
    signedInfo: (text) => text.replaceAll('><ds:', '>\n  <ds:'),
    signature: (text) =>
      text
        .replaceAll('<ds:SignatureValue>', '\n<ds:SignatureValue>\n')
        .replace(/(.{76})(?=[A-Za-z0-9+/=]{10,}<\/ds:SignatureValue>)/, '$1\n'),
  },
})
valid('empty elements written short in the transforms', {
  signing: {
    transforms: `<ds:Transform Algorithm="${ENVELOPED}"></ds:Transform>\n<ds:Transform Algorithm="${C14N}"></ds:Transform>`,
  },
})
valid('an XML declaration', { after: (xml) => `<?xml version="1.0" encoding="UTF-8"?>\n${xml}` })
valid('a byte order mark and a declaration', {
  after: (xml) => `\ufeff<?xml version='1.0' encoding='utf-8' standalone="no" ?>${xml}`,
})
valid('attributes in single quotes', { after: (xml) => xml.replace(/Version="2.0"/g, "Version='2.0'") })
valid('comments where they are harmless', {
  after: (xml) => xml.replaceAll('<saml:Conditions', '<!-- here --><saml:Conditions'),
})
for (const text of ['<![CDATA[]]>', 'a<![CDATA[]]>b', '<![CDATA[<b>&c;]]>']) {
  valid(`the CDATA section ${text} in a signed attribute`, {
    values: {
      attributes: `<saml:Attribute Name="x"><saml:AttributeValue>${text}</saml:AttributeValue></saml:Attribute>`,
    },
  })
}
valid('attributes of one local name in several namespaces', {
  before: (xml) =>
    xml.replace('<saml:AttributeValue>', '<saml:AttributeValue xmlns:a="urn:a" xmlns:b="urn:b" y="1" a:y="2" b:y="3">'),
})
valid('IDs that begin with a digit', { values: { assertionId: '28338c8c-39ab-4b94-bcdc-46f68f99d962' } })
valid('several audiences', { values: { audience: `urn:other</saml:Audience><saml:Audience>${ENTITY_ID}` } })
valid('two restrictions that both name us', {
  values: {
    conditions: `<saml:AudienceRestriction><saml:Audience>${ENTITY_ID}</saml:Audience></saml:AudienceRestriction>`,
  },
})
valid('OneTimeUse and ProxyRestriction', {
  values: { conditions: '<saml:OneTimeUse/><saml:ProxyRestriction Count="1"/>' },
})
valid('Extensions of the Response', {
  values: { extra: '<samlp:Extensions><x:y xmlns:x="urn:x" a="1">z</x:y></samlp:Extensions>' },
})
valid('Advice without assertion', {
  before: (xml) =>
    xml.replace('<saml:AuthnStatement', '<saml:Advice><x:y xmlns:x="urn:x"/></saml:Advice><saml:AuthnStatement'),
})
valid('fractional seconds', {
  values: { notOnOrAfter: '2030-01-31T08:05:00.1234567Z', issueInstant: '2030-01-31T08:00:00.000000Z' },
})
valid('a time with an offset from UTC', { values: { notOnOrAfter: '2030-01-31T09:05:00+01:00' } })
valid('Conditions without times', { values: { notBefore: null, notOnOrAfter: null } })
valid('no Destination on an unsigned Response', { values: { destination: null } })
valid('a second confirmation by another method', {
  before: (xml) =>
    xml.replace(
      '<saml:SubjectConfirmation ',
      '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:sender-vouches"/><saml:SubjectConfirmation ',
    ),
})
valid('a second bearer confirmation for another consumer', {
  before: (xml) =>
    xml.replace(
      /<saml:SubjectConfirmation .*<\/saml:SubjectConfirmation>/,
      (one) => one.replace(ACS, 'https://other.example.com/acs') + one,
    ),
})
valid('a confirmation that is over beside one that answers', {
  before: (xml) =>
    xml.replace(/<saml:SubjectConfirmation .*<\/saml:SubjectConfirmation>/, (one) => {
      return one.replace(/NotOnOrAfter="[^"]*"/, `NotOnOrAfter="${minutesFromNow(-60)}"`) + one
    }),
})
for (const authnInstant of ['2029-12-24T08:00:00Z', '2030-02-24T08:00:00Z']) {
  valid(`the AuthnInstant ${authnInstant}, by which no session is measured`, { values: { authnInstant } })
}
valid('no IssueInstant on an unsigned Response', {
  before: (xml) => xml.replace(/(<samlp:Response [^>]*) IssueInstant="[^"]*"/, '$1'),
})
valid('no SessionIndex', { before: (xml) => xml.replace(' SessionIndex="_session1"', '') })
valid('a session that goes on', { values: { sessionNotOnOrAfter: minutesFromNow(30) } })
valid('a session that ended within the offset', { values: { sessionNotOnOrAfter: minutesFromNow(-4) } })
valid('two AuthnStatements', {
  before: (xml) => xml.replace(/<saml:AuthnStatement.*<\/saml:AuthnStatement>/, (one) => one + one),
})
valid('a declared authentication context', {
  before: (xml) => xml.replaceAll('AuthnContextClassRef', 'AuthnContextDeclRef'),
})
for (const format of [
  '1.1:nameid-format:unspecified',
  '2.0:nameid-format:persistent',
  '2.0:nameid-format:transient',
  '1.1:nameid-format:X509SubjectName',
]) {
  valid(`NameID of the format ${format}`, { values: { nameIdFormat: `urn:oasis:names:tc:SAML:${format}` } })
}
valid('a NameID of 256 characters', { values: { nameId: 'x'.repeat(256) } }, {}, 'x'.repeat(256))
valid('a NameID beyond ASCII', { values: { nameId: 'zoë.łęcka@例え.jp' } }, {}, 'zoë.łęcka@例え.jp')
valid('U+2029 and a no-break space in a signed attribute', {
  values: {
    attributes: '<saml:Attribute Name="x"><saml:AttributeValue>a\u2029b\u00a0c</saml:AttributeValue></saml:Attribute>',
  },
})
valid('an authentication context declared in the message itself', {
  before: (xml) =>
    xml.replace(
      /<saml:AuthnContextClassRef>.*<\/saml:AuthnContextClassRef>/,
      '<saml:AuthnContextDecl><x:password xmlns:x="urn:x"/></saml:AuthnContextDecl>',
    ),
})
valid('a NameID on a line of its own', { values: { nameId: '\n        ann@example.com\n      ' } })
valid(
  'an account in one of the domains, in another case',
  { values: { nameId: 'Ann@Example.COM' } },
  { config: { accountDomains: ['example.org', 'example.com'] } },
  'Ann@Example.COM',
)
valid('the login attribute in place of NameID', { values: { identifier: '' } }, { config: { loginAttribute: 'mail' } })
