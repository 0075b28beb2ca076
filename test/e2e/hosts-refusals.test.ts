/** What may not happen between our hosts: stolen, forged and foreign secrets, codes and nonces. */

import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'

import type { Browser } from '../support/browser.ts'
import type { House } from '../support/house.ts'
import { ask, GATE, LIC, openHouseWithHosts, PORTAL, secretOn, signInAt } from '../support/other-hosts.ts'
import { ADA, createUser, OTTO, testClock } from '../support/steps.ts'

const clock = testClock()
let house: House
let otto: Browser
before(async () => {
  house = await openHouseWithHosts({ clock })
  await createUser(house, OTTO)
})
after(() => house.close())
beforeEach(async () => {
  otto = house.browser()
  await signInAt(otto, `${GATE}/app/`, OTTO)
})

const NONCE = '__Host-gatehouse_handoff'
const cookieOn = (visitor: Browser, origin: string) => `__Host-gatehouse=${secretOn(visitor, origin)}`

interface Departure {
  /** The Cookie header of who left. */
  readonly nonce: string
  /** Where the public URL sends a browser with Otto's session. */
  readonly handoff: string
}

/** Leaves a host as a browser does, and comes as far as the address of the hand-over with the session of `visitor`. */
async function depart(visitor: Browser, address = `${LIC}/x`): Promise<Departure> {
  const out = await ask(house, address)
  const back = await ask(house, out.headers.location ?? '', { headers: { cookie: cookieOn(visitor, GATE) } })
  assert.equal(back.status, 303)
  return { nonce: out.headers['set-cookie']?.[0]?.split(';')[0] ?? '', handoff: back.headers.location ?? '' }
}

async function arrive(address: string, cookie: string | undefined, method = 'GET') {
  const answer = await ask(house, address, { method, headers: cookie === undefined ? {} : { cookie } })
  const secret = answer.headers['set-cookie']?.find((line) => line.startsWith('__Host-gatehouse='))
  return { status: answer.status, location: answer.headers.location, secret, text: answer.text }
}

test('beside its nonce the code is good, once', async () => {
  const { nonce, handoff } = await depart(otto)
  const first = await arrive(handoff, nonce)
  assert.deepEqual([first.status, first.location], [303, '/x'])
  assert.ok(first.secret)
  const second = await arrive(handoff, nonce)
  assert.equal(second.status, 400)
  assert.equal(second.secret, undefined)
  assert.match(second.text, /href="\/\.gatehouse\/login"/)
})

test('of many who bring the code at once exactly one gets in', async () => {
  const { nonce, handoff } = await depart(otto)
  const all = await Promise.all(Array.from({ length: 20 }, () => arrive(handoff, nonce)))
  assert.equal(all.filter(({ secret }) => secret !== undefined).length, 1)
  assert.equal(all.filter(({ status }) => status === 303).length, 1)
})

describe('The code is refused, and spent,', () => {
  const OTHER = `${NONCE}=${'A'.repeat(43)}`
  for (const [title, cookie] of [
    ['without the nonce', () => undefined],
    ['beside another nonce', () => OTHER],
    ['beside two nonces', (nonce: string) => `${nonce}; ${OTHER}`],
    ['beside an empty nonce', () => `${NONCE}=`],
    ['beside the nonce under another name', (nonce: string) => nonce.replace('__Host-', '')],
    ['beside the nonce in another case', (nonce: string) => nonce.replace('Host', 'host')],
  ] as const) {
    test(title, async () => {
      const { nonce, handoff } = await depart(otto)
      const stolen = await arrive(handoff, cookie(nonce))
      assert.deepEqual([stolen.status, stolen.secret], [400, undefined])
      assert.equal((await arrive(handoff, nonce)).status, 400)
    })
  }

  test('on another host, whoever brings it', async () => {
    const { nonce, handoff } = await depart(otto)
    const moved = await arrive(handoff.replace(LIC, PORTAL), nonce)
    assert.deepEqual([moved.status, moved.secret], [400, undefined])
    assert.equal((await arrive(handoff, nonce)).status, 400)
  })

  test('after a minute', async () => {
    const { nonce, handoff } = await depart(otto)
    clock.advance({ seconds: 60 })
    const late = await arrive(handoff, nonce)
    assert.deepEqual([late.status, late.secret], [400, undefined])
  })

  test('when the session has ended meanwhile', async () => {
    const { nonce, handoff } = await depart(otto)
    await ask(house, `${GATE}/.gatehouse/logout`, { headers: { cookie: cookieOn(otto, GATE) } })
    const orphan = await arrive(handoff, nonce)
    assert.deepEqual([orphan.status, orphan.secret], [400, undefined])
  })
})

