import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { beforeEach, describe, test } from 'node:test'

import { instant } from '../../../src/core/time.ts'
import { type IdentityTokens, identityTokens, type TokenSubject } from '../../../src/session/identity-token.ts'
import { identityKeys } from '../../../src/session/jose.ts'

const T0 = Date.parse('2026-03-02T08:00:00.700Z')
const PEM = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()
const ANN: TokenSubject = {
  sessionId: 's1',
  service: 'clm',
  operatorId: 'o1',
  account: 'ann@example.com',
  roles: ['administrator', 'openlm:admin_role'],
  operatorRevision: 7,
  snapshotRevision: 3,
}

let now: number
let tokens: IdentityTokens
let signings: number
let failing: boolean

beforeEach(async () => {
  now = T0
  signings = 0
  failing = false
  const real = await identityKeys(PEM)
  const keys: typeof real = {
    ...real,
    sign: (typ, claims) => {
      signings += 1
      return failing ? Promise.reject(new Error('no entropy')) : real.sign(typ, claims)
    },
  }
  tokens = identityTokens({ keys, issuer: 'https://licences.example.com', clock: { now: () => instant(now) } })
})

function part(token: string, index: number): unknown {
  return JSON.parse(Buffer.from(token.split('.')[index] ?? '', 'base64url').toString())
}

describe('identity token', () => {
  test('says who, for which service, with which roles, for 60 s', async () => {
    const token = await tokens.mint(ANN)
    const iat = Math.floor(T0 / 1000)
    const { kid } = await identityKeys(PEM)
    assert.deepEqual(part(token, 0), { alg: 'ES256', typ: 'gatehouse-identity+jwt', kid })
    assert.deepEqual(part(token, 1), {
      iss: 'https://licences.example.com',
      aud: 'clm',
      sub: 'o1',
      account: 'ann@example.com',
      roles: ['administrator', 'openlm:admin_role'],
      iat,
      exp: iat + 60,
    })
  })

  test('is reused while 20 s are left and not after', async () => {
    assert.equal(tokens.cached(ANN), undefined)
    const token = await tokens.mint(ANN)
    const exp = (Math.floor(T0 / 1000) + 60) * 1000
    now = exp - 20_000
    assert.equal(tokens.cached(ANN), token)
    assert.equal(await tokens.mint(ANN), token)
    now += 1
    assert.equal(tokens.cached(ANN), undefined)
    assert.notEqual(await tokens.mint(ANN), token)
    assert.equal(signings, 2)
  })

  test('is one per session, service, operator revision and snapshot revision', async () => {
    const others: readonly Partial<TokenSubject>[] = [
      { sessionId: 's2' },
      { service: 'fnls' },
      { operatorRevision: 8 },
      { snapshotRevision: 4 },
      { operatorRevision: 73, snapshotRevision: 0 },
    ]
    await tokens.mint(ANN)
    for (const other of others) {
      assert.equal(tokens.cached({ ...ANN, ...other }), undefined, JSON.stringify(other))
      await tokens.mint({ ...ANN, ...other })
    }
    assert.equal(signings, 1 + others.length)
  })

  test('is signed once for callers that ask at the same time', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => tokens.mint(ANN)))
    assert.equal(new Set(all).size, 1)
    assert.equal(signings, 1)
  })

  test('is asked for anew after a signing that failed', async () => {
    failing = true
    await assert.rejects(tokens.mint(ANN), /no entropy/)
    failing = false
    assert.equal(typeof (await tokens.mint(ANN)), 'string')
    assert.equal(signings, 2)
  })
})
