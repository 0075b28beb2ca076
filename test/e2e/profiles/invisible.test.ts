/** What one may not see is to the byte what is not there: status, headers and body, one by one, in lists, counts and searches. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GRANT } from '../../support/gateway.ts'
import { type LicenceGateway, licenceGateway, type Reply, type Setup } from '../../support/licence-gateway.ts'
import { GROUPS, member, OBJECTS, PEOPLE } from '../../support/portal-people.ts'

const HIDDEN = 'zq-hidden'
const MISSING = 'zq-nowhere'

interface Estate
  extends Pick<Setup, 'profile' | 'roles' | 'stored' | 'groups' | 'directoryRoles' | 'person' | 'others'> {
  /** `METHOD /path` with ID in it, and what goes with it. */
  readonly about: readonly (readonly [line: string, body?: (id: string) => object])[]
  readonly list: {
    readonly line: string
    readonly name: string
    readonly seen: readonly object[]
    readonly unseen: readonly object[]
  }
}

const object = { ownerGroups: [], accessList: null, ancestors: [] }
const nobody = { operators: ['somebody'], groups: [] }
const emea = { type: 'location', id: 'emea' }

const ESTATES: readonly Estate[] = [
  {
    profile: 'cisco-license-manager',
    roles: ['license-management'],
    stored: [
      { ...object, type: 'device', id: HIDDEN, owner: null, accessList: nobody },
      { ...object, type: 'pak', id: HIDDEN, owner: { operator: 'somebody' } },
    ],
    about: [
      ['GET /api/readDevices?device=ID'],
      ['GET /api/getLicensesOnDevice?device=ID'],
      ['GET /api/checkDeviceConnection?device=ID'],
      ['POST /api/readDevices', (id) => ({ devices: [id] })],
      ['GET /api/readPAKs?pak=ID'],
      ['POST /api/readPAKs', (id) => ({ pak: id })],
    ],
    list: {
      line: 'GET /api/readDevices',
      name: 'devices',
      seen: [{ id: 'd1', name: 'one' }, { id: 'd2' }],
      unseen: [{ id: HIDDEN, name: HIDDEN, parts: [{ x: [HIDDEN] }] }],
    },
  },
  {
    profile: 'openlm',
    roles: [],
    directoryRoles: [
      {
        name: 'desk',
        parents: ['openlm:user_role'],
        permissions: [{ resource: `openlm:server_${HIDDEN}`, effect: 'deny' }],
      },
    ],
    person: { grants: [{ ...GRANT, role: 'desk' }] },
    about: [
      ['GET /api/servers/ID'],
      ['GET /api/servers?server=ID'],
      ['GET /api/license-usage?server=ID'],
      ['GET /api/denials?server=ID'],
    ],
    list: {
      line: 'GET /api/license-usage',
      name: 'rows',
      seen: [
        { server: 'lic1', used: 1 },
        { server: 'lic2', used: 2 },
      ],
      unseen: [
        { server: HIDDEN, used: 3 },
        { used: 1, serverName: HIDDEN },
      ],
    },
  },
  {
    profile: 'license-portal',
    roles: [],
    person: { ...PEOPLE.mara },
    others: Object.values(PEOPLE).filter(({ id }) => id !== 'mara'),
    groups: GROUPS,
    stored: [
      ...OBJECTS,
      { ...object, type: 'ticket', id: HIDDEN, owner: { group: 'g-beta' } },
      { ...object, type: 'container', id: HIDDEN, owner: { operator: 'beto' } },
    ],
    about: [
      ['GET /portal/tickets/ID'],
      ['GET /portal/tickets?ticket=ID'],
      ['DELETE /portal/tickets/ID'],
      ['PUT /portal/tickets/ID/owner', () => ({ user: 'mara' })],
      ['POST /portal/ticket-moves', (id) => ({ tickets: ['t-mara', id], user: 'mara' })],
      ['GET /portal/containers/ID'],
      ['POST /portal/containers/ID/reset-credentials'],
      ['POST /portal/licence-moves', (id) => ({ from: 'c-mara', to: id })],
    ],
    list: {
      line: 'GET /portal/tickets',
      name: 'tickets',
      seen: [{ ticket: 't-mara' }, { ticket: 't-emea', product: 'P' }],
      unseen: [{ ticket: HIDDEN }, { ticket: 't-below' }, { ticket: 't-free' }],
    },
  },
  {
    profile: 'flexnet-manager-suite',
    roles: [],
    person: { grants: [{ ...GRANT, role: 'flexnet-manager-suite:operator', scope: [{ ...emea, children: true }] }] },
    stored: [
      { ...object, type: 'license', id: 'L-1', owner: null, ancestors: [{ ...emea, accessList: null }] },
      {
        ...object,
        type: 'license',
        id: HIDDEN,
        owner: null,
        ancestors: [{ type: 'location', id: 'apac', accessList: null }],
      },
    ],
    about: [
      ['GET /Suite/licenses/ID'],
      ['PUT /Suite/licenses/ID', () => ({ purchased: 1 })],
      ['DELETE /Suite/licenses/ID'],
      ['GET /Suite/purchases/ID'],
      ['POST /Suite/licenses', (id) => ({ name: 'x', location: id })],
    ],
    list: {
      line: 'GET /Suite/licenses',
      name: 'items',
      seen: [{ id: 'L-1', name: 'one' }],
      unseen: [{ id: HIDDEN, name: HIDDEN }, { id: 'L-9' }],
    },
  },
  {
    profile: 'flexnet-license-server',
    roles: ['role_read'],
    about: [['GET /api/1.0/instances/~/ID'], ['POST /api/1.0/ID'], ['GET /ID']],
    list: { line: 'GET /api/1.0/features', name: 'features', seen: [{ id: 1 }], unseen: [] },
  },
]

