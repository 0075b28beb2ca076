/** Rows about time. */

import { addSeconds, type Instant, isoTime, type Seconds, seconds } from '../../core/time.ts'
import {
  bearers,
  type Check,
  earliest,
  type Facts,
  finding,
  isEmpty,
  latest,
  tolerance,
  type Window,
} from './checks-facts.ts'
import { parseDateTime } from './date-time.ts'
import { type Finding, shown } from './diagnosis.ts'

/**
 * A message is made when the browser is sent here, so one that is older than this was kept back, whatever life it claims
 * for itself.
 */
export const MAX_AGE: Seconds = seconds(3600)

export const TIME_CHECKS: readonly Check[] = [
  {
    name: 'time window',
    codes: ['SAML_NOT_YET_VALID', 'SAML_EXPIRED'],
    provider: [],
    run: (facts) =>
      checkIssued(facts) ??
      checkIssuedAfterRestore(facts) ??
      checkConditionsWindow(facts) ??
      checkConfirmationWindow(facts),
  },
]

/** The finding for a time that is set and no xs:dateTime, or that begins later than the tolerance allows. */
function checkBegun(facts: Facts, what: string, text: string | null): Finding | null {
  if (text === null) return null
  const at = parseDateTime(text)
  if (at === undefined) return finding('SAML_NOT_YET_VALID', 'time', `${what} as xs:dateTime with a zone`, shown(text))
  if (at <= latest(facts)) return null
  return finding(
    'SAML_NOT_YET_VALID',
    'clock',
    `${what} at ${isoTime(latest(facts))} or before`,
    apart(facts, text, at),
  )
}

function checkEnded(facts: Facts, what: string, text: string | null): Finding | null {
  if (text === null) return null
  const at = parseDateTime(text)
  if (at === undefined) return finding('SAML_EXPIRED', 'time', `${what} as xs:dateTime with a zone`, shown(text))
  if (earliest(facts) < at) return null
  return finding('SAML_EXPIRED', 'expired', `${what} after ${isoTime(earliest(facts))}`, apart(facts, text, at))
}

/** The Response is made with its assertion: where it says when, that must fit, too. Unsigned, it can refuse and never admit. */
function checkIssued(facts: Facts): Finding | null {
  const { assertion, response } = facts
  return (
    checkIssueInstant(facts, 'assertion', assertion.issueInstant ?? '') ??
    checkIssueInstant(facts, 'Response', response.issueInstant)
  )
}

function checkIssueInstant(facts: Facts, of: string, text: string | null): Finding | null {
  const { offset, now } = facts
  const ahead = checkBegun(facts, `IssueInstant of the ${of}`, text)
  if (ahead !== null || text === null) return ahead
  const oldest = addSeconds(now, seconds(-MAX_AGE - tolerance(offset)))
  const issued = parseDateTime(text) ?? now
  if (issued >= oldest) return null
  const expected = `IssueInstant of the ${of} after ${isoTime(oldest)}`
  return finding('SAML_EXPIRED', 'expired', expected, apart(facts, text, issued))
}

/**
 * An unsolicited assertion that was used after the backup is not known to have been used. Our tolerance for the provider's
 * clock applies, since its time is all there is to judge by. An answer is held to its request, which is ours.
 */
function checkIssuedAfterRestore(facts: Facts): Finding | null {
  const { request, restoredAt, assertion, offset, now } = facts
  if (request !== null || restoredAt === undefined) return null
  const begin = addSeconds(restoredAt, tolerance(offset))
  const issued = parseDateTime(assertion.issueInstant ?? '') ?? now
  if (issued > begin) return null
  const expected = `an unsolicited assertion issued after ${isoTime(begin)}, since the store was restored`
  return finding('SAML_EXPIRED', 'expired', expected, apart(facts, assertion.issueInstant ?? '', issued))
}

function checkConditionsWindow(facts: Facts): Finding | null {
  const { conditions } = facts.assertion
  return conditions === null ? null : checkWindow(facts, 'Conditions', conditions)
}

/** One confirmation that holds is enough; it must answer the request, too. */
function checkConfirmationWindow(facts: Facts): Finding | null {
  const findings = bearers(facts).map((each) => checkWindow(facts, 'SubjectConfirmationData', each))
  return findings.includes(null) ? null : (findings[0] ?? null)
}

/** The finding for a window that does not hold the present, or that holds no instant at all (SAML Core 2.0 §2.5.1.2). */
function checkWindow(facts: Facts, where: string, { notBefore, notOnOrAfter }: Window): Finding | null {
  const outside =
    checkBegun(facts, `NotBefore of ${where}`, notBefore) ?? checkEnded(facts, `NotOnOrAfter of ${where}`, notOnOrAfter)
  if (outside !== null || !isEmpty({ notBefore, notOnOrAfter })) return outside
  const expected = `NotBefore of ${where} before its NotOnOrAfter`
  return finding('SAML_EXPIRED', 'expired', expected, `${shown(notBefore)} and ${shown(notOnOrAfter)}`)
}

/** The value, our own time and how far the two are apart. */
function apart({ now }: Facts, text: string, at: Instant): string {
  const difference = Math.round(Math.abs(at - now) / 1000)
  const sense = at > now ? 'ahead of' : 'behind'
  return `${shown(text)}, ${difference} s ${sense} our clock (${isoTime(now)})`
}
