/** Stores whose sessions are in Redis against the contract: beside a directory in memory and one in SQLite. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, type TestContext } from 'node:test'

import { parseRedisUrl } from '../../src/config/redis-url.ts'
import { alarms } from '../../src/core/alarms.ts'
import { silentLog } from '../../src/core/log.ts'
import { seconds, systemClock } from '../../src/core/time.ts'
import { memoryStore } from '../../src/store/memory/memory-store.ts'
import type { Store } from '../../src/store/ports.ts'
import { openRedisSessions } from '../../src/store/redis/open.ts'
import { sessionsApart } from '../../src/store/sessions-apart.ts'
import { sqliteStore } from '../../src/store/sql/sqlite/sqlite-store.ts'
import { testWriter } from '../support/chain-writer.ts'
import { type RedisGroup, type RedisServer, startCluster, startRedis, withoutRedis } from '../support/redis.ts'
import { handoffsContract } from './handoffs.ts'
import type { OpenStore } from './samples.ts'
import { sessionsContract } from './sessions.ts'
import { revisionsContract, transactionsContract } from './transactions.ts'

describe('sessions in Redis', { skip: withoutRedis }, () => {
  let redis: RedisServer
  before(async () => {
    redis = await startRedis()
  })
  after(() => redis.close())

  describe('beside a directory in memory', () => {
    ofSessions(async (t) => {
      redis.cli('flushall')
      return opened(t, redis.url, memoryStore())
    })
  })

  describe('beside a directory in SQLite', () => {
    ofSessions(async (t) => {
      redis.cli('flushall')
      const directory = mkdtempSync(join(tmpdir(), 'gatehouse-store-'))
      t.after(() => rmSync(directory, { recursive: true }))
      const sqlite = await sqliteStore({
        writer: testWriter(),
        file: join(directory, 'gatehouse.db'),
        clock: systemClock,
        log: silentLog,
      })
      return opened(t, redis.url, sqlite)
    })
  })
})

describe('sessions in a Redis cluster', { skip: withoutRedis }, () => {
  let cluster: RedisGroup
  before(async () => {
    cluster = await startCluster()
  })
  after(() => cluster.close())
  ofSessions(async (t) => {
    for (const server of cluster.servers) server.cli('flushall')
    return opened(t, cluster.url, memoryStore())
  })
})

/** What is not about sessions is the directory's alone, and held to the contract there. */
function ofSessions(open: OpenStore): void {
  sessionsContract(open)
  handoffsContract(open)
  revisionsContract(open)
  transactionsContract(open)
}

async function opened(t: TestContext, url: string, directory: Store): Promise<Store> {
  const location = parseRedisUrl(url)
  if (location === undefined) throw new Error(`no Redis URL: ${url}`)
  const parts = { clock: systemClock, log: silentLog }
  const keep = seconds(3600)
  const watched = { alarms: alarms(parts), observe: () => {} }
  const live = await openRedisSessions({ ...parts, ...watched, location, keep })
  const store = sessionsApart({ ...parts, directory, live, lost: async () => {} })
  t.after(() => store.close())
  return store
}
