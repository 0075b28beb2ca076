import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { auditedPath } from '../../../src/audit/audited-path.ts'
import { denialCounts } from '../../../src/audit/denials.ts'
import { type AuditedRequest, requestAudit } from '../../../src/audit/request-audit.ts'
import { alarms } from '../../../src/core/alarms.ts'
import { AppError } from '../../../src/core/errors.ts'
import { silentLog } from '../../../src/core/log.ts'
import { systemRandom } from '../../../src/core/random.ts'
import { instant } from '../../../src/core/time.ts'
import { memoryStore } from '../../../src/store/memory/memory-store.ts'
import type { Store } from '../../../src/store/ports.ts'
import { recorded, withCode } from '../../contract/samples.ts'

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

describe('what could not be recorded', () => {
  function fixture() {
    const clock = { now: () => instant(1_800_000_000_000) }
    const store = memoryStore()
    const state = { broken: false }
    const transaction: Store['transaction'] = async (work) => {
      if (state.broken) throw new AppError('STORE_UNAVAILABLE', 'made to fail')
      return store.transaction(work)
    }
    const raised = alarms({ clock })
    const kinds: string[] = []
    const count = (kind: string) => void kinds.push(kind)
    const parts = { store: { transaction }, alarms: raised, count, clock, random: systemRandom, log: silentLog }
    const alarming = () => raised.list().map(({ code, subject }) => `${code} ${subject}`)
    const events = async (event: string) =>
      (await recorded(store.audit, { limit: 20_000 })).filter((record) => record.event === event)
    return { audit: requestAudit(parts), state, kinds, alarming, events }
  }

  test('is recorded itself by the next flush, and then nothing alarms any more', async () => {
    const { audit, state, kinds, alarming, events } = fixture()
    state.broken = true
    for (let n = 0; n < 3; n += 1) {
      await assert.rejects(audit.recordIntent(DENIED, 'proxy'), withCode('AUDIT_UNAVAILABLE'))
    }
    await assert.rejects(audit.flush(), withCode('STORE_UNAVAILABLE'))
    assert.deepEqual([kinds, alarming()], [['failed', 'failed', 'failed'], ['AUDIT_BEHIND changes']])
    assert.equal(audit.waiting(), 1)
    state.broken = false
    await audit.flush()
    const since = '2027-01-15T08:00:00.000Z'
    assert.deepEqual(
      (await events('audit.fell-short')).map(({ actor, detail }) => [actor, detail]),
      [[null, { refused: 3, denials: 0, since }]],
    )
    assert.deepEqual([alarming(), audit.waiting()], [[], 0])
    await audit.flush()
    assert.equal((await events('audit.fell-short')).length, 1)
  })

  test('are denials of the 10,001st kind and beyond, and the alarm ends when there are none for a while', async () => {
    const { audit, kinds, alarming, events } = fixture()
    for (let session = 0; session < 10_002; session += 1) audit.countDenial({ ...DENIED, session: `s${session}` }, 'X')
    assert.deepEqual([kinds, alarming()], [['denial', 'denial'], ['AUDIT_BEHIND denials']])
    await audit.flush()
    assert.deepEqual(
      (await events('audit.fell-short')).map(({ detail }) => [detail['refused'], detail['denials']]),
      [[0, 2]],
    )
    assert.equal((await events('request.denied')).length, 10_000)
    assert.deepEqual(alarming(), ['AUDIT_BEHIND denials'])
    await audit.flush()
    assert.deepEqual(alarming(), [])
  })
})
