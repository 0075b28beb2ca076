import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'

import { parse } from 'csv-parse/sync'

import { exportAudit } from '../../../src/audit/export.ts'
import { auditEntries } from '../../../src/audit/read.ts'
import { auditRecord as operatorRecord } from '../../../src/audit/record.ts'
import { systemRandom } from '../../../src/core/random.ts'
import { instant } from '../../../src/core/time.ts'
import { memoryStore } from '../../../src/store/memory/memory-store.ts'
import type { Store } from '../../../src/store/ports.ts'

const AT = instant(1_800_000_000_000)

async function storeWith(...accounts: readonly string[]): Promise<Store> {
  const store = memoryStore()
  const parts = { clock: { now: () => AT }, random: systemRandom }
  for (const account of accounts) {
    const detail = { operator: 'o1', account, provider: 'okta', sessionsEnded: -1 }
    await store.audit.append(operatorRecord(parts, 'operator.disabled', { actor: null, detail }))
  }
  return store
}

async function text(store: Store, format: 'csv' | 'ndjson'): Promise<string> {
  const chunks = await Array.fromAsync(exportAudit(auditEntries(store.audit), format))
  return chunks.map(String).join('')
}

function rowsOf(csv: string): readonly Readonly<Record<string, string>>[] {
  return parse<Record<string, string>>(csv, { columns: true })
}

test('a line of NDJSON without its last member is what the hash covers', async () => {
  const lines = (await text(await storeWith('ann', '"ü\u2028,"hash":"x"'), 'ndjson')).trimEnd().split('\n')
  assert.equal(lines.length, 3)
  for (const line of lines) {
    const { hash } = JSON.parse(line)
    const covered = `${line.slice(0, line.lastIndexOf(',"hash":'))}}`
    assert.equal(createHash('sha256').update(covered).digest('base64url'), hash)
  }
})

for (const [what, account] of [
  ['an equals sign', '=1+1'],
  ['a plus', '+cmd|calc'],
  ['a minus', '-2+3'],
  ['an at sign', '@SUM(A1)'],
  ['a tab', '\t=1'],
  ['a return', '\r=1'],
] as const) {
  test(`a text that begins with ${what} is no formula in CSV`, async () => {
    const [, row] = rowsOf(await text(await storeWith(account), 'csv'))
    assert.equal(row?.['account'], `'${account}`)
  })
}

test('CSV has a column for every key, and quotes what needs it', async () => {
  const csv = await text(await storeWith('a,"b"\nc'), 'csv')
  const rows = rowsOf(csv)
  assert.equal(rows.length, 2)
  const [, row] = rows
  assert.deepEqual(
    ['at', 'event', 'actor', 'account', 'sessionsEnded', 'role', 'number'].map((column) => row?.[column]),
    ['2027-01-15T08:00:00.000Z', 'operator.disabled', '', 'a,"b"\nc', '-1', '', '2'],
  )
  assert.equal(csv.split('\r\n').length, 4)
})

test('an empty audit is nothing in NDJSON and a head in CSV', async () => {
  assert.equal(await text(memoryStore(), 'ndjson'), '')
  assert.match(await text(memoryStore(), 'csv'), /^at,event,actor,/)
})

test('what goes wrong while reading ends the export with that error', async () => {
  for (const format of ['csv', 'ndjson'] as const) {
    const failing = { list: () => Promise.reject(new Error('the disk is gone')) }
    const chunks = Array.fromAsync(exportAudit(auditEntries(failing), format))
    await assert.rejects(chunks, { message: 'the disk is gone' })
  }
})
