/** Whoever asks, the decision is the same: a request, the AuthZEN endpoint, the command, and capabilities. */

import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import supertest from 'supertest'
import type { Browser } from '../support/browser.ts'
import { type House, openHouse, signIn } from '../support/house.ts'
import { gatehouse } from '../support/process.ts'
import { ADA, applyDirectory, cookieHeader, get, OTTO, SAM } from '../support/steps.ts'

const PORTAL = 'license-portal'
let house: House
let ada: Browser
let sam: Browser

before(async () => {
  house = await openHouse({ service: { id: 'portal', profile: PORTAL } })
  const scoped = { role: `${PORTAL}:isvadmin`, service: 'portal', scope: ['group:acme'], children: true }
  await applyDirectory(house, {
    operators: [
      { account: ADA, provider: 'demo', roles: ['administrator'] },
      { account: SAM, provider: 'demo', roles: [`${PORTAL}:user`, scoped] },
      {
        account: OTTO,
        provider: 'demo',
        roles: [`${PORTAL}:user`],
        groups: [{ group: 'acme/emea', rights: { create_ticket: { products: ['P1'] } } }],
      },
    ],
    groups: [{ path: 'acme' }, { path: 'acme/emea' }, { path: 'acme/emea/Müller' }, { path: 'beta' }],
    objects: [
      { service: 'portal', type: 'ticket', id: 't1', owner: { group: 'acme/emea' } },
      { service: 'portal', type: 'ticket', id: 't2', owner: { operator: OTTO } },
    ],
  })
  ada = house.browser()
  sam = house.browser()
  await signIn(ada, ADA, '/app/', house)
  await signIn(sam, SAM, '/app/', house)
})
after(() => house.close())

interface Row {
  readonly path: string
  readonly operation: string
  readonly type: string
  readonly id: string
  readonly allowed: boolean
}

const group = (id: string, allowed: boolean): Row => {
  return { path: `/portal/groups/${encodeURI(id)}`, operation: 'readGroup', type: 'group', id, allowed }
}
const ROWS: readonly Row[] = [
  group('acme', true),
  group('acme/emea', true),
  group('acme/emea/Müller', true),
  group('beta', false),
  group('nowhere', false),
  { path: `/portal/users/${OTTO}`, operation: 'readUser', type: 'user', id: OTTO, allowed: false },
  { path: `/portal/users/${SAM}`, operation: 'readUser', type: 'user', id: SAM, allowed: true },
  { path: '/portal/tickets/t1', operation: 'readTicket', type: 'ticket', id: 't1', allowed: false },
  { path: '/portal/tickets/t2', operation: 'readTicket', type: 'ticket', id: 't2', allowed: false },
]

async function evaluate(
  operation: string,
  resource: object,
  { account = SAM, products }: { account?: string; products?: unknown } = {},
): Promise<{ decision: boolean; context: object }> {
  const action = { name: operation, ...(products === undefined ? {} : { properties: { products } }) }
  const body = { subject: { type: 'operator', id: account }, action, resource }
  const sent = supertest(house.url).post('/.gatehouse/access/v1/evaluation').set('Cookie', cookieHeader(ada)).send(body)
  return (await sent.expect(200)).body
}

describe('one decision for everybody who asks', { concurrency: false }, () => {
  for (const { path, operation, type, id, allowed } of ROWS) {
    test(`G-2: ${operation} of ${type} ${id} is ${allowed ? 'allowed' : 'denied'} on traffic and to AuthZEN`, async () => {
      const { status } = await get(house, `/app${path}`, sam)
      assert.equal(status, allowed ? 200 : 404)
      const { decision } = await evaluate(operation, { type, id, properties: { service: 'portal' } })
      assert.equal(decision, allowed)
    })
  }

  test('G-2: the command decides all of that alike, about operations and about requests', async () => {
    const cases = ROWS.flatMap(({ path, operation, type, id, allowed }) => {
      const asked = { operator: SAM, service: 'portal', object: `${type}:${id}`, expect: allowed ? 'allow' : 'deny' }
      return [
        { ...asked, operation },
        { ...asked, request: `GET ${path}` },
      ]
    })
    const file = join(house.dataDir, 'cases.yaml')
    await writeFile(file, JSON.stringify({ cases }))
    const { code, stdout, stderr } = await gatehouse(['test', file, '--config', house.configFile])
    assert.equal(code, 0, stdout + stderr)
    const about = ['--operator', SAM, '--service', 'portal', '--operation', 'readGroup', '--object', 'group:acme/emea']
    const explained = await gatehouse(['explain', ...about, '--config', house.configFile])
    assert.equal(explained.code, 0, explained.stdout + explained.stderr)
  })

  test('W-13, G-2: rights for some products are asked about with the products, by AuthZEN, the command and explain', async () => {
    const about = { type: 'group', id: 'acme/emea/Müller', properties: { service: 'portal' } }
    const rows: readonly [readonly string[], boolean][] = [
      [['P1'], true],
      [['P1', 'P2'], false],
      [[], false],
    ]
    const options = ['--operator', OTTO, '--service', 'portal', '--config', house.configFile]
    for (const [products, allowed] of rows) {
      const { decision } = await evaluate('createTicketForGroup', about, { account: OTTO, products })
      assert.equal(decision, allowed, products.join())
      const asked = ['--operation', 'createTicketForGroup', '--object', 'group:acme/emea/Müller']
      const named = products.flatMap((product) => ['--product', product])
      const { code, stdout } = await gatehouse(['explain', ...options, ...asked, ...named])
      assert.deepEqual([code, JSON.parse(stdout).products], [allowed ? 0 : 1, products])
    }
    const asked = { operator: OTTO, service: 'portal', object: 'group:acme/emea/Müller' }
    const body = (product: string) => ({ group: 'acme/emea/Müller', product })
    const cases = [
      { ...asked, operation: 'createTicketForGroup', products: ['P1'], expect: 'allow' },
      { ...asked, operation: 'createTicketForGroup', expect: 'deny' },
      { ...asked, request: 'POST /portal/tickets', body: body('P1'), expect: 'allow' },
      { ...asked, request: 'POST /portal/tickets', body: body('P2'), expect: 'deny' },
      { ...asked, request: 'POST /portal/tickets', body: body('P2'), products: ['P1'], expect: 'allow' },
    ]
    const file = join(house.dataDir, 'products.yaml')
    await writeFile(file, JSON.stringify({ cases }))
    const { code, stdout, stderr } = await gatehouse(['test', file, '--config', house.configFile])
    assert.equal(code, 0, stdout + stderr)
  })

  test('G-2: capabilities and AuthZEN agree about every operation of the profile', async () => {
    const { body } = await get(house, '/.gatehouse/capabilities?service=portal', sam).expect(200)
    const names = Object.keys(body.operations)
    assert.ok(names.length > 10)
    for (const name of [...names, 'telepathy']) {
      const { decision } = await evaluate(name, { type: 'service', id: 'portal' })
      assert.equal(decision, body.operations[name] === 'allow', name)
    }
  })
})
