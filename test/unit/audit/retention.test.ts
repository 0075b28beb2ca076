/** Old records go, and the audit still proves what is left. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { instant } from '../../../src/core/time.ts'
import { DAY_MS, openLedger } from './ledger.ts'

test('old records are removed, young ones stay, and the rest verifies', async (t) => {
  const ledger = await openLedger(t)
  const scribe = await ledger.open()
  await scribe.record('ann', 'ben')
  await scribe.write()
  ledger.clock.advance(10 * DAY_MS)
  await scribe.record('cy')
  await scribe.write()
  const before = instant(ledger.clock.now() - DAY_MS)
  assert.equal(await scribe.removeBefore(before), 4)
  assert.equal(await scribe.removeBefore(before), 0)
  const events = (await scribe.store.audit.list({ limit: 10 })).map(({ event }) => event)
  assert.deepEqual(events, ['operator.enabled', 'chain.anchored', 'chain.removed'])
  assert.equal((await ledger.verify()).broken, null)
})

test('a record that comes behind a younger one stays, whatever its time: what is left was written later', async (t) => {
  const ledger = await openLedger(t)
  const scribe = await ledger.open()
  await scribe.record('ann')
  ledger.clock.advance(5 * DAY_MS)
  await scribe.record('ben')
  ledger.clock.advance(-5 * DAY_MS)
  await scribe.record('cy')
  assert.equal(await scribe.removeBefore(instant(ledger.clock.now() + DAY_MS)), 2)
  assert.equal((await ledger.verify()).broken, null)
})

test('one record more taken away by hand is named', async (t) => {
  const ledger = await openLedger(t)
  const scribe = await ledger.open()
  await scribe.record('ann')
  ledger.clock.advance(10 * DAY_MS)
  await scribe.record('ben', 'cy')
  await scribe.removeBefore(instant(ledger.clock.now() - DAY_MS))
  ledger.tamper(`delete from audit where json_extract(detail, '$.account') = 'ben'`)
  const { broken } = await ledger.verify()
  assert.deepEqual([broken?.flaw, broken?.number], ['gap', 4])
})

test('chains that are gone entirely are excused in anchors that stay, again and again', async (t) => {
  const ledger = await openLedger(t)
  const scribe = await ledger.open()
  for (let day = 0; day < 6; day += 1) {
    const other = await ledger.open()
    await other.record(`other ${day}`)
    await other.store.close()
    ledger.clock.advance(DAY_MS)
    await scribe.record(`day ${day}`)
    await scribe.write()
    await scribe.removeBefore(instant(ledger.clock.now() - 2 * DAY_MS))
    const { broken } = await ledger.verify()
    assert.equal(broken, null, `day ${day}: ${JSON.stringify(broken)}`)
  }
  const chains = await scribe.store.audit.chains({ limit: 100 })
  assert.ok(chains.length <= 4, `${chains.length} chains are remembered`)
})

test('a process that was idle for longer than records are kept goes on with its chain', async (t) => {
  const ledger = await openLedger(t)
  const [idle, busy] = [await ledger.open(), await ledger.open()]
  await idle.record('ann')
  ledger.clock.advance(10 * DAY_MS)
  await busy.record('ben')
  await busy.removeBefore(instant(ledger.clock.now() - DAY_MS))
  await idle.record('cy')
  assert.equal((await ledger.verify()).broken, null)
})

test('many records go in batches, each with its own proof', async (t) => {
  const ledger = await openLedger(t)
  const scribe = await ledger.open()
  await Promise.all(Array.from({ length: 2500 }, (_, index) => scribe.record(`a${index}`)))
  ledger.clock.advance(10 * DAY_MS)
  await scribe.record('ann')
  assert.equal(await scribe.removeBefore(instant(ledger.clock.now() - DAY_MS)), 2501)
  const entries = await scribe.store.audit.list({ limit: 10 })
  assert.deepEqual(
    entries.map(({ event, detail }) => [event, detail['records'] ?? null]),
    [
      ['operator.enabled', null],
      ['chain.removed', 1000],
      ['chain.removed', 1000],
      ['chain.removed', 501],
    ],
  )
  assert.equal((await ledger.verify()).broken, null)
})
