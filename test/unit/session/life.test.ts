import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import type { SessionConfig } from '../../../src/config/config.ts'
import { type Instant, instant } from '../../../src/core/time.ts'
import { type LifeFacts, sessionLife } from '../../../src/session/life.ts'
import { fc } from '../../support/properties.ts'

const T0 = Date.parse('2026-03-02T08:00:00Z')
const MINUTE = 60_000
const DEFAULTS: SessionConfig = {
  timeoutMinutes: 720,
  samlOffsetMinutes: 5,
  idpExpiry: 'strict',
  idleMaxMinutes: null,
  absoluteMaxMinutes: null,
}

/** Times in minutes after T0. */
function facts({
  end = null,
  active = 0,
  provider = 'okta',
}: {
  end?: number | null
  active?: number
  provider?: string
} = {}): LifeFacts {
  return {
    provider,
    signedInAt: instant(T0),
    sessionNotOnOrAfter: end === null ? null : instant(T0 + end * MINUTE),
    lastActivityAt: instant(T0 + active * MINUTE),
  }
}

function endOf(session: LifeFacts, settings: Partial<SessionConfig>): readonly [minutes: number, governedBy: string] {
  const { expiresAt, governedBy } = sessionLife(session, { ...DEFAULTS, ...settings })
  return [(expiresAt - T0) / MINUTE, governedBy]
}

describe('without SessionNotOnOrAfter', () => {
  test('S-16: the timeout decides, 12 hours by default', () => {
    assert.deepEqual(endOf(facts(), {}), [725, 'timeout'])
  })

  test('S-17: with 30 + 5 a request at 34:59 is served and one at 35:01 is not', () => {
    const { expiresAt } = sessionLife(facts(), { ...DEFAULTS, timeoutMinutes: 30 })
    assert.ok(T0 + 34 * MINUTE + 59_000 < expiresAt)
    assert.ok(T0 + 35 * MINUTE + 1_000 >= expiresAt)
  })

  test('S-17: an action restarts the countdown, in both modes', () => {
    for (const idpExpiry of ['strict', 'fnms'] as const) {
      assert.deepEqual(endOf(facts({ active: 20 }), { timeoutMinutes: 30, idpExpiry }), [55, 'timeout'])
    }
  })

  test('minutes may be fractions, ends are whole milliseconds', () => {
    const { expiresAt } = sessionLife(facts(), { ...DEFAULTS, timeoutMinutes: 0.1, samlOffsetMinutes: 1 / 7 })
    assert.equal(expiresAt, T0 + Math.round(6_000 + MINUTE / 7))
  })
})

describe('strict, with SessionNotOnOrAfter', () => {
  test('S-18: it is an absolute end plus the offset, whatever the activity', () => {
    assert.deepEqual(endOf(facts({ end: 60, active: 0 }), {}), [65, 'session-not-on-or-after'])
    assert.deepEqual(endOf(facts({ end: 60, active: 59 }), {}), [65, 'session-not-on-or-after'])
  })

  test('S-16: the timeout is ignored, shorter or longer', () => {
    assert.deepEqual(endOf(facts({ end: 60 }), { timeoutMinutes: 30 }), [65, 'session-not-on-or-after'])
    assert.deepEqual(endOf(facts({ end: 1000 }), { timeoutMinutes: 30 }), [1005, 'session-not-on-or-after'])
  })

  test('an end that lies before T0 still has its offset', () => {
    assert.deepEqual(endOf(facts({ end: -2 }), {}), [3, 'session-not-on-or-after'])
  })

  test('idleMaxMinutes plus offset limits it too', () => {
    assert.deepEqual(endOf(facts({ end: 60, active: 10 }), { idleMaxMinutes: 15 }), [30, 'idle'])
    assert.deepEqual(endOf(facts({ end: 60, active: 50 }), { idleMaxMinutes: 15 }), [65, 'session-not-on-or-after'])
  })
})

describe('fnms, with SessionNotOnOrAfter', () => {
  const fnms = { idpExpiry: 'fnms', timeoutMinutes: 10 } as const

  test('S-18: its remaining time at T0 is a window that each action restarts', () => {
    assert.deepEqual(endOf(facts({ end: 60 }), fnms), [65, 'session-not-on-or-after'])
    assert.deepEqual(endOf(facts({ end: 60, active: 64 }), fnms), [129, 'session-not-on-or-after'])
  })

  test('S-18: an end before T0 leaves the offset alone as window', () => {
    assert.deepEqual(endOf(facts({ end: -3, active: 4 }), fnms), [9, 'session-not-on-or-after'])
  })

  test('idleMaxMinutes limits the window', () => {
    assert.deepEqual(endOf(facts({ end: 60, active: 7 }), { ...fnms, idleMaxMinutes: 20 }), [32, 'idle'])
  })
})

