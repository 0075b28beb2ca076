/** Guests (openlm.md O-17): off by default; on, a session with the guest role of one service, from our own page alone. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import supertest from 'supertest'
import { readForms, readLinks } from '../support/browser/document.ts'
import type { Browser, Page } from '../support/browser.ts'
import { echoed } from '../support/echo-upstream.ts'
import { type House, openHouse } from '../support/house.ts'
import {
  ADA,
  auditOf,
  cookieHeader,
  cookieOf,
  get,
  OTTO,
  sessionOf,
  testClock,
  unsolicitedFor,
} from '../support/steps.ts'

const clock = testClock()
const DASHBOARD = '/openlm/api/dashboard'
const GUEST_POST = '/.gatehouse/guest'
const COOKIE = 'gatehouse'

let house: House
before(async () => {
  house = await openHouse({ clock, top: { services: [] } })
  await admitGuests(true)
})
after(() => house.close())

/** Two OpenLM servers, of which the first may admit guests, and an application that never does. */
function admitGuests(guest: boolean, { signIn = { startsPerMinute: 0 }, provider = {} } = {}): Promise<void> {
  const upstream = house.upstream.url
  const services = [
    { id: 'openlm', profile: 'openlm', match: { path: '/openlm/' }, upstream, guest },
    { id: 'other', profile: 'openlm', match: { path: '/other/' }, upstream },
    { id: 'app', profile: 'web-application', match: { path: '/app/' }, upstream },
  ]
  return house.reload({ top: { services, signIn }, provider })
}

async function becomeGuest(visitor: Browser = house.browser(), path = DASHBOARD): Promise<Page> {
  await visitor.goto(house.url + path)
  return visitor.submitForm(visitor.page(), { button: 'Continue as guest' })
}

/** A post to the guest address as a page of `origin` sends it. */
function postGuest(
  fields: string | object,
  { origin = house.url, cookie = '' }: { origin?: string; cookie?: string } = {},
) {
  const sent = supertest(house.url).post(GUEST_POST).type('form').set('Origin', origin)
  return (cookie === '' ? sent : sent.set('Cookie', cookie)).send(fields)
}

