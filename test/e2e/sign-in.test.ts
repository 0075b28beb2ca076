/** The main road, as a browser goes it. */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type House, openHouse, signIn } from '../support/house.ts'

const ADMIN = 'ada.admin@demo.example'

let house: House
before(async () => {
  house = await openHouse()
})
after(() => house.close())

test('S-2, N-4: a browser that asks for a page is signed in and brought back to it', async () => {
  const visitor = house.browser()
  const page = await signIn(visitor, ADMIN, '/app/deep/link?x=1', house)
  assert.equal(page.status, 200)
  assert.equal(page.url.pathname + page.url.search, '/app/deep/link?x=1')
  assert.equal(JSON.parse(page.text).url, '/deep/link?x=1')
})