describe('absoluteMaxMinutes', () => {
  test('counts from T0, caps every mode and has no offset', () => {
    const cap = { absoluteMaxMinutes: 45 }
    assert.deepEqual(endOf(facts({ active: 44 }), { ...cap, timeoutMinutes: 30 }), [45, 'absolute'])
    assert.deepEqual(endOf(facts({ end: 60 }), cap), [45, 'absolute'])
    assert.deepEqual(endOf(facts({ end: 60, active: 40 }), { ...cap, idpExpiry: 'fnms' }), [45, 'absolute'])
    assert.deepEqual(endOf(facts({ end: 60, active: 40 }), { ...cap, idleMaxMinutes: 30 }), [45, 'absolute'])
  })

  test('does not govern while another end is earlier', () => {
    assert.deepEqual(endOf(facts(), { absoluteMaxMinutes: 45, timeoutMinutes: 30 }), [35, 'timeout'])
    assert.deepEqual(endOf(facts({ end: 60 }), { absoluteMaxMinutes: 65 }), [65, 'session-not-on-or-after'])
  })
})

describe('a guest', () => {
  test('O-17: has 60 minutes from T0 without an offset, whatever he does and whatever the settings', () => {
    const guest = { provider: 'guest' }
    assert.deepEqual(endOf(facts({ ...guest, active: 59 }), {}), [60, 'absolute'])
    assert.deepEqual(endOf(facts({ ...guest, active: 59 }), { idpExpiry: 'fnms', samlOffsetMinutes: 60 }), [
      60,
      'absolute',
    ])
    assert.deepEqual(endOf(facts(guest), { absoluteMaxMinutes: 90 }), [60, 'absolute'])
  })

  test('O-17: has less where the settings give less', () => {
    const guest = { provider: 'guest' }
    assert.deepEqual(endOf(facts(guest), { timeoutMinutes: 30 }), [35, 'timeout'])
    assert.deepEqual(endOf(facts({ ...guest, active: 44 }), { absoluteMaxMinutes: 45 }), [45, 'absolute'])
  })
})

describe('properties', () => {
  const limit = fc.option(fc.integer({ min: 1, max: 2000 }))
  const anySettings: fc.Arbitrary<SessionConfig> = fc.record({
    timeoutMinutes: fc.integer({ min: 1, max: 2000 }),
    samlOffsetMinutes: fc.integer({ min: 0, max: 60 }),
    idpExpiry: fc.constantFrom('strict', 'fnms'),
    idleMaxMinutes: limit,
    absoluteMaxMinutes: limit,
  })
  const anyEnd = fc.option(fc.integer({ min: -60, max: 3000 }))
  const anyActivity = fc.integer({ min: 0, max: 3000 })
  const end = (session: LifeFacts, settings: SessionConfig): Instant => sessionLife(session, settings).expiresAt

  test('a later action never shortens a session', () => {
    fc.assert(
      fc.property(anySettings, anyEnd, anyActivity, anyActivity, (settings, notOnOrAfter, a, b) => {
        const [first, later] = [Math.min(a, b), Math.max(a, b)]
        const before = end(facts({ end: notOnOrAfter, active: first }), settings)
        assert.ok(end(facts({ end: notOnOrAfter, active: later }), settings) >= before)
      }),
    )
  })

  test('limits only shorten, and the absolute one is never passed', () => {
    fc.assert(
      fc.property(anySettings, anyEnd, anyActivity, (settings, notOnOrAfter, active) => {
        const session = facts({ end: notOnOrAfter, active })
        const limited = end(session, settings)
        assert.ok(limited <= end(session, { ...settings, idleMaxMinutes: null, absoluteMaxMinutes: null }))
        if (settings.absoluteMaxMinutes !== null) assert.ok(limited <= T0 + settings.absoluteMaxMinutes * MINUTE)
      }),
    )
  })

  test('without activity, fnms ends where strict ends when SessionNotOnOrAfter lies ahead', () => {
    fc.assert(
      fc.property(anySettings, fc.integer({ min: 0, max: 3000 }), (settings, notOnOrAfter) => {
        const session = facts({ end: notOnOrAfter })
        const [strict, fnms] = [
          end(session, { ...settings, idpExpiry: 'strict' }),
          end(session, { ...settings, idpExpiry: 'fnms' }),
        ]
        assert.equal(fnms, strict)
      }),
    )
  })
})
