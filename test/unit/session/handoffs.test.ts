import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'

import { sha256 } from '../../../src/core/hash.ts'
import { systemRandom } from '../../../src/core/random.ts'
import { instant, seconds } from '../../../src/core/time.ts'
import { type HandoffService, handoffService } from '../../../src/session/handoffs.ts'
import { FACTS, type House, openHouse, T0 } from './house.ts'

const LIC = new URL('https://lic.example.com:8443/x?y#z')

let house: House
let handoffs: HandoffService
let sessionId: string
let cookie: string
beforeEach(async () => {
  house = openHouse()
  handoffs = handoffService({
    publicUrl: { origin: 'https://licences.example.com', host: 'licences.example.com', secure: true },
    store: house.store,
    cookies: house.cookies,
    detourLife: () => seconds(90.5),
    clock: { now: () => house.world.now },
    random: systemRandom,
  })
  const signedIn = await house.signIn(FACTS)
  sessionId = signedIn.session.id
  cookie = signedIn.cookie
})

/** Goes there and back; overlays bend the arrival. */
async function arrive(over: Partial<Parameters<HandoffService['complete']>[0]> = {}) {
  const { setCookie, nonceHash } = handoffs.begin(undefined)
  const address = new URL(await handoffs.issue({ sessionId, target: LIC, nonceHash }))
  const code = address.searchParams.get('code') ?? ''
  const cookieHeader = setCookie.split(';')[0]
  const host = LIC.host
  return handoffs.complete({ code, cookieHeader, host, secretHost: 'lic.example.com', presented: undefined, ...over })
}

describe('the way out', () => {
  test('leaves a nonce that lasts as long as a sign-in, and takes its hash along', () => {
    const { setCookie, nonceHash } = handoffs.begin('a=b')
    const [, nonce = ''] =
      /^__Host-gatehouse_handoff=([\w-]{43}); Max-Age=91; Path=\/; HttpOnly; Secure; /.exec(setCookie) ?? []
    assert.equal(nonceHash, sha256(nonce))
    assert.match(setCookie, /SameSite=Lax$/)
    assert.notEqual(handoffs.begin('a=b').nonceHash, nonceHash)
  })

  test('a browser keeps the nonce that it has, and gets a new one for what is none', () => {
    const { setCookie, nonceHash } = handoffs.begin(undefined)
    const pair = setCookie.split(';')[0] ?? ''
    assert.equal(handoffs.begin(`x=y; ${pair}`).nonceHash, nonceHash)
    for (const header of [`${pair}x`, `${pair}; ${pair}`, pair.replace('__Host-', ''), '__Host-gatehouse_handoff=']) {
      assert.notEqual(handoffs.begin(header).nonceHash, nonceHash, header)
    }
  })
})

describe('the way back', () => {
  test('is an address on the host with a code of 256 bits, of which the store has the hash', async () => {
    const address = await handoffs.issue({ sessionId, target: LIC, nonceHash: 'n' })
    const [, code = ''] =
      /^https:\/\/lic\.example\.com:8443\/\.gatehouse\/handoff\?code=([\w-]{43})$/.exec(address) ?? []
    assert.deepEqual(await house.store.handoffs.consume(sha256(code), instant(T0)), {
      codeHash: sha256(code),
      sessionId,
      host: 'lic.example.com:8443',
      nonceHash: 'n',
      returnPath: '/x?y#z',
      until: T0 + 60_000,
    })
  })

  test('is the page itself when the session has ended', async () => {
    await house.store.sessions.revoke(sessionId)
    assert.equal(await handoffs.issue({ sessionId, target: LIC, nonceHash: 'n' }), LIC.href)
  })

  test('gives a secret of the same session that counts on that host alone, and takes the nonce away', async () => {
    const arrived = await arrive()
    assert.ok(arrived.ok)
    const [session = '', nonce = ''] = arrived.value.setCookies
    assert.equal(arrived.value.returnPath, '/x?y#z')
    assert.match(nonce, /^__Host-gatehouse_handoff=; Max-Age=0;/)
    const secret = session.split(';')[0]
    assert.equal((await house.sessions.authenticate(secret, 'lic.example.com'))?.session.id, sessionId)
    for (const host of [null, undefined, 'lic.example.com:8443', 'other.example.com', '']) {
      assert.equal(await house.sessions.authenticate(secret, host), undefined, String(host))
    }
  })

  test('leaves the secret alone that the same session has there already, even without the nonce', async () => {
    const arrived = await arrive({ presented: sessionId, cookieHeader: undefined })
    assert.ok(arrived.ok)
    assert.deepEqual(
      arrived.value.setCookies.map((line) => line.split('=')[0]),
      ['__Host-gatehouse_handoff'],
    )
  })

  test('is not open to another session that is there already', async () => {
    assert.deepEqual(await arrive({ presented: 'another', cookieHeader: undefined }), { ok: false, error: 'nonce' })
  })

  test('says what was wrong', async () => {
    assert.deepEqual(await arrive({ code: 'A'.repeat(43) }), { ok: false, error: 'code' })
    assert.deepEqual(await arrive({ code: 'A'.repeat(42) }), { ok: false, error: 'code' })
    assert.deepEqual(await arrive({ host: 'lic.example.com' }), { ok: false, error: 'host' })
    assert.deepEqual(await arrive({ cookieHeader: undefined }), { ok: false, error: 'nonce' })
  })
})

test('both secrets of a session are forgotten together, and slide together', async () => {
  const arrived = await arrive()
  assert.ok(arrived.ok)
  const there = arrived.value.setCookies[0]?.split(';')[0]
  const both = () =>
    Promise.all([house.sessions.authenticate(cookie), house.sessions.authenticate(there, 'lic.example.com')])
  const [live] = await both()
  assert.ok(live)
  const { finds } = house.world
  house.world.now = instant(T0 + 60_000)
  house.sessions.recordAction(live)
  for (const each of await both()) assert.equal(each?.session.lastActivityAt, T0 + 60_000)
  assert.equal(house.world.finds, finds, 'both are at hand')
  house.sessions.evict([`session:${sessionId}`])
  for (const each of await both()) assert.equal(each?.session.id, sessionId)
  assert.equal(house.world.finds, finds + 2, 'both were forgotten')
})