/** Everything of an answer but when it was given. */
function whole({ status, headers, body }: Reply): string {
  const { date, ...others } = headers
  assert.ok(date !== undefined)
  return JSON.stringify([status, others, body])
}

const FORMS: readonly Readonly<Record<string, string>>[] = [
  {},
  { Accept: 'text/html' },
  { 'If-None-Match': '"v1"' },
  { 'If-Modified-Since': 'Wed, 25 Nov 2026 20:00:00 GMT', Range: 'bytes=0-3' },
  { 'X-Gatehouse-Passive': '1', Prefer: 'handling=strict' },
]

async function within(
  estate: Estate,
  answer: NonNullable<Setup['answer']>,
  work: (gateway: LicenceGateway) => Promise<void>,
) {
  const { about, list, ...setup } = estate
  const gateway = await licenceGateway({ ...setup, answer })
  await work(gateway).finally(() => gateway.close())
}

for (const estate of ESTATES) {
  describe(`invisible: ${estate.profile}`, () => {
    /** The service has the hidden one and says so at length; it has no other. */
    const tells: NonNullable<Setup['answer']> = ({ url, body }) =>
      `${url}${body}`.includes(MISSING)
        ? { status: 404, headers: { 'X-Missing': MISSING, ETag: '"none"' }, body: `{"detail":"no ${MISSING}"}` }
        : { headers: { 'X-Found': HIDDEN, ETag: '"v1"' }, body: JSON.stringify({ id: HIDDEN, secret: 'plenty of it' }) }

    test('W-3, O-1: one that is not yours and one that is not there are answered alike, whatever is asked, and how', async () => {
      await within(estate, tells, async (gateway) => {
        for (const [line, body] of estate.about) {
          const lines = line.startsWith('GET ') ? [line, line.replace('GET', 'HEAD')] : [line]
          for (const each of lines) {
            for (const headers of FORMS) {
              const [hidden, missing] = await Promise.all(
                [HIDDEN, MISSING].map((id) =>
                  gateway.ask(each.replace('ID', id), { headers, ...(body === undefined ? {} : { body: body(id) }) }),
                ),
              )
              assert.ok(hidden !== undefined && missing !== undefined)
              assert.equal(hidden.status, 404, each)
              assert.equal(whole(hidden), whole(missing), `${each} ${JSON.stringify(headers)}`)
              assert.doesNotMatch(whole(hidden), /zq-|plenty/)
            }
          }
        }
      })
    })

    const { line, name, seen, unseen } = estate.list
    const body = (items: readonly object[]) =>
      JSON.stringify({ [name]: items, total: items.length, page: { totalPages: 1, last: '/p/1', count: items.length } })
    const counts = (items: readonly object[]) => ({
      'X-Total-Count': String(items.length),
      ETag: `"${items.length}"`,
      Link: `</p/${items.length}>; rel="last"`,
    })
    const both = [seen, [...unseen, ...seen, ...unseen]]

    test('O-11, W-3: lists, their counts, pages, lengths and headers are those of a service that has nothing else', async () => {
      const replies: string[] = []
      for (const items of both) {
        await within(
          estate,
          () => ({ headers: counts(items), body: body(items) }),
          async (gateway) => {
            const { status, headers, ...rest } = await gateway.ask(line)
            assert.equal(status, 200)
            replies.push(whole({ status, headers, ...rest }))
            replies.push(
              whole(
                await gateway.ask(line.replace('GET', 'HEAD'), { headers: { 'If-None-Match': `"${items.length}"` } }),
              ),
            )
          },
        )
      }
      const [alone, aloneHead, among, amongHead] = replies
      if (unseen.length === 0) return
      assert.doesNotMatch(String(among), /zq-/)
      assert.deepEqual([among, amongHead], [alone, aloneHead])
    })
  })
}

test('O-11: rows of a hidden server are left out of an export, and wherever else they stand', async () => {
  const [, openlm] = ESTATES
  assert.ok(openlm !== undefined)
  const table = `feature,server,used\r\ncad,lic1,1\r\n"c,ad",${HIDDEN},2\r\n`
  await within(
    openlm,
    () => ({ headers: { 'Content-Type': 'text/csv' }, body: table }),
    async (gateway) => {
      assert.equal((await gateway.ask('GET /api/license-usage')).body, 'feature,server,used\r\ncad,lic1,1\r\n')
    },
  )
  const rows = [{ server: 'lic1', peers: [{ server: HIDDEN, used: 1 }, { server: 'lic2' }] }]
  const more = { rows, summary: { top: { server_name: HIDDEN, used: 9 }, all: [{ 'License Server': HIDDEN }] } }
  await within(
    openlm,
    () => ({ body: JSON.stringify(more) }),
    async (gateway) => {
      const { body } = await gateway.ask('GET /api/license-usage')
      assert.deepEqual(JSON.parse(body), {
        rows: [{ server: 'lic1', peers: [{ server: 'lic2' }] }],
        summary: { all: [] },
      })
    },
  )
})

test('W-3: what stands in a ticket, group or user that one sees is no way to see another', async () => {
  const estate = { ...(ESTATES[2] ?? assert.fail()), person: { ...PEOPLE.mara, memberships: [member('g-emea')] } }
  const groups = [{ path: 'acme/emea', parent: { path: 'acme', label: 'x' }, below: [{ path: 'acme/emea/Müller' }] }]
  await within(
    estate,
    () => ({ body: JSON.stringify({ groups }) }),
    async (gateway) => {
      const { body } = await gateway.ask('GET /portal/groups')
      assert.deepEqual(JSON.parse(body), { groups: [{ path: 'acme/emea', below: [] }] })
    },
  )
})
