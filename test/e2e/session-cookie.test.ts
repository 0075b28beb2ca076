/** The session cookie and the end of a session (contract section 3). */

import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import supertest from 'supertest'
import { type House, openHouse, signIn } from '../support/house.ts'
import {
  ADA,
  answerFor,
  auditOf,
  cookieOf,
  createUser,
  get,
  OTTO,
  post,
  sessionOf,
  setCookies,
} from '../support/steps.ts'

let house: House
before(async () => {
  house = await openHouse({ twoProviders: true })
  await createUser(house, OTTO)
  await createUser(house, OTTO, 'beta')
})
after(() => house.close())
beforeEach(() => house.reload({}))

const LOGIN = '/.gatehouse/login?idp=demo&return_to=/app/'

async function signedIn(account = OTTO) {
  const visitor = house.browser()
  await signIn(visitor, account, LOGIN, house)
  const secret = cookieOf(visitor, 'gatehouse')
  assert.ok(secret)
  return { visitor, secret, cookie: `gatehouse=${secret}` }
}

test('the cookie is HttpOnly, Lax, for the whole host and without an end; its value is kept hashed only', async () => {
  const visitor = house.browser()
  const message = await answerFor(house, visitor, { path: LOGIN })
  const answer = await post(house, message, visitor)
  const line = setCookies(answer).find((each) => each.startsWith('gatehouse='))
  assert.match(line ?? '', /^gatehouse=[\w-]{54}; Path=\/; SameSite=Lax; HttpOnly$/)
})

test('each sign-in gives a new id, and the session that was presented is revoked', async () => {
  const { visitor, secret, cookie } = await signedIn()
  await signIn(visitor, OTTO, LOGIN, house)
  assert.notEqual(cookieOf(visitor, 'gatehouse'), secret)
  assert.equal((await get(house, '/app/', cookie)).status, 401)
  assert.equal((await sessionOf(house, visitor)).status, 200)
  const [ended] = (await auditOf(house, 'session.ended')).slice(-1)
  assert.equal(ended?.detail['reason'], 'replaced')
})

test('a cookie that somebody planted before the sign-in is worth nothing afterwards', async () => {
  const visitor = house.browser()
  const planted = 'A'.repeat(54)
  visitor.cookies.store([`gatehouse=${planted}; Path=/`], {
    url: new URL(house.url),
    method: 'GET',
    initiator: null,
    topLevel: true,
  })
  await signIn(visitor, OTTO, LOGIN, house)
  assert.notEqual(cookieOf(visitor, 'gatehouse'), planted)
  assert.equal((await get(house, '/app/', `gatehouse=${planted}`)).status, 401)
})

test('two cookies of the name count as none, in either order and also when they are equal', async () => {
  const { cookie } = await signedIn()
  assert.equal((await get(house, '/app/', cookie)).status, 200)
  for (const two of [`${cookie}; gatehouse=x`, `gatehouse=x; ${cookie}`, `${cookie}; ${cookie}`]) {
    assert.equal((await get(house, '/app/', two)).status, 401, two)
    assert.equal((await get(house, '/.gatehouse/session', two)).status, 401, two)
  }
})

test('only the exact name counts', async () => {
  const { secret } = await signedIn()
  for (const name of ['__Host-gatehouse', 'Gatehouse', 'gatehouse2']) {
    assert.equal((await get(house, '/app/', `${name}=${secret}`)).status, 401, name)
  }
})

test('a forged or changed cookie is refused without asking the store', async () => {
  const { secret } = await signedIn()
  house.failures.fail('sessions.find')
  try {
    for (const at of [0, 20, 43, 53]) {
      const changed = secret.slice(0, at) + (secret[at] === 'A' ? 'B' : 'A') + secret.slice(at + 1)
      assert.equal((await get(house, '/app/', `gatehouse=${changed}`)).status, 401)
    }
    assert.equal(house.failures.count(), 0)
  } finally {
    house.failures.fail(null)
  }
})

test('a session survives a restart', async () => {
  const { visitor } = await signedIn()
  await house.restart()
  assert.equal((await get(house, '/app/', visitor)).status, 200)
})

