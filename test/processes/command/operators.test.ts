/** `gatehouse operators` beside a running gateway: what it prints, how it ends, and how soon it holds. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { DEMO_ACCOUNTS } from '../../../src/demo/accounts.ts'
import { browser } from '../../support/browser.ts'
import { eventually } from '../../support/process.ts'
import { openProcessHouse, type ProcessHouse, serviceOf } from '../gateway/house.ts'

const [ADMIN = '', OTTO = '', NORA = ''] = DEMO_ACCOUNTS.map(({ account }) => account)
const USER = 'web-application:user'
const OTHER_IDP = { entityId: 'urn:other', ssoUrl: 'https://idp.example/sso' }
/** From the return of the command. */
const HOLDS_WITHIN_MS = 1000

let house: ProcessHouse
before(async () => {
  house = await openProcessHouse()
  const metadata = { ...OTHER_IDP, certificates: [house.provider.keys.cert] }
  await house.write({ services: [serviceOf(house.upstream.url), serviceOf(house.upstream.url, SECOND)] })
  await house.serve()
  several = async () => {
    const providers = [
      { id: 'demo', metadata: { file: 'idp.xml' } },
      { id: 'other', metadata },
    ]
    await house.write({ identityProviders: providers })
  }
})
after(() => house.close())

const SECOND = { id: 'second', match: { path: '/second/' } }
/** Writes a configuration with a second identity provider; the running gateway does not read it. */
let several: () => Promise<void>

async function operators(...args: string[]) {
  const { code, stdout, stderr } = await house.run('operators', ...args)
  return { code, stderr, stdout, value: stdout === '' ? undefined : JSON.parse(stdout) }
}

async function refused(code: number, says: RegExp, ...args: string[]): Promise<void> {
  const ended = await operators(...args)
  assert.deepEqual([ended.code, ended.stdout], [code, ''], args.join(' '))
  assert.match(ended.stderr, says)
  assert.equal(ended.stderr.trimEnd().split('\n').length, 1)
}

const role = (over: Readonly<Record<string, unknown>>) => {
  return { name: USER, service: null, source: 'local', locked: false, expiresAt: null, ...over }
}

