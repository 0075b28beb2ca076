/** What a profile says of its answers and searches, and what the gateway makes of it (O-13, contract section 5). */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type LicenceGateway, licenceGateway, type Setup } from '../support/licence-gateway.ts'
import { testProfile } from '../support/profiles.ts'

const CATALOGUE = testProfile({
  id: 'catalogue',
  resources: { read: 'Read.', prices: 'See prices.', all: 'See everything.' },
  roles: {
    reader: { description: 'Reads.', allow: ['read'] },
    buyer: { description: 'Buys.', parents: ['reader'], allow: ['prices'] },
    admin: { description: 'All.', parents: ['buyer'], allow: ['all'] },
  },
  administratorRole: 'admin',
  objectTypes: { item: { description: 'An item.', rule: 'owner-and-listed', passResource: 'all' } },
  fields: { price: ['price', 'Price EUR'] },
  operations: {
    list: {
      description: 'Lists items.',
      resources: ['read'],
      reads: true,
      routes: ['GET|POST /items'],
      objects: [{ type: 'item', from: [{ query: 'item' }], required: false }],
      obligations: [{ filterItems: 'item' }, { removeField: 'price', unless: 'prices' }],
      response: {
        items: ['/items/*'],
        ids: { item: 'id' },
        lastLinks: ['end'],
        parameterFields: { p: 'price' },
        searchParameters: ['q'],
        csv: { delimiter: ';', titles: ['id', 'name', 'Price EUR'] },
      },
    },
    order: {
      description: 'Orders.',
      resources: ['read'],
      routes: ['POST /orders'],
      obligations: [{ removeField: 'price', unless: 'prices' }],
    },
    report: {
      description: 'Makes a report.',
      resources: ['read'],
      searches: true,
      routes: ['POST /reports'],
      obligations: [{ removeField: 'price', unless: 'prices' }],
    },
  },
})

async function within(
  role: string,
  work: (gateway: LicenceGateway) => Promise<void>,
  answer?: Setup['answer'],
): Promise<void> {
  const stored = [
    { type: 'item', id: 'i1', owner: { operator: 'op-1' }, ownerGroups: [], accessList: null, ancestors: [] },
  ]
  const gateway = await licenceGateway({
    profile: 'catalogue',
    profiles: new Map([['catalogue', CATALOGUE]]),
    roles: [role],
    stored,
    answer: answer ?? (() => ({ body: '{"items":[]}' })),
  })
  try {
    await work(gateway)
  } finally {
    await gateway.close()
  }
}

async function code(gateway: LicenceGateway, line: string, body?: unknown): Promise<unknown> {
  const reply = await gateway.ask(line, body === undefined ? {} : { body })
  return reply.status === 200 ? 200 : JSON.parse(reply.body).code
}

const QUERIES = ['sort=price', 'p=1', 'P=1', 'filter=Price%20EUR:3', 'q=9', 'fields=name,-price']
const BODIES = [
  { sort: 'price' },
  { filter: [{ field: 'Price EUR', above: 3 }] },
  { filter: { PRICE: 3 } },
  { where: { and: [{ name: 'x' }, { by: '-price' }] } },
]

describe('requests that ask by what they must not see', () => {
  test('O-13: a query that sorts, filters or searches by a hidden field is refused, whatever the parameter is called', async () => {
    await within('reader', async (gateway) => {
      for (const query of QUERIES) assert.equal(await code(gateway, `GET /items?${query}`), 'FIELD_HIDDEN', query)
      for (const query of ['sort=name', 'x=1']) assert.equal(await code(gateway, `GET /items?${query}`), 200, query)
      assert.equal(gateway.seen.length, 2)
    })
    await within('buyer', async (gateway) => {
      for (const query of QUERIES) assert.equal(await code(gateway, `GET /items?${query}`), 200, query)
    })
  })

  test('O-13: so is a search that stands in the body; what is no JSON is not understood', async () => {
    await within('reader', async (gateway) => {
      for (const body of BODIES) {
        assert.equal(await code(gateway, 'POST /items', body), 'FIELD_HIDDEN', JSON.stringify(body))
        assert.equal(await code(gateway, 'POST /reports', body), 'FIELD_HIDDEN', JSON.stringify(body))
      }
      const form = { headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: 'sort=price' }
      assert.equal((await gateway.ask('POST /items', form)).status, 400)
      assert.equal(await code(gateway, 'POST /items', { sort: 'name' }), 200)
      assert.deepEqual(
        gateway.seen.map(({ body }) => body),
        ['{"sort":"name"}'],
      )
    })
    await within('buyer', async (gateway) => {
      for (const body of BODIES) assert.equal(await code(gateway, 'POST /items', body), 200)
    })
  })

  test('O-13, G-3: they are refusals to the audit like any other, and neither changes nor actions', async () => {
    await within('reader', async (gateway) => {
      await gateway.ask('GET /items?sort=price')
      await gateway.ask('POST /items', { body: { sort: 'price' } })
      await gateway.ask('POST /reports?sort=price', { body: {} })
      await gateway.ask('POST /reports', { body: { sort: 'price' } })
      const refused = ['list FIELD_HIDDEN', 'list FIELD_HIDDEN', 'report FIELD_HIDDEN', 'report FIELD_HIDDEN']
      assert.deepEqual([gateway.denials, gateway.changes, gateway.actions, gateway.seen], [refused, [], [], []])
      await gateway.ask('POST /reports', { body: { sort: 'name' } })
      assert.deepEqual([gateway.denials, gateway.changes[0], gateway.actions.length], [refused, 'POST', 1])
    })
  })

  test('O-13: what a body writes is no search', async () => {
    await within('reader', async (gateway) => {
      assert.equal(await code(gateway, 'POST /orders', { item: 'i1', price: 3 }), 200)
    })
  })

  test('C-7: a search by PAK ids is refused to whom they are masked', async () => {
    for (const [role, expected] of [
      ['license-management', 'FIELD_HIDDEN'],
      ['pak-management', 200],
    ] as const) {
      const answer = () => ({ body: '{"paks":[]}' })
      const gateway = await licenceGateway({ profile: 'cisco-license-manager', roles: [role], answer })
      assert.equal(await code(gateway, 'POST /api/readPAKs', { filter: { pakId: 'AAAA*' } }), expected)
      await gateway.close()
    }
  })
})

describe('answers as the profile describes them', () => {
  test('O-13: the column is gone from a table with the profile’s delimiter; titles that the profile does not know are refused', async () => {
    const csv = (body: string) => () => ({
      headers: { 'Content-Type': 'text/csv', 'Content-Length': `${body.length}` },
      body,
    })
    const table = 'id;name;Price EUR\r\ni1;a;3\r\ni2;b;4\r\n'
    await within(
      'reader',
      async (gateway) => {
        assert.equal((await gateway.ask('GET /items')).body, 'id;name\r\ni1;a\r\n')
      },
      csv(table),
    )
    await within(
      'reader',
      async (gateway) => {
        assert.equal(await code(gateway, 'GET /items'), 'NOT_FILTERABLE')
      },
      csv('i1;a;3\r\ni2;b;4\r\n'),
    )
  })

  test('O-1: links to the last page that the profile names are taken out with hidden items', async () => {
    const body = '{"items":[{"id":"i1"},{"id":"i2"}],"next":"?page=2","end":"?page=9"}'
    await within(
      'reader',
      async (gateway) => {
        assert.deepEqual(JSON.parse((await gateway.ask('GET /items')).body), { items: [{ id: 'i1' }], next: '?page=2' })
      },
      () => ({ body }),
    )
  })
})
