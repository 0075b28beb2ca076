import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { file, problems, service } from './support.ts'

const app = (changes: object) => file({ services: [service({ ...changes })] })
const stores = (directory: string, sessions: string) => file({ stores: { directory, sessions } })

describe('What this version cannot do is refused with exactly these words, once', () => {
  const CASES: readonly (readonly [string, Record<string, unknown>, readonly string[]])[] = [
    ['a directory in PostgreSQL', stores('postgres://db/gate', 'sqlite'), ['stores.directory']],
    ['a directory in Redis', stores('redis://a', 'sqlite'), ['stores.directory']],
    ['sessions in PostgreSQL', stores('sqlite', 'postgres://db/gate'), ['stores.sessions']],
    ['both elsewhere', stores('mysql', 'memcached://a'), ['stores.directory', 'stores.sessions']],
    ['a mix', stores('sqlite', 'memory'), ['stores.sessions']],
    ['a mix by default', file({ stores: { directory: 'memory' } }), ['stores.sessions']],
    ['an origin for administration', file({ admin: { publicUrl: 'https://b.example' } }), ['admin.publicUrl']],
    ['a listener for administration', file({ admin: { listen: { tls: { key: 'gone' } } } }), ['admin.listen']],
    ['local sign-in', file({ localSignIn: { enabled: true } }), ['localSignIn.enabled']],
  ]
  for (const [title, content, keys] of CASES) {
    test(title, async () => {
      const found = await problems(content)
      assert.deepEqual(
        found.map((problem) => problem.key),
        keys,
        JSON.stringify(found),
      )
      for (const { message } of found) assert.match(message, /not in this version/)
    })
  }
})

test('A store that comes from the environment and local sign-in from the environment are refused as well', async () => {
  const content = file({ stores: { sessions: `\${STORE}` }, localSignIn: { enabled: `\${LOCAL}` } })
  const found = await problems(content, { env: { STORE: 'postgres://:hush@a', LOCAL: 'true' } })
  assert.deepEqual(
    found.map(({ key, value }) => [key, value]),
    [
      ['stores.sessions', `\${STORE}`],
      ['localSignIn.enabled', `\${LOCAL}`],
    ],
  )
})

test('The other values of the same keys are accepted', async () => {
  const content = {
    ...app({ upstream: ['http://a', 'http://b'], unlistedOperations: 'open', credential: { type: 'none' } }),
    admin: { publicUrl: null, listen: null },
    localSignIn: { enabled: false },
    stores: { directory: 'sqlite', sessions: 'sqlite' },
  }
  assert.deepEqual(await problems(content), [])
})

test('A refusal hides no mistake beside it', async () => {
  const found = await problems({ ...app({ upstream: ['http://a', 'ftp://b'] }), stores: { directory: 'postgres://a' } })
  assert.deepEqual(found.map((problem) => problem.key).toSorted(), ['services[0].upstream[1]', 'stores.directory'])
})
