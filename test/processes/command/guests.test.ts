/** Guests by the command (openlm.md O-17): it tells what they may do, and refuses to change it. */

import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { stringify } from 'yaml'
import { gatehouse } from '../../support/process.ts'

const GUEST = 'guest:openlm'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatehouse-guests-'))
  await configure({ guest: true })
})
after(() => rm(folder, { recursive: true }))

async function configure(service: object): Promise<void> {
  const openlm = { id: 'openlm', profile: 'openlm', match: { path: '/openlm/' }, upstream: 'http://127.0.0.1:1' }
  const content = { publicUrl: 'http://localhost:8080', dataDir: 'data', services: [{ ...openlm, ...service }] }
  await writeFile(join(folder, 'gatehouse.yaml'), stringify(content))
}

async function run(...args: string[]) {
  const ended = await gatehouse([...args, '--config', join(folder, 'gatehouse.yaml'), '--output', 'json'])
  return { ...ended, value: ended.stdout === '' ? undefined : JSON.parse(ended.stdout) }
}

it('O-17: explain, who-may and what-may tell of the guest before the first one has come', async () => {
  const may = await run('who-may', 'view_dashboard', '--service', 'openlm')
  assert.deepEqual(
    may.value.items.map(({ account, provider }: Record<string, string>) => [account, provider]),
    [[GUEST, 'guest']],
  )
  const abilities = await run('what-may', GUEST)
  const allowed = abilities.value.items.map(({ operation }: Record<string, string>) => operation)
  assert.ok(allowed.includes('view_dashboard'))
  assert.deepEqual(
    allowed.filter((name: string) => /^(?:add|remove|edit|configuration)_/.test(name)),
    [],
  )
  const question = ['--operator', GUEST, '--service', 'openlm', '--request']
  assert.equal((await run('explain', ...question, 'GET /api/dashboard')).value.effect, 'allow')
  assert.equal((await run('explain', ...question, 'GET /api/panels/licenses')).value.effect, 'deny')
})

it('O-17: changes that name him end with 1 and one line that says why', async () => {
  for (const args of [
    ['operators', 'grant', GUEST, 'administrator'],
    ['operators', 'disable', GUEST],
    ['operators', 'delete', GUEST],
  ]) {
    const { code, stdout, stderr } = await run(...args)
    assert.deepEqual([code, stdout], [1, ''], args.join(' '))
    assert.match(stderr, /^guest:openlm is a guest, who has the guest role of his service and nothing else\n$/)
  }
  const named = await run('operators', 'grant', GUEST, 'administrator', '--idp', 'guest')
  assert.equal(named.code, 2)
  const file = join(folder, 'directory.yaml')
  await writeFile(file, stringify({ operators: [{ account: GUEST, provider: 'guest', roles: ['administrator'] }] }))
  const applied = await run('apply', file)
  assert.notEqual(applied.code, 0)
  assert.match(applied.stderr, /a guest has the guest role of his service and nothing else/)
  assert.deepEqual((await run('operators', 'list')).value, [])
})

it('O-17: check-config refuses guests where the profile has no role for them', async () => {
  await configure({ guest: true, profile: 'web-application' })
  const { code, stderr, stdout } = await run('check-config')
  assert.equal(code, 2)
  assert.match(stdout + stderr, /services\[0\]\.guest[\s\S]*the profile web-application has no role for guests/)
  await configure({ guest: false })
  assert.deepEqual((await run('who-may', 'view_dashboard', '--service', 'openlm')).value.items, [])
  assert.equal((await run('what-may', GUEST)).code, 1)
})
