/** What every store holds to for the audit log and its chains. */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'

import { chainStart } from '../../src/core/chain.ts'
import type { AuditEntry, AuditLog, Store } from '../../src/store/ports.ts'
import { AWKWARD_NAMES, at, auditRecord, type OpenStore, recorded, withCode } from './samples.ts'

export function auditContract(open: OpenStore): void {
  describe('audit log', () => {
    recordTests(open)
    chainTests(open)
    anchorTests(open)
    removalTests(open)
  })
}

function recordTests(open: OpenStore): void {
  test('records come back as they were appended, in that order, whatever their times', async (t) => {
    const { audit } = await open(t)
    const records = ['c', 'a', 'b'].map((id, index) => auditRecord({ id, at: at(-index), actor: index ? id : null }))
    for (const record of records) await audit.append(record)
    assert.deepEqual(await recorded(audit), records)
  })

  test('the list pages through all records', async (t) => {
    const { audit } = await open(t)
    const ids = await append(audit, 7)
    const seen: string[] = []
    let page = await audit.list({ limit: 3 })
    while (page.length > 0) {
      seen.push(...page.map(({ id }) => id))
      page = await audit.list({ after: seen.at(-1) ?? '', limit: 3 })
    }
    assert.deepEqual(seen.slice(1), ids)
  })

  test('the list keeps to a time: from its beginning on, and before its end', async (t) => {
    const { audit } = await open(t)
    for (const second of [10, 30, 20, 40]) await audit.append(auditRecord({ id: `r${second}`, at: at(second) }))
    const between = await audit.list({ since: at(20), until: at(40), limit: 10 })
    assert.deepEqual(
      between.map(({ id }) => id),
      ['r30', 'r20'],
    )
    assert.deepEqual((await audit.list({ since: at(20), after: 'r30', limit: 1 }))[0]?.id, 'r20')
  })

  test('after an unknown record there is none', async (t) => {
    const { audit } = await open(t)
    await audit.append(auditRecord())
    assert.deepEqual(await audit.list({ after: 'unknown', limit: 10 }), [])
  })

  test('an id that is there already is an INTERNAL fault', async (t) => {
    const { audit } = await open(t)
    await audit.append(auditRecord())
    await assert.rejects(audit.append(auditRecord({ event: 'other' })), withCode('INTERNAL'))
    assert.deepEqual(await recorded(audit), [auditRecord()])
  })

  test('many records are appended at once, in their order, and all or none', async (t) => {
    const { audit } = await open(t)
    const records = Array.from({ length: 250 }, (_, n) => auditRecord({ id: `r${n}`, at: at(-n) }))
    await audit.append(...records)
    await audit.append()
    assert.deepEqual(await recorded(audit), records)
    await assert.rejects(audit.append(auditRecord({ id: 'new' }), auditRecord({ id: 'r7' })), withCode('INTERNAL'))
    assert.equal((await recorded(audit)).length, 250)
  })
}

function chainTests(open: OpenStore): void {
  test('a chain begins with its opening, and each link has the next number and the hash before it', async (t) => {
    const { audit } = await open(t)
    await append(audit, 3)
    const entries = await audit.list({ limit: 10 })
    assert.equal(entries[0]?.event, 'chain.opened')
    assertChained(entries)
    assert.equal(entries.length, 4)
  })

  test('the hash is that of the record as canonical JSON, which needs nothing of ours to be computed', async (t) => {
    const { audit } = await open(t)
    const detail = { b: 'é"\u2028\u{1f600}', a: -1.5, B: null, true: true, '\u00e9': false, __proto__x: 1e21 }
    await audit.append(auditRecord({ id: 'r', at: at(0.125), actor: 'o', detail }))
    const entry = (await audit.list({ limit: 10 })).at(-1)
    assert.ok(entry?.link)
    const { writer, number, previous, hash } = entry.link
    const text = [
      '{"actor":"o","at":"2026-01-01T00:00:00.125Z",',
      '"detail":{"B":null,"__proto__x":1e+21,"a":-1.5,"b":"é\\"\u2028\u{1f600}","true":true,"é":false},',
      `"event":"session.created","id":"r","number":${number},"previous":"${previous}","writer":"${writer}"}`,
    ].join('')
    assert.equal(hash, createHash('sha256').update(text).digest('base64url'))
  })

  test('names that are easily taken for something else are linked as they are', async (t) => {
    const { audit } = await open(t)
    for (const name of AWKWARD_NAMES) await audit.append(auditRecord({ id: name, actor: name, detail: { name } }))
    assertChained(await audit.list({ limit: 100 }))
  })

  test('transactions that were undone leave no gap, and numbers follow the commits', async (t) => {
    const store = await open(t)
    const writes = Array.from({ length: 60 }, (_, index) =>
      store.transaction(async ({ audit }) => {
        await audit.append(auditRecord({ id: `a${index}` }))
        if (index % 3 === 0) throw new Error('no')
        await audit.append(auditRecord({ id: `b${index}` }))
      }),
    )
    await Promise.allSettled(writes)
    const entries = await store.audit.list({ limit: 200 })
    assertChained(entries)
    assert.equal(entries.length, 1 + 40 * 2)
  })

  test('inside its transaction a record has no link yet', async (t) => {
    const store = await open(t)
    const inside = await store.transaction(async ({ audit }) => {
      await audit.append(auditRecord())
      return (await audit.list({ limit: 10 })).find(({ id }) => id === auditRecord().id)
    })
    assert.equal(inside?.link, null)
    assert.equal((await store.audit.list({ limit: 10 })).at(-1)?.link?.number, 2)
  })

  test('transactions without a record begin no chain', async (t) => {
    const store = await open(t)
    await store.revisions.publish(['a'])
    await assert.rejects(
      store.transaction(async ({ audit }) => {
        await audit.append(auditRecord())
        throw new Error('no')
      }),
    )
    await store.revisions.publish(['b'])
    assert.deepEqual(await store.audit.list({ limit: 10 }), [])
    assert.deepEqual(await store.audit.chains({ limit: 10 }), [])
  })

  test('a record is found by its place, compared exactly', async (t) => {
    const { audit } = await open(t)
    await append(audit, 2)
    const writer = await writerOf(audit)
    assert.equal((await audit.find(writer, 3))?.id, 'record 1')
    assert.equal(await audit.find(writer, 4), undefined)
    assert.equal(await audit.find(writer.toUpperCase(), 3), undefined)
  })
}

