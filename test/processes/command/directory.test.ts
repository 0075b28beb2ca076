/** Directory files and single changes by the command, beside a running gateway. */

import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { stringify } from 'yaml'
import { DEMO_ACCOUNTS } from '../../../src/demo/accounts.ts'
import { eventually } from '../../support/process.ts'
import { openProcessHouse, type ProcessHouse } from '../gateway/house.ts'

const [ADMIN = '', OTTO = ''] = DEMO_ACCOUNTS.map(({ account }) => account)
const USER = 'web-application:user'
/** From the return of the command. */
const HOLDS_WITHIN_MS = 1000

let house: ProcessHouse
before(async () => {
  house = await openProcessHouse()
  await house.serve()
})
after(() => house.close())

async function file(content: unknown): Promise<string> {
  const path = join(house.folder, 'directory.yaml')
  await writeFile(path, typeof content === 'string' ? content : stringify(content))
  return path
}

async function json(...args: string[]) {
  const { code, stdout, stderr } = await house.run(...args)
  return { code, stderr, value: stdout === '' ? undefined : JSON.parse(stdout) }
}

describe('gatehouse export, plan, apply', { concurrency: false }, () => {
  it('G-7, O-10: what a file gives by a group holds for open sessions within a second, and what it takes too', async () => {
    const made = { operators: [{ account: OTTO, roles: [USER] }], groups: [{ path: 'staff' }] }
    assert.equal((await json('apply', await file(made))).code, 0)
    const visitor = await house.signIn(OTTO)
    const status = async () => (await visitor.fetch(`${house.url}/app/x`)).status
    assert.equal(await status(), 200)
    await json('apply', await file({ operators: [{ account: OTTO, roles: [], groups: ['staff'] }] }))
    assert.ok((await eventually(status, (now) => now === 403)) < HOLDS_WITHIN_MS)
    await json('apply', await file({ groups: [{ path: 'staff', roles: [USER] }] }))
    assert.ok((await eventually(status, (now) => now === 200)) < HOLDS_WITHIN_MS)
    await json(
      'apply',
      await file({ roles: [{ name: 'desk', parents: [USER] }], groups: [{ path: 'staff', roles: ['desk'] }] }),
    )
    assert.equal((await house.signIn(OTTO)).page().status, 200, 'the next sign-in knows the new role at once')
    await json('groups', 'delete', 'staff', '--members', 'release')
    assert.ok((await eventually(status, (now) => now === 403)) < HOLDS_WITHIN_MS)
  })

  it('plan prints what differs and exits with 1, changes nothing, and is empty after apply', async () => {
    const path = await file({ groups: [{ path: 'acme/münchen', label: 'Kunde' }] })
    const planned = await json('plan', path)
    assert.equal(planned.code, 1)
    assert.deepEqual(
      planned.value.changes.map(({ action, kind, name }: Record<string, string>) => [action, kind, name]),
      [
        ['create', 'group', 'acme'],
        ['create', 'group', 'acme/münchen'],
      ],
    )
    assert.equal((await json('plan', path)).code, 1)
    assert.deepEqual((await json('apply', path)).value.changes, planned.value.changes)
    const after = await json('plan', path)
    assert.deepEqual([after.code, after.value.changes], [0, []])
  })

  it('W-22: an export that is applied is exported again byte by byte, in both formats', async () => {
    for (const format of ['yaml', 'json']) {
      const first = (await house.run('export', '--format', format)).stdout
      const path = await file(first)
      assert.deepEqual((await json('apply', path, '--prune')).value, { changes: [] })
      assert.equal((await house.run('export', '--format', format)).stdout, first)
      assert.match(first, /acme\/münchen/)
    }
  })

  it('a file with mistakes names each with its line and changes nothing', async () => {
    const before = (await house.run('export')).stdout
    const wrong = await house.run(
      'apply',
      await file(
        'operators:\n  - account: eve\n    roles: [ nope ]\n  - account: eve2\n    groups: [ ghost ]\ngroups:\n  - path: new\n',
      ),
    )
    assert.equal(wrong.code, 1)
    assert.match(wrong.stderr, /directory\.yaml:3: operators\[0\]\.roles\[0\]\.role: there is no role nope\n/)
    assert.match(wrong.stderr, /directory\.yaml:5: operators\[1\]\.groups\[0\]: there is no group ghost\n/)
    for (const text of ['operators: [', 'extra: 1', 'operators: { a: 1 }', 'a: &x 1\nb: *x']) {
      const ended = await house.run('apply', await file(text))
      assert.deepEqual([ended.code, ended.stdout], [2, ''], text)
      assert.match(ended.stderr, /directory\.yaml:\d+: /)
    }
    assert.equal((await house.run('apply', join(house.folder, 'none.yaml'))).code, 2)
    assert.equal((await house.run('export')).stdout, before)
  })

  it('G-8: no file takes the last administrator away', async () => {
    await house.signIn(ADMIN)
    const disabled = await house.run('apply', await file({ operators: [{ account: ADMIN, enabled: false }] }))
    assert.equal(disabled.code, 1)
    assert.match(disabled.stderr, /no usable administrator would be left/)
    const pruned = await house.run('apply', await file({ operators: [{ account: OTTO }] }), '--prune')
    assert.match(pruned.stderr, /no usable administrator would be left/)
    assert.equal((await json('operators', 'show', ADMIN)).value.enabled, true)
  })

  it('import csv creates all operators or none, and they are shown with their groups', async () => {
    const path = join(house.folder, 'ops.csv')
    await writeFile(
      path,
      'account,displayName,roles,groups\r\nnew@x.de,Jürgen,web-application:user@app,acme/münchen\r\nbad@x.de,,nope,\r\n',
    )
    const refused = await house.run('import', 'csv', path)
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /ops\.csv:3: roles\[0\]\.role: there is no role nope\n$/)
    await writeFile(path, (await readFile(path, 'utf8')).replace('nope', USER))
    assert.equal((await json('import', 'csv', path)).value.changes.length, 2)
    const { value } = await json('operators', 'show', 'new@x.de')
    assert.deepEqual([value.displayName, value.roles[0].service], ['Jürgen', 'app'])
    assert.deepEqual(value.groups, [{ group: 'acme/münchen', rights: {}, source: 'local' }])
    const again = await house.run('import', 'csv', path)
    assert.equal(again.code, 1)
    assert.match(again.stderr, /ops\.csv:2: account: new@x\.de of demo is there already\n/)
  })

  it('W-4, G-8: of two processes that delete each other’s administrator one is refused', async () => {
    const two = ['one@x.de', 'two@x.de'].map((account) => ({ account, roles: ['administrator'] }))
    await json('apply', await file({ operators: two }))
    await house.provider.answer({ overrides: { attributes: [] } })
    await house.signIn(ADMIN)
    await json('operators', 'revoke', ADMIN, 'administrator')
    const ended = await Promise.all(two.map(({ account }) => house.run('operators', 'delete', account)))
    assert.deepEqual(ended.map(({ code }) => code).toSorted(), [0, 1])
    assert.match(ended.map(({ stderr }) => stderr).join(''), /no usable administrator would be left/)
  })

  it('O-9: roles are listed, copied and deleted; W-9: a group with members needs a choice', async () => {
    assert.equal((await json('roles', 'show', USER)).value.profile, 'web-application')
    assert.equal((await json('roles', 'duplicate', USER, 'Mine')).value.name, 'mine')
    assert.equal((await house.run('roles', 'delete', USER)).code, 1)
    assert.equal((await json('roles', 'delete', 'mine')).code, 0)
    const refused = await house.run('groups', 'delete', 'acme/münchen')
    assert.deepEqual([refused.code, /release them/.test(refused.stderr)], [1, true])
    assert.equal((await json('groups', 'move', 'acme/münchen', 'acme/münchen', '--output', 'json')).code, 0)
    assert.equal((await house.run('groups', 'move', 'acme', 'acme/münchen/acme')).code, 1)
    assert.deepEqual((await json('objects', 'pending')).value, [])
  })
})
