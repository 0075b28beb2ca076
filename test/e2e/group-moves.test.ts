/** Devices that move between groups, and groups that end: what that opens, and for whom. */

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import supertest from 'supertest'
import type { Browser } from '../support/browser.ts'
import { listen } from '../support/echo-upstream.ts'
import { type House, openHouse, signIn } from '../support/house.ts'
import { ADA, applyDirectory, auditOf, cookieHeader, OTTO, operatorOf, SAM } from '../support/steps.ts'

const CLM = 'cisco-license-manager'
const people: Record<string, Browser> = {}
let house: House
let asked = 0
let status = 200
const upstream = createServer((req, res) => {
  asked += 1
  req.resume().once('end', () => res.writeHead(status, { 'Content-Type': 'application/json' }).end('{}'))
})

before(async () => {
  const settings = { accessLists: 'literal' }
  house = await openHouse({ service: { id: 'clm', profile: CLM, upstream: await listen(upstream), settings } })
  const inventory = { provider: 'demo', roles: [`${CLM}:inventory-management`] }
  await applyDirectory(house, {
    operators: [
      { account: ADA, provider: 'demo', roles: [`${CLM}:administrator`] },
      { account: SAM, ...inventory },
      { account: OTTO, ...inventory },
    ],
  })
  for (const account of [ADA, SAM, OTTO]) {
    const visitor = house.browser()
    await signIn(visitor, account, '/app/', house)
    people[account] = visitor
  }
})
after(async () => {
  await house.close()
  upstream.closeAllConnections()
  upstream.close()
})

/** A group that lists Otto, with devices in it. */
async function group(id: string, ...devices: string[]): Promise<void> {
  const parents = [`device-group:${id}`]
  await applyDirectory(house, {
    objects: [
      { service: 'clm', type: 'device-group', id, accessList: [OTTO] },
      ...devices.map((each) => ({ service: 'clm', type: 'device', id: each, parents })),
    ],
  })
}

function call(account: string, operation: string, body: object) {
  const visitor = people[account] ?? assert.fail()
  return supertest(house.url).post(`/app/api/${operation}`).set('Cookie', cookieHeader(visitor)).send(body)
}

const widened = () => auditOf(house, 'object.access-widened')

test('C-25: the end of a group is refused to whom it would let in, and the service is not asked', async () => {
  await group('g1', 'd1')
  const before = asked
  const { body } = await call(SAM, 'deleteDeviceGroup', { group: 'g1' }).expect(403)
  assert.deepEqual([body.code, asked], ['ACCESS_WIDENED', before])
  await call(SAM, 'writeDevices', { device: 'd1' }).expect(404)
  assert.equal(
    (await house.gateway.store.objects.load({ service: 'clm', type: 'device-group', id: 'g1' }))?.pending,
    null,
  )
})

test('C-13: who is in already may end the group, and is warned that it opens its devices; so does the audit', async () => {
  await group('g2', 'd2', 'Gerät 3')
  const records = (await widened()).length
  const { headers } = await call(OTTO, 'deleteDeviceGroup', { group: 'g2' }).expect(200)
  const warned = ['device:Ger%C3%A4t 3 (open to all)', 'device:d2 (open to all)'].join(', ')
  assert.equal(headers['x-gatehouse-warning'], `ACCESS_WIDENED ${warned}`)
  const fresh = (await widened()).slice(records)
  assert.deepEqual(
    fresh.map(({ actor, detail }) => [actor, detail['id'], detail['opens']]),
    await Promise.all(['Gerät 3', 'd2'].map(async (id) => [(await operatorOf(house, OTTO))?.id, id, true])),
  )
  await call(SAM, 'writeDevices', { device: 'd2' }).expect(200)
})

test('C-13: what takes a device out of its only group with a list is warned of; a service that refuses has opened nothing', async () => {
  await group('g4', 'd4')
  status = 409
  const refused = await call(OTTO, 'removeDeviceFromGroup', { device: 'd4', group: 'g4' }).expect(409)
  status = 200
  assert.equal(refused.headers['x-gatehouse-warning'], undefined)
  const { headers } = await call(OTTO, 'removeDeviceFromGroup', { device: 'd4', group: 'g4' }).expect(200)
  assert.match(String(headers['x-gatehouse-warning']), /device:d4 \(open to all\)/)
})

test('C-13: what opens nothing warns of nothing', async () => {
  await group('g5', 'd5')
  await group('g6')
  const { headers } = await call(OTTO, 'addDevicesToGroup', { devices: ['d5'], group: 'g6' }).expect(200)
  assert.equal(headers['x-gatehouse-warning'], undefined)
  const removed = await call(OTTO, 'removeDeviceFromGroup', { device: 'd5', group: 'g5' }).expect(200)
  assert.equal(removed.headers['x-gatehouse-warning'], undefined)
})

test('C-25: administrators of the product are bound by nothing, and warned all the same', async () => {
  await group('g7', 'd7')
  const { headers } = await call(ADA, 'deleteDeviceGroup', { group: 'g7' }).expect(200)
  assert.match(String(headers['x-gatehouse-warning']), /device:d7/)
})

test('C-25: nobody moves a device that he cannot operate now into a group that lists him', async () => {
  await group('g8', 'd8')
  await applyDirectory(house, { objects: [{ service: 'clm', type: 'device-group', id: 'sams', accessList: [SAM] }] })
  await call(SAM, 'addDevicesToGroup', { devices: ['d8'], group: 'sams' }).expect(404)
  await call(SAM, 'removeDeviceFromGroup', { device: 'd8', group: 'g8' }).expect(404)
  await call(SAM, 'writeDevices', { device: 'd8' }).expect(404)
})

test('C-13: an applied directory file that opens a device leaves a record of it', async () => {
  await group('g9', 'd9')
  const records = (await widened()).length
  await applyDirectory(house, { objects: [{ service: 'clm', type: 'device', id: 'd9', parents: [] }] })
  const [record] = (await widened()).slice(records)
  assert.deepEqual([record?.actor, record?.detail['id'], record?.detail['opens']], [null, 'd9', true])
})
