/** What every store holds to for transactions and revisions. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import type { Ports, Store } from '../../src/store/ports.ts'
import {
  at,
  auditRecord,
  grant,
  handoff,
  newOperator,
  type OpenStore,
  recorded,
  session,
  trace,
  withCode,
} from './samples.ts'

export function transactionsContract(open: OpenStore): void {
  describe('transactions', () => {
    commitTests(open)
    rollbackTests(open)
    orderTests(open)
  })
}

export function revisionsContract(open: OpenStore): void {
  describe('revisions', () => {
    test('a new store is at revision 0, and each change has the next number', async (t) => {
      const { revisions } = await open(t)
      assert.equal(await revisions.head(), 0)
      assert.equal(await revisions.publish(['roles']), 1)
      assert.equal(await revisions.publish([]), 2)
      assert.equal(await revisions.head(), 2)
    })

    test('changes since a revision are those after it, each key once', async (t) => {
      const { revisions } = await open(t)
      await revisions.publish(['operator:1', 'roles', 'roles'])
      await revisions.publish(['operator:2'])
      await revisions.publish(['operator:2', '__proto__'])
      assert.deepEqual(sorted(await revisions.changesSince(0)), {
        head: 3,
        keys: ['__proto__', 'operator:1', 'operator:2', 'roles'],
        complete: true,
      })
      assert.deepEqual(sorted(await revisions.changesSince(2)).keys, ['__proto__', 'operator:2'])
      assert.deepEqual(await revisions.changesSince(3), { head: 3, keys: [], complete: true })
    })

    test('changes since a revision that the store has not reached are not complete', async (t) => {
      const { revisions } = await open(t)
      await revisions.publish(['roles'])
      assert.equal((await revisions.changesSince(2)).complete, false)
    })

    test('one change may have very many keys', async (t) => {
      const { revisions } = await open(t)
      await revisions.publish(Array.from({ length: 1200 }, (_, index) => `session:${index}`))
      assert.equal((await revisions.changesSince(0)).keys.length, 1200)
    })

    test('of very many revisions the newest 10,000 are known, and older ones are said to be missing', async (t) => {
      const store = await open(t)
      await store.transaction(async ({ revisions }) => {
        for (let n = 1; n <= 10_500; n += 1) await revisions.publish([`key ${n}`])
      })
      const kept = await store.revisions.changesSince(500)
      assert.equal(kept.complete, true)
      assert.equal(kept.keys.length, 10_000)
      assert.equal((await store.revisions.changesSince(0)).complete, false)
    })
  })
}

function commitTests(open: OpenStore): void {
  test('what was written inside is read inside, and outside only after the commit', async (t) => {
    const store = await open(t)
    const value = await store.transaction(async (ports) => {
      await writeEverywhere(ports)
      assert.equal((await ports.operators.find('okta', 'new'))?.id, 'new')
      assert.equal((await ports.sessions.find('hash'))?.id, 'session-1')
      assert.equal(await ports.revisions.head(), 1)
      assert.equal(await store.operators.load('new'), undefined)
      assert.equal(await store.revisions.head(), 0)
      return 'done'
    })
    assert.equal(value, 'done')
    assert.equal((await store.operators.load('new'))?.grants.length, 1)
    assert.equal(await store.revisions.head(), 1)
  })

  test('a read that follows a write sees it', async (t) => {
    const store = await open(t)
    for (let n = 1; n <= 20; n += 1) {
      await store.operators.create(newOperator({ id: `o${n}` }))
      assert.notEqual(await store.operators.load(`o${n}`), undefined)
    }
  })

  test('the store answers a ping', async (t) => {
    const store = await open(t)
    await store.ping()
  })
}

function rollbackTests(open: OpenStore): void {
  test('a transaction that throws rethrows the very error and leaves nothing in any port', async (t) => {
    const store = await open(t)
    const thrown = { reason: 'not even an Error' }
    const failing = store.transaction(async (ports) => {
      await writeEverywhere(ports)
      throw thrown
    })
    await assert.rejects(failing, (error) => error === thrown)
    await assertUntouched(store)
  })

  test('a transaction that throws leaves the ones beside it alone', async (t) => {
    const store = await open(t)
    const outcomes = await Promise.allSettled(
      Array.from({ length: 30 }, (_, index) =>
        store.transaction(async ({ operators }) => {
          await operators.create(newOperator({ id: `o${index}` }))
          if (index % 3 === 0) throw new Error('no')
        }),
      ),
    )
    for (const [index, { status }] of outcomes.entries()) {
      assert.equal(status, index % 3 === 0 ? 'rejected' : 'fulfilled')
      assert.equal((await store.operators.load(`o${index}`)) === undefined, index % 3 === 0)
    }
  })

  test('a fault that is caught inside leaves the rest of the transaction whole', async (t) => {
    const store = await open(t)
    await store.transaction(async ({ audit }) => {
      await audit.append(auditRecord({ id: 'a' }))
      await assert.rejects(audit.append(auditRecord({ id: 'a' })), withCode('INTERNAL'))
      await audit.append(auditRecord({ id: 'b' }))
    })
    assert.deepEqual(
      (await recorded(store.audit)).map(({ id }) => id),
      ['a', 'b'],
    )
  })

  test('ports of a transaction that is over are refused', async (t) => {
    const store = await open(t)
    const leaked = await store.transaction(async (ports) => ports)
    await assert.rejects(leaked.operators.create(newOperator()), withCode('INTERNAL'))
    await assert.rejects(leaked.operators.load('operator-1'), withCode('INTERNAL'))
    assert.equal(await store.operators.load('operator-1'), undefined)
  })
}

function orderTests(open: OpenStore): void {
  test('transactions do not see each other halfway: 50 parallel read-and-add lose nothing', async (t) => {
    const store = await open(t)
    const work = async ({ operators }: Ports) => {
      const count = (await operators.list({ limit: 100 })).length
      await new Promise((resolve) => setImmediate(resolve))
      assert.equal(await operators.create(newOperator({ id: `o${count}` })), true)
    }
    await Promise.all(Array.from({ length: 50 }, () => store.transaction(work)))
    assert.equal((await store.operators.list({ limit: 100 })).length, 50)
  })

  test('revision numbers follow the order of commits, and a rolled back one is given out again', async (t) => {
    const store = await open(t)
    const numbers: number[] = []
    const publish = async (index: number) => {
      const number = await store.transaction(async ({ revisions, audit }) => {
        await audit.append(auditRecord({ id: String(index) }))
        const n = await revisions.publish([`change ${index}`])
        if (index % 4 === 3) throw new Error('no')
        return n
      })
      numbers.push(number)
    }
    await Promise.allSettled(Array.from({ length: 40 }, (_, index) => publish(index)))
    assert.deepEqual(
      numbers,
      Array.from({ length: 30 }, (_, index) => index + 1),
    )
    assert.equal(await store.revisions.head(), 30)
    assert.equal((await store.revisions.changesSince(0)).keys.length, 30)
  })
}

async function writeEverywhere({
  operators,
  sessions,
  handoffs,
  oneTime,
  traces,
  audit,
  revisions,
}: Ports): Promise<void> {
  await operators.create(newOperator({ id: 'new' }))
  await operators.putGrant('new', grant())
  await sessions.create(session(), 'hash')
  await sessions.addSecret('session-1', 'second hash')
  await handoffs.issue(handoff())
  await oneTime.claim('key', at(60), at(0))
  await traces.save(trace())
  await audit.append(auditRecord())
  await revisions.publish(['operator:new'])
}

async function assertUntouched(store: Store): Promise<void> {
  assert.equal(await store.operators.load('new'), undefined)
  assert.equal(await store.operators.countHolders({ roles: ['administrator'], service: null }, at(0)), 0)
  assert.equal(await store.sessions.find('hash'), undefined)
  assert.equal(await store.sessions.find('second hash'), undefined)
  assert.equal(await store.sessions.count(), 0)
  assert.equal(await store.handoffs.consume('code', at(0)), undefined)
  assert.equal(await store.traces.load(trace().reference), undefined)
  assert.deepEqual(await store.audit.list({ limit: 1 }), [])
  assert.deepEqual(await store.revisions.changesSince(0), { head: 0, keys: [], complete: true })
  assert.equal(await store.oneTime.claim('key', at(60), at(0)), true)
}

function sorted<Changes extends { readonly keys: readonly string[] }>(changes: Changes): Changes {
  return { ...changes, keys: [...changes.keys].sort() }
}
