/** What a service learns of the operator, and what a browser learns when there is nothing to forward. */

import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { createLocalJWKSet, jwtVerify } from 'jose'
import type { Browser } from '../support/browser.ts'
import { type Echo, echoed, echoUpstream } from '../support/echo-upstream.ts'
import { type House, openHouse, signIn } from '../support/house.ts'
import { ask } from '../support/raw-client.ts'
import { ADA, cookieHeader, createUser, get, OTTO, operatorOf, testClock, USER } from '../support/steps.ts'

const clock = testClock()
let house: House
let visitor: Browser
before(async () => {
  house = await openHouse({ clock })
  await createUser(house, OTTO)
  visitor = house.browser()
  await signIn(visitor, OTTO, '/app/', house)
})
after(() => house.close())
beforeEach(() => house.reload({}))

const host = () => new URL(house.url).host
const NAMES = ['operator', 'operator-id', 'name', 'email', 'roles', 'service', 'request-id', 'assertion']

async function echo(path: string, headers: Record<string, string> = {}): Promise<Echo> {
  const cookie = [cookieHeader(visitor), headers['Cookie']].filter(Boolean).join('; ')
  const answer = await ask(house.url, path, { headers: { Host: host(), ...headers, Cookie: cookie } })
  assert.equal(answer.status, 200, answer.body)
  return JSON.parse(answer.body)
}

describe('identity', () => {
  test('G-4: the service gets every identity header, once', async () => {
    const seen = await echo('/app/who?x=1')
    assert.equal(seen.url, '/who?x=1')
    const values = Object.fromEntries(NAMES.map((name) => [name, echoed(seen, `x-gatehouse-${name}`)]))
    const operator = await operatorOf(house, OTTO)
    assert.deepEqual(values['operator'], [OTTO])
    assert.deepEqual(values['operator-id'], [operator?.id])
    assert.deepEqual(values['name'], ['Otto Operator (demo)'])
    assert.deepEqual(values['email'], [OTTO])
    assert.deepEqual(values['roles'], [USER])
    assert.deepEqual(values['service'], ['app'])
    assert.match(values['request-id']?.[0] ?? '', /^[0-9a-f-]{36}$/)
    assert.equal(values['assertion']?.length, 1)
  })

  test('G-4: the token is verified with jwks.json and is for this service, this operator and one minute', async () => {
    const [token = ''] = echoed(await echo('/app/'), 'x-gatehouse-assertion')
    const jwks = await get(house, '/.gatehouse/jwks.json')
    assert.equal(jwks.status, 200)
    assert.doesNotMatch(jwks.headers['cache-control'] ?? '', /no-store/)
    assert.ok(jwks.body.keys.every((key: object) => !('d' in key)))
    const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(jwks.body), {
      issuer: house.url,
      audience: 'app',
      typ: 'gatehouse-identity+jwt',
      algorithms: ['ES256'],
      currentDate: new Date(clock.now()),
    })
    assert.equal(protectedHeader.kid, jwks.body.keys[0].kid)
    assert.deepEqual(payload, {
      iss: house.url,
      aud: 'app',
      sub: (await operatorOf(house, OTTO))?.id,
      account: OTTO,
      roles: [USER],
      iat: clock.now() / 1000,
      exp: clock.now() / 1000 + 60,
    })
  })

  test('G-4: a token is used again while it has 20 s left, and not for another service or other roles', async () => {
    const tokenOf = async (path = '/app/') => echoed(await echo(path), 'x-gatehouse-assertion')[0]
    const first = await tokenOf()
    clock.advance({ seconds: 40 })
    assert.equal(await tokenOf(), first)
    clock.advance({ seconds: 1 })
    const second = await tokenOf()
    assert.notEqual(second, first)
    const admin = { role: 'administrator', service: null }
    await house.gateway.directory.grant({ account: OTTO, provider: 'demo' }, admin, null)
    const third = await echo('/app/')
    assert.notEqual(echoed(third, 'x-gatehouse-assertion')[0], second)
    assert.match(echoed(third, 'x-gatehouse-roles')[0] ?? '', /administrator/)
    const spare = { account: 'spare@demo.example', provider: 'demo', displayName: null, roles: [admin] }
    await house.gateway.directory.create(spare, null)
    await house.gateway.directory.revoke({ account: OTTO, provider: 'demo' }, admin, null)
  })

  test('G-4: the token opens nothing here', async () => {
    const [token = ''] = echoed(await echo('/app/'), 'x-gatehouse-assertion')
    for (const headers of [
      { Authorization: `Bearer ${token}` },
      { 'X-Gatehouse-Assertion': token },
      { Cookie: `gatehouse=${token}` },
    ]) {
      assert.equal((await get(house, '/app/').set(headers)).status, 401)
    }
  })

  for (const name of [
    'X-Gatehouse-Operator',
    'x_gatehouse_operator',
    'X-GATEHOUSE_Roles',
    'x-gatehouse-anything',
    'Remote-User',
    'REMOTE_USER',
  ]) {
    test(`G-4: a client cannot send ${name}`, async () => {
      await house.reload({ service: { headers: { 'Remote-User': 'account', 'X-Roles': 'roles' } } })
      const seen = await echo('/app/', { [name]: 'root' })
      assert.ok(!seen.rawHeaders.includes('root'))
      assert.deepEqual(echoed(seen, 'remote-user'), [OTTO])
      assert.deepEqual(echoed(seen, 'x-roles'), [USER])
    })
  }

  test('G-4: the cookies of the gateway stay here, others go on', async () => {
    const seen = await echo('/app/', { Cookie: 'theme=dark; __Host-gatehouse=x; GATEHOUSE_req_0=y; other=1' })
    assert.deepEqual(echoed(seen, 'cookie').join('; ').split('; '), ['theme=dark', 'other=1'])
  })

  test('G-4: under access optional a stranger is forwarded with empty headers', async () => {
    await house.reload({ service: { access: 'optional' } })
    const answer = await ask(house.url, '/app/', { headers: { Host: host(), 'X-Gatehouse-Operator': 'root' } })
    const seen: Echo = JSON.parse(answer.body)
    for (const name of NAMES.slice(0, 5)) assert.deepEqual(echoed(seen, `x-gatehouse-${name}`), [''], name)
    assert.deepEqual(echoed(seen, 'x-gatehouse-assertion'), [])
    assert.deepEqual(echoed(await echo('/app/'), 'x-gatehouse-operator'), [OTTO])
  })
})

