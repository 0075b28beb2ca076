import assert from 'node:assert/strict'
import { test } from 'node:test'
import { instant } from '../../../src/core/time.ts'
import { compiledOnce } from '../../../src/store/sql/compiled-once.ts'
import { type Answer, sqliteKysely } from '../../../src/store/sql/dialect.ts'

test('a statement is built once, and takes its values anew at each call, on whichever connection', async () => {
  let built = 0
  const claim = compiledOnce((db, { key, until }: { key: string; until: ReturnType<typeof instant> }) => {
    built += 1
    return db
      .insertInto('one_time')
      .values({ key, until })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ until }))
  })
  const ran: unknown[] = []
  const connection = () =>
    sqliteKysely(async (sql, parameters): Promise<Answer> => {
      ran.push([sql, ...parameters])
      return { rows: [], changes: 1 }
    })
  const [one, other] = [connection(), connection()]
  const results = [
    await claim(one, { key: 'a', until: instant(1) }),
    await claim(other, { key: '__proto__', until: instant(2) }),
  ]
  const sql = 'insert into "one_time" ("key", "until") values (?, ?) on conflict ("key") do update set "until" = ?'
  assert.deepEqual(ran, [
    [sql, 'a', 1, 1],
    [sql, '__proto__', 2, 2],
  ])
  assert.equal(built, 1)
  assert.deepEqual(
    results.map(({ numAffectedRows }) => numAffectedRows),
    [1n, 1n],
  )
})
