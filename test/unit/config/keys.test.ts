import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { before, describe, test } from 'node:test'
import { ecKey, file, loaded, pair, problems, provider, service, type TestPair } from './support.ts'

interface Pairs {
  readonly good: TestPair
  readonly other: TestPair
  readonly weak: TestPair
  readonly expired: TestPair
  readonly early: TestPair
  readonly ec: TestPair
}

let pairs: Pairs
before(async () => {
  pairs = {
    good: await pair(),
    other: await pair(),
    weak: await pair({ bits: 1024 }),
    expired: await pair({ from: -2, until: -1 }),
    early: await pair({ from: 1, until: 2 }),
    ec: await pair({ ec: true }),
  }
})

const PLACES: readonly (readonly [string, object])[] = [
  ['listen.tls', { listen: { tls: { key: 'a.key', cert: 'a.crt' } } }],
  ['serviceProvider.signing', { serviceProvider: { signing: { key: 'a.key', cert: 'a.crt' } } }],
  ['serviceProvider.decryption[0]', { serviceProvider: { decryption: [{ key: 'a.key', cert: 'a.crt' }] } }],
]

for (const [place, content] of PLACES) {
  describe(`Our own key and certificate at ${place}`, () => {
    const found = async (key: string | undefined, cert: string | undefined) => {
      const files = { ...(key === undefined ? {} : { 'a.key': key }), ...(cert === undefined ? {} : { 'a.crt': cert }) }
      const all = await problems(file({ ...content }), { files })
      return all.map((problem) => `${problem.key.replace(`${place}.`, '')}: ${problem.message}`)
    }
    const one = (list: readonly string[], expected: RegExp) => {
      assert.equal(list.length, 1, JSON.stringify(list))
      assert.match(list[0] ?? '', expected)
    }

    test('a good pair is taken', async () => {
      assert.deepEqual(await found(pairs.good.key, pairs.good.cert), [])
    })
    test('a missing key, and a missing certificate', async () => {
      one(await found(undefined, pairs.good.cert), /^key: .*ENOENT/)
      one(await found(pairs.good.key, undefined), /^cert: .*ENOENT/)
    })
    test('a key that is not PEM, a certificate that is not PEM, an encrypted key', async () => {
      one(await found('no key', pairs.good.cert), /^key: must be the PEM file of an unencrypted private key/)
      one(await found(pairs.good.key, 'no cert'), /^cert: must be the PEM file of a certificate/)
      const locked = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
        type: 'pkcs8',
        format: 'pem',
        cipher: 'aes-256-cbc',
        passphrase: 'x',
      })
      one(await found(locked.toString(), pairs.good.cert), /^key: .*unencrypted/)
    })
    test('a key of another certificate', async () => {
      one(await found(pairs.other.key, pairs.good.cert), /^key: does not fit/)
    })
    test('RSA below 2048 bits', async () => {
      one(await found(pairs.weak.key, pairs.weak.cert), /^key: is an RSA key of 1024 bits/)
    })
    test('a certificate that expired, and one that is not valid yet', async () => {
      one(await found(pairs.expired.key, pairs.expired.cert), /^cert: the certificate expired/)
      one(await found(pairs.early.key, pairs.early.cert), /^cert: the certificate is not valid before/)
    })
  })
}

test('EC keys sign and serve TLS, but do not decrypt', async () => {
  const files = { 'a.key': pairs.ec.key, 'a.crt': pairs.ec.cert }
  const ecPair = { key: 'a.key', cert: 'a.crt' }
  const config = await loaded(file({ listen: { tls: ecPair }, serviceProvider: { signing: ecPair } }), { files })
  assert.deepEqual(config.listen.tls, pairs.ec)
  assert.deepEqual(config.serviceProvider.signing, pairs.ec)
  const found = await problems(file({ serviceProvider: { decryption: [ecPair] } }), { files })
  assert.deepEqual(
    found.map(({ key }) => key),
    ['serviceProvider.decryption[0].key'],
  )
})

test('EC below 256 bits is refused', async () => {
  const content = file({ serviceProvider: { signing: { key: 'a.key', cert: 'a.crt' } } })
  const found = await problems(content, { files: { 'a.key': ecKey('secp224r1'), 'a.crt': pairs.good.cert } })
  assert.ok(found.some(({ message }) => /EC key on secp224r1; must be RSA of at least 2048/.test(message)))
})

