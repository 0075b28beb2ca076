/** The strict reading of xs:dateTime (XML Schema 1.0 Part 2 §3.2.7; SAML Core 2.0 §1.3.3: UTC). */

import { type Instant, instant } from '../../core/time.ts'

const DATE_TIME =
  /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,12}))?(Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))$/

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
