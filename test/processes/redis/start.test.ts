/** A Redis that cannot be used: one line at start, exit 2. Commands do not need it. */

import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { tlsFor } from '../../support/house-parts.ts'
import { freePort, startGatehouse } from '../../support/process.ts'
import { type RedisServer, startRedis, withoutRedis } from '../../support/redis.ts'
import { OTTO } from '../../support/steps.ts'
import { openProcessHouse, type ProcessHouse } from '../gateway/house.ts'
import { sharedKeys } from './house.ts'
import { opened, refusal } from './opening.ts'

/** What the documentation says that a user of the gateway's own needs. */
const RIGHTS = '-@all +eval +set +del +hset +hget +hmget +type +pexpire +unlink +exists +select +info +client|setname'

describe('a Redis that cannot be used', { skip: withoutRedis }, () => {
  let house: ProcessHouse
  let redis: RedisServer
  before(async () => {
    redis = await startRedis({ password: 'only-for-tests', lines: ['requirepass only-for-tests'] })
    house = await openProcessHouse({ keys: sharedKeys() })
  })
  after(async () => {
    await house.close()
    await redis.close()
  })

  test('for a wrong password or none', async () => {
    assert.match(await refusal(`redis://:hush@127.0.0.1:${redis.port}`), /refuses the user or the password/)
    assert.match(await refusal(`redis://nobody:hush@127.0.0.1:${redis.port}`), /refuses the user or the password/)
    assert.match(await refusal(`redis://127.0.0.1:${redis.port}`), /refuses the user or the password/)
    assert.match(await refusal(`redis+cluster://:hush@127.0.0.1:${redis.port}`), /refuses the user or the password/)
  })

  test('because nobody is there', async () => {
    const port = await freePort()
    assert.match(await refusal(`redis://127.0.0.1:${port}`), /cannot be reached: .*ECONNREFUSED/)
    assert.match(await refusal(`redis://nowhere.invalid`), /cannot be reached: .*nowhere\.invalid/)
    assert.match(await refusal(`redis+sentinel://127.0.0.1:${port}/gate`), /cannot be reached/)
    assert.match(await refusal(`redis+cluster://127.0.0.1:${port}`), /cannot be reached/)
  })

  test('because it is none', async (t) => {
    const http = createHttpServer((_request, response) => response.end()).listen(0, '127.0.0.1')
    const mute = createServer().listen(0, '127.0.0.1')
    t.after(() => [http, mute].map((server) => server.close()))
    await new Promise((resolve) => setTimeout(resolve, 50))
    const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port
    assert.match(await refusal(`redis://127.0.0.1:${portOf(http)}`), /does not speak the protocol of Redis/)
    assert.match(await refusal(`redis://127.0.0.1:${portOf(mute)}`), /cannot be reached: no answer within 5 s/)
  })

  test('because it is another kind of Redis, or has no such database', async () => {
    const at = `:only-for-tests@127.0.0.1:${redis.port}`
    assert.match(await refusal(`redis+cluster://${at}`), /cluster support disabled/)
    assert.match(await refusal(`redis+sentinel://${at}/gate?sentinel=:only-for-tests`), /unknown command/)
    assert.match(await refusal(`redis://${at}/99`), /DB index is out of range/)
  })

  test('because it would evict sessions', async () => {
    redis.cli('config', 'set', 'maxmemory-policy', 'allkeys-lru')
    assert.match(await refusal(redis.url), /maxmemory-policy is allkeys-lru.*must be noeviction/)
    redis.cli('config', 'set', 'maxmemory-policy', 'noeviction')
  })

  test('because its user may not do what is needed', async () => {
    redis.cli('acl', 'setuser', 'reader', 'on', '>hush', '~gatehouse:*', '-@all', '+@read', '+info', '+select')
    assert.match(await refusal(`redis://reader:hush@127.0.0.1:${redis.port}`), /NOPERM/)
    redis.cli('acl', 'setuser', 'elsewhere', 'on', '>hush', '~other:*', '+@all')
    assert.match(await refusal(`redis://elsewhere:hush@127.0.0.1:${redis.port}`), /NOPERM|No permissions/)
  })

  test('is none with the rights that are documented; where the policy cannot be read an alarm is raised', async () => {
    for (const [user, rights, expected] of [
      ['keeper', `${RIGHTS} +config|get`, []],
      ['blind', RIGHTS, ['SESSION_STORE_POLICY']],
    ] as const) {
      assert.equal(redis.cli('acl', 'setuser', user, 'on', '>hush', '~gatehouse:*', ...rights.split(' ')), 'OK')
      const { live, codes } = await opened(`redis://${user}:hush@127.0.0.1:${redis.port}`)
      live.close()
      assert.deepEqual(codes, expected)
    }
  })

  test('ends the process with that line and exit code 2', async () => {
    await house.write({ stores: { sessions: `redis://:hush@127.0.0.1:${redis.port}` } })
    const { code, stdout, stderr } = await house.run('serve')
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, /^stores\.sessions \(redis:[^\n]*refuses the user or the password[^\n]*\n$/)
    assert.doesNotMatch(stderr, /hush/)
  })

  test('is no obstacle to the command', async () => {
    await house.write({ stores: { sessions: `redis://127.0.0.1:${await freePort()}` } })
    assert.equal((await house.run('operators', 'create', OTTO, '--role', 'web-application:user')).code, 0)
    assert.equal((await house.run('operators', 'delete', OTTO)).code, 0)
  })

  test('with a certificate that is not trusted; one that is named is', async (t) => {
    const { key, cert } = await tlsFor(['localhost'])
    const [keyFile, certFile] = [join(house.folder, 'redis.key'), join(house.folder, 'redis.crt')]
    await writeFile(keyFile, key)
    await writeFile(certFile, cert)
    const port = await freePort()
    const files = [`tls-cert-file ${certFile}`, `tls-key-file ${keyFile}`, `tls-ca-cert-file ${certFile}`]
    const lines = [`tls-port ${port}`, 'tls-auth-clients no', ...files]
    const secure = await startRedis({ lines: lines })
    t.after(() => secure.close())
    assert.match(await refusal(`rediss://localhost:${port}`), /certificate that is not trusted .*NODE_EXTRA_CA_CERTS/)
    assert.match(await refusal(`rediss://localhost:${secure.port}`), /cannot be reached/)
    assert.match(await refusal(`redis://localhost:${port}`), /cannot be reached/)
    await house.write({ stores: { sessions: `rediss://localhost:${port}` } })
    const args = ['serve', '--config', house.configFile]
    const running = startGatehouse(args, { env: { NODE_EXTRA_CA_CERTS: certFile } })
    t.after(() => running.signal('SIGKILL'))
    await running.says('"event":"listening"')
    running.signal('SIGTERM')
    assert.equal((await running.ended).code, 0)
  })
})
