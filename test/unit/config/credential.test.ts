import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { describeConfig } from '../../../src/config/show.ts'
import { file, loaded, pair, problems, service } from './support.ts'

const withCredential = (credential: object, upstream: unknown = 'https://a') =>
  file({ services: [service({ credential, upstream })] })
const AT = 'services[0].credential'

const FAULTS: readonly (readonly [title: string, credential: object, keys: readonly string[]])[] = [
  ['basic without anything', { type: 'basic' }, ['username', 'password']],
  ['a user name with a colon', { type: 'basic', username: 'a:b', password: 'p' }, ['username']],
  ['a token with a blank', { type: 'bearer', token: 'a b' }, ['token']],
  ['a password beside a token', { type: 'bearer', token: 'a', password: 'p' }, ['password']],
  ['a token without a type', { token: 'a' }, ['token']],
  ['a certificate without its key', { type: 'client-certificate', cert: 'x.pem' }, ['key']],
  ['a licence server without a password', { type: 'flexnet-authorize', username: 'u' }, ['password']],
  [
    'a path that is none',
    { type: 'flexnet-authorize', username: 'u', password: 'p', authorizePath: 'x' },
    ['authorizePath'],
  ],
  ['an unknown type', { type: 'digest' }, ['type']],
  ['an unknown key', { type: 'none', user: 'u' }, ['user']],
]

describe('the credential of a service', () => {
  for (const [title, credential, keys] of FAULTS) {
    test(`${title} is a problem`, async () => {
      const found = await problems(withCredential(credential))
      assert.deepEqual(
        found.map(({ key }) => key),
        keys.map((key) => `${AT}.${key}`),
        JSON.stringify(found),
      )
      assert.doesNotMatch(JSON.stringify(found), /"(?:p|a b)"/)
    })
  }

  test('a client certificate needs https at every upstream, and must fit its key', async () => {
    const [own, other] = await Promise.all([pair(), pair()])
    const credential = { type: 'client-certificate', key: own.key, cert: own.cert }
    const keysOf = async (each: object, upstream: unknown) =>
      (await problems(withCredential(each, upstream))).map(({ key }) => key)
    assert.deepEqual(await keysOf(credential, ['https://a', 'http://b']), [`${AT}.type`])
    assert.deepEqual(await keysOf({ ...credential, cert: other.cert }, 'https://a'), [`${AT}.key`])
    assert.deepEqual(await keysOf({ ...credential, cert: 'gone.pem' }, 'https://a'), [`${AT}.cert`])
  })

  test('G-5: is shown without its secrets', async () => {
    const own = await pair()
    for (const [credential, shown] of [
      [
        { type: 'basic', username: 'gate', password: 'hush' },
        { type: 'basic', username: 'gate', password: '(secret)' },
      ],
      [
        { type: 'bearer', token: 'hush' },
        { type: 'bearer', token: '(secret)' },
      ],
      [
        { type: 'flexnet-authorize', username: 'gate', password: 'hush' },
        {
          type: 'flexnet-authorize',
          username: 'gate',
          password: '(secret)',
          authorizePath: '/api/1.0/instances/~/authorize',
        },
      ],
      [
        { type: 'client-certificate', key: own.key, cert: own.cert },
        { type: 'client-certificate', key: '(secret)' },
      ],
    ] as const) {
      const config = await loaded(withCredential(credential))
      const settings = describeConfig(config).filter(({ key }) => key.startsWith(AT))
      const values = Object.fromEntries(settings.map(({ key, value }) => [key.slice(AT.length + 1), value]))
      const { cert, ...rest } = values
      assert.deepEqual(rest, shown)
      if (cert !== undefined) assert.match(String(cert), /^SHA-256 [0-9A-F:]+$/)
      assert.doesNotMatch(JSON.stringify(describeConfig(config)), /hush|PRIVATE KEY/)
    }
  })
})
