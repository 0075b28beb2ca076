/** S-14: the cookie of a sign-in is lost, the browser goes back or loads again. Gateway and provider are on different sites. */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type House, openHouse, signIn } from '../support/house.ts'
import { ACS, ADA, answerFor, cookieOf, testClock, traceOf } from '../support/steps.ts'

const clock = testClock()
let house: House
before(async () => {
  house = await openHouse({ https: true, clock })
})
after(() => house.close())

test('S-2: request cookies cross the sites, the session cookie does not; both are bound to the host', async () => {
  const visitor = house.browser()
  await visitor.goto(`${house.url}/app/deep?x=1`)
  const [request] = visitor.cookies.list()
  assert.match(request?.name ?? '', /^__Host-gatehouse_req_[0-9a-f]{8}$/)
  assert.partialDeepStrictEqual(request, { sameSite: 'none', secure: true, httpOnly: true, hostOnly: true, path: '/' })
  await visitor.submitForm(visitor.page(), { button: ADA })
  const page = await visitor.submitForm()
  assert.equal(page.url.href, `${house.url}/app/deep?x=1`)
  const session = visitor.cookies.list().find(({ name }) => name === '__Host-gatehouse')
  assert.partialDeepStrictEqual(session, {
    sameSite: 'lax',
    secure: true,
    httpOnly: true,
    hostOnly: true,
    expires: null,
  })
})

test('S-14: without its cookie a message is posted once more from our own page, and then there is "start again"', async () => {
  const visitor = house.browser()
  await answerFor(house, visitor)
  const form = visitor.page()
  visitor.cookies.clear()
  const again = await visitor.submitForm(form)
  assert.equal(again.status, 200)
  assert.equal(again.hops.length, 1)
  const lost = await visitor.submitForm(again)
  assert.equal(lost.hops[0]?.sent['origin'], house.url)
  assert.equal(lost.status, 400)
  assert.match(lost.text, /<h1>Sign-in could not be completed<\/h1>/)
  assert.equal((await traceOf(house, lost)).outcome, 'SIGN_IN_STATE_LOST')
  assert.equal((await visitor.click('Start again')).url.origin, house.provider.url)
})

test('S-14: a cookie that a browser held back from the foreign post comes with the second one', async () => {
  const visitor = house.browser()
  await answerFor(house, visitor, { path: '/app/held-back' })
  const form = visitor.page()
  const kept = visitor.cookies
    .list()
    .map(({ name, value }) => `${name}=${value}; Path=/; Secure; HttpOnly; SameSite=Lax`)
  visitor.cookies.clear()
  visitor.cookies.store(kept, { url: new URL(house.url), method: 'GET', initiator: null, topLevel: true })
  const again = await visitor.submitForm(form)
  assert.equal(again.url.pathname, ACS)
  const page = await visitor.submitForm(again)
  assert.equal(page.url.href, `${house.url}/app/held-back`)
  assert.equal(page.status, 200)
})

test('S-14: who goes back to the answer of the provider and is signed in comes to the page he wanted', async () => {
  const visitor = house.browser()
  await answerFor(house, visitor, { path: '/app/wanted?x=1' })
  const form = visitor.page()
  await visitor.submitForm(form)
  const session = cookieOf(visitor, '__Host-gatehouse')
  const page = await visitor.submitForm(await visitor.submitForm(form))
  assert.equal(page.url.href, `${house.url}/app/wanted?x=1`)
  assert.equal(page.status, 200)
  assert.equal(cookieOf(visitor, '__Host-gatehouse'), session)
})

test('the session that the browser had when a sign-in began ends with it, though the cross-site post does not bring it', async () => {
  const visitor = house.browser()
  await signIn(visitor, ADA, '/app/', house)
  const stale = house.browser()
  const line = `__Host-gatehouse=${cookieOf(visitor, '__Host-gatehouse')}; Path=/; Secure; HttpOnly`
  stale.cookies.store([line], { url: new URL(house.url), method: 'GET', initiator: null, topLevel: true })
  const statusOfOld = async () => (await stale.goto(`${house.url}/.gatehouse/session`)).status
  await answerFor(house, visitor, { path: '/.gatehouse/login' })
  assert.equal(await statusOfOld(), 200)
  await visitor.submitForm()
  assert.equal(await statusOfOld(), 401)
})

test('S-14: loading the page of a refusal again refuses again and never fails', async () => {
  const visitor = house.browser()
  house.provider.answer({ overrides: { audience: 'x' } })
  await answerFor(house, visitor)
  const refused = await visitor.submitForm()
  assert.equal(refused.status, 401)
  assert.equal((await visitor.reload()).status, 401)
})

test('S-14: opening the address of the assertion consumer offers to start again, or leads on when signed in', async () => {
  const visitor = house.browser()
  const stranger = await visitor.goto(`${house.url}${ACS}`)
  assert.equal(stranger.status, 400)
  assert.match(stranger.text, /Start again/)
  await signIn(visitor, ADA, '/app/', house)
  assert.equal((await visitor.goto(`${house.url}${ACS}`)).url.pathname, '/.gatehouse/session')
})

test('S-14: a sign-in that takes longer than requestLifetimeMinutes starts again', async () => {
  const visitor = house.browser()
  await answerFor(house, visitor)
  const form = visitor.page()
  const cookie = visitor.cookies.list().map(({ name, value }) => `${name}=${value}; Path=/; Secure; SameSite=None`)
  clock.advance({ minutes: 30 })
  // A browser that forgets to drop it is no way round.
  visitor.cookies.store(cookie, { url: new URL(house.url), method: 'GET', initiator: null, topLevel: true })
  const lost = await visitor.submitForm(await visitor.submitForm(form))
  assert.equal((await traceOf(house, lost)).outcome, 'SIGN_IN_STATE_LOST')
})

test('S-14: a request cookie under another name or changed in one character is none', async () => {
  const visitor = house.browser()
  await answerFor(house, visitor)
  const form = visitor.page()
  const [cookie] = visitor.cookies.list()
  const value = cookie?.value ?? ''
  const changed = `${value.slice(0, -3)}${value.at(-3) === 'A' ? 'B' : 'A'}${value.slice(-2)}`
  visitor.cookies.store([`${cookie?.name}=${changed}; Path=/; Secure; SameSite=None; HttpOnly`], {
    url: new URL(house.url),
    method: 'GET',
    initiator: null,
    topLevel: true,
  })
  const lost = await visitor.submitForm(await visitor.submitForm(form))
  assert.equal(lost.status, 400)
})