describe('Certificates of a provider that stand in the file', () => {
  const inline = (...certificates: string[]) =>
    file({
      identityProviders: [provider({ metadata: { entityId: 'urn:a', ssoUrl: 'https://a.example', certificates } })],
    })

  test('a file, PEM text and base64 all become PEM, and may have expired', async () => {
    const base64 = pairs.expired.cert.replace(/-----[^-]+-----|\s/g, '')
    const config = await loaded(inline('a.crt', pairs.expired.cert, base64), { files: { 'a.crt': pairs.expired.cert } })
    const metadata = config.identityProviders[0]?.metadata
    assert.ok(metadata?.kind === 'inline')
    assert.equal(metadata.certificates.length, 3)
    assert.equal(new Set(metadata.certificates).size, 1)
    assert.match(metadata.certificates[0] ?? '', /^-----BEGIN CERTIFICATE-----\n/)
    assert.equal(metadata.sloUrl, null)
  })
  test('each bad one is one problem: missing, not a certificate, weak, two in one', async () => {
    const files = { 'no.crt': 'x', 'weak.crt': pairs.weak.cert, 'two.crt': `${pairs.good.cert}\n${pairs.other.cert}` }
    const found = await problems(inline('gone.crt', 'no.crt', 'weak.crt', 'two.crt', 'A'.repeat(400)), { files })
    assert.deepEqual(
      found.map(({ key }) => key.replace(/.*certificates/, '')),
      ['[0]', '[1]', '[2]', '[3]', '[4]'],
    )
  })
  test('at least one is required', async () => {
    const found = await problems(inline())
    assert.deepEqual(
      found.map(({ key }) => key),
      ['identityProviders[0].metadata.certificates'],
    )
  })
  test('two providers of one entityId are refused; two of different ones are taken', async () => {
    const metadata = (entityId: string) => ({ entityId, ssoUrl: 'https://a.example', certificates: [pairs.good.cert] })
    const two = (second: string) =>
      problems(
        file({
          identityProviders: [
            provider({ metadata: metadata('urn:a') }),
            provider({ id: 'b', metadata: metadata(second) }),
          ],
        }),
      )
    assert.deepEqual(
      (await two('urn:a')).map(({ key }) => key),
      ['identityProviders[1].metadata.entityId'],
    )
    assert.deepEqual(await two('urn:b'), [])
  })
  test('the demo provider is refused off localhost', async () => {
    const metadata = {
      entityId: 'urn:gatehouse:demo:identity-provider',
      ssoUrl: 'https://a.example',
      certificates: [pairs.good.cert],
    }
    const content = { identityProviders: [provider({ metadata })] }
    const found = await problems({ publicUrl: 'https://a.example', ...content })
    assert.deepEqual(
      found.map(({ key }) => key),
      ['identityProviders[0].metadata.entityId'],
    )
    assert.deepEqual(await problems({ publicUrl: 'http://localhost', ...content }), [])
  })
})

describe('The gateway’s own secrets', () => {
  const COOKIES = Buffer.alloc(32, 7).toString('base64')

  test('a P-256 key from a file and 32 bytes from the environment are taken', async () => {
    const identity = ecKey('prime256v1')
    const content = file({ keys: { identity: 'id.pem', cookies: `\${COOKIES}` } })
    const config = await loaded(content, { files: { 'id.pem': identity }, env: { COOKIES } })
    assert.equal(config.keys.identity, identity)
    assert.deepEqual(config.keys.cookies, Buffer.alloc(32, 7))
    const byText = await loaded(file({ keys: { identity: 'file:id.pem' } }), { files: { 'id.pem': identity } })
    assert.equal(byText.keys.identity, identity.trimEnd())
  })
  test('an identity key on another curve, an RSA key and a public key are refused', async () => {
    const rsa = pairs.good.key
    for (const text of [ecKey('secp384r1'), rsa, pairs.good.cert, 'x']) {
      const found = await problems(file({ keys: { identity: 'id.pem' } }), { files: { 'id.pem': text } })
      assert.deepEqual(
        found.map(({ key, message }) => [key, message]),
        [['keys.identity', 'must be the PEM file of an unencrypted P-256 private key']],
      )
    }
  })
  test('cookie keys of another length or form are refused, and never shown', async () => {
    const long = Buffer.alloc(33, 7).toString('base64')
    for (const cookies of [long, Buffer.alloc(31, 7).toString('base64'), `${COOKIES}!`, 'hex']) {
      const found = await problems(file({ keys: { cookies } }))
      assert.deepEqual(found, [
        { key: 'keys.cookies', value: '(secret)', message: 'must be exactly 32 bytes in base64' },
      ])
    }
  })
})

test('The authority of an upstream must be certificates', async () => {
  const content = file({ services: [service({ upstreamTls: { ca: 'ca.pem' } })] })
  const chain = `${pairs.good.cert}\n${pairs.other.cert}`
  const config = await loaded(content, { files: { 'ca.pem': chain } })
  assert.equal(config.services[0]?.upstreamTls.ca, chain)
  const found = await problems(content, { files: { 'ca.pem': 'x' } })
  assert.deepEqual(
    found.map(({ key }) => key),
    ['services[0].upstreamTls.ca'],
  )
})
