/** Tickets, containers and people of a License Portal on a running gateway: what is changed at the portal and here, and what never is. */

import assert from 'node:assert/strict'
import { createServer, type ServerResponse } from 'node:http'
import { after, before, beforeEach, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import supertest from 'supertest'
import { checkContent } from '../../src/directory/file/read.ts'
import type { Browser } from '../support/browser.ts'
import { listen } from '../support/echo-upstream.ts'
import { type House, openHouse, signIn } from '../support/house.ts'
import { eventually, gatehouse } from '../support/process.ts'
import { ADA, cookieHeader, NORA, OTTO, operatorOf, SAM } from '../support/steps.ts'

const PORTAL = 'license-portal'
const people: Record<string, Browser> = {}
let house: House
let asked: string[] = []
let answer: (res: ServerResponse) => void
const upstream = createServer((req, res) => {
  asked.push(`${req.method} ${req.url}`)
  req.resume().once('end', () => answer(res))
})
const json = (res: ServerResponse, status: number, body: unknown) =>
  void res.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))

before(async () => {
  house = await openHouse({ service: { id: 'portal', profile: PORTAL, upstream: await listen(upstream) } })
  const user = { provider: 'demo', roles: [`${PORTAL}:user`] }
  await apply({
    operators: [
      { account: ADA, provider: 'demo', roles: [`${PORTAL}:isvadmin`] },
      { account: NORA, provider: 'demo', roles: [`${PORTAL}:isvadmin`] },
      { account: SAM, ...user, groups: [{ group: 'acme', rights: { admin: true } }] },
      { account: OTTO, ...user, groups: ['acme/emea'] },
    ],
    groups: [{ path: 'acme' }, { path: 'acme/emea' }, { path: 'acme/emea/Müller' }, { path: 'beta' }],
  })
  for (const account of [ADA, NORA, SAM, OTTO]) {
    const visitor = house.browser()
    answer = (res) => json(res, 200, {})
    await signIn(visitor, account, '/app/portal/groups', house)
    people[account] = visitor
  }
})
after(async () => {
  await house.close()
  upstream.closeAllConnections()
  upstream.close()
})
beforeEach(() => {
  asked = []
  answer = (res) => json(res, 200, {})
})

async function apply(content: object): Promise<void> {
  const file = checkContent(content)
  if (!file.ok) assert.fail(JSON.stringify(file.error))
  const options = { providers: ['demo', 'local'], defaultProvider: 'demo', prune: false }
  const done = await house.gateway.files.apply(file.value, options, null)
  assert.ok(done.ok, JSON.stringify(done))
}

function call(account: string, method: 'get' | 'post' | 'put' | 'delete', path: string, body?: object) {
  const visitor = people[account] ?? assert.fail(account)
  return supertest(house.url)[method](`/app/portal/${path}`).set('Cookie', cookieHeader(visitor)).send(body)
}

const ticket = (id: string, owner: object | null) => ({ service: 'portal', type: 'ticket', id, owner })
const stored = (id: string, type = 'ticket') => house.gateway.store.objects.load({ service: 'portal', type, id })
const idOf = async (account: string) => (await operatorOf(house, account))?.id ?? assert.fail(account)

async function groupId(path: string): Promise<string> {
  const groups = await house.gateway.store.groups.list()
  let found: string | null = null
  for (const name of path.split('/')) {
    found = groups.find((each) => each.name === name && each.parent === found)?.id ?? assert.fail(path)
  }
  return found ?? assert.fail(path)
}

/** Makes all moves at the same time: the portal answers when all but one have their answer, or after 10 s. */
async function allAtOnce<Move, Answer>(
  moves: readonly Move[],
  make: (move: Move) => PromiseLike<Answer>,
): Promise<Answer[]> {
  const { promise: othersLost, resolve } = Promise.withResolvers<void>()
  answer = (res) =>
    void Promise.race([othersLost, delay(10_000, undefined, { ref: false })]).then(() => json(res, 200, {}))
  let answered = 0
  return Promise.all(
    moves.map(async (move) => {
      const got = await make(move)
      answered += 1
      if (answered === moves.length - 1) resolve()
      return got
    }),
  )
}

test('W-8: what is made belongs to the group or the user that the request names, to him who makes it, or to nobody', async () => {
  const make = async (account: string, path: string, body: object, id: string) => {
    answer = (res) => json(res, 201, { ticket: id, serial: id })
    await call(account, 'post', path, body).expect(201)
    return (await stored(id, path === 'tickets' ? 'ticket' : 'container'))?.owner
  }
  assert.deepEqual(await make(ADA, 'tickets', { product: 'P', group: 'acme/emea' }, 'm-1'), {
    group: await groupId('acme/emea'),
  })
  assert.deepEqual(await make(ADA, 'tickets', { product: 'P', user: OTTO }, 'm-2'), { operator: await idOf(OTTO) })
  assert.equal(await make(ADA, 'tickets', { product: 'P' }, 'm-3'), null)
  assert.deepEqual(await make(OTTO, 'containers', { user: OTTO }, 'm-4'), { operator: await idOf(OTTO) })
  answer = (res) => json(res, 200, {})
  await call(OTTO, 'get', 'tickets/m-1').expect(200)
  await call(OTTO, 'get', 'tickets/m-2').expect(200)
  await call(OTTO, 'get', 'tickets/m-3').expect(404)
})

