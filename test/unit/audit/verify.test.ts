/** The verification of the audit: what it accepts, and the record that it names for each way of tampering. */

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'

import type { Flaw } from '../../../src/audit/findings.ts'
import { type Ledger, newKey, openLedger, type Scribe } from './ledger.ts'

const WHERE_ANN = `where json_extract(detail, '$.account') = 'ann'`
const WHERE_BEN = `where json_extract(detail, '$.account') = 'ben'`

/** Records about ann, ben and cy, an anchor, dan, and an anchor. */
async function written(t: TestContext): Promise<{ ledger: Ledger; scribe: Scribe }> {
  const ledger = await openLedger(t)
  const scribe = await ledger.open()
  await scribe.record('ann', 'ben', 'cy')
  await scribe.write()
  await scribe.record('dan')
  await scribe.write()
  return { ledger, scribe }
}

async function assertBroken(ledger: Ledger, flaw: Flaw, number: number | null, over?: Parameters<Ledger['verify']>[0]) {
  const { broken } = await ledger.verify(over)
  assert.deepEqual([broken?.flaw, broken?.number], [flaw, number])
  return broken
}

test('an audit that nobody touched verifies, with its counts', async (t) => {
  const { ledger } = await written(t)
  const { newestAnchor, ...verdict } = await ledger.verify()
  const now = ledger.clock.now()
  assert.deepEqual(verdict, { broken: null, records: 7, chains: 1, anchors: 2, from: now, to: now })
  assert.match(newestAnchor ?? '', /^[\w-]+\.[\w-]+\.[\w-]+$/)
})

test('an empty audit verifies', async (t) => {
  const ledger = await openLedger(t)
  const { broken, records } = await ledger.verify()
  assert.deepEqual([broken, records], [null, 0])
})

test('chains of several processes verify together, and an anchor of one covers the others', async (t) => {
  const { ledger, scribe } = await written(t)
  const other = await ledger.open()
  await other.record('eve')
  await scribe.write()
  assert.deepEqual((await ledger.verify()).chains, 2)
  ledger.tamper(
    `delete from audit where writer = '${other.writer}'`,
    `delete from audit_chains where writer = '${other.writer}'`,
  )
  const broken = await assertBroken(ledger, 'missing', 2)
  assert.deepEqual([broken?.writer, broken?.id], [other.writer, null])
})

test('anchors are written only when there is something new, and not for anchors', async (t) => {
  const { ledger, scribe } = await written(t)
  const other = await ledger.open()
  assert.equal(await scribe.write(), undefined)
  assert.equal(await other.write(), undefined)
  await other.record('eve')
  assert.ok(await scribe.write())
  assert.equal(await other.write(), undefined)
})

test('more chains than one anchor lists take several', async (t) => {
  const ledger = await openLedger(t)
  const scribe = await ledger.open()
  await scribe.record('ann')
  const copies = Array.from({ length: 150 }, (_, index) => `('w${index}', 1, 'h', 0, 1, 0, '')`)
  ledger.tamper(`insert into audit_chains values ${copies.join(', ')}`)
  await scribe.write()
  const anchors = (await scribe.store.audit.list({ limit: 10 })).filter(({ event }) => event === 'chain.anchored')
  assert.deepEqual(
    anchors.map(({ detail }) => detail['chains']),
    [100, 52],
  )
})

for (const [what, sql, flaw, number] of [
  ['changed in its detail', `update audit set detail = replace(detail, 'ben', 'bob') ${WHERE_BEN}`, 'changed', 3],
  ['changed in its time', `update audit set at = at + 1 ${WHERE_BEN}`, 'changed', 3],
  ['changed in its event', `update audit set event = 'operator.disabled' ${WHERE_BEN}`, 'changed', 3],
  ['changed in its actor', `update audit set actor = 'o2' ${WHERE_BEN}`, 'changed', 3],
  ['changed in its id', `update audit set id = 'other' ${WHERE_BEN}`, 'changed', 3],
  ['removed', `delete from audit ${WHERE_BEN}`, 'gap', 4],
  ['put in without a place', `insert into audit (id, at, event, detail) values ('x', 1, 'e', '{}')`, 'unlinked', null],
] as const) {
  test(`a record that was ${what} is named, or the one behind it`, async (t) => {
    const { ledger } = await written(t)
    ledger.tamper(sql)
    await assertBroken(ledger, flaw, number)
  })
}

test('two records that changed places are named', async (t) => {
  const { ledger } = await written(t)
  ledger.tamper(
    `update audit set seq = -seq where id in (select id from audit ${WHERE_ANN})`,
    `update audit set seq = (select -min(seq) from audit) ${WHERE_BEN}`,
    'update audit set seq = (select max(seq) + 1 from audit) where seq < 0',
  )
  await assertBroken(ledger, 'gap', 3)
})

test('a record that was changed together with its hash breaks the one behind it', async (t) => {
  const { ledger, scribe } = await written(t)
  await rewrite(ledger, scribe, { from: 3, through: 3 })
  await assertBroken(ledger, 'misplaced', 4)
})

test('a chain that was computed anew from a record on contradicts its anchors', async (t) => {
  const { ledger, scribe } = await written(t)
  await rewrite(ledger, scribe, { from: 3, through: 7 })
  await assertBroken(ledger, 'contradicted', 4)
})

