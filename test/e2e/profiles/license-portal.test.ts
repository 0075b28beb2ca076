import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CurrentOperator } from '../../../src/directory/operator-facts.ts'
import { type LicenceGateway, licenceGateway, type Setup } from '../../support/licence-gateway.ts'
import { GROUPS, member, OBJECTS, PEOPLE, PORTAL, person, portal } from '../../support/portal-people.ts'

async function within(
  asking: CurrentOperator,
  work: (gateway: LicenceGateway) => Promise<void>,
  more: Pick<Setup, 'answer'> = {},
): Promise<void> {
  const gateway = await portal(asking, more)
  try {
    await work(gateway)
  } finally {
    await gateway.close()
  }
}

async function status(gateway: LicenceGateway, line: string, body?: unknown): Promise<number> {
  return (await gateway.ask(line, body === undefined ? {} : { body })).status
}

const seller = (products: readonly string[] | null) =>
  person('resa', [member('g-emea', [{ right: 'create_ticket', products }])])

test('W-13: who may create tickets of some products creates these alone, for groups and users below his group', async () => {
  const answer = () => ({ body: '{"ticket":"T-1"}' })
  await within(
    seller(['P1', 'P2']),
    async (gateway) => {
      const create = (body: unknown) => status(gateway, 'POST /portal/tickets', body)
      assert.equal(await create({ product: 'P1', group: 'acme/emea/Müller' }), 200)
      assert.equal(await create({ product: 'P2', user: 'jörg' }), 200)
      for (const product of ['P3', 'p1', '', null, ['P1'], { P1: true }]) {
        assert.equal(await create({ product, group: 'acme/emea/Müller' }), 404, JSON.stringify(product))
        assert.equal(await create({ product, user: 'jörg' }), 404, JSON.stringify(product))
      }
      assert.equal(await create({ group: 'acme/emea/Müller' }), 404, 'a request that names no product')
      assert.equal(await create({ product: 'P1', group: 'acme/emea' }), 403, 'his own group')
      assert.equal(await create({ product: 'P1', group: 'acme' }), 404, 'a group above')
      assert.equal(await create({ product: 'P1', group: 'beta' }), 404, 'a group beside')
      assert.equal(await create({ product: 'P1', user: 'dora' }), 404, 'a user of another branch')
      assert.equal(await create({ product: 'P1' }), 403, 'a ticket that nobody owns')
      assert.equal(gateway.seen.length, 2)
    },
    { answer },
  )
})

test('W-13: a right for all products creates every ticket that names one; being an admin creates none', async () => {
  const answer = () => ({ body: '{"ticket":"T-1"}' })
  const below = { group: 'acme/emea/Müller' }
  await within(
    seller(null),
    async (gateway) => {
      assert.equal(await status(gateway, 'POST /portal/tickets', { ...below, product: 'P9' }), 200)
      assert.equal(await status(gateway, 'POST /portal/tickets', below), 404)
    },
    { answer },
  )
  await within(PEOPLE.emil, async (gateway) => {
    assert.equal(await status(gateway, 'POST /portal/tickets', { ...below, product: 'P1' }), 403)
  })
})

test('W-13, W-18: a right that is for some products reaches nothing where products are not asked about', async () => {
  const half = person('half', [member('g-emea', [{ right: 'admin', products: ['P1'] }])])
  await within(half, async (gateway) => {
    assert.equal(await status(gateway, 'GET /portal/tickets/t-emea'), 200, 'as a member')
    assert.equal(await status(gateway, 'GET /portal/tickets/t-below'), 404)
    assert.equal(await status(gateway, 'POST /portal/users', { account: 'x', group: 'acme/emea' }), 403)
  })
})

