/** What may I, and may he: capabilities and the AuthZEN endpoints, by the decision that requests get. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import supertest from 'supertest'
import type { Browser } from '../support/browser.ts'
import { type House, openHouse, signIn } from '../support/house.ts'
import { sendRaw } from '../support/raw-client.ts'
import { ADA, cookieHeader, createUser, get, OTTO, operatorOf, SAM, sessionOf } from '../support/steps.ts'

let house: House
let ada: Browser
let sam: Browser
before(async () => {
  house = await openHouse({ service: { id: 'fnls', profile: 'flexnet-license-server', match: { path: '/app/' } } })
  const { directory } = house.gateway
  for (const account of [ADA, SAM, OTTO]) await createUser(house, account)
  const grant = (account: string, role: string, service: string | null = null) =>
    directory.grant({ account, provider: 'demo' }, { role, service }, null)
  await grant(ADA, 'administrator')
  await grant(SAM, 'flexnet-license-server:role_read', 'fnls')
  ada = house.browser()
  sam = house.browser()
  await signIn(ada, ADA, '/app/', house)
  await signIn(sam, SAM, '/app/', house)
})
after(() => house.close())

const CAPABILITIES = '/.gatehouse/capabilities?service=fnls'

describe('capabilities', () => {
  test('G-2: they list what the caller may do, and what he sees', async () => {
    const { body, headers } = await get(house, CAPABILITIES, sam).expect(200)
    assert.deepEqual(Object.keys(body), ['service', 'revision', 'operations', 'resources'])
    assert.equal(body.operations.readFeatures, 'allow')
    assert.equal(body.operations.suspend, undefined)
    assert.deepEqual(body.resources, { read: 'allow' })
    assert.equal(headers['cache-control'], 'private, no-cache')
  })

  test('an answer that has not changed is not sent again; a role more changes it', async () => {
    const { headers } = await get(house, CAPABILITIES, sam)
    const again = () => get(house, CAPABILITIES, sam).set('If-None-Match', String(headers['etag']))
    await again().expect(304)
    const role = { role: 'flexnet-license-server:role_offline', service: null }
    await house.gateway.directory.grant({ account: SAM, provider: 'demo' }, role, null)
    const { body } = await again().expect(200)
    assert.equal(body.operations.loadEntitlements, 'allow', 'G-7: from the next request')
    await house.gateway.directory.revoke({ account: SAM, provider: 'demo' }, role, null)
  })

  test('asking extends no session', async () => {
    const before = (await sessionOf(house, sam)).body.lastActivityAt
    await get(house, CAPABILITIES, sam)
    assert.equal((await sessionOf(house, sam)).body.lastActivityAt, before)
  })

  test('they need a session, and a service that there is', async () => {
    await get(house, CAPABILITIES).expect(401)
    await get(house, '/.gatehouse/capabilities?service=gone', sam).expect(404)
    await get(house, '/.gatehouse/capabilities', sam).expect(400)
  })
})

test('a token of ours is judged alone: a cookie beside it opens nothing', async () => {
  for (const token of ['Bearer gh_x', 'gh_x', 'token  GH_x']) {
    for (const path of [CAPABILITIES, '/.gatehouse/session', '/app/']) {
      await get(house, path, sam).set('Authorization', token).expect(401)
    }
    await ask(sam, 'evaluation', question(), { Authorization: token }).expect(401)
  }
  await get(house, '/.gatehouse/session', sam).set('Authorization', 'Bearer another').expect(200)
})

interface Asked {
  readonly account?: string
  readonly action?: string
  readonly resource?: object
}

function question({ account = SAM, action = 'readFeatures', resource = { type: 'service', id: 'fnls' } }: Asked = {}) {
  return { subject: { type: 'operator', id: account }, action: { name: action }, resource }
}

function ask(visitor: Browser | undefined, path: string, body: object, headers: Record<string, string> = {}) {
  const sent = supertest(house.url).post(`/.gatehouse/access/v1/${path}`).set(headers)
  return (visitor === undefined ? sent : sent.set('Cookie', cookieHeader(visitor))).send(body)
}

describe('access evaluation', () => {
  test('everybody may ask about himself', async () => {
    const { body } = await ask(sam, 'evaluation', question()).expect(200)
    assert.equal(body.decision, true)
    const { effect, rule, conflict, obligations } = body.context
    assert.deepEqual(
      { effect, rule, conflict, obligations },
      { effect: 'allow', rule: 'statement', conflict: false, obligations: [] },
    )
    assert.equal((await ask(sam, 'evaluation', question({ action: 'suspend' }))).body.decision, false)
    assert.equal(
      (await ask(sam, 'evaluation', question({ action: 'unheard-of' }))).body.context.rule,
      'unlisted-operation',
    )
  })

  test('about others administrators may ask alone', async () => {
    await ask(sam, 'evaluation', question({ account: ADA })).expect(403)
    assert.equal((await ask(ada, 'evaluation', question())).body.decision, true)
    assert.equal((await ask(ada, 'evaluation', question({ account: OTTO }))).body.context.rule, 'no-role')
    assert.equal((await ask(ada, 'evaluation', question({ account: 'nobody@example.com' }))).body.decision, false)
  })

  test('a disabled operator may nothing', async () => {
    const otto = { account: OTTO, provider: 'demo' }
    const role = { role: 'flexnet-license-server:role_read', service: null }
    await house.gateway.directory.grant(otto, role, null)
    assert.equal((await ask(ada, 'evaluation', question({ account: OTTO }))).body.decision, true)
    await house.gateway.directory.disable(otto, null)
    assert.equal((await ask(ada, 'evaluation', question({ account: OTTO }))).body.decision, false)
    await house.gateway.directory.enable(otto, null)
  })

  test('an object is named by its type, its id and its service', async () => {
    const { id } = (await operatorOf(house, ADA)) ?? assert.fail()
    const name = { service: 'fnls', type: 'reservation-group', id: '7' }
    await house.gateway.store.transaction((ports) =>
      ports.objects.create([{ ...name, owner: { operator: id }, accessList: null, parents: [] }]),
    )
    const role = { role: 'flexnet-license-server:role_reservations', service: null }
    await house.gateway.directory.grant({ account: SAM, provider: 'demo' }, role, null)
    const asked = (group: string) => {
      const resource = { type: 'reservation-group', id: group, properties: { service: 'fnls' } }
      return ask(sam, 'evaluation', question({ action: 'deleteReservationGroup', resource }))
    }
    assert.equal((await asked('7')).body.context.rule, 'reach')
    assert.equal((await asked('8')).body.decision, true)
    await house.gateway.directory.revoke({ account: SAM, provider: 'demo' }, role, null)
  })

  test('several questions share what is stated for all, and stop where they shall', async () => {
    const shared = question()
    const evaluations = [{}, { action: { name: 'suspend' } }, { action: { name: 'readClients' } }]
    const decisions = async (semantic?: string) => {
      const options = semantic === undefined ? {} : { options: { evaluations_semantic: semantic } }
      const { body } = await ask(sam, 'evaluations', { ...shared, evaluations, ...options }).expect(200)
      return body.evaluations.map((each: { decision: boolean }) => each.decision)
    }
    assert.deepEqual(await decisions(), [true, false, true])
    assert.deepEqual(await decisions('deny_on_first_deny'), [true, false])
    assert.deepEqual(await decisions('permit_on_first_permit'), [true])
    assert.equal((await ask(sam, 'evaluations', shared)).body.decision, true, 'without a list it is one question')
  })

  test('the body of a question that nobody in particular asks is not waited for', async () => {
    const { host } = new URL(house.url)
    const head = `POST /.gatehouse/access/v1/evaluations HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\n`
    const announced = `Content-Length: 1000000\r\nConnection: close\r\n`
    assert.match(await sendRaw(house.port, `${head}${announced}\r\n{`), /^HTTP\/1\.1 401 /)
    const elsewhere = `Cookie: ${cookieHeader(sam)}\r\nOrigin: https://evil.example\r\n`
    assert.match(await sendRaw(house.port, `${head}${announced}${elsewhere}\r\n{`), /^HTTP\/1\.1 403 /)
  })

  test('what is not understood is refused, and nobody asks without a session or from another site', async () => {
    await ask(undefined, 'evaluation', question()).expect(401)
    await ask(sam, 'evaluation', { subject: { type: 'operator', id: SAM } }).expect(400)
    await ask(sam, 'evaluation', question({ resource: { type: 'device', id: '1' } })).expect(400)
    await ask(sam, 'evaluations', { evaluations: [{}] }).expect(400)
    const vague = { name: 'readFeatures', properties: { products: 'P1' } }
    await ask(sam, 'evaluation', { ...question(), action: vague }).expect(400)
    const typed = (type: string) => {
      const sent = supertest(house.url).post('/.gatehouse/access/v1/evaluation').set('Cookie', cookieHeader(sam))
      return sent.set('Content-Type', type).send(JSON.stringify(question()))
    }
    for (const type of ['application/json', 'Application/JSON ; charset="UTF-8"']) await typed(type).expect(200)
    const untaken = [
      'text/plain',
      'application/json; charset=utf-7',
      'application/json; charset=utf-16',
      'application/jsonx',
    ]
    for (const type of untaken) await typed(type).expect(415)
    await ask(sam, 'evaluation', question(), { Origin: 'https://evil.example' }).expect(403)
    const { headers } = await ask(sam, 'evaluation', question(), { 'X-Request-ID': 'bfe9eb29-ab87-4ca3' })
    assert.equal(headers['x-request-id'], 'bfe9eb29-ab87-4ca3')
  })
})
