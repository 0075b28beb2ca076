/** The main road, as a browser goes it: metadata, both bindings, requests that are answered once. */

import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { after, before, test } from 'node:test'
import { AbstractStrategy } from '@node-saml/passport-saml'
import { DOMParser } from '@xmldom/xmldom'
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
  setCookies,
  traceOf,
} from '../support/steps.ts'

const MD = 'urn:oasis:names:tc:SAML:2.0:metadata'
const POST = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST'

let house: House
before(async () => {
  house = await openHouse()
  await createUser(house, OTTO)
})
after(() => house.close())

test('S-1: the metadata names entity, assertion consumer, single logout and keys, and how long it may be kept', async () => {
  const answer = await get(house, '/.gatehouse/saml/metadata')
  assert.equal(answer.status, 200)
  assert.match(answer.headers['content-type'] ?? '', /^application\/samlmetadata\+xml/)
  assert.doesNotMatch(answer.headers['cache-control'] ?? '', /no-store/)
  const root = new DOMParser().parseFromString(answer.text, 'text/xml').documentElement
  assert.equal(root.localName, 'EntityDescriptor')
  assert.equal(root.getAttribute('entityID'), `${house.url}/.gatehouse/saml/metadata`)
  assert.equal(root.getAttribute('cacheDuration'), 'PT1H')
  const one = (name: string) => root.getElementsByTagNameNS(MD, name).item(0)
  assert.equal(one('SPSSODescriptor')?.getAttribute('WantAssertionsSigned'), 'true')
  assert.equal(one('AssertionConsumerService')?.getAttribute('Location'), `${house.url}/.gatehouse/saml/acs`)
  assert.equal(one('AssertionConsumerService')?.getAttribute('Binding'), POST)
  assert.equal(one('SingleLogoutService')?.getAttribute('Location'), `${house.url}/.gatehouse/saml/slo`)
  const keys = [...Array(9).keys()].flatMap(
    (index) => root.getElementsByTagNameNS(MD, 'KeyDescriptor').item(index) ?? [],
  )
  assert.deepEqual(keys.map((key) => key.getAttribute('use')).toSorted(), ['encryption', 'signing'])
  for (const key of keys) new X509Certificate(Buffer.from(key.textContent?.trim() ?? '', 'base64'))
})

test('S-2, N-4: a browser that asks for a page is signed in and brought back to it', async () => {
  const visitor = house.browser()
  const page = await signIn(visitor, ADA, '/app/deep/link?x=1', house)
  assert.equal(page.status, 200)
  assert.equal(page.url.pathname + page.url.search, '/app/deep/link?x=1')
  assert.equal(JSON.parse(page.text).url, '/deep/link?x=1')
  assert.deepEqual(
    visitor.cookies
      .list()
      .map(({ name }) => name.replace(/[0-9a-f]{8}$/, '…'))
      .toSorted(),
    ['gatehouse', 'gatehouse_expires', 'gatehouse_recent'],
    'the cookie of the request is gone once it was answered',
  )
})

test('S-2: a sign-in by the POST binding works without script', async () => {
  await house.reload({ provider: { binding: 'post' } })
  try {
    const visitor = house.browser()
    const outward = await visitor.goto(`${house.url}/app/by-post`)
    assert.equal(outward.status, 200)
    assert.match(outward.text, /Going to your identity provider/)
    await visitor.submitForm(outward, { button: 'Go on' })
    await visitor.submitForm(visitor.page(), { button: ADA })
    const page = await visitor.submitForm()
    assert.equal(page.url.pathname, '/app/by-post')
    assert.equal(page.status, 200)
  } finally {
    await house.reload({})
  }
})

test('S-2: the cookie of a request is HttpOnly, Lax on localhost, and lives as long as a sign-in may take', async () => {
  const answer = await get(house, '/.gatehouse/login').redirects(0)
  assert.equal(answer.status, 302)
  const relayState = new URL(answer.headers['location'] ?? '').searchParams.get('RelayState') ?? ''
  assert.match(relayState, /^[0-9a-f]{8}$/)
  const [cookie = '', ...others] = setCookies(answer)
  assert.deepEqual(others, [])
  assert.ok(cookie.startsWith(`gatehouse_req_${relayState}=ey`))
  for (const part of ['HttpOnly', 'Path=/', 'SameSite=Lax', 'Max-Age=1800']) assert.ok(cookie.includes(part), part)
})