describe('The way in', () => {
  test('O-17: who opens a page of a service with guests chooses between his account and being a guest', async () => {
    const page = await house.browser().goto(house.url + DASHBOARD)
    assert.equal(page.status, 200)
    assert.equal(page.url.pathname, '/.gatehouse/login')
    const [form] = readForms(page.text)
    assert.equal(form?.action, GUEST_POST)
    assert.deepEqual(form?.fields, [['return_to', DASHBOARD]])
    const [signIn] = readLinks(page.text).filter(({ href }) => href.includes('idp=demo'))
    assert.match(signIn?.href ?? '', /return_to=%2Fopenlm%2Fapi%2Fdashboard/)
  })

  test('O-17: a guest comes to the page that he asked for, with the guest role of that service and nothing else', async () => {
    const visitor = house.browser()
    const page = await becomeGuest(visitor)
    assert.deepEqual(
      page.hops.map(({ status }) => status),
      [303, 200],
    )
    const echo = JSON.parse(page.text)
    assert.deepEqual(echoed(echo, 'x-gatehouse-operator'), ['guest:openlm'])
    assert.deepEqual(echoed(echo, 'x-gatehouse-operator-id'), ['guest:openlm'])
    assert.deepEqual(echoed(echo, 'x-gatehouse-roles'), ['openlm:guest_role'])
    assert.deepEqual(echoed(echo, 'x-gatehouse-email'), [''])
    const { body } = await sessionOf(house, visitor)
    assert.equal(body.identityProvider, 'guest')
    assert.equal(body.operator.source, 'guest')
    assert.deepEqual(body.operator.roles, [
      { name: 'openlm:guest_role', service: 'openlm', source: 'guest', locked: true },
    ])
    assert.deepEqual(body.operator.groups, [])
    const [created] = (await auditOf(house, 'session.created')).slice(-1)
    assert.equal(created?.actor, 'guest:openlm')
    assert.deepEqual([created?.detail['provider'], created?.detail['account']], ['guest', 'guest:openlm'])
  })

  test('O-17: what the guest role does not allow is refused', async () => {
    const visitor = house.browser()
    await becomeGuest(visitor)
    assert.equal((await visitor.goto(`${house.url}/openlm/api/panels/licenses`)).status, 404)
    const removal = await visitor.fetch(`${house.url}/openlm/api/roles`, { method: 'POST', body: '{}' })
    assert.ok([403, 404].includes(removal.status), String(removal.status))
  })

  test('O-17: scripts without a session still get 401, and the link there offers no guest', async () => {
    const answer = await get(house, DASHBOARD).set('Accept', 'application/json')
    assert.equal(answer.status, 401)
    assert.equal(answer.body.code, 'SESSION_REQUIRED')
    assert.equal(answer.body.signIn, `/.gatehouse/login?return_to=${encodeURIComponent(DASHBOARD)}`)
  })

  test('O-17: a service without guests leads straight to the provider, whatever the address says', async () => {
    const way = await get(house, '/other/api/dashboard').set('Accept', 'text/html')
    assert.equal(way.headers['location'], '/.gatehouse/login?return_to=%2Fother%2Fapi%2Fdashboard')
    const forced = await get(house, `${way.headers['location']}&guest=1`).set('Accept', 'text/html')
    assert.equal(forced.status, 302)
    assert.match(forced.headers['location'] ?? '', /SAMLRequest=/)
  })

  test('O-17: no guest is offered after a failed sign-in, nor on the way that its page leads', async () => {
    const visitor = house.browser()
    await visitor.goto(house.url + DASHBOARD)
    await visitor.click('Demo')
    await visitor.submitForm(visitor.page(), { button: OTTO })
    const failure = await visitor.submitForm()
    assert.equal(failure.status, 403)
    assert.ok(!failure.text.includes('guest'), failure.text)
    const [again] = readLinks(failure.text).filter(({ href }) => href.startsWith('/.gatehouse/login'))
    const start = await get(house, again?.href ?? '', visitor).set('Accept', 'text/html')
    assert.match(start.headers['location'] ?? '', /SAMLRequest=/)
  })
})

describe('What nobody gets by being a guest', () => {
  test('O-17: at other services a guest is nobody: a sign-in starts, scripts get 401', async () => {
    const visitor = house.browser()
    await becomeGuest(visitor)
    for (const path of ['/other/api/dashboard', '/app/']) {
      const page = await get(house, path, visitor).set('Accept', 'text/html')
      assert.equal(page.status, 302, path)
      assert.match(page.headers['location'] ?? '', /^\/\.gatehouse\/login\?/)
      assert.equal((await get(house, path, visitor).set('Accept', 'application/json')).status, 401, path)
    }
    assert.equal((await get(house, '/.gatehouse/capabilities?service=other', visitor)).status, 401)
    const own = await get(house, '/.gatehouse/capabilities?service=openlm', visitor)
    assert.equal(own.body.operations.view_dashboard, 'allow')
    assert.equal(own.body.operations.add_role, undefined)
  })

  test('O-17: nothing that the store says of the guest counts', async () => {
    const visitor = house.browser()
    await becomeGuest(visitor)
    const { operators, groups, revisions } = house.gateway.store
    const forAll = { service: null, scope: null, expiresAt: null }
    await groups.create({ id: 'g1', parent: null, name: 'all', label: null, roles: [] })
    await groups.putRole('g1', { role: 'openlm:admin_role', ...forAll })
    await groups.putMember('guest:openlm', { group: 'g1', rights: [], source: 'local' })
    await operators.putGrant('guest:openlm', { role: 'administrator', source: 'local', locked: false, ...forAll })
    await operators.update('guest:openlm', {
      permissions: [{ resource: 'openlm:control_panel_menu_licenses', effect: 'allow' }],
    })
    await revisions.publish(['operator:guest:openlm', 'groups'])
    const page = await visitor.goto(house.url + DASHBOARD)
    assert.deepEqual(echoed(JSON.parse(page.text), 'x-gatehouse-roles'), ['openlm:guest_role'])
    assert.equal((await visitor.goto(`${house.url}/openlm/api/panels/licenses`)).status, 404)
    assert.equal((await get(house, '/app/', visitor)).status, 401)
  })

  test('O-17: who asks about the guest, or is one, gets the answer that requests get', async () => {
    const visitor = house.browser()
    await becomeGuest(visitor)
    const evaluate = (id: string, name: string, service = 'openlm') =>
      supertest(house.url)
        .post('/.gatehouse/access/v1/evaluation')
        .set('Cookie', cookieHeader(visitor))
        .set('Origin', house.url)
        .send({
          subject: { type: 'operator', id },
          action: { name },
          resource: { type: 'service', id: service, properties: { service } },
        })
    assert.equal((await evaluate('guest:openlm', 'view_dashboard')).body.decision, true)
    assert.equal((await evaluate('guest:openlm', 'add_role')).body.decision, false)
    assert.equal((await evaluate('guest:openlm', 'view_dashboard', 'other')).body.decision, false)
    assert.equal((await evaluate(ADA, 'view_dashboard')).status, 403)
  })
})

