/** Services on hosts of their own: one sign-in at the public URL serves them all (contract section 3, "Other hosts"). */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import { echoed } from '../support/echo-upstream.ts'
import { type House, openHouse, signIn } from '../support/house.ts'
import {
  ask,
  GATE,
  LIC,
  openHouseWithHosts,
  PORTAL,
  SIDE,
  secretOn,
  serveHosts,
  signInAt,
  way,
} from '../support/other-hosts.ts'
import { createUser, OTTO, testClock } from '../support/steps.ts'

const clock = testClock()
let house: House
before(async () => {
  house = await openHouseWithHosts({ clock })
  await createUser(house, OTTO)
})
after(() => house.close())

const LOGIN = `${GATE}/.gatehouse/login`

describe('The way to another host', () => {
  test('a page navigation without a session leads to the public URL, with a nonce left behind', async () => {
    const answer = await ask(house, `${LIC}/deep/link?x=1&y=%2F`)
    assert.equal(answer.status, 302)
    const location = new URL(answer.headers.location ?? '')
    assert.equal(location.origin + location.pathname, LOGIN)
    assert.equal(location.searchParams.get('return_to'), `${LIC}/deep/link?x=1&y=%2F`)
    assert.match(answer.headers['set-cookie']?.[0] ?? '', /^__Host-gatehouse_handoff=[\w-]{43};.* HttpOnly; Secure;/)
  })

  test('after sign-in the assertion consumer leads to the hand-over, which leads to the page', async () => {
    const visitor = house.browser()
    const page = await signInAt(visitor, `${LIC}/deep/link?x=1`, OTTO)
    assert.deepEqual(way(page).slice(-3), [
      `303 ${GATE}/.gatehouse/saml/acs`,
      `303 ${LIC}/.gatehouse/handoff`,
      `200 ${LIC}/deep/link`,
    ])
    assert.match(page.hops.at(-2)?.url.search ?? '', /^\?code=[\w-]{43}$/)
    const echo = JSON.parse(page.text)
    assert.equal(echo.url, '/deep/link?x=1')
    assert.deepEqual(echoed(echo, 'x-gatehouse-operator'), [OTTO])
    assert.deepEqual(echoed(echo, 'cookie'), [])
  })

  test('who is signed in already goes there and back without the provider', async () => {
    const visitor = house.browser()
    await signInAt(visitor, `${GATE}/app/`, OTTO)
    for (const origin of [LIC, PORTAL]) {
      const page = await visitor.goto(`${origin}/portal/x`)
      assert.deepEqual(way(page), [
        `302 ${origin}/portal/x`,
        `303 ${LOGIN}`,
        `303 ${origin}/.gatehouse/handoff`,
        `200 ${origin}/portal/x`,
      ])
      assert.deepEqual(way(await visitor.goto(`${origin}/portal/y`)), [`200 ${origin}/portal/y`])
    }
  })

  test('a sign-in that began on another host serves the public URL too', async () => {
    const visitor = house.browser()
    await signInAt(visitor, `${PORTAL}/portal/`, OTTO)
    assert.deepEqual(way(await visitor.goto(`${GATE}/app/`)), [`200 ${GATE}/app/`])
  })

  test('the cookie there is another secret, HttpOnly, Secure, Lax and for the whole host, and the nonce is gone', async () => {
    const visitor = house.browser()
    const page = await signInAt(visitor, `${LIC}/`, OTTO)
    const [line = ''] = page.hops.at(-2)?.headers['set-cookie'] ?? []
    assert.match(line, /^__Host-gatehouse=[\w-]{54}; Path=\/; SameSite=Lax; Secure; HttpOnly$/)
    assert.notEqual(secretOn(visitor, LIC), secretOn(visitor, GATE))
    assert.equal(secretOn(visitor, LIC, '__Host-gatehouse_handoff'), undefined)
  })

  test('two pages that leave together both arrive', async () => {
    const visitor = house.browser()
    await signInAt(visitor, `${GATE}/app/`, OTTO)
    const first = await leave(visitor, `${LIC}/one`)
    const second = await leave(visitor, `${LIC}/two`)
    assert.equal((await visitor.goto(first)).url.pathname, '/one')
    const secret = secretOn(visitor, LIC)
    assert.equal((await visitor.goto(second)).url.pathname, '/two')
    assert.equal(secretOn(visitor, LIC), secret)
  })

  test('a service that is found by its path is on every host', async () => {
    const visitor = house.browser()
    await signInAt(visitor, `${PORTAL}/any/x`, OTTO)
    const page = await visitor.goto(`${PORTAL}/any/x`)
    assert.deepEqual(echoed(JSON.parse(page.text), 'x-gatehouse-service'), ['any'])
  })

  test('on another port of the public host its cookies come along, so nothing is handed over', async () => {
    const visitor = house.browser()
    const page = await signInAt(visitor, `${SIDE}/x`, OTTO)
    assert.deepEqual(way(page).slice(-2), [`303 ${GATE}/.gatehouse/saml/acs`, `200 ${SIDE}/x`])
    assert.equal(secretOn(visitor, GATE, '__Host-gatehouse_handoff'), undefined)
  })

  /** Goes as far as the address of the hand-over. */
  async function leave(visitor: ReturnType<House['browser']>, address: string): Promise<string> {
    const cookie = (origin: string) =>
      visitor.cookies.header({ url: new URL(origin), method: 'GET', initiator: null, topLevel: true }) ?? ''
    const out = await ask(house, address, { headers: { cookie: cookie(address) } })
    visitor.cookies.store(out.headers['set-cookie'] ?? [], {
      url: new URL(address),
      method: 'GET',
      initiator: null,
      topLevel: true,
    })
    const back = await ask(house, out.headers.location ?? '', { headers: { cookie: cookie(GATE) } })
    assert.equal(back.status, 303)
    return back.headers.location ?? ''
  }
})