test('the end of a chain that is cut off is missed by a later anchor, by the head, or by an anchor kept elsewhere', async (t) => {
  const { ledger, scribe } = await written(t)
  const kept = (await ledger.verify()).newestAnchor ?? ''
  ledger.tamper('delete from audit where number > 5')
  await assertBroken(ledger, 'cut', 5)
  ledger.tamper(`update audit_chains set number = 5, hash = (select hash from audit where number = 5), anchored = 4`)
  assert.equal((await ledger.verify()).broken, null)
  await assertBroken(ledger, 'missing', 5, { anchors: [kept] })
  await scribe.record('eve')
  await assertBroken(ledger, 'gap', 8)
})

test('a chain that begins with another record than its opening, or without a signature, is named', async (t) => {
  const { ledger } = await written(t)
  const nobody: Ledger['key'] = { ...ledger.key, sign: async () => 'a.b.c' }
  const forger = await ledger.open(nobody)
  await forger.record('mallory')
  await assertBroken(ledger, 'unopened', 1)
})

test('a chain that was begun with a key of somebody else is named', async (t) => {
  const { ledger } = await written(t)
  const forger = await ledger.open(await newKey())
  await forger.record('mallory')
  await forger.write()
  const broken = await assertBroken(ledger, 'stranger', 1)
  assert.equal(broken?.writer, forger.writer)
})

test('an anchor whose statement was changed or taken from another chain is named', async (t) => {
  const { ledger, scribe } = await written(t)
  const [, , , , anchor] = await scribe.store.audit.list({ limit: 5 })
  const statement = String(anchor?.detail['statement'])
  for (const forged of [statement.replace(/\.[^.]*$/, '.AAAA'), '', 'x']) {
    const other = await ledger.open()
    const detail = { chains: 1, statement: forged }
    await other.store.audit.append({
      id: `${forged}!`,
      at: ledger.clock.now(),
      event: 'chain.anchored',
      actor: null,
      detail,
    })
    await assertBroken(ledger, 'statement', 2)
    ledger.tamper(
      `delete from audit where writer = '${other.writer}'`,
      `delete from audit_chains where writer = '${other.writer}'`,
    )
  }
  const thief = await ledger.open()
  const detail = { chains: 1, statement }
  await thief.store.audit.append({ id: 'stolen', at: ledger.clock.now(), event: 'chain.anchored', actor: null, detail })
  await assertBroken(ledger, 'statement', 2)
})

test('a key of today vouches for those that were published beside it, and for those before them', async (t) => {
  const ledger = await openLedger(t)
  const [second, third] = [await newKey(), await newKey()]
  const rotating = (now: Ledger['key'], ...others: Ledger['key'][]) => ({
    ...now,
    keys: () => [now, ...others].flatMap((each) => each.keys()),
  })
  for (const signer of [ledger.key, rotating(second, ledger.key), rotating(third, second)]) {
    const scribe = await ledger.open(signer)
    await scribe.record('ann')
    await scribe.write()
  }
  assert.equal((await ledger.verify({ trusted: [third.kid] })).broken, null)
  await assertBroken(ledger, 'stranger', 1, { trusted: [ledger.key.kid] })
  await assertBroken(ledger, 'stranger', 1, { trusted: [] })
})

test('while the key changes hands there is one anchor by the new key, without any news', async (t) => {
  const ledger = await openLedger(t)
  const next = await newKey()
  let using = ledger.key
  const scribe = await ledger.open({
    sign: (typ, claims) => using.sign(typ, claims),
    keys: () => [...ledger.key.keys(), ...next.keys()],
  })
  await scribe.record('ann')
  await scribe.write()
  assert.equal(await scribe.write(), undefined)
  using = next
  assert.ok(await scribe.write())
  assert.equal(await scribe.write(), undefined)
  assert.equal((await ledger.verify({ trusted: [next.kid] })).broken, null)
})

test('a store that is written to while it is verified verifies', async (t) => {
  const { ledger, scribe } = await written(t)
  const busy = Promise.all(Array.from({ length: 300 }, (_, index) => scribe.record(`a${index}`)))
  const verdicts = [await ledger.verify(), await ledger.verify()]
  await busy
  for (const { broken } of verdicts) assert.equal(broken, null)
  assert.equal((await ledger.verify()).records, 307)
})

/** Changes a record and computes all hashes from there on again, as whoever knows the code can. */
async function rewrite(ledger: Ledger, { store, writer }: Scribe, range: { from: number; through: number }) {
  const { linkBehind } = await import('../../../src/core/chain.ts')
  let head = (await store.audit.find(writer, range.from - 1))?.link
  assert.ok(head)
  for (let number = range.from; number <= range.through; number += 1) {
    const entry = await store.audit.find(writer, number)
    assert.ok(entry)
    const actor = number === range.from ? 'somebody else' : entry.actor
    const link = linkBehind(head, { ...entry, actor })
    const set = [actor === null ? 'null' : `'${actor}'`, `'${link.previous}'`, `'${link.hash}'`]
    ledger.tamper(
      `update audit set (actor, previous, hash) = (${set.join(', ')}) where writer = '${writer}' and number = ${number}`,
      `update audit_chains set hash = '${link.hash}' where writer = '${writer}' and number = ${number}`,
    )
    head = link
  }
}
