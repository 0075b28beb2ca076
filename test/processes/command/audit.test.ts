/** `gatehouse audit` beside a running gateway: it verifies, exports, and names what somebody changed in the file. */

import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import Database from 'better-sqlite3'

import { DEMO_ACCOUNTS } from '../../../src/demo/accounts.ts'
import { cookieHeader } from '../../support/steps.ts'
import { openProcessHouse, type ProcessHouse } from '../gateway/house.ts'

const [ADMIN = '', OTTO = ''] = DEMO_ACCOUNTS.map(({ account }) => account)

let house: ProcessHouse
before(async () => {
  house = await openProcessHouse()
})
after(() => house.close())

async function verify(...options: string[]) {
  const { code, stdout, stderr } = await house.run('audit', 'verify', '--output', 'json', ...options)
  return { code, stderr, verdict: stdout === '' ? undefined : JSON.parse(stdout) }
}

function tamper(sql: string): void {
  const vandal = new Database(join(house.folder, 'data', 'gatehouse.db'))
  vandal.exec(sql)
  vandal.close()
}

describe('gatehouse audit', { concurrency: false }, () => {
  it('before the first start there is no store, exit 1', async () => {
    const { code, stderr } = await verify()
    assert.equal(code, 1)
    assert.match(stderr, /^there is no store in /)
  })

  it('G-3: the gateway, killed and started again, and the command have chains of their own, and all verify', async () => {
    const killed = await house.serve()
    const visitor = await house.signIn(ADMIN)
    const headers = { Cookie: cookieHeader(visitor) }
    for (let n = 0; n < 5; n += 1) {
      assert.equal((await fetch(`${house.url}/app/x`, { method: 'POST', headers })).status, 200)
    }
    assert.equal((await house.run('operators', 'create', OTTO, '--role', 'web-application:user')).code, 0)
    assert.equal((await verify()).code, 0)
    killed.signal('SIGKILL')
    await killed.ended
    const { verdict } = await verify()
    assert.equal(verdict.ok, true)
    assert.equal(verdict.chains, 2)
    const running = await house.serve()
    assert.equal((await fetch(`${house.url}/app/x`, { method: 'POST', headers })).status, 200)
    running.signal('SIGTERM')
    assert.equal((await running.ended).code, 0)
    const last = await verify()
    assert.deepEqual([last.code, last.verdict.chains, last.verdict.broken], [0, 3, null])
    assert.ok(last.verdict.anchors >= 2)
  })

  it('exports what happened, oldest first, also from a time on', async () => {
    const { code, stdout } = await house.run('audit', 'export')
    assert.equal(code, 0)
    const records = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.equal(records[0].event, 'chain.opened')
    const intents = records.filter(({ event }) => event === 'request.allowed')
    const outcomes = records.filter(({ event }) => event === 'request.answered')
    assert.equal(intents.length, 6)
    for (const { detail } of outcomes) assert.ok(intents.some((intent) => intent.detail.request === detail.request))
    assert.ok(records.some(({ event, detail }) => event === 'operator.created' && detail.account === OTTO))
    assert.equal((await house.run('audit', 'export', '--since', '2999-01-01')).stdout, '')
    const csv = await house.run('audit', 'export', '--format', 'csv', '--until', '2999-01-01T00:00:00Z')
    assert.match(csv.stdout, /^at,event,actor,account,/)
    assert.equal((await house.run('audit', 'export', '--since', 'yesterday')).code, 2)
  })

  it('lists the newest records that fit, with who did it by his account', async () => {
    const list = async (...options: string[]) => {
      const { code, stdout } = await house.run('audit', 'list', '--output', 'json', ...options)
      return { code, records: stdout === '' ? [] : JSON.parse(stdout) }
    }
    const changes = await list('--event', 'request.allowed', '--about', ADMIN)
    assert.deepEqual([changes.code, changes.records.length], [0, 6])
    for (const { account, detail } of changes.records) assert.deepEqual([account, detail.account], [ADMIN, ADMIN])
    const times = changes.records.map(({ at }: { at: string }) => at)
    assert.deepEqual(times, times.toSorted())
    const [, , , , fifth, sixth] = changes.records
    assert.deepEqual((await list('--event', 'request.allowed', '--limit', '2')).records, [fifth, sixth])
    const both = await list('--event', 'operator.created', '--event', 'role.granted', '--about', OTTO)
    assert.deepEqual(
      both.records.map(({ event, account }: { event: string; account: null }) => [event, account]),
      [
        ['operator.created', null],
        ['role.granted', null],
      ],
    )
    assert.deepEqual(await list('--about', 'nobody@example.com'), { code: 0, records: [] })
    assert.deepEqual((await list('--since', '2999-01-01')).records, [])
    const events = async (...options: string[]) =>
      new Set((await list(...options)).records.map(({ event }: { event: string }) => event))
    assert.equal((await events()).has('chain.opened'), false)
    assert.deepEqual(await events('--event', 'chain.opened'), new Set(['chain.opened']))
    const shown = await house.run('audit', 'list', '--output', 'table', '--about', sixth.detail.request)
    assert.match(shown.stdout, /^AT +EVENT +BY +DETAIL/)
    assert.match(shown.stdout, /request\.allowed +\S+@\S+ .*method=POST/)
    assert.match(shown.stdout, /request\.answered/)
    for (const wrong of [
      ['--event', 'operator.made'],
      ['--limit', '0'],
      ['--limit', '10001'],
    ]) {
      assert.equal((await list(...wrong)).code, 2)
    }
  })

  it('an anchor that was kept elsewhere finds what is missing since', async () => {
    const { verdict } = await verify()
    const kept = join(house.folder, 'anchor.jwt')
    await writeFile(kept, `${verdict.newestAnchor}\n`)
    assert.equal((await verify('--anchor', kept)).code, 0)
    const last = `(select seq from audit where event = 'chain.opened' order by seq desc limit 1)`
    tamper(`create table aside as select * from audit where seq >= ${last}; delete from audit where seq >= ${last};
      create table aside_chains as select * from audit_chains; delete from audit_chains where writer in (select writer from aside)`)
    const cut = await verify('--anchor', kept)
    assert.deepEqual([cut.code, cut.verdict.broken.flaw], [1, 'missing'])
    tamper(`insert into audit select * from aside; delete from audit_chains; insert into audit_chains select * from aside_chains;
      drop table aside; drop table aside_chains`)
    assert.equal((await verify('--anchor', kept)).code, 0)
  })

  it('names the record that was changed, with the reason, and exits 1', async () => {
    tamper(
      `update audit set detail = replace(detail, '${OTTO}', 'mallory@example.com') where event = 'operator.created'`,
    )
    const { code, verdict } = await verify()
    assert.equal(code, 1)
    const { flaw, event, reason, id } = verdict.broken
    assert.deepEqual([verdict.ok, flaw, event], [false, 'changed', 'operator.created'])
    assert.match(reason, /does not fit its hash/)
    const shown = await house.run('audit', 'verify', '--output', 'table')
    assert.equal(shown.code, 1)
    assert.ok(shown.stdout.includes(id) && shown.stdout.includes('the audit is broken at this record'))
  })
})