test('just before its minute is over the code is good', async () => {
  const { nonce, handoff } = await depart(otto)
  clock.advance({ seconds: 59 })
  assert.equal((await arrive(handoff, nonce)).status, 303)
})

for (const query of ['', '?code=', '?code=x', `?code=${'A'.repeat(43)}`, `?code=${'A'.repeat(44)}`, '?code[]=x']) {
  test(`a hand-over with ${query || 'no code'} is refused`, async () => {
    const { nonce } = await depart(otto)
    assert.equal((await arrive(`${LIC}/.gatehouse/handoff${query}`, nonce)).status, 400)
  })
}

test('a code that stands there twice is refused, and not spent', async () => {
  const { nonce, handoff } = await depart(otto)
  const code = new URL(handoff).searchParams.get('code')
  assert.equal((await arrive(`${handoff}&code=${code}`, nonce)).status, 400)
  assert.equal((await arrive(handoff, nonce)).status, 303)
})

test('whoever only looks (HEAD) does not spend the code, and neither does a form', async () => {
  const { nonce, handoff } = await depart(otto)
  assert.equal((await arrive(handoff, nonce, 'HEAD')).status, 405)
  assert.equal((await arrive(handoff, nonce, 'POST')).status, 404)
  assert.equal((await arrive(handoff, nonce)).status, 303)
})

test('login CSRF: the code of an attacker brings his session into no other browser', async () => {
  const attacker = house.browser()
  await signInAt(attacker, `${GATE}/app/`, ADA)
  const { handoff } = await depart(attacker)
  const victim = house.browser()
  // The victim has left the host himself, so he has a nonce.
  await victim.goto(`${LIC}/mine`)
  assert.ok(secretOn(victim, LIC, NONCE))
  const page = await victim.goto(handoff)
  assert.equal(page.status, 400)
  assert.equal(secretOn(victim, LIC), undefined)
})

test('a victim sent to sign in for the nonce of an attacker carries a code that nobody can use', async () => {
  const attackers = await ask(house, `${LIC}/x`)
  const nonce = attackers.headers['set-cookie']?.[0]?.split(';')[0]
  const page = await otto.goto(attackers.headers.location ?? '')
  const handoff = page.hops.at(-1)?.url.href ?? ''
  assert.match(handoff, /\/\.gatehouse\/handoff\?code=/)
  assert.equal(page.status, 400)
  assert.equal(secretOn(otto, LIC), undefined)
  assert.equal((await arrive(handoff, nonce)).status, 400)
})

describe('A secret opens nothing on another host than its own:', () => {
  const CASES = [
    [GATE, LIC],
    [GATE, PORTAL],
    [LIC, GATE],
    [LIC, PORTAL],
    [PORTAL, LIC],
    [PORTAL, GATE],
  ] as const
  for (const [from, to] of CASES) {
    test(`that of ${from} on ${to}`, async () => {
      await otto.goto(`${LIC}/x`)
      await otto.goto(`${PORTAL}/portal/`)
      const cookie = cookieOn(otto, from)
      assert.equal((await ask(house, `${from}/any/`, { headers: { cookie } })).status, 200)
      assert.equal((await ask(house, `${to}/any/`, { headers: { cookie } })).status, 302)
      const session = await ask(house, `${to}/.gatehouse/session`, { headers: { cookie, accept: '*/*' } })
      assert.equal(session.status, 401)
    })
  }
})

test('signing out with the secret of another host ends nothing', async () => {
  await otto.goto(`${LIC}/x`)
  await ask(house, `${GATE}/.gatehouse/logout`, { headers: { cookie: cookieOn(otto, LIC) } })
  assert.equal((await otto.goto(`${LIC}/x`)).hops.length, 1)
})

test('a sign-out asked for by another of our hosts is refused', async () => {
  await otto.goto(`${LIC}/x`)
  const headers = { cookie: cookieOn(otto, LIC), origin: GATE }
  assert.equal((await ask(house, `${LIC}/.gatehouse/logout`, { method: 'POST', headers })).status, 403)
  assert.equal((await otto.goto(`${LIC}/x`)).hops.length, 1)
})

