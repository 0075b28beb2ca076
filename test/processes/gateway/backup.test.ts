/** `gatehouse backup` and `restore` beside a gateway process: what is kept, what is refused, and what does not come back. */

import assert from 'node:assert/strict'
import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import Database from 'better-sqlite3'
import { DEMO_ACCOUNTS } from '../../../src/demo/accounts.ts'
import { browser } from '../../support/browser.ts'
import type { Ended, Running } from '../../support/process.ts'
import { cookieHeader, messageOn } from '../../support/steps.ts'
import { openProcessHouse, type ProcessHouse } from './house.ts'

const ADMIN = DEMO_ACCOUNTS[0]?.account ?? ''

let house: ProcessHouse
let running: Running
before(async () => {
  house = await openProcessHouse()
  const demo = { id: 'demo', metadata: { file: 'idp.xml' }, adminAttribute: 'FnmsAdmin', allowUnsolicited: true }
  await house.write({ identityProviders: [demo] })
  running = await house.serve()
})
after(() => house.close())

const path = (name: string) => join(house.folder, name)
const data = (name = '') => path(join('data', name))

async function stop(): Promise<void> {
  running.signal('SIGTERM')
  assert.equal((await running.ended).code, 0)
}

/** Runs `work` while no gateway runs. */
async function whileStopped<Value>(work: () => Promise<Value>): Promise<Value> {
  await stop()
  try {
    return await work()
  } finally {
    running = await house.serve()
  }
}

async function accounts(): Promise<readonly string[]> {
  const listed: { account: string }[] = JSON.parse((await house.run('operators', 'list')).stdout)
  return listed.map(({ account }) => account)
}

function refused({ code, stdout, stderr }: Ended, why: RegExp): void {
  assert.deepEqual([code, stdout], [2, ''])
  assert.match(stderr, why)
  assert.equal(stderr.split('\n').length, 2, 'it is one line')
}

describe('gatehouse backup', () => {
  it('makes a file of mode 0600 that is whole by itself, while the gateway writes', async () => {
    let busy = true
    const writing = (async () => {
      for (let made = 0; busy; made += 1) await house.run('operators', 'create', `busy-${made}@example.com`)
    })()
    const { code, stdout, stderr } = await house.run('backup', path('first.db'))
    busy = false
    await writing
    assert.deepEqual([code, JSON.parse(stdout), stderr], [0, { file: path('first.db'), keys: [] }, ''])
    assert.equal((await stat(path('first.db'))).mode & 0o777, 0o600)
    const db = new Database(path('first.db'), { readonly: true })
    assert.deepEqual(db.pragma('integrity_check'), [{ integrity_check: 'ok' }])
    db.close()
    assert.deepEqual(
      (await readdir(house.folder)).filter((name) => name.startsWith('first')),
      ['first.db'],
    )
  })

  it('overwrites nothing', async () => {
    await writeFile(path('letter.txt'), 'dear all')
    refused(await house.run('backup', path('letter.txt')), /letter\.txt is there already; must be a new file\n$/)
    assert.equal(await readFile(path('letter.txt'), 'utf8'), 'dear all')
  })

  it('says in one line that a place cannot be written', async () => {
    refused(await house.run('backup', path('nowhere/b.db')), /nowhere\/b\.db cannot be written: ENOENT/)
  })
})