describe('Bad input', () => {
  test('O-17: a post from another origin, from nowhere, or with a contradicting site is refused', async () => {
    const before = (await auditOf(house, 'session.created')).length
    for (const origin of ['https://evil.example', 'null', `${house.url}.evil.example`]) {
      const answer = await postGuest({ return_to: DASHBOARD }, { origin })
      assert.equal(answer.status, 403, origin)
      assert.equal(answer.body.code, 'CROSS_ORIGIN')
    }
    const bare = await supertest(house.url).post(GUEST_POST).type('form').send({ return_to: DASHBOARD })
    assert.equal(bare.body.code, 'CROSS_ORIGIN')
    const crossing = await postGuest({ return_to: DASHBOARD }).set('Sec-Fetch-Site', 'cross-site')
    assert.equal(crossing.body.code, 'CROSS_ORIGIN')
    assert.equal((await auditOf(house, 'session.created')).length, before)
  })

  test('O-17: only POST makes a guest', async () => {
    for (const method of ['get', 'put', 'delete'] as const) {
      const answer = await supertest(house.url)[method](`${GUEST_POST}?return_to=${DASHBOARD}`).set('Origin', house.url)
      assert.equal(answer.status, 405, method)
      assert.equal(answer.headers['allow'], 'POST')
      assert.equal(answer.headers['set-cookie'], undefined)
    }
  })

  test('O-17: a return path that leads to no service with guests is refused', async () => {
    for (const path of ['/other/api/dashboard', '/app/', '/.gatehouse/session', '/', 'https://evil.example/openlm/']) {
      const answer = await postGuest({ return_to: path })
      assert.equal(answer.body.code, 'GUEST_NOT_ADMITTED', path)
      assert.equal(answer.headers['set-cookie'], undefined)
    }
  })

  test('O-17: a form with other fields, twice the same, or in another form is refused', async () => {
    const twice = `return_to=${encodeURIComponent(DASHBOARD)}&return_to=%2Fapp%2F`
    const forms: readonly (string | object)[] = [
      {},
      { return_to: '' },
      { return_to: DASHBOARD, role: 'openlm:admin_role' },
      { return_to: DASHBOARD, service: 'other' },
      { return_to: DASHBOARD, handoff: 'short' },
      { return_to: `/${'a'.repeat(3000)}` },
      twice,
    ]
    for (const form of forms) {
      const answer = await postGuest(form)
      assert.equal(answer.body.code, 'BAD_REQUEST', JSON.stringify(form).slice(0, 80))
    }
    const json = await supertest(house.url).post(GUEST_POST).set('Origin', house.url).send({ return_to: DASHBOARD })
    assert.equal(json.body.code, 'BAD_REQUEST')
    const queried = await postGuest({ return_to: DASHBOARD }).query({ service: 'other' })
    assert.equal(queried.body.code, 'BAD_REQUEST')
  })
})

