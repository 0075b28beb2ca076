import assert from 'node:assert/strict'
import { test } from 'node:test'
import { auditRecord } from '../../../src/audit/record.ts'
import { systemRandom } from '../../../src/core/random.ts'
import { instant } from '../../../src/core/time.ts'

const clock = { now: () => instant(1_800_000_000_000) }
const random = { ...systemRandom, uuid: () => '5b0f8f5e-0000-4000-8000-000000000000' }
const ANN = { operator: 'o1', account: 'ann@example.com', provider: 'okta' }

test('a record tells when, what, by whom and to what', () => {
  assert.deepEqual(auditRecord({ clock, random }, 'operator.enabled', { actor: 'o2', detail: ANN }), {
    id: '5b0f8f5e-0000-4000-8000-000000000000',
    at: 1_800_000_000_000,
    event: 'operator.enabled',
    actor: 'o2',
    detail: ANN,
  })
})

test('keys that the event does not have are left out, missing ones are null', () => {
  const loose: Record<string, string> = { operator: 'o1', password: 'secret', cookie: 'secret' }
  const record = auditRecord({ clock, random }, 'operator.enabled', { actor: null, detail: loose as typeof ANN })
  assert.deepEqual(record.detail, { operator: 'o1', account: null, provider: null })
})

test('long texts are cut, numbers and flags stay', () => {
  const detail = { ...ANN, account: 'x'.repeat(300), sessionsEnded: 3 }
  const record = auditRecord({ clock, random }, 'operator.disabled', { actor: null, detail })
  assert.equal(record.detail['account'], `${'x'.repeat(255)}…`)
  assert.equal(record.detail['sessionsEnded'], 3)
})