test('an unsafe request on a host must come from that host', async () => {
  await otto.goto(`${LIC}/x`)
  const post = async (origin: string) => {
    const headers = { cookie: cookieOn(otto, LIC), origin }
    return (await ask(house, `${LIC}/x`, { method: 'POST', headers })).status
  }
  assert.equal(await post(LIC), 200)
  for (const origin of [GATE, PORTAL, 'https://evil.example', 'http://lic.gate.test', 'null']) {
    assert.equal(await post(origin), 403, origin)
  }
})

test('a disabled operator is handed over to no host', async () => {
  const operator = await house.gateway.store.operators.find('demo', OTTO)
  assert.ok(operator)
  const setEnabled = async (enabled: boolean) => {
    await house.gateway.store.operators.update(operator.id, { enabled })
    await house.gateway.store.revisions.publish([`operator:${operator.id}`])
    // Sessions end with the account; this one is left, and the change reaches the process within a second.
    let status = 0
    while ((status === 200) !== enabled || status === 0) {
      status = (await ask(house, `${GATE}/app/`, { headers: { cookie: cookieOn(otto, GATE) } })).status
    }
  }
  await setEnabled(false)
  const out = await ask(house, `${LIC}/x`)
  const back = await ask(house, out.headers.location ?? '', { headers: { cookie: cookieOn(otto, GATE) } })
  assert.equal(back.status, 302)
  assert.ok(back.headers.location?.startsWith('https://demo.provider.example/'), back.headers.location)
  await setEnabled(true)
})

test('a browser that does not keep the cookie there is told so, instead of going round in circles', async () => {
  let recent = ''
  for (let round = 1; round <= 3; round += 1) {
    const { nonce, handoff } = await depart(otto)
    const answer = await ask(house, handoff, { headers: { cookie: `${nonce}; ${recent}` } })
    const line = answer.headers['set-cookie']?.find((each) => each.startsWith('__Host-gatehouse_recent='))
    recent = line?.split(';')[0] ?? ''
    if (round < 3) assert.equal(answer.status, 303)
    else assert.match(answer.text, /cookies are blocked for <code>lic\.gate\.test/i)
  }
})

describe('Hosts', () => {
  for (const path of ['login', 'logout', 'session', 'handoff', 'auth']) {
    test(`/.gatehouse/${path} is there on a host of a service`, async () => {
      assert.notEqual((await ask(house, `${LIC}/.gatehouse/${path}`)).status, 404)
    })
  }
  for (const path of [
    'saml/metadata',
    'saml/acs',
    'saml/slo',
    'jwks.json',
    'metrics',
    'capabilities',
    'api/v1/operators',
    'api/openapi.json',
    'access/v1/evaluation',
    'console/',
    'Login',
    'login/',
    'nothing',
    '',
  ]) {
    test(`/.gatehouse/${path} is not`, async () => {
      for (const method of ['GET', 'POST']) {
        assert.equal((await ask(house, `${LIC}/.gatehouse/${path}`, { method })).status, 404, method)
      }
    })
  }

  test('handoff is not there on the host of publicUrl', async () => {
    assert.equal((await ask(house, `${GATE}/.gatehouse/handoff?code=x`)).status, 404)
  })

  test('healthz and readyz answer every host', async () => {
    for (const host of ['lic.gate.test', 'unknown.example', '127.0.0.1']) {
      for (const path of ['healthz', 'readyz']) {
        const answer = await ask(house, `${GATE}/.gatehouse/${path}`, { headers: { host } })
        assert.equal(answer.status, 200, `${host} ${path}`)
      }
    }
  })

  test('any other host is answered 421, below /.gatehouse/ and elsewhere', async () => {
    const wrong = [
      'unknown.example',
      'lic.gate.test:8443',
      'portal.other.example',
      'lic.gate.test.',
      'xlic.gate.test',
      '',
    ]
    for (const host of wrong) {
      for (const path of ['/', '/any/', '/.gatehouse/login', '/.gatehouse/session']) {
        assert.equal((await ask(house, `${GATE}${path}`, { headers: { host } })).status, 421, `${host} ${path}`)
      }
    }
  })

  test('a host counts whatever its case, and with the port of its scheme', async () => {
    for (const host of ['LIC.gate.test', 'lic.gate.test:443', 'gate.test:443']) {
      assert.equal((await ask(house, `${GATE}/.gatehouse/session`, { headers: { host } })).status, 401, host)
    }
  })
})
