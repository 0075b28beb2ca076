/** Rows about time, and the strict reading of xs:dateTime (SAML Core 2.0 §1.3.3: UTC). */

import { addSeconds, type Instant, instant, isoTime, type Seconds, seconds } from '../../core/time.ts'
import { bearers, type Check, earliest, type Facts, finding, latest, tolerance } from './checks-facts.ts'
import { type Finding, shown } from './diagnosis.ts'

const DATE_TIME = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,12}))?(Z|[+-](?:0\d|1[0-4]):[0-5]\d)$/

/**
 * A message is made when the browser is sent here, so one that is older than this was kept back, whatever life it claims
 * for itself.
 */
export const MAX_AGE: Seconds = seconds(3600)

/**
 * The instant that an xs:dateTime names, or undefined for any other text: fractions are kept to the millisecond, an offset
 * is understood, a time without a zone is none, because it means another instant to each reader.
 */
export function parseDateTime(text: string): Instant | undefined {
  const parts = DATE_TIME.exec(text)
  if (parts === null) return undefined
  const [, year = '', month = '', day = '', hour = '', minute = '', second = '', fraction = '', zone = ''] = parts
  const at = Date.UTC(+year, +month - 1, +day, +hour, +minute, +second, Number(fraction.slice(0, 3).padEnd(3, '0')))
  // Date.UTC carries 31 February into March; such a day is no day.
  if (+year < 1000 || new Date(at).toISOString().slice(0, 19) !== text.slice(0, 19)) return undefined
  return instant(at - offsetMinutes(zone) * 60_000)
}

function offsetMinutes(zone: string): number {
  if (zone === 'Z') return 0
  const size = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6))
  return zone.startsWith('-') ? -size : size
}

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

function checkIssued(facts: Facts): Finding | null {
  const { assertion, response, offset, now } = facts
  const ahead =
    checkBegun(facts, 'IssueInstant of the assertion', assertion.issueInstant ?? '') ??
    checkBegun(facts, 'IssueInstant of the Response', response.issueInstant)
  if (ahead !== null) return ahead
  const issued = parseDateTime(assertion.issueInstant ?? '') ?? now
  const oldest = addSeconds(now, seconds(-MAX_AGE - tolerance(offset)))
  if (issued >= oldest) return null
  const expected = `an assertion issued after ${isoTime(oldest)}`
  return finding('SAML_EXPIRED', 'expired', expected, apart(facts, assertion.issueInstant ?? '', issued))
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
  if (conditions === null) return null
  return (
    checkBegun(facts, 'NotBefore of Conditions', conditions.notBefore) ??
    checkEnded(facts, 'NotOnOrAfter of Conditions', conditions.notOnOrAfter)
  )
}

/** One confirmation that holds is enough. */
function checkConfirmationWindow(facts: Facts): Finding | null {
  const findings = bearers(facts).map(
    ({ notBefore, notOnOrAfter }) =>
      checkBegun(facts, 'NotBefore of SubjectConfirmationData', notBefore) ??
      checkEnded(facts, 'NotOnOrAfter of SubjectConfirmationData', notOnOrAfter),
  )
  return findings.includes(null) ? null : (findings[0] ?? null)
}

/** The value, our own time and how far the two are apart. */
function apart({ now }: Facts, text: string, at: Instant): string {
  const difference = Math.round(Math.abs(at - now) / 1000)
  const sense = at > now ? 'ahead of' : 'behind'
  return `${shown(text)}, ${difference} s ${sense} our clock (${isoTime(now)})`
}