describe('One session on all hosts', () => {
  for (const [there, here] of [
    [LIC, GATE],
    [GATE, LIC],
    [LIC, PORTAL],
  ] as const) {
    test(`signing out on ${there} ends it on ${here}`, async () => {
      const visitor = house.browser()
      await signInAt(visitor, `${GATE}/app/`, OTTO)
      await visitor.goto(`${LIC}/x`)
      await visitor.goto(`${PORTAL}/portal/`)
      const cookie = `__Host-gatehouse=${secretOn(visitor, here)}`
      assert.equal((await ask(house, `${here}/any/`, { headers: { cookie } })).status, 200)
      await visitor.goto(`${there}/.gatehouse/logout`)
      assert.equal(secretOn(visitor, there), undefined)
      assert.equal((await ask(house, `${here}/any/`, { headers: { cookie, accept: '*/*' } })).status, 401)
    })
  }

  test('the page of the session is there too, and its button ends it', async () => {
    const visitor = house.browser()
    await signInAt(visitor, `${LIC}/`, OTTO)
    const page = await visitor.goto(`${LIC}/.gatehouse/session`)
    assert.equal(page.status, 200)
    assert.match(page.text, new RegExp(OTTO))
    const style = /href="([^"]+\.css)"/.exec(page.text)?.[1] ?? ''
    assert.equal((await ask(house, `${LIC}${style}`)).status, 200)
    const out = await visitor.submitForm(page, { button: 'Sign out' })
    assert.equal(out.url.origin, LIC)
    assert.equal(out.status, 200)
    assert.equal(secretOn(visitor, LIC), undefined)
  })

  test('the secret is in the store: a restart ends no session', async () => {
    const visitor = house.browser()
    await signInAt(visitor, `${LIC}/`, OTTO)
    const cookie = `__Host-gatehouse=${secretOn(visitor, LIC)}`
    await house.restart()
    await serveHosts(house)
    assert.equal((await ask(house, `${LIC}/`, { headers: { cookie } })).status, 200)
  })

  test('activity on one host keeps the session on the other', async () => {
    const visitor = house.browser()
    await signInAt(visitor, `${LIC}/`, OTTO)
    const before = await expiryOn(visitor, GATE)
    clock.advance({ minutes: 2 })
    await visitor.goto(`${LIC}/`)
    assert.equal(await expiryOn(visitor, GATE), before + 120_000)
  })

  async function expiryOn(visitor: ReturnType<House['browser']>, origin: string): Promise<number> {
    const headers = { cookie: `__Host-gatehouse=${secretOn(visitor, origin)}`, accept: 'application/json' }
    const answer = await ask(house, `${origin}/.gatehouse/session`, { headers })
    return Date.parse(JSON.parse(answer.text).expiresAt)
  }
})

test('without a session another method gets a page whose link leads to sign-in and back to where it came from', async () => {
  const headers = { origin: LIC, referer: `${LIC}/form?a=1`, 'sec-fetch-site': 'same-origin' }
  const answer = await ask(house, `${LIC}/save`, { method: 'POST', headers })
  assert.equal(answer.status, 401)
  const link = /href="(\/\.gatehouse\/login[^"]*)"/.exec(answer.text)?.[1]?.replaceAll('&amp;', '&') ?? ''
  const visitor = house.browser()
  const page = await signInAt(visitor, `${LIC}${link}`, OTTO)
  assert.equal(page.url.href, `${LIC}/form?a=1`)
})

test('a program is told by 401, without a nonce', async () => {
  const answer = await ask(house, `${LIC}/x`, { headers: { accept: 'application/json' } })
  assert.equal(answer.status, 401)
  assert.equal(answer.headers['set-cookie'], undefined)
  assert.equal(JSON.parse(answer.text).signIn, '/.gatehouse/login?return_to=%2Fx')
})

test('with several providers the choice keeps the way back', async () => {
  const two = await openHouseWithHosts({ twoProviders: true })
  await createUser(two, OTTO, 'beta')
  try {
    const visitor = two.browser()
    await visitor.goto(`${LIC}/x`)
    await visitor.click('Beta')
    await visitor.submitForm(visitor.page(), { button: OTTO })
    const page = await visitor.submitForm()
    assert.equal(page.url.href, `${LIC}/x`)
    assert.equal(way(page).filter((hop) => hop.includes('/handoff')).length, 1)
  } finally {
    await two.close()
  }
})

test('on http://localhost hosts below it are handed over to as well, by cookies without prefix', async () => {
  const local = await openHouse()
  try {
    await createUser(local, OTTO)
    await local.reload({ service: { match: { host: 'lic.localhost' }, upstream: local.upstream.url } })
    const visitor = local.browser()
    const lic = `http://lic.localhost:${local.port}`
    const page = await signIn(visitor, OTTO, '/x?y', { url: lic })
    assert.equal(page.url.href, `${lic}/x?y`)
    assert.equal(page.status, 200)
    assert.match(secretOn(visitor, lic, 'gatehouse') ?? '', /^[\w-]{54}$/)
    assert.notEqual(secretOn(visitor, lic, 'gatehouse'), secretOn(visitor, local.url, 'gatehouse'))
  } finally {
    await local.close()
  }
})