describe('without a session', () => {
  test('a page navigation goes to sign-in by 302, with the way back', async () => {
    const accept = { Accept: 'text/html,*/*;q=0.8' }
    for (const headers of [accept, { ...accept, 'Sec-Fetch-Mode': 'navigate' }]) {
      const answer = await get(house, '/app/a?b=c').set(headers)
      assert.equal(answer.status, 302)
      assert.equal(answer.headers['location'], `/.gatehouse/login?return_to=${encodeURIComponent('/app/a?b=c')}`)
      assert.equal(answer.headers['cache-control'], 'no-store')
    }
  })

  for (const [what, headers] of [
    ['that asks for JSON', { Accept: 'application/json' }],
    ['of fetch()', { Accept: '*/*', 'Sec-Fetch-Mode': 'cors' }],
    ['of XMLHttpRequest for HTML', { Accept: 'text/html', 'X-Requested-With': 'XMLHttpRequest' }],
    ['of a frame script for HTML', { Accept: 'text/html', 'Sec-Fetch-Mode': 'same-origin' }],
  ] as const) {
    test(`a request ${what} gets 401 problem+json with the sign-in link`, async () => {
      const answer = await get(house, '/app/a').set(headers)
      assert.equal(answer.status, 401)
      assert.equal(answer.headers['content-type'], 'application/problem+json')
      assert.ok(answer.headers['www-authenticate'])
      assert.equal(answer.body.code, 'SESSION_REQUIRED')
      assert.ok(answer.body.signIn.startsWith('/.gatehouse/login'))
    })
  }

  test('the upstream sees nothing of it', async () => {
    const before = house.upstream.seen.length
    await get(house, '/app/a')
    assert.equal(house.upstream.seen.length, before)
  })
})

describe('what cannot be forwarded', () => {
  test('an upstream that is not there is 502 problem+json', async () => {
    const gone = await echoUpstream()
    await gone.close()
    await house.reload({ service: { upstream: gone.url } })
    const answer = await get(house, '/app/', visitor)
    assert.deepEqual([answer.status, answer.body.code], [502, 'UPSTREAM_UNREACHABLE'])
    assert.equal(answer.headers['content-type'], 'application/problem+json')
    assert.ok(answer.body.reference)
  })

  test('one that says nothing in time is 504, one that talks nonsense 502', async () => {
    await house.reload({ service: { timeouts: { headersSeconds: 1 } } })
    const late = await get(house, '/app/delay?ms=2500', visitor)
    assert.deepEqual([late.status, late.body.code], [504, 'UPSTREAM_TIMEOUT'])
    const odd = await get(house, '/app/raw?text=nonsense%0D%0A%0D%0A', visitor)
    assert.equal(odd.status, 502)
  })

  test('a path of no service is 404, one constant body', async () => {
    const [one, other] = [await get(house, '/nowhere/a', visitor), await get(house, '/nowhere/b')]
    assert.deepEqual([one.status, other.status], [404, 404])
    assert.equal(one.text, other.text)
  })

  test('a service path without its final slash is 308 for GET and HEAD only', async () => {
    const answer = await get(house, '/app?x=1')
    assert.deepEqual([answer.status, answer.headers['location']], [308, '/app/?x=1'])
    const posted = await ask(house.url, '/app', { method: 'POST', headers: { Host: host() } })
    assert.equal(posted.status, 404)
  })

  test('a session cookie with a foreign Origin changes nothing here', async () => {
    const before = house.upstream.seen.length
    const headers = { Host: host(), Cookie: cookieHeader(visitor), Origin: 'https://evil.example' }
    const answer = await ask(house.url, '/app/', { method: 'POST', headers })
    assert.equal(answer.status, 403)
    assert.equal(JSON.parse(answer.body).code, 'CROSS_ORIGIN')
    assert.equal(house.upstream.seen.length, before)
  })
})

test('an administrator passes on every service, with the role that its profile names', async () => {
  const admin = house.browser()
  const page = await signIn(admin, ADA, '/app/', house)
  assert.match(echoed(JSON.parse(page.text), 'x-gatehouse-roles')[0] ?? '', /administrator/)
})