test('S-2: a request is answered once; the second answer is refused with its cause in the trace', async () => {
  const visitor = house.browser()
  const message = await answerFor(house, visitor)
  const cookie = visitor.cookies
    .list()
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ')
  assert.equal((await post(house, message, cookie)).status, 303)
  const again = await post(house, message, cookie)
  assert.equal(again.status, 401)
  assert.equal(again.body.code, 'SAML_REQUEST_USED')
  assert.deepEqual(setCookies(again), [])
  const trace = await traceOf(house, again)
  assert.equal(trace.rows.find(({ outcome }) => outcome === 'failed')?.check, 'request answered once')
  const [record] = (await auditOf(house, 'sign-in.refused')).slice(-1)
  assert.equal(record?.detail['code'], 'SAML_REQUEST_USED')
  assert.equal(record?.detail['reference'], trace.reference)
})

test('S-2: an answer to another request than the cookie holds is refused', async () => {
  const [one, other] = [house.browser(), house.browser()]
  const { SAMLResponse } = await answerFor(house, one)
  const { RelayState } = await answerFor(house, other)
  const answer = await post(house, { SAMLResponse, RelayState }, other)
  assert.deepEqual([answer.status, answer.body.code], [401, 'SAML_REQUEST_UNKNOWN'])
})

test('S-2: our cookie with an answer that names no request is refused, also where unsolicited ones are allowed', async () => {
  await house.reload({ provider: { allowUnsolicited: true } })
  try {
    const visitor = house.browser()
    house.provider.answer({ overrides: { inResponseTo: null } })
    const message = await answerFor(house, visitor)
    const answer = await post(house, message, visitor)
    assert.deepEqual([answer.status, answer.body.code], [401, 'SAML_REQUEST_UNKNOWN'])
  } finally {
    await house.reload({})
  }
})

test('S-7: a message is accepted once, however many posts of it come at the same time', async () => {
  const visitor = house.browser()
  const message = await answerFor(house, visitor, { account: OTTO })
  const before = await house.gateway.store.sessions.count()
  const answers = await Promise.all(Array.from({ length: 6 }, () => post(house, message, visitor)))
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [303, 401, 401, 401, 401, 401])
  assert.equal(await house.gateway.store.sessions.count(), before + 1)
})

test('S-7: a restart does not make a used message good again', async () => {
  const visitor = house.browser()
  const message = await answerFor(house, visitor, { account: OTTO })
  const cookie = visitor.cookies
    .list()
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ')
  assert.equal((await post(house, message, cookie)).status, 303)
  await house.restart()
  assert.equal((await post(house, message, cookie)).body.code, 'SAML_REQUEST_USED')
})

test('S-2: six sign-ins side by side leave five request cookies, the oldest is cleared', async () => {
  const visitor = house.browser()
  for (let count = 0; count < 6; count += 1) await visitor.goto(`${house.url}/app/${count}`)
  const names = visitor.cookies.list().filter(({ name }) => name.startsWith('gatehouse_req_'))
  assert.equal(names.length, 5)
})

test('S-2: messages go through the strategy of passport-saml: without it nobody signs in', async (context) => {
  const seen = context.mock.method(AbstractStrategy.prototype, 'authenticate')
  const visitor = house.browser()
  assert.equal((await signIn(visitor, ADA, '/app/', house)).status, 200)
  assert.equal(seen.mock.callCount(), 1)
  seen.mock.mockImplementation(function refuseAll(this: { fail(challenge: string, status: number): void }) {
    this.fail('taken out', 401)
  })
  const other = house.browser()
  const refused = await signIn(other, ADA, '/app/', house)
  assert.notEqual(refused.status, 200)
  assert.equal(cookieOf(other, 'gatehouse'), undefined)
})
