import assert from 'node:assert/strict'
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'

import { loadOrCreateKeys } from '../../../src/core/key-files.ts'
import { instant } from '../../../src/core/time.ts'

const base = mkdtempSync(join(tmpdir(), 'gatehouse-keys-'))
after(() => rmSync(base, { recursive: true }))

const clock = { now: () => instant(Date.parse('2026-11-22T00:00:00Z')) }
let folders = 0

function newFolder(): string {
  folders += 1
  return join(base, String(folders), 'keys')
}

const load = (dir: string, commonName = 'gate.example.com') => loadOrCreateKeys({ dir, commonName, clock })

const FILES = [
  'cookies.key',
  'identity.key',
  'sp-encryption.crt',
  'sp-encryption.key',
  'sp-signing.crt',
  'sp-signing.key',
]

describe('key files', () => {
  it('are made on first start, readable by their owner only, and read again afterwards', async () => {
    const dir = newFolder()
    const keys = await load(dir)
    assert.deepEqual(readdirSync(dir).sort(), FILES)
    assert.equal(statSync(dir).mode & 0o777, 0o700)
    for (const file of FILES) assert.equal(statSync(join(dir, file)).mode & 0o777, 0o600, file)
    assert.equal(Buffer.from(keys.cookies[0].text, 'base64').length, 32)
    assert.equal(createPrivateKey(keys.identity[0].text).asymmetricKeyDetails?.namedCurve, 'prime256v1')
    assert.match(keys.identity[0].text, /^-----BEGIN PRIVATE KEY-----\n/)
    assert.deepEqual(await load(dir), keys)
  })

  it('of the service provider are RSA-2048 with a self-signed certificate for 10 years on the common name', async () => {
    const { signing, encryption } = await load(newFolder())
    for (const pair of [signing, encryption]) {
      const certificate = new X509Certificate(pair.cert)
      assert.equal(createPrivateKey(pair.key).asymmetricKeyDetails?.modulusLength, 2048)
      assert.equal(certificate.checkPrivateKey(createPrivateKey(pair.key)), true)
      assert.equal(certificate.verify(certificate.publicKey), true)
      assert.equal(certificate.subject, 'CN=gate.example.com')
      assert.equal(certificate.ca, false)
      assert.equal(Date.parse(certificate.validFrom), Date.parse('2026-11-22T00:00:00Z'))
      assert.equal(Date.parse(certificate.validTo), Date.parse('2036-11-22T00:00:00Z'))
    }
    assert.notEqual(signing.key, encryption.key)
  })

  it('a common name that would not fit a certificate is replaced', async () => {
    const { signing } = await load(newFolder(), `a, O=Evil${'x'.repeat(64)}`)
    assert.equal(new X509Certificate(signing.cert).subject, 'CN=gatehouse')
  })

  it('are the same for processes that start together, and nothing unfinished stays', async () => {
    const dir = newFolder()
    const [first, ...others] = await Promise.all([load(dir), load(dir), load(dir), load(dir)])
    for (const other of others) assert.deepEqual(other, first)
    assert.deepEqual(readdirSync(dir).sort(), FILES)
  })

  it('a missing certificate is made for the key that is there', async () => {
    const dir = newFolder()
    const { signing } = await load(dir)
    rmSync(join(dir, 'sp-signing.crt'))
    const again = await load(dir)
    assert.equal(again.signing.key, signing.key)
    assert.equal(new X509Certificate(again.signing.cert).checkPrivateKey(createPrivateKey(signing.key)), true)
  })

  it('a key is never made anew beside its old certificate', async () => {
    const dir = newFolder()
    await load(dir)
    rmSync(join(dir, 'sp-encryption.key'))
    await assert.rejects(load(dir), { code: 'CONFIG_INVALID', message: /sp-encryption\.key is missing/ })
    assert.equal(readdirSync(dir).includes('sp-encryption.key'), false)
  })

  const pem = (key: ReturnType<typeof createPrivateKey>): string =>
    key.export({ type: 'pkcs8', format: 'pem' }).toString()
  const rsa = (bits: number): string => pem(generateKeyPairSync('rsa', { modulusLength: bits }).privateKey)
  const broken: [string, () => string, RegExp][] = [
    ['identity.key', () => 'rubbish', /not a private key/],
    ['identity.key', () => pem(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey), /P-256/],
    ['cookies.key', () => 'c2hvcnQ=', /32 bytes/],
    ['cookies.key', () => '', /32 bytes/],
    ['sp-signing.key', () => rsa(1024), /2048/],
    ['sp-signing.key', () => '', /not a private key/],
    ['sp-signing.crt', () => 'rubbish', /not a certificate/],
  ]
  for (const [file, content, reason] of broken) {
    it(`a broken ${file} (${reason.source}) is refused in one line that names it, and left alone`, async () => {
      const dir = newFolder()
      await load(dir)
      const bad = content()
      writeFileSync(join(dir, file), bad)
      await assert.rejects(load(dir), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'CONFIG_INVALID')
        assert.ok(error.message.startsWith(join(dir, file)))
        assert.match(error.message, reason)
        assert.doesNotMatch(error.message, /[\r\n]/)
        return true
      })
      assert.equal(readFileSync(join(dir, file), 'utf8'), bad)
    })
  }

  it('a certificate of another key is refused', async () => {
    const dir = newFolder()
    await load(dir)
    writeFileSync(join(dir, 'sp-signing.crt'), readFileSync(join(dir, 'sp-encryption.crt')))
    await assert.rejects(load(dir), { code: 'CONFIG_INVALID', message: /sp-signing\.crt does not belong/ })
  })

  it('a folder that cannot be made is refused by name', async () => {
    const file = join(base, 'file')
    writeFileSync(file, '')
    await assert.rejects(load(join(file, 'keys')), { code: 'CONFIG_INVALID', message: /file\/keys/ })
  })
})
