/** Rows about the subject's confirmation, the conditions and the request that is answered (SAML Profiles 2.0 §4.1.4.3). */

import { addressed, answering, bearers, type Check, type Facts, finding, timely } from './checks-facts.ts'
import { addressFinding } from './checks-response.ts'
import { type Finding, shown, shownList } from './diagnosis.ts'

export const SUBJECT_CHECKS: readonly Check[] = [
  { name: 'Recipient is our assertion consumer', codes: ['SAML_RECIPIENT_WRONG'], provider: [], run: checkRecipient },
  { name: 'bearer confirmation', codes: ['SAML_CONFIRMATION_INVALID'], provider: [], run: checkBearer },
  {
    name: 'conditions present and understood',
    codes: ['SAML_CONDITIONS_MISSING', 'SAML_CONDITION_UNKNOWN'],
    provider: [],
    run: checkConditions,
  },
]

export const BINDING_CHECKS: readonly Check[] = [
  { name: 'audience', codes: ['SAML_AUDIENCE_WRONG'], provider: [], run: checkAudience },
  {
    name: 'answer to this browser’s request',
    codes: ['SAML_REQUEST_UNKNOWN', 'SAML_UNSOLICITED_REFUSED'],
    provider: ['allowUnsolicited'],
    run: checkRequest,
  },
]

function checkRecipient(facts: Facts): Finding | null {
  if (addressed(facts).length > 0) return null
  const recipients = facts.assertion.confirmations.flatMap(({ recipient }) => recipient ?? [])
  return addressFinding('SAML_RECIPIENT_WRONG', 'Recipient', facts.acsUrl, recipients)
}

function checkBearer(facts: Facts): Finding | null {
  if (bearers(facts).length > 0) return null
  const received = addressed(facts).map(({ method, notOnOrAfter }) => {
    return notOnOrAfter === null ? `${method} without NotOnOrAfter` : method
  })
  const expected = 'a bearer confirmation with NotOnOrAfter'
  return finding('SAML_CONFIRMATION_INVALID', 'confirmation', expected, shownList(received))
}

function checkConditions({ assertion }: Facts): Finding | null {
  const { conditions } = assertion
  if (conditions === null) return finding('SAML_CONDITIONS_MISSING', 'conditions', 'a Conditions element', 'none')
  if (conditions.unknown.length === 0) return null
  return finding('SAML_CONDITION_UNKNOWN', 'conditions', 'conditions of SAML Core 2.0', shownList(conditions.unknown))
}

/** Every restriction must hold; one audience of each is enough (SAML Core 2.0 §2.5.1.4). Compared exactly (saml.md S-5). */
function checkAudience({ assertion, entityId }: Facts): Finding | null {
  const restrictions = assertion.conditions?.audiences ?? []
  const failing = restrictions.length === 0 ? [] : restrictions.find((audiences) => !audiences.includes(entityId))
  if (failing === undefined) return null
  const near = failing.some((audience) => folded(audience) === folded(entityId))
  return finding('SAML_AUDIENCE_WRONG', near ? 'audience-near' : 'audience', shown(entityId), shownList(failing))
}

function folded(entityId: string): string {
  return entityId.toLowerCase().replace(/\/$/, '')
}

/**
 * The signed confirmation names the request, the Response names the same (SAML Core 2.0 §3.2.2 demands it of an answer),
 * and the request went to the provider that answers. Without a request nothing may name one.
 */
function checkRequest(facts: Facts): Finding | null {
  const { request, response, provider } = facts
  if (request === null && !provider.config.allowUnsolicited) {
    return finding(
      'SAML_UNSOLICITED_REFUSED',
      'unsolicited',
      'an answer to a sign-in that began here',
      'an unsolicited one',
    )
  }
  const wanted = request?.id ?? null
  const expected = wanted === null ? 'no InResponseTo, as no sign-in is under way' : `InResponseTo ${shown(wanted)}`
  const unknown = (received: string) => finding('SAML_REQUEST_UNKNOWN', 'request', expected, received)
  if (answering(facts).length === 0) {
    return unknown(`${shownList(timely(facts).flatMap(({ inResponseTo }) => inResponseTo ?? []))} in the assertion`)
  }
  if (response.inResponseTo !== wanted) return unknown(`${shown(response.inResponseTo)} in the Response`)
  if (request === null || request.provider === provider.config.id) return null
  const asked = `an answer of the provider ${shown(request.provider)}`
  return finding('SAML_REQUEST_UNKNOWN', 'request-provider', asked, `one of ${shown(provider.config.id)}`)
}
