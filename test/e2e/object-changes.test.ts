/** Changes that are made at the service and here: what the service answers commits, drops or leaves in doubt. */

import assert from 'node:assert/strict'
import { createServer, type ServerResponse } from 'node:http'
import { after, before, beforeEach, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import supertest from 'supertest'
import type { Browser } from '../support/browser.ts'
import { listen } from '../support/echo-upstream.ts'
import { type House, openHouse, signIn } from '../support/house.ts'
import { ADA, cookieHeader, createUser, OTTO, operatorOf, SAM } from '../support/steps.ts'

let house: House
let sam: Browser
let otto: Browser
let answer: (res: ServerResponse) => void
const upstream = createServer((req, res) => {
  req.resume().once('end', () => answer(res))
})
const json = (res: ServerResponse, status: number, body: unknown) =>
  res.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))

before(async () => {
  const service = {
    id: 'clm',
    profile: 'cisco-license-manager',
    upstream: await listen(upstream),
    timeouts: { headersSeconds: 0.5 },
  }
  house = await openHouse({ service })
  for (const account of [ADA, SAM, OTTO]) await createUser(house, account)
  const role = { role: 'cisco-license-manager:pak-management', service: null }
  for (const account of [SAM, OTTO]) await house.gateway.directory.grant({ account, provider: 'demo' }, role, null)
  sam = house.browser()
  otto = house.browser()
  answer = (res) => json(res, 200, {})
  await signIn(sam, SAM, '/app/', house)
  await signIn(otto, OTTO, '/app/', house)
})
after(async () => {
  await house.close()
  upstream.closeAllConnections()
  upstream.close()
})
beforeEach(() => {
  answer = (res) => json(res, 200, {})
})

function call(visitor: Browser, operation: string, body: object) {
  return supertest(house.url).post(`/app/api/${operation}`).set('Cookie', cookieHeader(visitor)).send(body)
}

const stored = (id: string, type = 'pak') => house.gateway.store.objects.load({ service: 'clm', type, id })
const idOf = async (account: string) => (await operatorOf(house, account))?.id ?? assert.fail()

/** A PAK of Sam's, made by his own request. */
async function create(id: string): Promise<void> {
  answer = (res) => json(res, 201, { paks: [{ id }] })
  await call(sam, 'createPAKs', { paks: [{ pakId: `PAK-${id}` }] }).expect(201)
  answer = (res) => json(res, 200, {})
}

test('C-5: who creates a PAK owns it from the next request on, and nobody else sees it', async () => {
  await create('own')
  assert.deepEqual((await stored('own'))?.owner, { operator: await idOf(SAM) })
  await call(sam, 'writePAKs', { pak: 'own' }).expect(200)
  await call(otto, 'writePAKs', { pak: 'own' }).expect(404)
})

test('what the service refuses to create is nobody’s, and an id that is there keeps its owner', async () => {
  answer = (res) => json(res, 409, { paks: [{ id: 'refused' }] })
  await call(sam, 'createPAKs', {}).expect(409)
  assert.equal(await stored('refused'), undefined)
  await create('kept')
  answer = (res) => json(res, 201, { paks: [{ id: 'kept' }] })
  await call(otto, 'createPAKs', {}).expect(201)
  assert.deepEqual((await stored('kept'))?.owner, { operator: await idOf(SAM) })
})

test('2xx commits: who is put on the list gets in, and out when he is taken off', async () => {
  await create('listed')
  await call(sam, 'addUserToPAKAccessList', { pak: 'listed', user: OTTO }).expect(200)
  await call(otto, 'writePAKs', { pak: 'listed' }).expect(200)
  await call(sam, 'removeUserFromPAKAccessList', { pak: 'listed', user: OTTO }).expect(200)
  await call(otto, 'writePAKs', { pak: 'listed' }).expect(404)
  assert.deepEqual((await stored('listed'))?.accessList, { operators: [], groups: [] }, 'C-10: an empty list is left')
})

test('a definite refusal drops: nothing has changed, and another try may follow at once', async () => {
  await create('refusing')
  answer = (res) => json(res, 403, { message: 'no' })
  await call(sam, 'addUserToPAKAccessList', { pak: 'refusing', user: OTTO }).expect(403)
  const { accessList, pending } = (await stored('refusing')) ?? assert.fail()
  assert.deepEqual([accessList, pending], [null, null])
  answer = (res) => json(res, 200, {})
  await call(sam, 'addUserToPAKAccessList', { pak: 'refusing', user: OTTO }).expect(200)
})

const DOUBTS: Readonly<Record<string, readonly [status: number, answer: (res: ServerResponse) => void]>> = {
  'no answer at all': [502, (res) => res.destroy()],
  'an answer that breaks off': [
    502,
    (res) => void res.writeHead(200, { 'Content-Length': '10' }).write('x', () => res.destroy()),
  ],
  'a failure': [500, (res) => json(res, 500, {})],
  'an answer after the time-out': [504, (res) => void delay(1200).then(() => json(res, 200, {}))],
}