function anchorTests(open: OpenStore): void {
  test('a chain is unanchored, with news, until an anchor lists its head', async (t) => {
    const { audit } = await open(t)
    await append(audit, 2)
    const [chain] = await audit.chains({ only: 'unanchored', limit: 10 })
    assert.ok(chain)
    const { number, anchored, hasNews, removed, removedHash } = chain
    assert.deepEqual([number, anchored, hasNews, removed, removedHash], [3, 0, true, 0, ''])
    assert.equal(chain.hash, (await audit.find(chain.writer, 3))?.link?.hash)
    await audit.markAnchored([chain, { ...chainStart('unknown'), number: 1 }])
    assert.deepEqual(await audit.chains({ only: 'unanchored', limit: 10 }), [])
    assert.equal((await audit.chains({ limit: 10 }))[0]?.hasNews, false)
  })

  test('an anchor is no news itself, what comes with it is', async (t) => {
    const store = await open(t)
    await append(store.audit, 1)
    const news = async () => (await store.audit.chains({ only: 'unanchored', limit: 10 })).map(({ hasNews }) => hasNews)
    const anchor = async (id: string, also: readonly string[]) => {
      const heads = await store.audit.chains({ limit: 10 })
      for (const other of also) await store.audit.append(auditRecord({ id: other }))
      await store.transaction(async ({ audit }) => {
        await audit.append(auditRecord({ id, event: 'chain.anchored' }))
        await audit.markAnchored(heads)
      })
    }
    await anchor('anchor 1', [])
    assert.deepEqual(await news(), [false])
    await anchor('anchor 2', ['late'])
    assert.deepEqual(await news(), [true])
  })

  test('chains are paged by writer', async (t) => {
    const { audit } = await open(t)
    await append(audit, 1)
    const [chain] = await audit.chains({ limit: 1 })
    assert.deepEqual(await audit.chains({ after: chain?.writer ?? '', limit: 1 }), [])
    assert.equal((await audit.chains({ after: ' ', limit: 1 })).length, 1)
  })
}

function removalTests(open: OpenStore): void {
  test('records are removed through one of them, and the chain tells how far and by which hash', async (t) => {
    const { audit } = await open(t)
    await append(audit, 4)
    const writer = await writerOf(audit)
    const last = await audit.find(writer, 3)
    assert.deepEqual(await audit.chains({ only: 'cut', limit: 10 }), [])
    assert.equal(await audit.removeThrough('record 1'), 3)
    assert.equal(await audit.removeThrough('record 1'), 0)
    assert.deepEqual(
      (await audit.list({ limit: 10 })).map(({ id }) => id),
      ['record 2', 'record 3'],
    )
    const [cut] = await audit.chains({ only: 'cut', limit: 10 })
    assert.deepEqual([cut?.removed, cut?.removedHash, cut?.number], [3, last?.link?.hash, 5])
  })

  test('a chain that is gone entirely is forgotten, and goes on with its next number', async (t) => {
    const { audit } = await open(t)
    await append(audit, 2)
    const writer = await writerOf(audit)
    const last = await audit.find(writer, 3)
    assert.equal(await audit.removeThrough('record 1'), 3)
    assert.deepEqual(await audit.chains({ limit: 10 }), [])
    await audit.append(auditRecord({ id: 'next' }))
    const [chain] = await audit.chains({ limit: 10 })
    assert.deepEqual([chain?.number, chain?.removed, chain?.anchored, chain?.removedHash], [4, 3, 3, last?.link?.hash])
    assert.equal((await audit.find(writer, 4))?.link?.previous, last?.link?.hash)
  })
}

async function append(audit: Store['audit'], count: number): Promise<readonly string[]> {
  const ids = Array.from({ length: count }, (_, index) => `record ${index}`)
  for (const id of ids) await audit.append(auditRecord({ id }))
  return ids
}

async function writerOf(audit: AuditLog): Promise<string> {
  const [chain] = await audit.chains({ limit: 1 })
  return chain?.writer ?? ''
}

function assertChained(entries: readonly AuditEntry[]): void {
  let head = chainStart(entries[0]?.link?.writer ?? '')
  for (const { id, link } of entries) {
    assert.ok(link, `${id} has no link`)
    assert.deepEqual([link.writer, link.number, link.previous], [head.writer, head.number + 1, head.hash], id)
    head = link
  }
}
