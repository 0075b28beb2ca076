/** What the meaning half of the check table looks at, and what a row of it is. */

import { addSeconds, type Instant, type Seconds, seconds } from '../../core/time.ts'
import type { Row } from './checks-message.ts'
import { parseDateTime } from './date-time.ts'
import type { Finding } from './diagnosis.ts'
import type { HintKey } from './hints.ts'
import type { Confirmation, Provider, ResponseFacts, SignedAssertion, SignInRequest } from './model.ts'

export interface Facts {
  readonly provider: Provider
  readonly response: ResponseFacts
  /** Read from signed bytes. */
  readonly assertion: SignedAssertion
  readonly acsUrl: string
  readonly entityId: string
  /** Null: an unsolicited message. */
  readonly request: SignInRequest | null
  /** The whole offset, for the session's end. */
  readonly offset: Seconds
  /** When the store was put back to an earlier state, if ever: what was claimed before is not all known. */
  readonly restoredAt?: Instant | undefined
  readonly now: Instant
}

/** A row that is judged on facts alone: a finding refuses, null passes. */
export interface Check extends Row {
  readonly run: (facts: Facts) => Finding | null
}

/** A finding. */
export function finding(code: Finding['code'], hint: HintKey, expected: string, received: string): Finding {
  return { code, hint, expected, received }
}

const BEARER = 'urn:oasis:names:tc:SAML:2.0:cm:bearer'

/** More than this no clock may be off, whatever the settings. */
export const MAX_TOLERANCE: Seconds = seconds(300)

/** How far a clock may be off: the offset held between 1 and 5 minutes (contract, section 3; saml.md S-8). */
export function tolerance(offset: Seconds): Seconds {
  return seconds(Math.min(Math.max(offset, 60), MAX_TOLERANCE))
}

/** The present as late as the tolerance allows. */
export function latest({ now, offset }: Pick<Facts, 'now' | 'offset'>): Instant {
  return addSeconds(now, tolerance(offset))
}

/** The present as early as the tolerance allows. */
export function earliest({ now, offset }: Pick<Facts, 'now' | 'offset'>): Instant {
  return addSeconds(now, seconds(-tolerance(offset)))
}

/** The confirmations that are addressed to our assertion consumer. */
export function addressed({ assertion, acsUrl }: Facts): Confirmation[] {
  return assertion.confirmations.filter(({ recipient }) => recipient === acsUrl)
}

/**
 * Those of them that confirm a bearer until an instant (SAML Profiles 2.0 §4.1.4.2). The profile wants no NotBefore there, some
 * providers send it: the time rows judge it.
 */
export function bearers(facts: Facts): Confirmation[] {
  return addressed(facts).filter(({ method, notOnOrAfter }) => method === BEARER && notOnOrAfter !== null)
}

/** Those of them whose window holds the present: one confirmation must hold whole, not each half of it in another. */
export function timely(facts: Facts): Confirmation[] {
  return bearers(facts).filter((window) => {
    const begin = window.notBefore === null ? facts.now : parseDateTime(window.notBefore)
    const end = parseDateTime(window.notOnOrAfter ?? '')
    if (begin === undefined || end === undefined || isEmpty(window)) return false
    return begin <= latest(facts) && earliest(facts) < end
  })
}

/** Those of them that answer the outstanding request, or no request when there is none. */
export function answering(facts: Facts): Confirmation[] {
  const wanted = facts.request?.id ?? null
  return timely(facts).filter(({ inResponseTo }) => inResponseTo === wanted)
}

/** Times as they stand in the message; null: not set. */
export type Window = Pick<Confirmation, 'notBefore' | 'notOnOrAfter'>

/** Whether both ends are set and no instant lies between them. */
export function isEmpty({ notBefore, notOnOrAfter }: Window): boolean {
  const [begin, end] = [parseDateTime(notBefore ?? ''), parseDateTime(notOnOrAfter ?? '')]
  return begin !== undefined && end !== undefined && end <= begin
}
