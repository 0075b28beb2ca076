/** The dearest messages that the limits let through to a thread, and one that they stop. Signed by the provider itself: nothing is refused early. */

import { systemClock } from '../../../src/core/time.ts'
import type { SigningKeys } from '../../../src/demo/identity-provider/signature.ts'
import { messageXml } from '../../support/saml/response.ts'
import { formBody, type ServiceProviderSide } from './messages.ts'

export interface HostileMessage {
  readonly name: string
  readonly body: string
}

const KIBIBYTE = 1024
const EXTENSION = 'urn:example:extension'

/** XML that goes into the attribute statement, under both signatures. */
const CONTENTS: Readonly<Record<string, string>> = {
  'usual message': value('x'),
  '256 comments, 15 KiB': value(`x${'<!--'.concat('-a'.repeat(28).slice(1), '-->').repeat(256)}`),
  'depth 57, 9 500 elements': value(tower(50, 190)),
  '18 000 attributes': value(`<e xmlns="${EXTENSION}" ${attributes(60)}/>`.repeat(300)),
  '60 namespaces in scope, 3 500 elements under them': value(
    `<n0:r ${namespaces(60)}>${'<n1:a n2:b="" n3:c=""/>'.repeat(3500)}</n0:r>`,
  ),
  '220 KiB of one value': value('&lt;'.repeat((220 * KIBIBYTE) / 4)),
  '2 400 values': value('y').repeat(2400),
  '700 KiB of comments, beyond the limits': value('<!-- -->'.repeat((700 * KIBIBYTE) / 8)),
}

/** Forms that hold no message, as long as forms may be. */
const FORMS: readonly HostileMessage[] = [
  {
    name: 'the answer to a lost sign-in, sent back to be posted again',
    body: `SAMLResponse=${'A'.repeat(340 * KIBIBYTE)}&RelayState=0123abcd`,
  },
  { name: 'a form of nothing but blanks', body: `SAMLResponse=${'+'.repeat(511 * KIBIBYTE)}` },
  { name: 'a form of nothing but escapes', body: `SAMLResponse=${'%2B'.repeat(170 * KIBIBYTE)}` },
  { name: 'a form of 250 000 fields', body: '&a'.repeat(250 * KIBIBYTE) },
]

export function hostileMessages(
  keys: SigningKeys,
  issuer: string,
  { entityId, acsUrl, relayState }: ServiceProviderSide,
): readonly HostileMessage[] {
  const at = (minutes: number) => new Date(systemClock.now() + minutes * 60_000).toISOString()
  const messages = Object.entries(CONTENTS).map(([name, content], index) => {
    const xml = messageXml({
      by: { key: keys.key, certificate: keys.cert },
      signed: 'both',
      values: {
        responseIssuer: issuer,
        assertionIssuer: issuer,
        destination: acsUrl,
        recipient: acsUrl,
        audience: entityId,
        inResponseTo: null,
        responseInResponseTo: null,
        assertionId: `_hostile${index}`,
        issueInstant: at(0),
        authnInstant: at(0),
        notBefore: at(-1),
        notOnOrAfter: at(5),
        confirmationNotOnOrAfter: at(5),
        attributes: `<saml:Attribute Name="FnmsAdmin"><saml:AttributeValue>true</saml:AttributeValue></saml:Attribute><saml:Attribute Name="mail">${content}</saml:Attribute>`,
      },
    })
    return { name, body: formBody(xml, relayState) }
  })
  return [...messages, ...FORMS]
}

function value(content: string): string {
  return `<saml:AttributeValue>${content}</saml:AttributeValue>`
}

function tower(depth: number, times: number): string {
  return `<e xmlns="${EXTENSION}">${`${'<e>'.repeat(depth)}${'</e>'.repeat(depth)}`.repeat(times)}</e>`
}

function attributes(count: number): string {
  return Array.from({ length: count }, (_, index) => `a${index}=""`).join(' ')
}

function namespaces(count: number): string {
  return Array.from({ length: count }, (_, index) => `xmlns:n${index}="urn:${index}"`).join(' ')
}