test('W-6, W-8: of 50 moves at once exactly one wins, at the portal and here, and the others change nothing', async () => {
  await apply({ objects: [ticket('raced', { group: 'acme/emea' })] })
  const targets = [
    { user: OTTO },
    { user: SAM },
    { group: 'acme' },
    { group: 'acme/emea/Müller' },
    { group: 'acme/emea' },
  ]
  const moves = Array.from({ length: 50 }, (_, index) => targets[index % targets.length] ?? {})
  const answers = await allAtOnce(moves, (target) => call(SAM, 'put', 'tickets/raced/owner', target))
  const won = answers.flatMap(({ status }, index) => (status === 200 ? [index] : []))
  assert.equal(won.length, 1)
  assert.equal(asked.length, 1)
  assert.ok(answers.every(({ status }) => status === 200 || status === 409 || status === 404))
  const target: { user?: string; group?: string } = moves[won[0] ?? 0] ?? {}
  const owner =
    target.user === undefined ? { group: await groupId(target.group ?? '') } : { operator: await idOf(target.user) }
  const { owner: now, pending } = (await stored('raced')) ?? assert.fail()
  assert.deepEqual([now, pending], [owner, null])
})

test('W-6: several tickets move together or not at all, whatever is refused, where, and by whom', async () => {
  await apply({
    objects: [
      ticket('b-1', { group: 'acme/emea' }),
      ticket('b-2', { group: 'acme/emea' }),
      ticket('b-3', { group: 'beta' }),
    ],
  })
  const owners = async () => Promise.all(['b-1', 'b-2', 'b-3'].map(async (id) => (await stored(id))?.owner))
  const before = await owners()
  const move = (tickets: readonly string[], target: object) => call(SAM, 'post', 'ticket-moves', { tickets, ...target })
  await move(['b-1', 'b-3'], { user: SAM }).expect(404)
  await move(['b-1', 'b-9'], { user: SAM }).expect(404)
  await move(['b-1', 'b-2'], { group: 'beta' }).expect(404)
  await move(['b-1', 'b-2'], { group: 'acme', user: SAM }).expect(403)
  await move([], { user: SAM }).expect(403)
  assert.deepEqual([await owners(), asked], [before, []])
  answer = (res) => json(res, 422, {})
  await move(['b-1', 'b-2'], { user: SAM }).expect(422)
  assert.deepEqual(await owners(), before)
  answer = (res) => json(res, 200, {})
  await move(['b-1', 'b-2'], { group: 'acme/emea/Müller' }).expect(200)
  const below = { group: await groupId('acme/emea/Müller') }
  assert.deepEqual(await owners(), [below, below, before[2]])
})

test('W-6: bulk moves that overlap at the same time are whole: no ticket is moved by one that lost', async () => {
  const ids = ['o-1', 'o-2', 'o-3']
  await apply({ objects: ids.map((id) => ticket(id, { group: 'acme/emea' })) })
  const pairs = [
    [['o-1', 'o-2'], { user: SAM }],
    [['o-3', 'o-2'], { user: OTTO }],
    [['o-2', 'o-1'], { group: 'acme' }],
  ] as const
  const moves = Array.from({ length: 18 }, (_, index) => pairs[index % 3] ?? assert.fail())
  const answers = await allAtOnce(moves, async ([tickets, target]) => {
    const { status } = await call(SAM, 'post', 'ticket-moves', { tickets, ...target })
    return { status, tickets, target }
  })
  const won = answers.filter(({ status }) => status === 200)
  assert.deepEqual([won.length, asked.length], [1, 1])
  const [{ tickets, target } = assert.fail()] = won
  const owner = 'user' in target ? { operator: await idOf(target.user) } : { group: await groupId(target.group) }
  const emea = { group: await groupId('acme/emea') }
  for (const id of ids)
    assert.deepEqual((await stored(id))?.owner, (tickets as readonly string[]).includes(id) ? owner : emea, id)
})

test('W-6: without an answer of the portal all tickets of the move stay where they are, in doubt together', async () => {
  await apply({ objects: [ticket('d-1', { group: 'acme/emea' }), ticket('d-2', { group: 'acme/emea' })] })
  answer = (res) => res.destroy()
  await call(SAM, 'post', 'ticket-moves', { tickets: ['d-1', 'd-2'], user: SAM }).expect(502)
  const [one, two] = [(await stored('d-1'))?.pending?.id, (await stored('d-2'))?.pending?.id]
  assert.ok(one !== undefined && one === two)
  answer = (res) => json(res, 200, {})
  const { body } = await call(SAM, 'put', 'tickets/d-2/owner', { user: OTTO }).expect(409)
  assert.equal(body.code, 'OBJECT_PENDING')
  assert.deepEqual((await stored('d-1'))?.owner, { group: await groupId('acme/emea') })
})

