/** Sentinels and clusters with passwords and TLS. */

import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'

import { tlsFor } from '../../support/house-parts.ts'
import { startGatehouse } from '../../support/process.ts'
import { startSecuredCluster, startSecuredSentinel, withoutRedis } from '../../support/redis.ts'
import { ADA } from '../../support/steps.ts'
import { openProcessHouse, type ProcessHouse } from '../gateway/house.ts'
import { sharedKeys } from './house.ts'
import { opened, refusal } from './opening.ts'

const PASSWORDS = { password: 'only-for-tests-1', sentinelPassword: 'only-for-tests-2' }

describe('a secured Redis', { skip: withoutRedis }, () => {
  let house: ProcessHouse
  before(async () => {
    house = await openProcessHouse({ keys: sharedKeys() })
  })
  after(() => house.close())

  async function certificate(name: string) {
    const { key, cert } = await tlsFor([name])
    const files = { key: join(house.folder, 'redis.key'), cert: join(house.folder, 'redis.crt') }
    await writeFile(files.key, key)
    await writeFile(files.cert, cert)
    return files
  }

  /** A gateway that trusts the certificate signs somebody in, and serves him. */
  async function assertServes(t: TestContext, sessions: string, cert: string): Promise<void> {
    await house.write({ stores: { sessions } })
    const running = startGatehouse(['serve', '--config', house.configFile], { env: { NODE_EXTRA_CA_CERTS: cert } })
    t.after(() => running.signal('SIGKILL'))
    await running.says('"event":"listening"', 60)
    const visitor = await house.signIn(ADA)
    assert.equal(visitor.page().status, 200)
    running.signal('SIGTERM')
    assert.equal((await running.ended).code, 0)
  }

  test('behind sentinels that have a password of their own', async (t) => {
    const group = await startSecuredSentinel(PASSWORDS)
    t.after(() => group.close())
    const { live } = await opened(group.url)
    live.close()
    const [url = ''] = group.url.split('?')
    assert.match(await refusal(url), /has a sentinel that refuses the user or the password/)
    assert.match(await refusal(`${url}?sentinel=:hush`), /has a sentinel that refuses the user or the password/)
    assert.match(await refusal(group.url.replace(PASSWORDS.password, 'hush')), /\) refuses the user or the password/)
    assert.match(await refusal(group.url.replace('/gate', '/gat')), /has sentinels that know no master of that name/)
  })

  test('behind sentinels, all under TLS', async (t) => {
    const tls = await certificate('127.0.0.1')
    const group = await startSecuredSentinel({ ...PASSWORDS, tls })
    t.after(() => group.close())
    assert.match(await refusal(group.url), /has a certificate that is not trusted/)
    assert.match(await refusal(group.url.replace('rediss', 'redis')), /cannot be reached/)
    await assertServes(t, group.url, tls.cert)
    assert.match(group.servers[0]?.cli('keys', '*') ?? '', /^gatehouse:session:/)
  })

  test('in a cluster under TLS, whose nodes go by their name', async (t) => {
    const tls = await certificate('localhost')
    const { password } = PASSWORDS
    const cluster = await startSecuredCluster({ password, tls })
    t.after(() => cluster.close())
    assert.match(await refusal(cluster.url), /has a certificate that is not trusted/)
    await assertServes(t, cluster.url, tls.cert)
    assert.match(cluster.servers.map((each) => each.cli('keys', '*')).join(''), /^gatehouse:session:/)
  })
})