describe('The session of a guest', () => {
  test('O-17: it ends after 60 minutes, whatever he does, and without an offset', async () => {
    const visitor = house.browser()
    await becomeGuest(visitor)
    for (const _step of [1, 2]) {
      clock.advance({ minutes: 29, seconds: 59 })
      assert.equal((await visitor.goto(house.url + DASHBOARD)).status, 200)
    }
    const { body } = await sessionOf(house, visitor)
    assert.deepEqual([body.secondsLeft, body.governedBy], [2, 'absolute'])
    clock.advance({ seconds: 2 })
    assert.equal((await sessionOf(house, visitor)).status, 401)
    assert.equal((await visitor.goto(house.url + DASHBOARD)).url.pathname, '/.gatehouse/login')
  })

  test('O-17: a sign-in replaces it, also one that the provider starts, without a question', async () => {
    const visitor = house.browser()
    await becomeGuest(visitor)
    const guest = cookieOf(visitor, COOKIE)
    await visitor.goto(`${house.url}/.gatehouse/session`)
    await visitor.click('Sign in with an account')
    await visitor.submitForm(visitor.page(), { button: ADA })
    await visitor.submitForm()
    assert.equal((await sessionOf(house, visitor)).body.operator.account, ADA)
    assert.equal((await get(house, '/.gatehouse/session', `${COOKIE}=${guest}`)).status, 401)

    await admitGuests(true, { provider: { allowUnsolicited: true } })
    const other = house.browser()
    await becomeGuest(other)
    await unsolicitedFor(other, { provider: house.provider, account: ADA, relayState: '/app/' })
    assert.equal((await other.submitForm()).url.pathname, '/app/')
    assert.equal((await sessionOf(house, other)).body.operator.account, ADA)
    await admitGuests(true)
  })

  test('O-17: who is signed in is not made a guest', async () => {
    const visitor = house.browser()
    await visitor.goto(`${house.url}/app/`)
    await visitor.submitForm(visitor.page(), { button: ADA })
    await visitor.submitForm()
    const answer = await postGuest({ return_to: DASHBOARD }, { cookie: cookieHeader(visitor) })
    assert.equal(answer.status, 303)
    assert.equal(answer.headers['location'], DASHBOARD)
    assert.equal(answer.headers['set-cookie'], undefined)
    assert.equal((await sessionOf(house, visitor)).body.operator.account, ADA)
  })

  test('O-17: twenty at once are twenty guests, and a second post replaces the first session', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => postGuest({ return_to: DASHBOARD })))
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [303])
    const cookies = answers.map(({ headers }) => /gatehouse=([^;]+)/.exec(String(headers['set-cookie']))?.[1])
    assert.equal(new Set(cookies).size, 20)
    const [first] = cookies
    await postGuest({ return_to: DASHBOARD }, { cookie: `${COOKIE}=${first}` })
    assert.equal((await get(house, '/.gatehouse/session', `${COOKIE}=${first}`)).status, 401)
    assert.equal((await get(house, '/.gatehouse/session', `${COOKIE}=${cookies[1]}`)).status, 200)
  })

  test('O-17: turning guests off ends their sessions at once, and on again brings none back', async () => {
    const visitor = house.browser()
    await becomeGuest(visitor)
    await admitGuests(false)
    assert.equal((await get(house, DASHBOARD, visitor).set('Accept', 'application/json')).status, 401)
    assert.equal((await postGuest({ return_to: DASHBOARD })).body.code, 'GUEST_NOT_ADMITTED')
    assert.match((await get(house, DASHBOARD).set('Accept', 'text/html')).headers['location'] ?? '', /return_to=[^&]*$/)
    await admitGuests(true)
    assert.equal((await sessionOf(house, visitor)).status, 401)
  })

  test('O-17: guests count as starts of a sign-in, and beyond the limit of an address they are told to wait', async () => {
    await admitGuests(true, { signIn: { startsPerMinute: 3 } })
    const statuses: number[] = []
    for (const _each of [1, 2, 3, 4]) statuses.push((await postGuest({ return_to: DASHBOARD })).status)
    assert.deepEqual(statuses, [303, 303, 303, 429])
    await admitGuests(true)
  })
})
