import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { auditedPath } from '../../../src/audit/audited-path.ts'
import { denialCounts } from '../../../src/audit/denials.ts'
import type { AuditedRequest } from '../../../src/audit/request-audit.ts'
import { instant } from '../../../src/core/time.ts'

const DENIED: AuditedRequest = {
  request: 'r1',
  session: 's1',
  operator: 'o1',
  account: 'ann@example.com',
  provider: 'okta',
  service: 'app',
  operation: 'writeDevices',
  object: null,
  method: 'POST',
  path: '/app/devices',
  rule: 'no-statement',
}

describe('the path in the audit', () => {
  for (const [path, kept] of [
    ['/flexnet/api/1.0/instances/~/features', '/flexnet/api/1.0/instances/~/features'],
    ['/clm/paks/3AB4C5D6E7F', '/clm/paks/…6E7F'],
    ['/x/5b0f8f5e-0000-4000-8000-00000000abcd/', '/x/…abcd/'],
    ['/x/abcdefghijklmnopqrstuvwxyzABCDEFGHIJ', '/x/…GHIJ'],
    ['/x/%34%37%31%31', '/x/…1%31'],
    ['/administration/licences', '/administration/licences'],
    ['/', '/'],
  ] as const) {
    test(`keeps ${path} as ${kept}`, () => {
      assert.equal(auditedPath(path), kept)
    })
  }
})

describe('counts of refusals', () => {
  test('those of one session, service, operation, rule and code are one, with the first request and its time', () => {
    let now = 0
    const counts = denialCounts({ clock: { now: () => instant(now) } })
    for (now = 1; now <= 5; now += 1) counts.add({ ...DENIED, request: `r${now}` }, 'ROLE_MISSING')
    const others = [
      [{ ...DENIED, session: 's2' }, 'ROLE_MISSING'],
      [{ ...DENIED, operation: null }, 'ROLE_MISSING'],
      [{ ...DENIED, rule: 'origin' }, 'ROLE_MISSING'],
      [{ ...DENIED, service: 'other' }, 'ROLE_MISSING'],
      [DENIED, 'CROSS_ORIGIN'],
    ] as const
    for (const [denied, code] of others) counts.add(denied, code)
    const taken = counts.take()
    assert.deepEqual(
      taken.map(({ count }) => count),
      [5, 1, 1, 1, 1, 1],
    )
    assert.deepEqual([taken[0]?.denied.request, taken[0]?.since], ['r1', 1])
    assert.deepEqual(counts.take(), [])
  })

  test('there are never more than 10,000 kinds', () => {
    const counts = denialCounts({ clock: { now: () => instant(0) } })
    for (let session = 0; session < 10_000; session += 1) {
      assert.equal(counts.add({ ...DENIED, session: `s${session}` }, 'X'), true)
    }
    assert.equal(counts.add({ ...DENIED, session: 'one more' }, 'X'), false)
    assert.equal(counts.add({ ...DENIED, session: 's0' }, 'X'), true)
    assert.equal(counts.take().length, 10_000)
  })
})
