import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stringify } from 'yaml'
import { describeConfig } from '../../../src/config/show.ts'
import { ecKey, file, loaded, pair, provider, service } from './support.ts'

test('Every setting is listed with its origin', async () => {
  const config = await loaded(
    file({
      session: { timeoutMinutes: 30 },
      trustedProxies: ['10.0.0.0/8'],
      identityProviders: [provider({ groups: { map: { 'CN=x': 'helpdesk' } } })],
      services: [service()],
    }),
  )
  const shown = new Map(describeConfig(config).map(({ key, value, origin }) => [key, [value, origin]]))
  assert.deepEqual(shown.get('publicUrl'), ['https://gate.example', 'file'])
  assert.deepEqual(shown.get('session.timeoutMinutes'), [30, 'file'])
  assert.deepEqual(shown.get('session.samlOffsetMinutes'), [5, 'default'])
  assert.deepEqual(shown.get('trustedProxies'), [['10.0.0.0/8'], 'file'])
  assert.deepEqual(shown.get('identityProviders[0].metadata.url'), ['https://idp.example/metadata', 'file'])
  assert.deepEqual(shown.get('identityProviders[0].adminAttribute'), ['FnmsAdmin', 'default'])
  assert.deepEqual(shown.get('identityProviders[0].groups.map["CN=x"][0].role'), ['helpdesk', 'file'])
  assert.deepEqual(shown.get('services[0].upstream'), [['http://127.0.0.1:7070'], 'file'])
  assert.deepEqual(shown.get('services[0].match.host'), [null, 'default'])
  assert.equal(JSON.stringify(describeConfig(config)).includes('fromFile'), false)
})

test('Private keys and secrets are not shown, certificates by their fingerprint', async () => {
  const { key, cert } = await pair()
  const own = { key, cert }
  const content = file({
    listen: { tls: own },
    serviceProvider: { signing: own, decryption: [own] },
    keys: { identity: ecKey('prime256v1'), cookies: Buffer.alloc(32, 7).toString('base64') },
    services: [service({ settings: { apiToken: 'hush', mode: 'a' } })],
  })
  const shown = describeConfig(await loaded(content))
  const text = JSON.stringify(shown)
  assert.doesNotMatch(text, /PRIVATE|BEGIN|hush|BwcHBw/)
  const value = (wanted: string) => shown.find((setting) => setting.key === wanted)?.value
  assert.equal(value('keys.identity'), '(secret)')
  assert.equal(value('keys.cookies'), '(secret)')
  assert.equal(value('serviceProvider.decryption[0].key'), '(secret)')
  assert.equal(value('services[0].settings.apiToken'), '(secret)')
  assert.equal(value('services[0].settings.mode'), 'a')
  assert.match(String(value('listen.tls.cert')), /^SHA-256 (?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/)
})

test('The hash follows the values, and not the order or place they are written in', async () => {
  const dataDir = '/srv/gatehouse'
  const hash = async (content: unknown, files: Record<string, string> = {}) => (await loaded(content, { files })).hash
  const plain = await hash(file({ dataDir, session: { timeoutMinutes: 30 } }))
  assert.equal(await hash({ session: { timeoutMinutes: 30 }, dataDir, ...file() }), plain)
  assert.equal(
    await hash(`# said\n${stringify(file({ dataDir, listen: { port: 8080 }, session: { timeoutMinutes: 30 } }))}`),
    plain,
  )
  assert.notEqual(await hash(file({ dataDir, session: { timeoutMinutes: 31 } })), plain)
  const withHeaders = (headers: object) => hash(file({ dataDir, services: [service({ headers })] }))
  assert.equal(await withHeaders({ 'X-A': 'id', 'X-B': 'name' }), await withHeaders({ 'X-B': 'name', 'X-A': 'id' }))
})

test('The hash follows the content of files', async () => {
  const content = file({ dataDir: '/srv/g', services: [service({ upstreamTls: { ca: 'ca.pem' } })] })
  const hash = async (cert: string) => (await loaded(content, { files: { 'ca.pem': cert } })).hash
  const [one, two] = [(await pair()).cert, (await pair()).cert]
  assert.equal(await hash(one), await hash(one))
  assert.notEqual(await hash(one), await hash(two))
})
