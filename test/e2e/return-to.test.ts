/** S-15: after sign-in the browser is on the page it wanted, and nowhere else. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type House, openHouse, signIn } from '../support/house.ts'
import { ADA, sessionOf, testClock } from '../support/steps.ts'

const clock = testClock()
let house: House
before(async () => {
  house = await openHouse({ clock })
})
after(() => house.close())

/** Where a sign-in with this return_to ends. */
async function endOf(returnTo: string): Promise<string> {
  const visitor = house.browser()
  const page = await signIn(visitor, ADA, `/.gatehouse/login?return_to=${encodeURIComponent(returnTo)}`, house)
  const landed = page.hops.find(({ status }) => status === 303)
  return String(landed?.headers['location'])
}

describe('return_to', () => {
  for (const [wanted, expected] of [
    ['/app/a?b=c&d=%20', '/app/a?b=c&d=%20'],
    ['/.gatehouse/session', '/.gatehouse/session'],
    ['//evil.example/', '/.gatehouse/session'],
    ['/\\evil.example/', '/.gatehouse/session'],
    ['https://evil.example/', '/.gatehouse/session'],
    ['javascript:alert(1)', '/.gatehouse/session'],
    ['/.gatehouse/logout', '/.gatehouse/session'],
    ['/.gatehouse/login?return_to=/app/', '/.gatehouse/session'],
    ['/app/..//evil.example', '/.gatehouse/session'],
    ['/app/\r\nSet-Cookie: a=b', '/.gatehouse/session'],
    ['http://localhost@evil.example/', '/.gatehouse/session'],
  ] as const) {
    test(`S-15: ${JSON.stringify(wanted)} ends at ${expected}`, async () => {
      assert.equal(await endOf(wanted), expected)
    })
  }

  test('S-15: anything else ends at / where a service answers there', async () => {
    await house.reload({ service: { match: { path: '/' } } })
    try {
      assert.equal(await endOf('https://evil.example/'), '/')
    } finally {
      await house.reload({})
    }
  })

  test('S-15: twice the same parameter counts as none', async () => {
    const visitor = house.browser()
    const page = await signIn(visitor, ADA, '/.gatehouse/login?return_to=/app/a&return_to=/app/b', house)
    assert.equal(page.url.pathname, '/.gatehouse/session')
  })
})

test('S-15: after a time-out the operator is back on the page he was on', async () => {
  const visitor = house.browser()
  await signIn(visitor, ADA, '/app/one', house)
  clock.advance({ minutes: 36 })
  await visitor.goto(`${house.url}/app/two?page=7`)
  await visitor.submitForm(visitor.page(), { button: ADA })
  const page = await visitor.submitForm()
  assert.equal(`${page.url.pathname}${page.url.search}`, '/app/two?page=7')
  assert.equal((await sessionOf(house, visitor)).status, 200)
})

test('S-15: a form sent after a time-out is not repeated: a 401 page offers sign-in', async () => {
  const visitor = house.browser()
  const shown = await signIn(visitor, ADA, '/app/edit', house)
  const form = { ...shown, text: '<form method="post" action="/app/save"><input name="a" value="b"></form>' }
  assert.equal((await visitor.submitForm(form)).status, 200)
  clock.advance({ minutes: 36 })
  const before = house.upstream.seen.length
  const page = await visitor.submitForm(form)
  assert.equal(page.status, 401)
  assert.equal(page.hops.length, 1)
  const choice = await visitor.click('Sign in')
  assert.equal(choice.url.origin, house.provider.url)
  await visitor.submitForm(choice, { button: ADA })
  assert.equal((await visitor.submitForm()).url.pathname, '/app/edit')
  assert.ok(house.upstream.seen.slice(before).every(({ method }) => method === 'GET'))
})