for (const [what, [status, answering]] of Object.entries(DOUBTS)) {
  test(`${what} leaves the change in doubt: nothing is taken for changed, and further changes wait for an administrator`, async () => {
    const id = what.replaceAll(' ', '-')
    await create(id)
    answer = answering
    await call(sam, 'addUserToPAKAccessList', { pak: id, user: OTTO }).expect(status)
    answer = (res) => json(res, 200, {})
    await call(otto, 'writePAKs', { pak: id }).expect(404)
    const waiting = await call(sam, 'addUserToPAKAccessList', { pak: id, user: OTTO }).expect(409)
    assert.equal(waiting.body.code, 'OBJECT_PENDING')
    assert.notEqual((await stored(id))?.pending, null)
  })
}

test('of many changes of one object at the same time exactly one goes to the service', async () => {
  await create('raced')
  let asked = 0
  answer = (res) => {
    asked += 1
    void delay(200).then(() => json(res, 200, {}))
  }
  const all = await Promise.all(
    Array.from({ length: 20 }, () => call(sam, 'addUserToPAKAccessList', { pak: 'raced', user: OTTO })),
  )
  assert.deepEqual([asked, all.filter(({ status }) => status === 200).length], [1, 1])
  assert.ok(all.every(({ status }) => status === 200 || status === 409))
})

test('what is deleted at the service is forgotten here: one of the same name inherits nothing', async () => {
  await create('gone')
  await call(sam, 'deletePAKs', { pak: 'gone' }).expect(200)
  assert.equal(await stored('gone'), undefined)
})

test('somebody unknown on the list is refused before the service is asked', async () => {
  await create('unknown-user')
  let asked = false
  answer = (res) => {
    asked = true
    json(res, 200, {})
  }
  const { body } = await call(sam, 'addUserToPAKAccessList', {
    pak: 'unknown-user',
    user: 'nobody@example.com',
  }).expect(403)
  assert.deepEqual([body.code, asked], ['OBJECT_UNDETERMINED', false])
})

test('G-12: of PAKs that are deleted together those that are refused stay, here and there', async () => {
  await create('sams')
  answer = (res) => json(res, 201, { paks: [{ id: 'ottos' }] })
  await call(otto, 'createPAKs', {}).expect(201)
  answer = (res) => json(res, 200, {})
  const { body } = await call(sam, 'deletePAKs', { paks: ['ottos', 'sams'] }).expect(207)
  assert.deepEqual(
    body.items.map(({ id, status }: { id: string; status: number }) => [id, status]),
    [
      ['ottos', 404],
      ['sams', 200],
    ],
  )
  assert.equal(await stored('sams'), undefined)
  const kept = await stored('ottos')
  assert.deepEqual([kept?.owner, kept?.pending], [{ operator: await idOf(OTTO) }, null])
})

test('a read that shows the change made settles it; one that shows it not made yet leaves it in doubt', async () => {
  await create('doubted')
  answer = (res) => json(res, 500, {})
  await call(sam, 'addUserToPAKAccessList', { pak: 'doubted', user: OTTO }).expect(500)
  const shows = (list: readonly string[]) => (res: ServerResponse) =>
    json(res, 200, { paks: [{ id: 'doubted', pakId: 'PAK-1', m_owner: SAM, m_pak_access_list: list }] })
  answer = shows([])
  await call(sam, 'readPAKs', { pak: 'doubted' }).expect(200)
  answer = shows(['somebody@else.example'])
  await call(sam, 'readPAKs', { pak: 'doubted' }).expect(200)
  assert.notEqual((await stored('doubted'))?.pending, null)
  answer = shows([OTTO])
  const { body } = await call(sam, 'readPAKs', { pak: 'doubted' }).expect(200)
  assert.equal(body.paks[0].id, 'doubted', 'the answer is passed on')
  const { accessList, pending } = (await stored('doubted')) ?? assert.fail()
  assert.deepEqual([accessList, pending], [{ operators: [await idOf(OTTO)], groups: [] }, null])
  answer = (res) => json(res, 200, {})
  await call(otto, 'writePAKs', { pak: 'doubted' }).expect(200)
})

test('what the service does not know any more was deleted', async () => {
  await create('vanished')
  answer = (res) => void res.destroy()
  await call(sam, 'deletePAKs', { pak: 'vanished' }).expect(502)
  assert.notEqual((await stored('vanished'))?.pending, null)
  answer = (res) => json(res, 404, {})
  await call(sam, 'readPAKs', { pak: 'vanished' }).expect(404)
  assert.equal(await stored('vanished'), undefined)
})

test('what is created is found in a compressed answer too: the service is asked for a plain one', async () => {
  const asked: (string | undefined)[] = []
  upstream.once('request', (req) => asked.push(req.headers['accept-encoding']))
  await create('plain')
  assert.deepEqual(asked, [undefined])
})