test('G-9, W-18: an admin gives only rights and products that he has in that group or above', async () => {
  const both = [
    { right: 'admin', products: null },
    { right: 'create_ticket', products: ['P1', 'P2'] },
  ]
  await within(person('resa', [member('g-emea', both)]), async (gateway) => {
    const give = async (more: object, group = 'acme/emea/Müller') => {
      const reply = await gateway.ask('POST /portal/memberships', { body: { user: 'jörg', group, ...more } })
      return reply.status === 200 ? 200 : JSON.parse(reply.body).code
    }
    assert.equal(await give({}), 200)
    assert.equal(await give({ rights: ['admin'] }), 200)
    assert.equal(await give({ rights: ['create_ticket'], products: ['P2'] }), 200)
    assert.equal(gateway.seen.length, 3)
    assert.equal(await give({ rights: ['create_ticket'], products: ['P2', 'P3'] }), 'DELEGATION_EXCEEDED')
    assert.equal(await give({ rights: ['create_ticket'] }), 'DELEGATION_EXCEEDED', 'all products')
    assert.equal(await give({ rights: ['admin', 'refund'] }), 'DELEGATION_EXCEEDED', 'a right that he does not have')
    assert.equal(await give({ rights: { admin: true } }), 'OBJECT_UNDETERMINED')
    assert.equal(await give({ rights: ['admin'] }, 'acme'), 'NOT_FOUND', 'above his group')
    const made = { account: 'new', group: 'acme/emea/Müller', rights: ['refund'] }
    assert.equal(await status(gateway, 'POST /portal/users', made), 403)
    assert.equal(gateway.seen.length, 3)
  })
  await within(PEOPLE.isv, async (gateway) => {
    const given = { user: 'jörg', group: 'acme', rights: ['create_ticket', 'refund'] }
    assert.equal(await status(gateway, 'POST /portal/memberships', given), 200)
  })
})

const LISTS = {
  groups: { id: 'path', all: ['acme', 'acme/emea', 'acme/emea/Müller', 'beta', 'nowhere'] },
  users: { id: 'account', all: ['anna', 'emil', 'mara', 'cora', 'jörg', 'dora', 'beto', 'nobody'] },
  tickets: { id: 'ticket', all: ['t-acme', 't-emea', 't-below', 't-mara', 't-cora', 't-dora', 't-free', 't-beta'] },
  containers: { id: 'serial', all: ['c-emea', 'c-anna', 'c-mara', 'c-cora', 'c-dora', 'c-beto'] },
}

type ListName = keyof typeof LISTS

const SEEN: readonly [CurrentOperator, Readonly<Record<ListName, readonly string[]>>][] = [
  [
    PEOPLE.anna,
    {
      groups: ['acme', 'acme/emea', 'acme/emea/Müller'],
      users: ['anna', 'emil', 'mara', 'cora', 'jörg', 'dora'],
      tickets: ['t-acme', 't-emea', 't-below', 't-mara', 't-cora'],
      containers: ['c-emea', 'c-anna', 'c-mara', 'c-cora'],
    },
  ],
  [
    PEOPLE.mara,
    { groups: ['acme/emea'], users: ['mara'], tickets: ['t-emea', 't-mara'], containers: ['c-emea', 'c-mara'] },
  ],
  [
    PEOPLE.dora,
    {
      groups: ['acme/emea', 'beta'],
      users: ['dora'],
      tickets: ['t-emea', 't-dora', 't-beta'],
      containers: ['c-emea', 'c-dora'],
    },
  ],
  [PEOPLE.bea, { groups: ['beta'], users: ['dora', 'beto'], tickets: ['t-beta'], containers: ['c-beto'] }],
  [PEOPLE.solo, { groups: [], users: [], tickets: [], containers: [] }],
  [
    PEOPLE.isv,
    {
      groups: LISTS.groups.all,
      users: LISTS.users.all,
      tickets: LISTS.tickets.all,
      containers: LISTS.containers.all,
    },
  ],
]

/** What the portal itself would list: everything. */
function listed(url: string): { body: string } {
  const name = url.slice(url.lastIndexOf('/') + 1) as ListName
  const { id, all } = LISTS[name]
  return { body: JSON.stringify({ total: all.length, [name]: all.map((each) => ({ [id]: each })) }) }
}

