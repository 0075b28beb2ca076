import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseRedisUrl } from '../../../src/config/redis-url.ts'
import { describeConfig } from '../../../src/config/show.ts'
import { ecKey, file, loaded, problems } from './support.ts'

const keys = () => ({ identity: ecKey('prime256v1'), cookies: Buffer.alloc(32, 1).toString('base64') })
const withRedis = (sessions: string, more: object = keys()) => file({ stores: { sessions }, keys: more })

describe('A Redis URL says where the sessions are', () => {
  const nobody = { username: null, password: null }
  const single = { kind: 'single', tls: false, master: null, ...nobody, sentinel: nobody, database: 0 }
  const CASES: readonly (readonly [string, object])[] = [
    ['redis://db', { ...single, nodes: [{ host: 'db', port: 6379 }], shown: 'redis://db' }],
    [
      'rediss://ann:p%40ss%2F@db.example:7000/3',
      {
        ...single,
        tls: true,
        username: 'ann',
        password: 'p@ss/',
        database: 3,
        nodes: [{ host: 'db.example', port: 7000 }],
        shown: 'rediss://db.example:7000/3',
      },
    ],
    [
      'redis://:hush@[::1]:7000',
      { ...single, password: 'hush', nodes: [{ host: '::1', port: 7000 }], shown: 'redis://[::1]:7000' },
    ],
    [
      'redis+sentinel://:hush@a,b:7001/gate/2',
      {
        ...single,
        kind: 'sentinel',
        password: 'hush',
        master: 'gate',
        database: 2,
        nodes: [
          { host: 'a', port: 26_379 },
          { host: 'b', port: 7001 },
        ],
        shown: 'redis+sentinel://a,b:7001/gate/2',
      },
    ],
    [
      'redis+sentinel://a/gate?sentinel=watch:p%3Fss',
      {
        ...single,
        kind: 'sentinel',
        master: 'gate',
        sentinel: { username: 'watch', password: 'p?ss' },
        nodes: [{ host: 'a', port: 26_379 }],
        shown: 'redis+sentinel://a/gate',
      },
    ],
    [
      'rediss+cluster://a,b:7001',
      {
        ...single,
        kind: 'cluster',
        tls: true,
        nodes: [
          { host: 'a', port: 6379 },
          { host: 'b', port: 7001 },
        ],
        shown: 'rediss+cluster://a,b:7001',
      },
    ],
  ]
  for (const [url, place] of CASES) test(url, () => assert.deepEqual(parseRedisUrl(url), place))
})

describe('A Redis URL that could be read in two ways, or not at all, is refused with what is allowed', () => {
  const CASES = [
    'redis://',
    'redis:db',
    'redis://db/one',
    'redis://db/0/1',
    'redis://db:0',
    'redis://db:65536',
    'redis://a,b',
    'redis://db?password=hush',
    'redis://hush@db',
    'redis://:@db',
    'redis://a:b:hush@db',
    'redis://:hush%@db',
    'redis://:hu/sh@db',
    'redis://:hu@sh@db',
    'redis+sentinel://a,b',
    'redis+sentinel://a,,b/name',
    'redis+sentinel://a/na me',
    'redis+sentinel://a/gate?sentinel=hush',
    'redis+sentinel://a/gate?sentinel=:hush&x=1',
    'redis+cluster://a,b/0',
    'redis+cluster://a,b?sentinel=:hush',
    'redis://a?sentinel=:hush',
    'redis+ring://a,b',
    'redis://d\u00e4b',
  ]
  for (const url of CASES) {
    test(url, async () => {
      const [problem, ...others] = await problems(withRedis(url))
      assert.deepEqual(others, [])
      assert.equal(problem?.key, 'stores.sessions')
      assert.match(problem.message, /must be redis:\/\/host/)
      assert.doesNotMatch(JSON.stringify(problem), /hush/)
    })
  }
})

test('With sessions in Redis the keys are required, because replicas share them', async () => {
  const missing = async (more: object) => (await problems(withRedis('rediss://a', more))).map(({ key }) => key)
  assert.deepEqual(await missing({}), ['keys.identity', 'keys.cookies'])
  assert.deepEqual(await missing({ identity: ecKey('prime256v1') }), ['keys.cookies'])
  assert.deepEqual(await missing(keys()), [])
})

test('Sessions in Redis go with a directory in SQLite or in memory', async () => {
  for (const directory of ['sqlite', 'memory']) {
    assert.deepEqual(await problems(file({ stores: { directory, sessions: 'redis://a' }, keys: keys() })), [])
  }
})

test('config show names the Redis without its password', async () => {
  const settings = describeConfig(await loaded(withRedis('redis+sentinel://u:hush@a,b/gate')))
  assert.doesNotMatch(JSON.stringify(settings), /hush/)
  const stores = settings.filter(({ key }) => key.startsWith('stores.')).map(({ key, value }) => [key, value])
  assert.deepEqual(stores, [
    ['stores.directory', 'sqlite'],
    ['stores.sessions', 'redis+sentinel://a,b/gate'],
    ['stores.graceSeconds', 30],
  ])
})