test('W-9: an owner is deleted only when it is said who inherits, and the heir sees the tickets with the next request', async () => {
  const account = 'leaver@demo.example'
  const user = { account, provider: 'demo', roles: [`${PORTAL}:user`], groups: ['acme/emea'] }
  await apply({
    operators: [user],
    objects: [ticket('left', { operator: account }), ticket('of-beta', { group: 'beta' })],
  })
  const run = (...args: string[]) => gatehouse([...args, '--config', house.configFile])
  const refused = await run('operators', 'delete', account, '--idp', 'demo')
  assert.deepEqual([refused.code, /owned there; name an heir/.test(refused.stderr)], [1, true], refused.stderr)
  await call(OTTO, 'get', 'tickets/left').expect(404)
  const done = await run('operators', 'delete', account, '--idp', 'demo', '--heir', OTTO, '--heir-idp', 'demo')
  assert.equal(done.code, 0, done.stderr)
  await delay(1100)
  await call(OTTO, 'get', 'tickets/left').expect(200)
  const kept = await run('groups', 'delete', 'beta')
  assert.equal(kept.code, 1, kept.stderr)
  assert.equal((await run('groups', 'delete', 'beta', '--heir-group', 'acme/emea')).code, 0)
  await delay(1100)
  await call(OTTO, 'get', 'tickets/of-beta').expect(200)
})

test('W-2: a group that moves takes its tickets along, and access follows with the next request', async () => {
  await apply({
    groups: [{ path: 'gamma' }, { path: 'gamma/inner' }],
    objects: [ticket('inner', { group: 'gamma/inner' })],
  })
  await call(SAM, 'get', 'tickets/inner').expect(404)
  const moved = await gatehouse(['groups', 'move', 'gamma/inner', 'acme/inner', '--config', house.configFile])
  assert.equal(moved.code, 0, moved.stderr)
  await delay(1100)
  await call(SAM, 'get', 'tickets/inner').expect(200)
})

test('W-4: no ISV administrator deletes himself or steps down, and the portal is not asked', async () => {
  await call(ADA, 'delete', `users/${ADA}`).expect(403)
  await call(ADA, 'delete', `users/${ADA}/isvadmin`).expect(403)
  await call(ADA, 'delete', `users/${encodeURIComponent(ADA)}/isvadmin`).expect(403)
  assert.deepEqual(asked, [])
  await call(ADA, 'delete', `users/${NORA}/isvadmin`).expect(200)
})

test('W-4: while one ISV administrator deletes another at the portal, that one deletes nobody and takes nothing', async () => {
  const held: ServerResponse[] = []
  answer = (res) => (res.req.method === 'DELETE' ? void held.push(res) : json(res, 200, { tickets: [] }))
  const deleting = call(ADA, 'delete', `users/${NORA}`).then(({ status }) => status)
  await eventually(
    async () => held.length,
    (count) => count === 1,
  )
  for (const path of [`users/${ADA}`, `users/${ADA}/isvadmin`, `users/${OTTO}`]) {
    assert.equal((await call(NORA, 'delete', path).expect(409)).body.code, 'OBJECT_PENDING')
  }
  await call(NORA, 'get', 'tickets').expect(200)
  assert.equal(held.length, 1)
  for (const res of held) json(res, 200, {})
  assert.equal(await deleting, 200)
  answer = (res) => json(res, 200, {})
  await call(NORA, 'delete', `users/${OTTO}`).expect(200)
})

test('W-4: of two ISV administrators who delete each other at the portal at once one is refused', async () => {
  answer = (res) => void delay(100).then(() => json(res, 200, {}))
  for (const path of ['', '/isvadmin']) {
    asked = []
    const answers = await Promise.all([
      call(ADA, 'delete', `users/${NORA}${path}`),
      call(NORA, 'delete', `users/${ADA}`),
    ])
    assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, 409])
    assert.equal(asked.length, 1)
  }
})

test('W-4: a portal that gives no answer keeps nobody from going on', async () => {
  answer = (res) => void res.destroy()
  await call(ADA, 'delete', `users/${NORA}`).expect(502)
  answer = (res) => json(res, 200, {})
  await call(NORA, 'delete', `users/${ADA}/isvadmin`).expect(200)
})

test('W-4: of two ISV administrators who delete each other at once one stays, and goes on working', async () => {
  const { directory } = house.gateway
  const name = (account: string) => ({ account, provider: 'demo' })
  const [ada, nora] = [await idOf(ADA), await idOf(NORA)]
  const outcomes = await Promise.allSettled([
    directory.remove(name(NORA), 'refuse', ada),
    directory.revoke(name(ADA), { role: `${PORTAL}:isvadmin`, service: null }, nora),
  ])
  assert.deepEqual(outcomes.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
  const statuses = await Promise.all(
    [ADA, NORA].map(async (account) => (await call(account, 'get', 'tickets/d-1')).status),
  )
  assert.equal(statuses.filter((status) => status === 200).length, 1, statuses.join())
})
