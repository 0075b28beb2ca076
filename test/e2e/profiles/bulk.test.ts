/** Bulk calls of Cisco License Manager, which are judged and answered item by item. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { ObjectFacts } from '../../../src/authz/model.ts'
import { type LicenceGateway, licenceGateway, type Setup } from '../../support/licence-gateway.ts'

function stored(type: string, id: string, over: Partial<ObjectFacts> = {}): ObjectFacts {
  return { type, id, owner: null, ownerGroups: [], accessList: null, ancestors: [], ...over }
}

const CLOSED = { accessList: { operators: ['bob'], groups: [] } }
const STORED = [
  stored('device', 'listed', { accessList: { operators: ['op-1'], groups: [] } }),
  stored('device', 'closed', CLOSED),
  stored('device', '7', CLOSED),
  stored('device-group', 'closed-group', CLOSED),
  stored('pak', 'own', { owner: { operator: 'op-1' } }),
  stored('pak', 'other', { owner: { operator: 'bob' } }),
]

async function within(setup: Partial<Setup>, work: (gateway: LicenceGateway) => Promise<void>): Promise<void> {
  const gateway = await licenceGateway({
    profile: 'cisco-license-manager',
    roles: ['inventory-management'],
    stored: STORED,
    ...setup,
  })
  try {
    await work(gateway)
  } finally {
    await gateway.close()
  }
}

const HIDDEN = { status: 404, code: 'NOT_FOUND', title: 'Not found', detail: 'There is nothing here.' }

test('G-12, C-19: of a batch the items that are refused do not run, the others do, and each is answered', async () => {
  const answer = () => ({ body: '{"devices":[{"device":"open","serial":12345678901234567890}]}' })
  await within({ answer }, async (gateway) => {
    const body = '{ "note": 1.50, "devices": ["closed", "open", 7, "listed"] }'
    const reply = await gateway.ask('POST /api/writeDevices', { body })
    assert.deepEqual([reply.status, reply.headers['content-type']], [207, 'application/json'])
    assert.deepEqual(JSON.parse(reply.body).items, [
      { type: 'device', id: 'closed', ...HIDDEN },
      { type: 'device', id: 'open', status: 200 },
      { type: 'device', id: '7', ...HIDDEN },
      { type: 'device', id: 'listed', status: 200 },
    ])
    assert.ok(reply.body.includes('"answer":{"devices":[{"device":"open","serial":12345678901234567890}]}'), reply.body)
    assert.deepEqual(
      gateway.seen.map((each) => each.body),
      ['{"note":1.50,"devices":["open","listed"]}'],
    )
    assert.deepEqual(gateway.changes, ['POST', 207])
  })
})

test('G-12: a batch of which everything is allowed passes as it came, and is answered as the service answers it', async () => {
  await within({ answer: () => ({ status: 202, body: '{"request":"r1"}' }) }, async (gateway) => {
    const body = '{ "devices": [ "open", "listed" ] }'
    const reply = await gateway.ask('POST /api/writeDevices', { body })
    assert.deepEqual([reply.status, reply.body], [202, '{"request":"r1"}'])
    assert.equal(gateway.seen[0]?.body, body)
  })
})

test('G-12: a batch of which nothing is allowed is refused as a whole, and so is one item alone', async () => {
  await within({}, async (gateway) => {
    for (const body of [{ devices: ['closed', 7] }, { devices: ['closed'] }, { device: 'closed' }]) {
      assert.equal((await gateway.ask('POST /api/writeDevices', { body })).status, 404)
      assert.equal((await gateway.ask('POST /api/readDevices', { body })).status, 404, 'never a list of all instead')
    }
    assert.equal(gateway.seen.length, 0)
  })
})

test('G-12: who marks the call atomic gets all of it or nothing', async () => {
  await within({}, async (gateway) => {
    const body = { devices: ['open', 'closed'] }
    for (const Prefer of ['handling=strict', 'respond-async, Handling="strict"; x=1']) {
      assert.equal((await gateway.ask('POST /api/writeDevices', { body, headers: { Prefer } })).status, 404)
    }
    assert.equal(gateway.seen.length, 0)
    const lenient = { Prefer: 'handling=lenient' }
    assert.equal((await gateway.ask('POST /api/writeDevices', { body, headers: lenient })).status, 207)
  })
})

test('G-12: what is refused and stands outside the list takes the whole call with it', async () => {
  await within({}, async (gateway) => {
    const calls = [
      ['writeDevices', { device: 'closed', devices: ['open'] }],
      ['writeDevices', { device: 'closed', devices: ['open', 'closed'] }],
      ['writeDevices?device=closed', { devices: ['open', 'closed'] }],
      ['addDevicesToGroup', { devices: ['open', 'listed'], group: 'closed-group' }],
    ] as const
    for (const [name, body] of calls) {
      assert.equal((await gateway.ask(`POST /api/${name}`, { body })).status, 404, JSON.stringify(body))
    }
    assert.equal(gateway.seen.length, 0)
  })
})

test('G-12: in a service that knows none of them, items look like those that may not be seen', async () => {
  await within({ answer: () => ({ status: 404, body: '{"message":"no such device"}' }) }, async (gateway) => {
    const reply = await gateway.ask('POST /api/writeDevices', { body: { devices: ['unknown', 'closed'] } })
    assert.deepEqual(
      [reply.status, JSON.parse(reply.body)],
      [207, { items: ['unknown', 'closed'].map((id) => ({ type: 'device', id, ...HIDDEN })), answer: null }],
    )
  })
})

test('G-12: what the roles do not give is told apart from what may not be seen', async () => {
  await within({ roles: ['license-management'] }, async (gateway) => {
    const body = { devices: ['listed', 'open', 'closed'] }
    const reply = await gateway.ask('POST /api/asyncDeployLicenses', { body })
    const items: { id: string; status: number; code?: string }[] = JSON.parse(reply.body).items
    assert.deepEqual(
      items.map(({ id, status, code }) => [id, status, code]),
      [
        ['listed', 200, undefined],
        ['open', 403, 'ROLE_MISSING'],
        ['closed', 404, 'NOT_FOUND'],
      ],
    )
  })
})

test('G-12, C-7: obligations hold for the answer inside a batch answer; what cannot be read is refused', async () => {
  const json = '{"paks":[{"id":"own","pakId":"AAAA11112222"}]}'
  const body = { paks: ['own', 'other'] }
  const setup = { roles: ['report-management'], stored: STORED }
  const headers = { 'Content-Encoding': 'gzip' }
  await within({ ...setup, answer: () => ({ body: json }) }, async (gateway) => {
    const reply = await gateway.ask('POST /api/readPAKs', { body })
    assert.deepEqual(JSON.parse(reply.body).answer, { paks: [{ id: 'own', pakId: '********2222' }] })
    assert.equal(gateway.seen[0]?.body, '{"paks":["own"]}')
  })
  await within(
    { ...setup, answer: () => ({ headers: { 'Content-Type': 'text/plain' }, body: json }) },
    async (gateway) => {
      const reply = await gateway.ask('POST /api/readPAKs', { body })
      assert.deepEqual([reply.status, reply.body.includes('AAAA')], [502, false])
    },
  )
  await within({ answer: () => ({ headers, body: gzipSync('no JSON').toString('latin1') }) }, async (gateway) => {
    const reply = await gateway.ask('POST /api/deletePAKs', { body })
    assert.deepEqual([reply.status, JSON.parse(reply.body).answer], [207, null], 'the service has done it')
  })
})

test('G-12, C-7: what a list shows is filtered also where the request names what it wants, whatever the service makes of that', async () => {
  const all = ['open', 'closed', 'listed'].map((id) => ({ id }))
  const answer = () => ({ body: JSON.stringify({ devices: all, total: 3 }) })
  await within({ answer }, async (gateway) => {
    const one = await gateway.ask('GET /api/readDevices?device=open')
    assert.deepEqual(
      [one.status, JSON.parse(one.body)],
      [200, { devices: [{ id: 'open' }, { id: 'listed' }], total: 2 }],
    )
    const some = await gateway.ask('POST /api/readDevices', { body: { devices: ['open', 'closed'] } })
    assert.equal(some.status, 207)
    assert.deepEqual(JSON.parse(some.body).answer.devices, [{ id: 'open' }, { id: 'listed' }])
  })
})