describe('gatehouse restore', () => {
  it('is refused while a gateway runs, which goes on', async () => {
    refused(await house.run('restore', path('first.db')), /another gateway process is running on it/)
    assert.equal((await fetch(`${house.url}/.gatehouse/healthz`)).status, 200)
  })

  it('brings the directory back, keeps the store that was in use, and ends every session', async () => {
    await house.run('operators', 'create', 'kept@example.com')
    const early = await house.signIn(ADMIN)
    assert.equal((await house.run('backup', path('second.db'))).code, 0)
    await house.run('operators', 'create', 'later@example.com')
    const late = await house.signIn(ADMIN)
    const { code, stdout } = await whileStopped(() => house.run('restore', path('second.db')))
    assert.equal(code, 0)
    const result = JSON.parse(stdout)
    assert.equal(result.sessionsEnded, 1)
    const known = await accounts()
    assert.deepEqual([known.includes('kept@example.com'), known.includes('later@example.com')], [true, false])
    for (const visitor of [early, late]) {
      assert.equal((await visitor.fetch(`${house.url}/app/x`)).status, 401)
    }
    const aside = new Database(result.aside, { readonly: true })
    const there = aside.prepare('select count(*) as n from operators where account = ?').get('later@example.com')
    aside.close()
    assert.deepEqual(there, { n: 1 })
    assert.equal((await stat(data('gatehouse.db'))).mode & 0o777, 0o600)
  })

  it('S-7: an assertion that was used after the backup is not taken again', async () => {
    await house.run('backup', path('third.db'))
    const visitor = browser()
    await visitor.goto(`${house.url}/app/`)
    const solicited = await visitor.submitForm(visitor.page(), { button: ADMIN })
    const state = cookieHeader(visitor)
    await visitor.submitForm(solicited)
    const other = browser()
    await other.goto(house.provider.url)
    const unsolicited = await other.submitForm(other.page(), { button: ADMIN, fields: { relayState: '' } })
    await other.submitForm(unsolicited)
    await whileStopped(() => house.run('restore', path('third.db')))
    for (const [page, cookie] of [
      [solicited, state],
      [unsolicited, ''],
    ] as const) {
      const answer = await fetch(`${house.url}/.gatehouse/saml/acs`, {
        method: 'POST',
        headers: { Cookie: cookie, Origin: house.provider.url },
        body: new URLSearchParams({ ...messageOn(page) }),
        redirect: 'manual',
      })
      assert.ok(answer.status >= 400 || answer.status === 200, `${answer.status}`)
      assert.deepEqual(
        answer.headers.getSetCookie().filter((each) => each.startsWith('gatehouse=') && !each.includes('Max-Age=0')),
        [],
      )
    }
    assert.equal((await house.signIn(ADMIN)).page().status, 200, 'a new sign-in works at once')
  })

  it('refuses a file that is none of ours, damaged, newer, or a store in use, and changes nothing', async () => {
    await house.run('backup', path('good.db'))
    const bytes = await readFile(path('good.db'))
    await writeFile(path('text.db'), 'publicUrl: x\n'.repeat(400))
    new Database(path('foreign.db')).exec('create table theirs (x)').close()
    await writeFile(path('empty.db'), '')
    const torn = Buffer.from(bytes)
    torn.fill(0xaa, Math.floor(bytes.length / 2 / 4096) * 4096, Math.floor(bytes.length / 2 / 4096) * 4096 + 8192)
    await writeFile(path('torn.db'), torn)
    await writeFile(path('short.db'), bytes)
    await truncate(path('short.db'), bytes.length - 4096)
    await writeFile(path('newer.db'), bytes)
    new Database(path('newer.db')).exec("insert into kysely_migration values ('9999-x', '2030')").close()
    await writeFile(path('live.db'), bytes)
    await writeFile(path('live.db-wal'), 'x')
    const before = await accounts()
    await whileStopped(async () => {
      refused(await house.run('restore', path('gone.db')), /gone\.db cannot be copied: ENOENT/)
      refused(await house.run('restore', path('text.db')), /text\.db is not a SQLite database\n$/)
      refused(await house.run('restore', path('foreign.db')), /foreign\.db is a database of another program\n$/)
      refused(await house.run('restore', path('empty.db')), /empty\.db is a database of another program\n$/)
      refused(await house.run('restore', path('torn.db')), /torn\.db is damaged: /)
      refused(await house.run('restore', path('short.db')), /short\.db is damaged: /)
      refused(await house.run('restore', path('newer.db')), /newer\.db was written by a newer version of Gatehouse\n$/)
      refused(await house.run('restore', path('live.db')), /live\.db has a write-ahead log beside it/)
      const left = (await readdir(data())).filter((name) => name.includes('restoring'))
      assert.deepEqual(left, [])
    })
    assert.deepEqual(await accounts(), before)
  })

  it('takes the place of a store that is damaged beyond opening', async () => {
    await house.run('backup', path('rescue.db'))
    const known = await accounts()
    await stop()
    await writeFile(data('gatehouse.db'), Buffer.alloc(8192, 0x55))
    const { code } = await house.run('restore', path('rescue.db'))
    running = await house.serve()
    assert.equal(code, 0)
    assert.deepEqual(await accounts(), known)
  })

  it('carries the keys where that is asked for, so that a new machine goes on with them', async () => {
    const jwks = async () => (await fetch(`${house.url}/.gatehouse/jwks.json`)).json()
    const { code, stdout } = await house.run('backup', '--with-keys', path('whole.db'))
    assert.deepEqual([code, JSON.parse(stdout).keys.slice(0, 2)], [0, ['cookies.key', 'identity.key']])
    const before = await jwks()
    await stop()
    await house.write({ dataDir: 'elsewhere' })
    const restored = await house.run('restore', path('whole.db'))
    assert.equal(restored.code, 0, restored.stderr)
    assert.equal(JSON.parse(restored.stdout).keysRestored.length, 6)
    running = await house.serve()
    assert.deepEqual(await jwks(), before)
    const db = new Database(path('elsewhere/gatehouse.db'), { readonly: true })
    assert.equal(db.prepare("select 1 from sqlite_master where name = 'backup_files'").get(), undefined)
    db.close()
    assert.equal((await stat(path('elsewhere/keys/cookies.key'))).mode & 0o777, 0o600)
  })
})
