import assert from 'node:assert/strict'
import { createHash, createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { describe, test } from 'node:test'

import { CompactEncrypt } from 'jose'

import { identityKeys, sealer } from '../../../src/session/jose.ts'

const KEY = Buffer.alloc(32, 1)

function pemOf(namedCurve: string, type: 'pkcs8' | 'sec1' = 'pkcs8'): string {
  return generateKeyPairSync('ec', { namedCurve }).privateKey.export({ type, format: 'pem' }).toString()
}

describe('sealer', () => {
  test('opens what it sealed, and two seals of one value differ', async () => {
    const { seal, open } = sealer(KEY)
    const [one, two] = [await seal({ id: '_a', returnTo: '/ü' }), await seal({ id: '_a', returnTo: '/ü' })]
    assert.deepEqual(await open(one), { id: '_a', returnTo: '/ü' })
    assert.notEqual(one, two)
    assert.match(one, /^[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/)
    assert.ok(!Buffer.from(one, 'base64url').includes('returnTo'))
  })

  test('gives undefined for another key, any changed part and any malformed text', async () => {
    const token = await sealer(KEY).seal({ id: '_a' })
    assert.equal(await sealer(Buffer.alloc(32, 2)).open(token), undefined)
    for (const part of [0, 2, 3, 4]) {
      const parts = token.split('.')
      const text = parts[part] ?? ''
      parts[part] = (text.startsWith('A') ? 'B' : 'A') + text.slice(1)
      assert.equal(await sealer(KEY).open(parts.join('.')), undefined, `part ${part}`)
    }
    for (const text of ['', '.', '....', 'a.b.c.d.e', '!!!', token.slice(0, -4), `${token}.x`, '{}', '\u0000']) {
      assert.equal(await sealer(KEY).open(text), undefined, JSON.stringify(text))
    }
  })

  test('opens nothing but dir with A256GCM, even under the right key', async () => {
    const other = async (alg: string, enc: string) =>
      new CompactEncrypt(Buffer.from('{}')).setProtectedHeader({ alg, enc }).encrypt(KEY)
    assert.deepEqual(await sealer(KEY).open(await other('dir', 'A256GCM')), {})
    assert.equal(await sealer(KEY).open(await other('A256KW', 'A256GCM')), undefined)
    assert.equal(await sealer(KEY).open(await other('A256GCMKW', 'A256GCM')), undefined)
    assert.equal(await sealer(KEY).open(await other('dir', 'A128CBC-HS256')), undefined)
  })

  test('refuses a key that has not 32 bytes', () => {
    assert.throws(() => sealer(Buffer.alloc(16)), { code: 'CONFIG_INVALID' })
  })
})

describe('identity keys', () => {
  test('sign what the published key verifies, under its RFC 7638 thumbprint', async () => {
    const keys = await identityKeys(pemOf('prime256v1'))
    const [jwk, ...more] = keys.jwks.keys
    assert.ok(jwk)
    assert.deepEqual(more, [])
    const [header = '', payload = '', signature = ''] = (await keys.sign('test+jwt', { account: 'ä' })).split('.')
    assert.deepEqual(JSON.parse(Buffer.from(header, 'base64url').toString()), {
      alg: 'ES256',
      typ: 'test+jwt',
      kid: keys.kid,
    })
    assert.deepEqual(JSON.parse(Buffer.from(payload, 'base64url').toString()), { account: 'ä' })
    const key = createPublicKey({ key: { ...jwk }, format: 'jwk' })
    const signed = Buffer.from(`${header}.${payload}`)
    assert.ok(verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url')))
    const thumbprint = createHash('sha256').update(JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y }))
    assert.equal(keys.kid, thumbprint.digest('base64url'))
    assert.equal(jwk.kid, keys.kid)
  })

  test('publish no private part', async () => {
    const { jwks } = await identityKeys(pemOf('prime256v1'))
    assert.deepEqual(
      jwks.keys.map((jwk) => Object.keys(jwk).sort()),
      [['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']],
    )
  })

  test('may come as SEC 1', async () => {
    const keys = await identityKeys(pemOf('prime256v1', 'sec1'))
    assert.match(await keys.sign('t', {}), /^[\w-]+\.[\w-]+\.[\w-]{86}$/)
  })

  test('refuse other curves, other kinds of key, public keys and other text', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const bad = [
      pemOf('secp384r1'),
      rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
        .publicKey.export({ type: 'spki', format: 'pem' })
        .toString(),
      'nonsense',
    ]
    for (const pem of bad) await assert.rejects(identityKeys(pem), { code: 'CONFIG_INVALID' })
  })
})