describe('signing out', () => {
  const out = (method: 'get' | 'head' | 'post', cookie: string) =>
    supertest(house.url)[method]('/.gatehouse/logout').set('Cookie', cookie)

  test('POST ends the session here, clears both cookies and is audited', async () => {
    const { cookie } = await signedIn()
    const answer = await out('post', cookie).set('Origin', house.url)
    assert.equal(answer.status, 204)
    const cleared = setCookies(answer).filter((line) => line.includes('Max-Age=0'))
    for (const name of ['gatehouse=;', 'gatehouse_expires=;']) assert.ok(cleared.some((line) => line.startsWith(name)))
    assert.equal((await get(house, '/app/', cookie)).status, 401)
    const [ended] = (await auditOf(house, 'session.ended')).slice(-1)
    assert.equal(ended?.detail['reason'], 'signed-out')
  })

  test('a POST from another origin does nothing', async () => {
    const { cookie } = await signedIn()
    for (const [name, value] of [
      ['Origin', 'https://evil.example'],
      ['Origin', 'null'],
      ['Sec-Fetch-Site', 'cross-site'],
      ['Sec-Fetch-Site', 'same-site'],
    ] as const) {
      const answer = await out('post', cookie).set(name, value)
      assert.deepEqual([answer.status, answer.body.code], [403, 'CROSS_ORIGIN'])
    }
    assert.equal((await get(house, '/app/', cookie)).status, 200)
  })

  for (const site of ['same-origin', 'none', undefined]) {
    test(`GET with Sec-Fetch-Site ${site ?? 'absent'} ends the session`, async () => {
      const { cookie } = await signedIn()
      const asked = out('get', cookie)
      assert.equal((await (site === undefined ? asked : asked.set('Sec-Fetch-Site', site))).status, 204)
      assert.equal((await get(house, '/app/', cookie)).status, 401)
    })
  }

  test('HEAD, which only looks, ends nothing', async () => {
    const { cookie } = await signedIn()
    const answer = await out('head', cookie)
    assert.deepEqual([answer.status, answer.headers['allow']], [405, 'GET, POST'])
    assert.equal((await get(house, '/app/', cookie)).status, 200)
  })

  for (const site of ['cross-site', 'same-site']) {
    test(`GET with Sec-Fetch-Site ${site} shows a button that does`, async () => {
      const { visitor, cookie } = await signedIn()
      const answer = await out('get', cookie).set('Sec-Fetch-Site', site).set('Accept', 'text/html')
      assert.equal(answer.status, 200)
      assert.match(answer.text, /<form method="post" action="\/\.gatehouse\/logout"/)
      assert.equal((await get(house, '/app/', cookie)).status, 200)
      const page = await visitor.goto(`${house.url}/.gatehouse/session`)
      assert.match((await visitor.submitForm(page, { button: 'Sign out' })).text, /Signed out/)
      assert.equal((await get(house, '/app/', cookie)).status, 401)
    })
  }
})

describe('what ends sessions from the other side', () => {
  test('removing a provider by reload ends its sessions for good, and no other', async () => {
    const ofDemo = await signedIn()
    const ofBeta = house.browser()
    await signIn(ofBeta, OTTO, '/.gatehouse/login?idp=beta&return_to=/app/', house)
    await house.reload({ keepProviders: ['beta'] })
    assert.equal((await get(house, '/app/', ofDemo.cookie)).status, 401)
    assert.equal((await get(house, '/app/', ofBeta)).status, 200)
    await house.reload({})
    assert.equal((await get(house, '/app/', ofDemo.cookie)).status, 401)
  })

  test('N-9: disabling an operator ends his sessions at once', async () => {
    const { cookie } = await signedIn()
    await house.gateway.directory.disable({ account: OTTO, provider: 'demo' }, null)
    assert.equal((await get(house, '/app/', cookie)).status, 401)
    await house.gateway.directory.enable({ account: OTTO, provider: 'demo' }, null)
    assert.equal((await get(house, '/app/', cookie)).status, 401, 'enabling him does not bring it back')
  })

  test('G-13: a deleted and recreated account inherits nothing', async () => {
    const { cookie } = await signedIn(ADA)
    await createUser(house, 'spare@demo.example')
    await house.gateway.directory.grant(
      { account: 'spare@demo.example', provider: 'demo' },
      { role: 'administrator', service: null },
      null,
    )
    await house.gateway.directory.remove({ account: ADA, provider: 'demo' }, 'refuse', null)
    await createUser(house, ADA)
    assert.equal((await get(house, '/app/', cookie)).status, 401)
    assert.equal((await get(house, '/.gatehouse/session', cookie)).status, 401)
  })
})
