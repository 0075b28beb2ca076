/** A guest of a service on a host of its own: he is made at the public URL and handed over like anybody. */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { readForms } from '../support/browser/document.ts'
import { echoed } from '../support/echo-upstream.ts'
import type { House } from '../support/house.ts'
import { ask, GATE, LIC, openHouseWithHosts, PORTAL, secretOn, serveHosts, way } from '../support/other-hosts.ts'

let house: House
before(async () => {
  house = await openHouseWithHosts()
  const upstream = house.upstream.url
  const openlm = { profile: 'openlm', upstream, guest: true }
  await serveHosts(house, {
    services: [
      { ...openlm, id: 'lic', match: { host: new URL(LIC).host } },
      { ...openlm, id: 'portal', match: { host: new URL(PORTAL).host }, guest: false },
      { id: 'app', profile: 'web-application', match: { path: '/app/' }, upstream },
    ],
  })
})
after(() => house.close())

test('O-17: a guest of another host goes by the public URL and comes back with a session there', async () => {
  const visitor = house.browser()
  const choice = await visitor.goto(`${LIC}/api/dashboard`)
  assert.equal(choice.url.origin + choice.url.pathname, `${GATE}/.gatehouse/login`)
  assert.deepEqual(
    readForms(choice.text)[0]?.fields.map(([name]) => name),
    ['return_to', 'handoff'],
  )
  const page = await visitor.submitForm(choice, { button: 'Continue as guest' })
  assert.deepEqual(way(page), [
    `303 ${GATE}/.gatehouse/guest`,
    `303 ${LIC}/.gatehouse/handoff`,
    `200 ${LIC}/api/dashboard`,
  ])
  assert.deepEqual(echoed(JSON.parse(page.text), 'x-gatehouse-roles'), ['openlm:guest_role'])
  assert.notEqual(secretOn(visitor, LIC), secretOn(visitor, GATE))
})

test('O-17: a guest is not handed over to the host of another service', async () => {
  const visitor = house.browser()
  await visitor.goto(`${LIC}/api/dashboard`)
  await visitor.submitForm(visitor.page(), { button: 'Continue as guest' })
  const elsewhere = await visitor.goto(`${PORTAL}/api/dashboard`)
  assert.equal(elsewhere.url.origin, house.provider.url)
  assert.equal(secretOn(visitor, PORTAL), undefined)
  assert.equal((await visitor.goto(`${GATE}/app/`)).url.origin, house.provider.url)
})

test('O-17: the guest address exists at the public URL alone', async () => {
  const headers = { origin: LIC, 'content-type': 'application/x-www-form-urlencoded' }
  const there = await ask(house, `${LIC}/.gatehouse/guest`, { method: 'POST', headers })
  assert.equal(there.status, 404)
  const crossing = await ask(house, `${GATE}/.gatehouse/guest`, { method: 'POST', headers })
  assert.equal(crossing.status, 403)
  assert.equal(crossing.headers['set-cookie'], undefined)
})
