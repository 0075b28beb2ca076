/** Chains in the SQLite file: failing commits, several processes, records from before, a file that somebody edits. */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'

import Database from 'better-sqlite3'

import { chainStart } from '../../../../src/core/chain.ts'
import type { AuditEntry } from '../../../../src/store/ports.ts'
import { auditRecord, trace } from '../../../contract/samples.ts'
import { directory, openStore, startChild } from './processes.ts'

/** The entries of each writer, checked to be chained. */
function chainsOf(entries: readonly AuditEntry[]): Map<string, readonly AuditEntry[]> {
  const chains = Map.groupBy(entries, ({ link }) => link?.writer ?? 'nobody')
  for (const [writer, chain] of chains) {
    let head = chainStart(writer)
    for (const { id, link } of chain) {
      assert.deepEqual([link?.number, link?.previous], [head.number + 1, head.hash], `${id} of ${writer}`)
      if (link !== null) head = link
    }
  }
  return chains
}

test('two stores that write at once have a chain each, without a gap', async (t) => {
  const file = join(directory(t), 'gatehouse.db')
  const stores = [await openStore(t, file), await openStore(t, file)]
  const writes = Array.from({ length: 120 }, (_, index) =>
    stores[index % 2]?.transaction(async ({ audit }) => {
      await audit.append(auditRecord({ id: `r${index}` }))
      if (index % 5 === 0) throw new Error('no')
    }),
  )
  await Promise.allSettled(writes)
  const chains = chainsOf((await stores[0]?.audit.list({ limit: 500 })) ?? [])
  assert.deepEqual([...chains.values()].map(({ length }) => length).sort(), [1 + 48, 1 + 48])
})

test('a process that is killed leaves a whole chain, and the next one begins its own', async (t) => {
  const file = join(directory(t), 'gatehouse.db')
  const child = startChild(t, [file, 'audit-until-killed', 'theirs'])
  await child.printed(40)
  child.process.kill('SIGKILL')
  await child.ended
  const store = await openStore(t, file)
  await store.audit.append(auditRecord({ id: 'ours' }))
  const entries = await store.audit.list({ limit: 10_000 })
  const chains = chainsOf(entries)
  assert.equal(chains.size, 2)
  const ids = new Set(entries.map(({ id }) => id))
  for (const line of child.lines.slice(1)) assert.ok(ids.has(line), line)
})

test('a commit that fails moves no head: what follows is linked to what is there', async (t) => {
  const file = join(directory(t), 'gatehouse.db')
  const store = await openStore(t, file)
  await store.audit.append(auditRecord({ id: 'before' }))
  const vandal = new Database(file)
  vandal.exec(`create trigger full before update on audit_chains begin select raise(abort, 'made to fail'); end`)
  const refused = [store.audit.append(auditRecord({ id: 'a' })), store.traces.save(trace())]
  for (const each of refused) await assert.rejects(each)
  // The transaction is over once the writer has answered; a wait for its lock would block this very thread.
  await store.ping()
  vandal.exec('drop trigger full')
  vandal.close()
  await store.audit.append(auditRecord({ id: 'after' }))
  const entries = await store.audit.list({ limit: 10 })
  chainsOf(entries)
  assert.deepEqual(
    entries.map(({ id }) => id).filter((id) => !id.startsWith('opening')),
    ['before', 'after'],
  )
  assert.equal(await store.traces.load(trace().reference), undefined)
})

test('a tail that is cut off under a running process leaves a gap', async (t) => {
  const file = join(directory(t), 'gatehouse.db')
  const store = await openStore(t, file)
  for (const id of ['a', 'b', 'c']) await store.audit.append(auditRecord({ id }))
  const vandal = new Database(file)
  vandal.exec(`delete from audit where id in ('b', 'c')`)
  vandal.exec(`update audit_chains set (number, hash) = (select number, hash from audit where id = 'a')`)
  vandal.close()
  await store.audit.append(auditRecord({ id: 'd' }))
  const numbers = (await store.audit.list({ limit: 10 })).map(({ link }) => link?.number)
  assert.deepEqual(numbers, [1, 2, 5])
})

test('a record that was put in without a link is not linked by the next commit', async (t) => {
  const file = join(directory(t), 'gatehouse.db')
  const store = await openStore(t, file)
  await store.audit.append(auditRecord({ id: 'a' }))
  const vandal = new Database(file)
  vandal.exec(`insert into audit (id, at, event, actor, detail) values ('x', 0, 'role.revoked', null, '{}')`)
  vandal.close()
  await store.audit.append(auditRecord({ id: 'b' }))
  const entries = await store.audit.list({ limit: 10 })
  assert.deepEqual(
    entries.map(({ id, link }) => [id.split(' ')[0], link?.number ?? null]),
    [
      ['opening', 1],
      ['a', 2],
      ['x', null],
      ['b', 3],
    ],
  )
})
