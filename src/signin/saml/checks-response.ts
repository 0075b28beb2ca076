/** Rows about the Response and its issuer (SAML Core 2.0 §3.2.2, SAML Profiles 2.0 §4.1.4.2). */

import { type Check, type Facts, finding } from './checks-facts.ts'
import type { Finding } from './diagnosis.ts'
import { shown, shownList } from './diagnosis.ts'

const SUCCESS = 'urn:oasis:names:tc:SAML:2.0:status:Success'
const ENTITY_FORMAT = 'urn:oasis:names:tc:SAML:2.0:nameid-format:entity'
const SHORT_CODE = /^urn:oasis:names:tc:SAML:2\.0:status:/

export const RESPONSE_CHECKS: readonly Check[] = [
  { name: 'status Success', codes: ['SAML_STATUS_NOT_SUCCESS'], provider: [], run: checkStatus },
  { name: 'version 2.0', codes: ['SAML_VERSION_WRONG'], provider: [], run: checkVersion },
  {
    name: 'issuer of Response and assertion',
    codes: ['SAML_ISSUER_MISMATCH'],
    provider: ['metadata'],
    run: checkIssuer,
  },
  {
    name: 'Destination is our assertion consumer',
    codes: ['SAML_DESTINATION_WRONG'],
    provider: [],
    run: checkDestination,
  },
]

function checkStatus({ response }: Facts): Finding | null {
  if (response.statusCodes[0] === SUCCESS) return null
  const codes = shownList(response.statusCodes.map((code) => code.replace(SHORT_CODE, '')))
  const said = response.statusMessage === null ? '' : `, ${shown(response.statusMessage)}`
  return finding('SAML_STATUS_NOT_SUCCESS', 'status', 'status Success', codes + said)
}

function checkVersion({ response, assertion }: Facts): Finding | null {
  for (const { version } of [response, assertion]) {
    if (version !== '2.0') return finding('SAML_VERSION_WRONG', 'version', 'Version "2.0"', shown(version))
  }
  return null
}

/** The assertion must name its issuer; the Response may leave it out: the key says it. */
function checkIssuer({ response, assertion, provider }: Facts): Finding | null {
  const expected = provider.metadata.entityId
  const mismatch = (where: string, received: string | null) =>
    finding('SAML_ISSUER_MISMATCH', 'issuer', `${where} issued by ${shown(expected)}`, shown(received))
  if (assertion.issuer !== expected) return mismatch('an assertion', assertion.issuer)
  if (response.issuer !== null && response.issuer !== expected) return mismatch('a Response', response.issuer)
  for (const { issuerFormat } of [response, assertion]) {
    if (issuerFormat !== null && issuerFormat !== ENTITY_FORMAT) {
      return finding('SAML_ISSUER_MISMATCH', 'issuer', 'an Issuer of the entity format', shown(issuerFormat))
    }
  }
  return null
}

/** A signed Response must name it (SAML Bindings 2.0 §3.5.5.2); in an unsigned one an empty value says nothing. */
function checkDestination({ response, acsUrl }: Facts): Finding | null {
  const { destination, signed } = response
  if (destination === acsUrl || (!signed && (destination === null || destination === ''))) return null
  return addressFinding('SAML_DESTINATION_WRONG', 'Destination', acsUrl, destination === null ? [] : [destination])
}

/** A wrong address; when only the scheme differs the hint says so (saml.md S-6). */
export function addressFinding(
  code: 'SAML_DESTINATION_WRONG' | 'SAML_RECIPIENT_WRONG',
  what: string,
  expected: string,
  received: readonly string[],
): Finding {
  const bare = (address: string) => address.replace(/^https?:/i, '')
  const hint = received.some((address) => bare(address) === bare(expected)) ? 'destination-scheme' : 'destination'
  return finding(code, hint, `${what} ${shown(expected)}`, shownList(received))
}