describe('gatehouse operators', { concurrency: false }, () => {
  it('create prints the operator exactly as the contract has it, and show the same', async () => {
    const created = await operators('create', OTTO, '--display-name', 'Otto', '--role', USER, '--role', `${USER}@app`)
    assert.deepEqual([created.code, created.stderr], [0, ''])
    const { id, createdAt, ...rest } = created.value
    assert.match(id, /^[0-9a-f-]{36}$/)
    assert.match(createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    assert.deepEqual(rest, {
      account: OTTO,
      provider: 'demo',
      displayName: 'Otto',
      email: null,
      enabled: true,
      roles: [role({}), role({ service: 'app' })],
      groups: [],
      lastSignInAt: null,
    })
    const shown = await operators('show', OTTO)
    assert.deepEqual(shown.value, created.value)
    assert.deepEqual((await operators('list')).value, [created.value])
  })

  it('grant and revoke hold for open sessions within a second', async () => {
    const visitor = await house.signIn(OTTO)
    const status = async () => (await visitor.fetch(`${house.url}/app/x`)).status
    assert.equal(await status(), 200)
    assert.equal((await operators('revoke', OTTO, USER, '--service', 'app')).code, 0)
    const none = await operators('revoke', OTTO, USER)
    assert.deepEqual(none.value.roles, [])
    assert.ok((await eventually(status, (now) => now === 403)) < HOLDS_WITHIN_MS)
    const granted = await operators('grant', OTTO, USER, '--service', 'second')
    assert.deepEqual(granted.value.roles, [role({ service: 'second' })])
    const second = async () => (await visitor.fetch(`${house.url}/second/x`)).status
    assert.ok((await eventually(second, (now) => now === 200)) < HOLDS_WITHIN_MS)
    assert.equal(await status(), 403)
  })

  it('N-14: disable ends open sessions within a second and keeps the operator out, enable lets him in again', async () => {
    const visitor = await house.signIn(OTTO, '/second/')
    const status = async () => (await visitor.fetch(`${house.url}/second/x`)).status
    assert.equal(await status(), 200)
    assert.equal((await operators('disable', OTTO)).value.enabled, false)
    assert.ok((await eventually(status, (now) => now === 401)) < HOLDS_WITHIN_MS)
    const refusedNow = (await house.signIn(OTTO, '/second/')).page()
    assert.equal(refusedNow.status, 403)
    assert.match(refusedNow.text, /Sign In Failure/)
    assert.equal((await operators('disable', OTTO)).code, 0)
    assert.equal((await operators('enable', OTTO)).value.enabled, true)
    assert.equal((await house.signIn(OTTO, '/second/')).page().status, 200)
  })

  it('a grant holds for the next sign-in at once', async () => {
    assert.equal((await house.signIn(NORA)).page().status, 403)
    assert.equal((await operators('grant', NORA, USER)).code, 0)
    assert.equal((await house.signIn(NORA)).page().status, 200)
  })

  it('delete ends open sessions and prints whom it deleted', async () => {
    const visitor = await house.signIn(NORA)
    const deleted = await operators('delete', NORA)
    assert.deepEqual([deleted.code, deleted.value.account], [0, NORA])
    const status = async () => (await visitor.fetch(`${house.url}/app/x`)).status
    assert.ok((await eventually(status, (now) => now === 401)) < HOLDS_WITHIN_MS)
    await refused(1, /^there is no operator nora\.newcomer@demo\.example\n$/, 'show', NORA)
  })

  it('N-6: a locked role is not revoked, and the last administrator stays', async () => {
    await house.signIn(ADMIN)
    const { value } = await operators('show', ADMIN)
    assert.deepEqual(value.roles, [role({ name: 'administrator', source: 'assertion', locked: true })])
    await refused(1, /^asserted by identity provider demo; change it there first\n$/, 'revoke', ADMIN, 'administrator')
    await refused(1, /^no usable administrator would be left/, 'disable', ADMIN)
    await refused(1, /^no usable administrator would be left/, 'delete', ADMIN)
    assert.deepEqual((await operators('show', ADMIN)).value, value)
  })

  it('refuses what is unknown or there already with exit 1', async () => {
    await refused(1, /^there is no operator nobody\n$/, 'grant', 'nobody', USER)
    await refused(
      1,
      /^there is no operator OTTO\.OPERATOR@demo\.example\n$/,
      'show',
      OTTO.replace('otto.operator', 'OTTO.OPERATOR'),
    )
    await refused(1, /^there is no role web-application:root\n$/, 'grant', OTTO, 'web-application:root')
    await refused(1, /has web-application:user for second already/, 'grant', OTTO, USER, '--service', 'second')
    await refused(1, /does not have administrator\n$/, 'revoke', OTTO, 'administrator')
    await refused(1, /is there already\n$/, 'create', OTTO)
    await refused(1, /^there is no role nope\n$/, 'create', 'new@demo.example', '--role', USER, '--role', 'nope')
    await refused(1, /^there is no operator new@demo\.example\n$/, 'show', 'new@demo.example')
    await refused(1, /^there is no service nowhere\n$/, 'grant', OTTO, USER, '--service', 'nowhere')
  })

  it('refuses accounts that are none, and escapes them where it names them', async () => {
    await refused(2, /^the account must have 1 to 256 characters\n$/, 'create', '')
    await refused(2, /^the account must not have control characters/, 'create', 'a\u009b31mb')
    await refused(1, /^there is no operator a\\u001b\[31mb\\u202e\n$/, 'show', 'a\u001b[31mb\u202e')
  })

  it('prints no control character that an identity provider put into a name', async () => {
    const name = 'Ada\u009b31m\u202e'
    house.provider.answer({ overrides: { attributes: [{ name: 'displayName', values: [name] }] } })
    await house.signIn(OTTO, '/second/')
    const json = await operators('show', OTTO)
    const table = await house.run('operators', 'list', '--output', 'table')
    for (const text of [json.stdout, table.stdout])
      assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
    assert.match(table.stdout, /^ACCOUNT +PROVIDER +ENABLED +ROLES +LAST SIGN-IN +NAME/)
  })

  it('wants to know the provider where there are several', async () => {
    await several()
    await refused(2, /^--idp is needed: .*demo, other, local\n$/, 'create', 'x@demo.example')
    await refused(2, /^--idp elsewhere: .*demo, other, local\n$/, 'create', 'x@demo.example', '--idp', 'elsewhere')
    await refused(2, /^--idp elsewhere: /, 'show', OTTO, '--idp', 'elsewhere')
    assert.equal((await operators('create', OTTO, '--idp', 'other')).value.provider, 'other')
    assert.equal((await operators('create', OTTO, '--idp', 'local')).value.provider, 'local')
    await refused(2, /^several identity providers have an operator otto/, 'show', OTTO)
    assert.equal((await operators('show', OTTO, '--idp', 'other')).value.provider, 'other')
    await refused(1, /^identity provider other has no operator ada/, 'show', ADMIN, '--idp', 'other')
  })

  it('shows a sign-in to nobody without a session', async () => {
    const stranger = browser()
    assert.equal((await stranger.goto(`${house.url}/.gatehouse/session`)).status, 401)
  })
})