test('W-3, W-5: lists hold what one would see one by one, and count nothing else', async () => {
  for (const [asking, expected] of SEEN) {
    await within(
      asking,
      async (gateway) => {
        for (const [name, seen] of Object.entries(expected)) {
          const { body } = await gateway.ask(`GET /portal/${name}`)
          const { id } = LISTS[name as ListName]
          const rest = { total: seen.length, [name]: seen.map((each) => ({ [id]: each })) }
          assert.deepEqual(JSON.parse(body), rest, `${asking.account}: ${name}`)
        }
      },
      { answer: ({ url }) => listed(url) },
    )
  }
})

test('W-3: a group that is not seen and one that is not there look alike, to the byte', async () => {
  const answer = () => ({ status: 404, body: '{"message":"no such group"}' })
  await within(
    PEOPLE.mara,
    async (gateway) => {
      const replies = []
      for (const line of ['GET /portal/groups/beta', 'GET /portal/groups/nowhere', 'GET /portal/groups/acme/emea']) {
        const { status: code, headers, body } = await gateway.ask(line)
        replies.push({ code, body, headers: { ...headers, date: '' } })
      }
      assert.equal(replies[0]?.code, 404)
      assert.deepEqual(replies[1], replies[0])
      assert.deepEqual(replies[2], replies[0], 'what the portal itself does not find')
    },
    { answer },
  )
})

test('W-14: labels of groups and names that sound like rights give none', async () => {
  const posing = person('posing', [member('g-emea', [{ right: 'isvadmin', products: null }])])
  await within(posing, async (gateway) => {
    assert.equal(await status(gateway, 'GET /portal/groups/acme/emea'), 200)
    assert.equal(await status(gateway, 'POST /portal/groups', { name: 'new' }), 403)
    assert.equal(await status(gateway, 'GET /portal/tickets/t-below'), 404)
  })
  const labelled = GROUPS.map((group) => ({ ...group, label: 'isvadmin' }))
  const gateway = await licenceGateway({ profile: PORTAL, roles: ['user'], groups: labelled, stored: OBJECTS })
  assert.equal(await status(gateway, 'GET /portal/groups/acme'), 404)
  await gateway.close()
})

test('W-17: who is with two resellers reaches in each group what his rights there say, and no more', async () => {
  const both = person('both', [member('g-emea', [{ right: 'admin', products: null }]), member('g-beta')])
  await within(both, async (gateway) => {
    const seen = ['t-emea', 't-below', 't-beta', 't-cora', 't-jörg', 't-dora', 't-beto', 't-acme']
    const codes = await Promise.all(seen.map((id) => status(gateway, `GET /portal/tickets/${encodeURIComponent(id)}`)))
    assert.deepEqual(codes, [200, 200, 200, 200, 200, 404, 404, 404])
    assert.equal(await status(gateway, 'POST /portal/users', { account: 'x', group: 'beta' }), 403)
    assert.equal(await status(gateway, 'PUT /portal/tickets/t-emea/owner', { group: 'beta' }), 403)
  })
})

test('W-3: without a role there is no page, whatever the rights in groups', async () => {
  const bare = { ...PEOPLE.anna, grants: [] }
  await within(bare, async (gateway) => {
    assert.equal(await status(gateway, 'GET /portal/groups/acme'), 403)
    assert.equal(gateway.seen.length, 0)
  })
})

test('W-12: a credential file is recorded before it is asked for, and served from no cache', async () => {
  const answer = () => ({ headers: { 'Content-Type': 'application/octet-stream' }, body: 'file' })
  await within(
    PEOPLE.anna,
    async (gateway) => {
      const { status: code, headers, body } = await gateway.ask('POST /portal/containers/c-mara/credential-file')
      assert.deepEqual([code, body], [200, 'file'])
      assert.equal(headers['cache-control'], 'private, no-cache')
      assert.deepEqual(gateway.changes, ['POST', 200])
    },
    { answer },
  )
})
