/** Which files the SQLite store takes, and what it makes of them. */

import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import Database from 'better-sqlite3'

import { AppError } from '../../../../src/core/errors.ts'
import { silentLog } from '../../../../src/core/log.ts'
import { systemClock } from '../../../../src/core/time.ts'
import { sqliteStore } from '../../../../src/store/sql/sqlite/sqlite-store.ts'
import { testWriter } from '../../../support/chain-writer.ts'
import { directory, openStore, startChild } from './processes.ts'

test('a new directory has mode 0700 and all files in it 0600', async (t) => {
  const data = join(directory(t), 'deep', 'data')
  const store = await openStore(t, join(data, 'gatehouse.db'))
  await store.revisions.publish(['x'])
  assert.equal(statSync(data).mode & 0o777, 0o700)
  for (const end of ['', '-wal', '-shm']) {
    assert.equal(statSync(join(data, `gatehouse.db${end}`)).mode & 0o777, 0o600, end)
  }
})

test('the mode of a directory that is there stays', async (t) => {
  const data = directory(t)
  chmodSync(data, 0o750)
  await openStore(t, join(data, 'gatehouse.db'))
  assert.equal(statSync(data).mode & 0o777, 0o750)
})

test('writes go to a write-ahead log, and closing leaves one file', async (t) => {
  const file = join(directory(t), 'gatehouse.db')
  const store = await openStore(t, file)
  await store.revisions.publish(['x'])
  assert.ok(statSync(`${file}-wal`).size > 0)
  await store.close()
  assert.equal(existsSync(`${file}-wal`), false)
  assert.equal(existsSync(`${file}-shm`), false)
})

test('six processes that open a new file at the same time all succeed', async (t) => {
  const file = join(directory(t), 'data', 'gatehouse.db')
  const children = Array.from({ length: 6 }, () => startChild(t, [file, 'open']))
  for (const child of children) assert.equal(await child.ended, 0)
  const store = await openStore(t, file)
  assert.equal(await store.revisions.head(), 0)
})

test('a file of a newer version is refused and stays as it is', async (t) => {
  const file = join(directory(t), 'gatehouse.db')
  await (await openStore(t, file)).close()
  const db = new Database(file)
  db.exec("insert into kysely_migration values ('9999-later', '2030-01-01T00:00:00.000Z')")
  db.close()
  await assertRefused(file, 'was written by a newer version of Gatehouse')
})

test('a SQLite file of another program is refused and stays as it is', async (t) => {
  const file = join(directory(t), 'other.db')
  const db = new Database(file)
  db.exec('create table theirs (x)')
  db.close()
  await assertRefused(file, 'is a database of another program')
})

test('a SQLite file with the mark of another program is refused even when it is empty', async (t) => {
  const file = join(directory(t), 'other.db')
  const db = new Database(file)
  db.pragma('application_id = 7')
  db.close()
  await assertRefused(file, 'is a database of another program')
})

test('a file that is no database is refused and stays as it is', async (t) => {
  const file = join(directory(t), 'gatehouse.yaml')
  writeFileSync(file, 'publicUrl: https://licences.example.com\n'.repeat(100))
  await assertRefused(file, 'is not a SQLite database')
})

test('a place that cannot be written is refused', async (t) => {
  const data = directory(t)
  writeFileSync(join(data, 'file'), '')
  mkdirSync(join(data, 'directory'))
  for (const file of [join(data, 'file', 'gatehouse.db'), join(data, 'directory')]) {
    const opening = sqliteStore({ file, writer: testWriter(), clock: systemClock, log: silentLog })
    await assert.rejects(opening, refusal(file, 'cannot be written'))
  }
})

async function assertRefused(file: string, why: string): Promise<void> {
  const before = readFileSync(file)
  await assert.rejects(
    sqliteStore({ file, writer: testWriter(), clock: systemClock, log: silentLog }),
    refusal(file, why),
  )
  assert.deepEqual(readFileSync(file), before)
}

/** The detail is one line for the administrator: the file and what is the matter with it. */
function refusal(file: string, why: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof AppError)
    assert.equal(error.code, 'CONFIG_INVALID')
    assert.ok(error.message.startsWith(`${file} ${why}`), error.message)
    assert.doesNotMatch(error.message, /\n/)
    return true
  }
}
