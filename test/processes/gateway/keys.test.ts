/** `gatehouse keys` beside a gateway process. */

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { DEMO_ACCOUNTS } from '../../../src/demo/accounts.ts'
import type { Running } from '../../support/process.ts'
import { openProcessHouse, type ProcessHouse } from './house.ts'

const ADMIN = DEMO_ACCOUNTS[0]?.account ?? ''

interface Shown {
  readonly kind: string
  readonly id: string
  readonly state: string
  readonly source: string
}

let house: ProcessHouse
let running: Running
before(async () => {
  house = await openProcessHouse()
  running = await house.serve()
})
after(() => house.close())

async function keys(...words: string[]): Promise<readonly Shown[]> {
  const { code, stdout, stderr } = await house.run('keys', ...words)
  assert.deepEqual([code, stderr], [0, ''])
  return JSON.parse(stdout)
}

const states = (shown: readonly Shown[], kind: string) =>
  shown.filter((key) => key.kind === kind).map(({ state, source }) => `${state} ${source.replace(/\d{8}T\d{6}Z/, 'T')}`)

async function published(): Promise<readonly string[]> {
  const { keys: all }: { keys: { kid: string }[] } = JSON.parse(
    await (await fetch(`${house.url}/.gatehouse/jwks.json`)).text(),
  )
  return all.map(({ kid }) => kid)
}

describe('gatehouse keys', () => {
  it('status shows ids, times and files, and no secret', async () => {
    const shown = await keys('status')
    assert.deepEqual(states(shown, 'identity'), ['current identity.key'])
    assert.deepEqual(states(shown, 'cookies'), ['current cookies.key'])
    assert.deepEqual(states(shown, 'signing'), ['current sp-signing.crt'])
    assert.deepEqual(states(shown, 'decryption'), ['current sp-encryption.crt'])
    assert.deepEqual([shown[0]?.id], await published())
    assert.doesNotMatch(JSON.stringify(shown), /PRIVATE/)
  })

  it('rotate returns once the gateway has published the new key; sessions go on', async () => {
    const visitor = await house.signIn(ADMIN)
    const shown = await keys('rotate')
    assert.deepEqual(
      await published(),
      shown.filter(({ kind }) => kind === 'identity').map(({ id }) => id),
    )
    assert.deepEqual(states(shown, 'identity'), ['current identity.key', 'next identity-T.key'])
    assert.equal(states(shown, 'cookies').length, 2)
    assert.equal((await visitor.goto(`${house.url}/app/x`)).status, 200)
    assert.equal((await house.signIn(ADMIN)).page().status, 200)
  })

  it('a key that waits for its first use is not passed by another', async () => {
    const before = await published()
    const { code, stdout, stderr } = await house.run('keys', 'rotate', 'identity')
    assert.deepEqual([code, stdout], [1, ''])
    assert.match(
      stderr,
      /^the key identity-\d{8}T\d{6}Z\.key is waiting for its first use; see gatehouse keys status\n$/,
    )
    assert.deepEqual(await published(), before)
  })

  it('refuses a kind that there is not', async () => {
    const { code, stderr } = await house.run('keys', 'rotate', 'tls')
    assert.deepEqual([code, stderr], [2, 'there is no key tls; must be identity or cookies\n'])
  })

  it('a configured key is shown as such, not rotated, and changed by a reload without ending a session', async () => {
    const cookies = () => randomBytes(32).toString('base64')
    const configure = (key: string) => house.write({ keys: { cookies: key } })
    running.signal('SIGTERM')
    await running.ended
    await configure(cookies())
    running = await house.serve()
    const visitor = await house.signIn(ADMIN)
    assert.deepEqual(states(await keys('status'), 'cookies'), ['current configuration'])
    const { code, stderr } = await house.run('keys', 'rotate', 'cookies')
    assert.equal(code, 2)
    assert.match(stderr, /^keys\.cookies is configured; must be changed there, and taken by gatehouse reload\n$/)
    await configure(cookies())
    assert.equal((await house.run('reload')).code, 0)
    await running.says('"event":"reloaded"')
    assert.equal((await visitor.goto(`${house.url}/app/x`)).status, 200)
    assert.equal((await house.signIn(ADMIN)).page().status, 200)
  })

  it('rotates also while no gateway runs', async () => {
    running.signal('SIGTERM')
    await running.ended
    await house.write()
    assert.equal(states(await keys('rotate', 'cookies'), 'cookies').length, 3)
  })
})
