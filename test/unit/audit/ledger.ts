/** An audit in a SQLite file, written with a real key, that tests verify and tamper with. */

import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

import Database from 'better-sqlite3'

import { type Anchors, anchors } from '../../../src/audit/anchors.ts'
import { chainWriter } from '../../../src/audit/chain-writer.ts'
import { auditRecord } from '../../../src/audit/record.ts'
import { type AuditRetention, auditRetention } from '../../../src/audit/retention.ts'
import type { Signer } from '../../../src/audit/statements.ts'
import { type Verification, verifyAudit } from '../../../src/audit/verify.ts'
import { silentLog } from '../../../src/core/log.ts'
import { systemRandom } from '../../../src/core/random.ts'
import { type Clock, instant } from '../../../src/core/time.ts'
import { type IdentityKeys, identityKeys, openSelfSigned } from '../../../src/session/jose.ts'
import type { Store } from '../../../src/store/ports.ts'
import { sqliteStore } from '../../../src/store/sql/sqlite/sqlite-store.ts'
import { directory } from '../store/sqlite/processes.ts'

export const DAY_MS = 86_400_000

export interface Ledger {
  readonly file: string
  readonly key: IdentityKeys
  readonly clock: Clock & { advance(milliseconds: number): void }
  /** Another process; `signer` instead of the ledger's key. */
  open(signer?: Signer): Promise<Scribe>
  /** Changes the file behind everybody's back. */
  tamper(...statements: readonly string[]): void
  verify(over?: { trusted?: readonly string[]; anchors?: readonly string[] }): Promise<Verification>
}

/** One process that writes. */
export interface Scribe extends Anchors, AuditRetention {
  readonly writer: string
  readonly store: Store
  /** Writes records about these accounts, each in a transaction of its own. */
  record(...accounts: readonly string[]): Promise<void>
}

export async function newKey(): Promise<IdentityKeys> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  return identityKeys(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
}

export async function openLedger(t: TestContext): Promise<Ledger> {
  const file = join(directory(t), 'gatehouse.db')
  const key = await newKey()
  let now = 1_800_000_000_000
  const clock = {
    now: () => instant(now),
    advance(milliseconds: number) {
      now += milliseconds
    },
  }
  const parts = { clock, random: systemRandom, log: silentLog }

  async function open(signer: Signer = key): Promise<Scribe> {
    const writer = await chainWriter({ ...parts, signer })
    const store = await sqliteStore({ ...parts, file, writer })
    t.after(() => store.close())
    const signing = { ...parts, store, writer: writer.id, signer }
    return {
      writer: writer.id,
      store,
      ...anchors(signing),
      ...auditRetention(signing),
      async record(...accounts) {
        for (const account of accounts) {
          const detail = { operator: 'o1', account, provider: 'okta' }
          await store.audit.append(auditRecord(parts, 'operator.enabled', { actor: null, detail }))
        }
      },
    }
  }

  return {
    file,
    key,
    clock,
    open,
    tamper(...statements) {
      const vandal = new Database(file)
      for (const statement of statements) vandal.exec(statement)
      vandal.close()
    },
    async verify({ trusted = [key.kid], anchors: kept = [] } = {}) {
      const store = await sqliteStore({ ...parts, file, writer: null })
      try {
        return await verifyAudit({ audit: store.audit, open: openSelfSigned, trusted, anchors: kept })
      } finally {
        await store.close()
      }
    },
  }
}
