/** The SQLite store against the contract. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'node:test'

import { silentLog } from '../../src/core/log.ts'
import { systemClock } from '../../src/core/time.ts'
import { sqliteStore } from '../../src/store/sql/sqlite/sqlite-store.ts'
import { testWriter } from '../support/chain-writer.ts'
import { storeContract } from './store.ts'

describe('SQLite store', () => {
  storeContract(async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'gatehouse-store-'))
    const store = await sqliteStore({
      file: join(directory, 'gatehouse.db'),
      writer: testWriter(),
      clock: systemClock,
      log: silentLog,
    })
    t.after(async () => {
      await store.close()
      rmSync(directory, { recursive: true })
    })
    return store
  })
})
