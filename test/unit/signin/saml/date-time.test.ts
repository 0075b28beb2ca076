import assert from 'node:assert/strict'
import test from 'node:test'
import { parseDateTime } from '../../../../src/signin/saml/date-time.ts'

test('an xs:dateTime with zone names one instant', () => {
  const noon = Date.UTC(2030, 1, 28, 12, 0, 0)
  for (const [text, at] of [
    ['2030-02-28T12:00:00Z', noon],
    ['2030-02-28T12:00:00.5Z', noon + 500],
    ['2030-02-28T12:00:00.123456789Z', noon + 123],
    ['2030-02-28T13:30:00+01:30', noon],
    ['2030-02-28T07:00:00-05:00', noon],
    ['2030-03-01T02:00:00+14:00', noon],
    ['2028-02-29T00:00:00Z', Date.UTC(2028, 1, 29)],
  ] as const) {
    assert.equal(parseDateTime(text), at, text)
  }
})

test('any other text names none', () => {
  for (const text of [
    '',
    '2030',
    '2030-02-28',
    '2030-02-28T12:00:00',
    '2030-02-30T12:00:00Z',
    '2030-02-28T24:00:00Z',
    '2030-02-28T12:00:60Z',
    '2030-02-28t12:00:00z',
    '2030-02-28T12:00:00Z ',
    '2030-02-28T12:00Z',
    '+2030-02-28T12:00:00Z',
    '0000-01-01T00:00:00Z',
    '2030-02-28T12:00:00+15:00',
    '2030-02-28T12:00:00+14:01',
    '2030-02-28T12:00:00-14:30',
    `2030-02-28T12:00:00.${'1'.repeat(50_000)}Z`,
  ]) {
    assert.equal(parseDateTime(text), undefined, text.slice(0, 40))
  }
})
