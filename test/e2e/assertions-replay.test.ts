/** One message, one session (S-7): at the same time, after a restart, as a second answer, in another browser, of another provider. */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type House, openHouse } from '../support/house.ts'
import {
  ADA,
  answerFor,
  cookieHeader,
  type Message,
  messageOn,
  post,
  sessionOf,
  setCookies,
  traceOf,
  unsolicitedFor,
} from '../support/steps.ts'

const POSTS = 50
const TOP = { signIn: { postsPerMinute: 0, startsPerMinute: 0, defaultIdp: 'demo' } }

let house: House
before(async () => {
  house = await openHouse({
    twoProviders: true,
    top: TOP,
  })
})
after(() => house.close())

const sessions = () => house.gateway.store.sessions.count()

/** Posts all at once; how many came to a session, and the outcomes of the others. */
async function together(posts: readonly (() => ReturnType<typeof post>)[]) {
  const before = await sessions()
  const answers = await Promise.all(posts.map((each) => each()))
  const refusals = answers.filter(({ status }) => status !== 303)
  const outcomes = await Promise.all(refusals.map(async (answer) => (await traceOf(house, answer)).outcome))
  return { made: (await sessions()) - before, entered: answers.length - refusals.length, refusals, outcomes }
}

test(`S-7: ${POSTS} posts of one message at the same time make one session`, async () => {
  const visitor = house.browser()
  const message = await answerFor(house, visitor)
  const { made, entered, refusals, outcomes } = await together(
    Array.from({ length: POSTS }, () => () => post(house, message, visitor)),
  )
  assert.deepEqual([made, entered], [1, 1])
  assert.deepEqual(new Set(refusals.map(({ status }) => status)), new Set([401]))
  assert.deepEqual(new Set(outcomes), new Set(['SAML_REQUEST_USED']))
  for (const refusal of refusals) assert.deepEqual(setCookies(refusal), [])
})

test('S-7: of two answers to one request, made and posted at the same time, one makes a session', async () => {
  const visitor = house.browser()
  await visitor.goto(`${house.url}/app/`)
  const choice = visitor.page()
  const messages: Message[] = []
  for (let count = 0; count < 2; count += 1) {
    await visitor.submitForm(choice, { button: ADA })
    messages.push(messageOn(visitor.page()))
  }
  assert.notEqual(messages[0]?.SAMLResponse, messages[1]?.SAMLResponse)
  const { made, entered, outcomes } = await together(messages.map((message) => () => post(house, message, visitor)))
  assert.deepEqual([made, entered, outcomes], [1, 1, ['SAML_REQUEST_USED']])
})

test('S-7: an unsolicited message is used up across a restart too', async () => {
  await house.reload({
    top: TOP,
    provider: { allowUnsolicited: true },
  })
  const visitor = house.browser()
  const { SAMLResponse } = await unsolicitedFor(visitor, { provider: house.provider })
  const repost = { SAMLResponse, gatehouse_repost: '1' }
  const send = () => post(house, repost).set('Origin', house.url)
  const { made, entered, outcomes } = await together(Array.from({ length: 8 }, () => send))
  assert.deepEqual([made, entered], [1, 1])
  assert.deepEqual(new Set(outcomes), new Set(['SAML_REPLAYED']))
  await house.restart()
  await house.reload({ top: TOP, provider: { allowUnsolicited: true } })
  const again = await send()
  assert.equal((await traceOf(house, again)).outcome, 'SAML_REPLAYED')
  await house.reload({ top: TOP })
})

test('S-7, S-2: a stolen message makes no session in another browser, with or without a sign-in of its own under way', async () => {
  const [victim, thief] = [house.browser(), house.browser()]
  const message = await answerFor(house, victim)
  const own = await answerFor(house, thief)
  const before = await sessions()
  const asOwn = await post(house, { ...message, RelayState: own.RelayState ?? '' }, thief)
  assert.equal((await traceOf(house, asOwn)).outcome, 'SAML_REQUEST_UNKNOWN')
  // The RelayState names a cookie that this browser has not: first the page that sends it once more, then a refusal.
  for (const mark of [{}, { gatehouse_repost: '1' }]) {
    const answer = await post(house, { ...message, ...mark }, thief).set('Origin', house.url)
    assert.notEqual(answer.status, 303)
    assert.deepEqual(setCookies(answer), [])
  }
  assert.equal(await sessions(), before)
  assert.equal((await post(house, message, victim)).status, 303, 'nothing of that used the message up')
})

test('S-7, S-11: the same IDs of another provider are another message', async () => {
  const [demo, beta] = house.providers
  assert.ok(demo && beta)
  const assertionId = '_the-same'
  for (const [idp, provider] of [
    ['demo', demo],
    ['beta', beta],
  ] as const) {
    provider.answer({ overrides: { assertionId } })
    const visitor = house.browser()
    const message = await answerFor(house, visitor, { path: `/.gatehouse/login?idp=${idp}` })
    const answer = await post(house, message, visitor)
    assert.equal(answer.status, 303, answer.text)
  }
  demo.answer({ overrides: { assertionId } })
  const visitor = house.browser()
  const message = await answerFor(house, visitor, { path: '/.gatehouse/login?idp=demo' })
  assert.equal((await traceOf(house, await post(house, message, visitor))).outcome, 'SAML_REPLAYED')
})

test('S-7: a browser that comes with a message which was posted before it gets no session', async () => {
  const visitor = house.browser()
  const message = await answerFor(house, visitor)
  const kept = cookieHeader(visitor)
  assert.equal((await post(house, message, kept)).status, 303)
  const page = await visitor.submitForm()
  assert.equal(page.status, 401, 'the browser comes later with the same message')
  assert.equal((await sessionOf(house, visitor)).status, 401)
})
