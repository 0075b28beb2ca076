/** Stores of earlier versions under the present code. */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'

import Database from 'better-sqlite3'

import { chainWriter } from '../../../../src/audit/chain-writer.ts'
import { type Verification, verifyAudit } from '../../../../src/audit/verify.ts'
import { silentLog } from '../../../../src/core/log.ts'
import { systemRandom } from '../../../../src/core/random.ts'
import { instant, systemClock } from '../../../../src/core/time.ts'
import { openSelfSigned } from '../../../../src/session/jose.ts'
import type { Store } from '../../../../src/store/ports.ts'
import { sqliteStore } from '../../../../src/store/sql/sqlite/sqlite-store.ts'
import { auditRecord, recorded } from '../../../contract/samples.ts'
import { newKey } from '../../audit/ledger.ts'
import { makeOldStore, STEPS } from './old-stores.ts'
import { directory, openStore } from './processes.ts'

async function oldStore(t: TestContext, step: string): Promise<string> {
  const file = join(directory(t), 'gatehouse.db')
  await makeOldStore(file, step)
  return file
}

/** What every version wrote. */
async function assertFirstRows(store: Store): Promise<void> {
  const ann = await store.operators.find('okta', 'ann@example.com')
  assert.deepEqual(ann, {
    id: 'o1',
    provider: 'okta',
    account: 'ann@example.com',
    displayName: 'Ann',
    email: null,
    enabled: true,
    createdAt: 1000,
    lastSignInAt: 2000,
    grants: [
      { role: 'administrator', service: null, scope: null, source: 'assertion', locked: true, expiresAt: null },
      { role: 'openlm:admin_role', service: 'lic', scope: null, source: 'local', locked: false, expiresAt: 9000 },
    ],
    permissions: [],
    memberships: [],
  })
  const ben = await store.operators.find('okta', 'ben@example.com')
  assert.deepEqual([ben?.enabled, ben?.lastSignInAt, ben?.grants], [false, null, []])
  const session = await store.sessions.find('hash-1')
  assert.deepEqual(
    [session?.id, session?.operatorId, session?.attributes, session?.lastActivityAt],
    ['s1', 'o1', [['groups', ['a', 'b']]], 1500],
  )
  assert.equal(await store.oneTime.claim('assertion _1', instant(9000), instant(4999)), false)
  const trace = await store.traces.load('ABCD-2345')
  assert.deepEqual([trace?.outcome, trace?.notes], ['SAML_EXPIRED', ['note']])
  assert.deepEqual(
    (await recorded(store.audit)).map(({ id, at, actor, detail }) => [id, at, actor, detail]),
    [
      ['a1', 1000, null, { hash: 'x' }],
      ['a2', 2000, 'o1', { session: 's1', operator: 'o1', reason: 'signed-out' }],
    ],
  )
  assert.deepEqual(await store.revisions.changesSince(0), { head: 1, keys: ['operator:o1'], complete: true })
}

/** What versions wrote from each step on. */
const LATER: Readonly<Record<string, (store: Store) => Promise<void>>> = {
  '0002-handoffs': async ({ handoffs }) => {
    assert.equal((await handoffs.consume('code', instant(4000)))?.returnPath, '/x')
  },
  '0004-restores': async ({ restores }) => {
    assert.equal(await restores.last(), 500)
  },
  '0005-directory': async ({ roles, groups, objects }) => {
    assert.deepEqual(
      (await roles.list()).map(({ name, description }) => [name, description]),
      [['helpdesk', 'Help desk']],
    )
    assert.equal((await groups.load('g1'))?.label, 'customer')
    const device = await objects.load({ service: 'clm', type: 'device', id: 'dev-7' })
    assert.deepEqual([device?.owner, device?.accessList], [{ operator: 'o1' }, { operators: ['o1'], groups: [] }])
  },
}

describe('a store of a version whose last step was', () => {
  for (const [index, step] of STEPS.entries()) {
    test(`${step}: opens, and everything in it is there`, async (t) => {
      const store = await openStore(t, await oldStore(t, step))
      await assertFirstRows(store)
      for (const each of STEPS.slice(0, index + 1)) await LATER[each]?.(store)
    })
  }
})

describe('an audit from before there were chains', () => {
  async function verified(t: TestContext) {
    const file = await oldStore(t, '0002-handoffs')
    const key = await newKey()
    const parts = { file, clock: systemClock, log: silentLog }
    const open = async () => {
      const writer = await chainWriter({ signer: key, clock: systemClock, random: systemRandom })
      const store = await sqliteStore({ ...parts, writer })
      t.after(() => store.close())
      return store
    }
    const verify = async (): Promise<Verification> => {
      const store = await sqliteStore({ ...parts, writer: null })
      try {
        return await verifyAudit({ audit: store.audit, open: openSelfSigned, trusted: [key.kid] })
      } finally {
        await store.close()
      }
    }
    return { file, open, verify }
  }

  test('is not called tampered with, nor sound, by a command that only reads', async (t) => {
    const { broken, records } = await (await verified(t)).verify()
    assert.deepEqual([broken?.flaw, broken?.id, records], ['unchained', 'a1', 2])
  })

  test('verifies as soon as a gateway has started, and with what follows', async (t) => {
    const { open, verify } = await verified(t)
    const store = await open()
    const { broken, records, chains } = await verify()
    assert.deepEqual([broken, records, chains], [null, 3, 1])
    await store.audit.append(auditRecord())
    const other = await open()
    await other.audit.append(auditRecord({ id: 'record-2' }))
    const after = await verify()
    assert.deepEqual([after.broken, after.records, after.chains], [null, 6, 2])
  })

  test('is linked once: a record that is put in without a place afterwards is found', async (t) => {
    const { file, open, verify } = await verified(t)
    await open()
    const vandal = new Database(file)
    vandal.exec(`insert into audit (id, at, event, actor, detail) values ('x', 0, 'role.revoked', null, '{}')`)
    vandal.close()
    const store = await open()
    await store.audit.append(auditRecord())
    const { broken } = await verify()
    assert.deepEqual([broken?.flaw, broken?.id], ['unlinked', 'x'])
  })
})
