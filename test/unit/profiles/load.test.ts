import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { loadProfiles } from '../../../src/profiles/load.ts'

const SHIPPED = fileURLToPath(new URL('../../../config/profiles', import.meta.url))

async function folder(t: TestContext, files: Record<string, string>): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'profiles-'))
  t.after(() => rm(path, { recursive: true }))
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text)
  return path
}

function yaml(changes: Record<string, unknown> = {}): string {
  const profile = {
    id: 'a',
    title: 'A',
    description: 'An application.',
    roles: { user: { description: 'Uses it.' }, reader: { description: 'Reads it.' } },
    administratorRole: 'user',
  }
  return JSON.stringify({ ...profile, ...changes })
}

async function problemsOf(path: string): Promise<string[]> {
  const result = await loadProfiles(path)
  assert.ok(!result.ok)
  return result.error
}

test('the shipped profiles load, with their roles under full names', async () => {
  const result = await loadProfiles(SHIPPED)
  assert.ok(result.ok)
  const profile = result.value.get('web-application')
  assert.deepEqual([...(profile?.roles.keys() ?? [])], ['web-application:user', 'web-application:viewer'])
  assert.equal(profile?.administratorRole, 'web-application:user')
})

test('a loaded profile cannot be changed', async () => {
  const result = await loadProfiles(SHIPPED)
  assert.ok(result.ok)
  const profile = result.value.get('web-application')
  assert.ok(Object.isFrozen(profile) && Object.isFrozen(profile?.roles.get('web-application:user')))
})

test('only .yaml files are profiles', async (t) => {
  const result = await loadProfiles(await folder(t, { 'a.yaml': yaml(), 'README.md': 'text', 'b.yml': '{' }))
  assert.ok(result.ok)
  assert.deepEqual([...result.value.keys()], ['a'])
})

test('all problems of all files are reported, each under its file', async (t) => {
  const problems = await problemsOf(
    await folder(t, {
      'a.yaml': yaml({ title: '', roles: { User: { description: 'x' } }, extra: 1 }),
      'b.yaml': yaml(),
      'c.yaml': 'id: c\nid: c\n',
      'd.yaml': yaml({ id: 'd' }),
    }),
  )
  const of = (name: string) => problems.filter((problem) => problem.startsWith(`${name}:`))
  assert.ok(of('a.yaml').some((problem) => problem.includes('title')))
  assert.ok(of('a.yaml').some((problem) => problem.includes('roles.User')))
  assert.ok(of('a.yaml').some((problem) => problem.includes('extra')))
  assert.equal(of('b.yaml').length, 1)
  assert.ok(of('c.yaml').length > 0)
  assert.equal(of('d.yaml').length, 0)
})

for (const [title, text] of Object.entries({
  'a guestRole that is none of the roles': yaml({ guestRole: 'guest' }),
  'a guestRole that is the administrators’': yaml({ guestRole: 'user' }),
  'an administratorRole that is none of the roles': yaml({ administratorRole: 'admin' }),
  'no roles': yaml({ roles: {} }),
  'an id with a colon': yaml({ id: 'a:b' }),
  'a key that is missing': yaml({ description: undefined }),
  'a list instead of a profile': '[]',
  'an empty file': '',
  'an alias': 'id: &x a\ntitle: *x\ndescription: d\nroles: { user: { description: u } }\nadministratorRole: user\n',
  'a file above 1 MiB': `${yaml()}\n#${'x'.repeat(1024 * 1024)}`,
})) {
  test(`a profile is refused for ${title}`, async (t) => {
    const problems = await problemsOf(await folder(t, { 'a.yaml': text }))
    assert.ok(problems.length > 0 && problems.every((problem) => /^a\.yaml(?::\d+)?: /.test(problem)))
  })
}

test('a role name never grows beyond 64 characters', async (t) => {
  const id = 'i'.repeat(23)
  const role = 'r'.repeat(40)
  const path = await folder(t, {
    [`${id}.yaml`]: yaml({ id, roles: { [role]: { description: 'Long.' } }, administratorRole: role }),
  })
  const result = await loadProfiles(path)
  assert.ok(result.ok)
  assert.equal(result.value.get(id)?.administratorRole.length, 64)
})

test('a folder that is missing or empty is a problem', async (t) => {
  assert.equal((await problemsOf(join(SHIPPED, 'nowhere'))).length, 1)
  assert.equal((await problemsOf(await folder(t, {}))).length, 1)
})

test('every problem names the line where it stands', async (t) => {
  const text = `id: a
title: A
description: A.
resources:
  read: Read.
roles:
  user:
    description: U.
    allow: [read, raed]
administratorRole: user
operations:
  read.all:
    description: Reads.
    resources:
      - read
      - wirte
    routes:
      - GET /all
`
  assert.deepEqual(await problemsOf(await folder(t, { 'a.yaml': text })), [
    'a.yaml:7: roles.user: there is no resource raed',
    'a.yaml:14: operations.read.all.resources: there is no resource wirte',
  ])
  const shape = text.replace('- GET /all', '- FETCH all').replace('[read, raed]', '[read]')
  const [problem] = await problemsOf(await folder(t, { 'a.yaml': shape }))
  assert.match(problem ?? '', /^a\.yaml:18: operations\.read\.all\.routes\.0/)
  assert.match((await problemsOf(await folder(t, { 'a.yaml': 'id: a\nid: b\n' })))[0] ?? '', /^a\.yaml:2: /)
})
