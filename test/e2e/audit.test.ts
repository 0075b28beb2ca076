/** What the data plane records, through the HTTP edge: changes before they are forwarded, their outcomes, refusals. */

import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'

import type { Browser } from '../support/browser.ts'
import { type House, openHouse, signIn } from '../support/house.ts'
import { ask as askRaw } from '../support/raw-client.ts'
import { applyDirectory, auditOf, cookieHeader, createUser, NORA, OTTO, operatorOf, USER } from '../support/steps.ts'
import { openWebSocket, webSocketUpstream } from '../support/websocket.ts'

const TOP = { top: { trustedProxies: ['127.0.0.1/32'] } }

let house: House
let visitor: Browser
before(async () => {
  house = await openHouse(TOP)
  await createUser(house, OTTO)
  visitor = house.browser()
  await signIn(visitor, OTTO, '/app/', house)
})
after(() => house.close())
afterEach(() => {
  house.failures.fail(null)
  house.failures.slow(0)
})

async function send(method: string, path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${house.url}${path}`, { method, headers: { Cookie: cookieHeader(visitor), ...headers } })
}

/** The newest record of the event, once it is there. */
async function newest(event: string) {
  await house.gateway.audit.flush()
  return (await auditOf(house, event)).at(-1)
}

describe('a change', () => {
  test('G-3: is recorded with who, where, what and why, and how it ended under the same request id', async () => {
    const seen = house.upstream.seen.length
    const answer = await send('POST', '/app/devices/4711-AB34-99?secret=1')
    assert.equal(answer.status, 200)
    assert.equal(house.upstream.seen.length, seen + 1)
    const operator = await operatorOf(house, OTTO)
    const allowed = await newest('request.allowed')
    const { request, session, ...detail } = allowed?.detail ?? {}
    assert.deepEqual(detail, {
      operator: operator?.id,
      account: OTTO,
      provider: 'demo',
      service: 'app',
      operation: 'use',
      object: null,
      method: 'POST',
      path: '/app/devices/…4-99',
      rule: 'statement',
      door: 'proxy',
    })
    assert.equal(allowed?.actor, operator?.id)
    const answered = await newest('request.answered')
    assert.deepEqual(answered?.detail, {
      request,
      session,
      service: 'app',
      status: 200,
      outcome: 'answered',
      code: null,
    })
    const created = (await auditOf(house, 'session.created')).at(-1)
    assert.equal(session, created?.detail['session'])
  })

  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND']) {
    test(`G-3: by ${method} is recorded`, async () => {
      const before = (await auditOf(house, 'request.allowed')).length
      await (await send(method, `/app/${method}`)).text()
      assert.equal((await auditOf(house, 'request.allowed')).length, before + 1)
    })
  }

  for (const method of ['GET', 'HEAD', 'OPTIONS']) {
    test(`G-3: by ${method} there is none, so nothing is recorded`, async () => {
      const before = (await auditOf(house, 'request.allowed')).length
      await (await send(method, '/app/x')).text()
      assert.equal((await auditOf(house, 'request.allowed')).length, before)
    })
  }

  test('G-3: that the service did not answer has our status and code', async () => {
    await house.reload({ ...TOP, service: { upstream: 'http://127.0.0.1:9' } })
    assert.equal((await send('POST', '/app/x')).status, 502)
    await house.reload(TOP)
    const { status, code, outcome } = (await newest('request.answered'))?.detail ?? {}
    assert.deepEqual([status, code, outcome], [502, 'UPSTREAM_UNREACHABLE', 'answered'])
  })

  test('G-3: whose client goes away is broken off', async () => {
    const leaving = new AbortController()
    const answer = fetch(`${house.url}/app/delay?ms=5000`, {
      method: 'POST',
      headers: { Cookie: cookieHeader(visitor) },
      signal: leaving.signal,
    })
    const before = (await auditOf(house, 'request.answered')).length
    const recorded = (await auditOf(house, 'request.allowed')).length
    while ((await auditOf(house, 'request.allowed')).length === recorded) await new Promise(setImmediate)
    leaving.abort()
    await assert.rejects(answer)
    while ((await auditOf(house, 'request.answered')).length === before) await new Promise(setImmediate)
    const { status, outcome } = (await newest('request.answered'))?.detail ?? {}
    assert.deepEqual([status, outcome], [0, 'broken-off'])
  })
})

describe('a store that does not take records', () => {
  for (const call of ['audit.append', 'commit'] as const) {
    test(`G-3: with ${call} failing a change is 503 with Retry-After, and the service sees nothing of it`, async () => {
      const seen = house.upstream.seen.length
      house.failures.fail(call)
      const answer = await send('POST', '/app/x')
      assert.equal(answer.status, 503)
      assert.equal(answer.headers.get('retry-after'), '5')
      const body: { code?: string } = JSON.parse(await answer.text())
      assert.equal(body.code, 'AUDIT_UNAVAILABLE')
      assert.equal(house.upstream.seen.length, seen)
      assert.equal((await send('GET', '/app/x')).status, 200)
      house.failures.fail(null)
      assert.equal((await send('POST', '/app/x')).status, 200)
    })
  }

  test('alarms while it does not, is counted in the metrics, and what was refused is on record afterwards', async () => {
    const page = async (path: string) =>
      (await askRaw(house.url, `/.gatehouse/${path}`, { headers: { Host: new URL(house.url).host } })).body
    const alarming = async () => {
      const { alarms }: { alarms: { code: string; subject: string }[] } = JSON.parse(await page('readyz'))
      return alarms.map(({ code, subject }) => `${code} ${subject}`)
    }
    const metric = async (line: RegExp) => Number(line.exec(await page('metrics'))?.[1])
    const refusals = () => metric(/gatehouse_audit_shortfalls_total\{kind="failed"\} (\d+)/)
    await newest('audit.fell-short')
    const before = await refusals()
    house.failures.fail('audit.append')
    for (let n = 0; n < 2; n += 1) assert.equal((await send('POST', '/app/x')).status, 503)
    assert.deepEqual(await alarming(), ['AUDIT_BEHIND changes'])
    assert.equal(await refusals(), before + 2)
    await assert.rejects(house.gateway.audit.flush())
    assert.equal(await metric(/gatehouse_queue_length\{queue="audit"\} (\d+)/), 1)
    house.failures.fail(null)
    assert.equal((await newest('audit.fell-short'))?.detail['refused'], 2)
    assert.deepEqual(await alarming(), [])
    assert.equal(await metric(/gatehouse_queue_length\{queue="audit"\} (\d+)/), 0)
  })

  test('G-3: a slow disk holds up changes for their one record, and nothing else', async () => {
    const slowness = 1000
    house.failures.slow(slowness)
    const start = performance.now()
    const finished: string[] = []
    const sendTimed = async (method: string): Promise<void> => {
      await (await send(method, '/app/x')).text()
      finished.push(method)
    }
    const methods = ['POST', 'GET'].flatMap((method) => Array.from({ length: 20 }, () => method))
    await Promise.all(methods.map(sendTimed))
    const elapsed = performance.now() - start
    assert.deepEqual(finished, methods.toReversed())
    // One commit is under way when most of them come, and they share the next.
    assert.ok(elapsed >= slowness && elapsed < slowness * 5, `changes took ${elapsed} ms`)
  })
})

describe('refusals', () => {
  test('G-3: are counted by session, rule and code, and written once', async () => {
    const nora = house.browser()
    await createUser(house, NORA)
    await signIn(nora, NORA, '/app/', house)
    await house.gateway.directory.revoke(
      { account: NORA, provider: 'demo' },
      { role: 'web-application:user', service: null },
      null,
    )
    const before = (await auditOf(house, 'request.denied')).length
    for (let n = 0; n < 7; n += 1) {
      const headers = { Cookie: cookieHeader(nora) }
      assert.equal((await fetch(`${house.url}/app/page${n}`, { headers })).status, 403)
    }
    const denied = await newest('request.denied')
    assert.equal((await auditOf(house, 'request.denied')).length, before + 1)
    const { account, code, count, method, path, service } = denied?.detail ?? {}
    assert.deepEqual([account, code, count, method, path, service], [NORA, 'NO_ROLE', 7, 'GET', '/app/page0', 'app'])
  })

  test('G-3: of a page of another site are among them', async () => {
    const headers = { Origin: 'https://evil.example' }
    assert.equal((await send('POST', '/app/x', headers)).status, 403)
    const { code, rule, account } = (await newest('request.denied'))?.detail ?? {}
    assert.deepEqual([code, rule, account], ['CROSS_ORIGIN', 'origin', OTTO])
  })

  test('G-3: of a question by a field that is masked are among them, without the question', async () => {
    const clm = { id: 'clm', profile: 'cisco-license-manager', match: { path: '/clm/' }, upstream: house.upstream.url }
    await house.reload({ top: { ...TOP.top, services: [clm] } })
    await applyDirectory(house, { operators: [{ account: OTTO, roles: [USER, `${clm.profile}:license-management`] }] })
    assert.equal((await send('GET', '/clm/api/readPAKs?sort=pakId')).status, 403)
    const { code, operation, method, path } = (await newest('request.denied'))?.detail ?? {}
    assert.deepEqual([code, operation, method, path], ['FIELD_HIDDEN', 'readPAKs', 'GET', '/clm/api/readPAKs'])
    await house.reload(TOP)
  })

  test('of callers without a session leave nothing in the audit', async () => {
    await house.gateway.audit.flush()
    const before = (await auditOf(house)).length
    await fetch(`${house.url}/app/x`, { method: 'POST' })
    await house.gateway.audit.flush()
    assert.equal((await auditOf(house)).length, before)
  })
})

test('G-3: a handshake is a change, and its outcome is 101', async (t) => {
  const service = await webSocketUpstream()
  t.after(() => service.close())
  house.server.on('upgrade', (req, socket, head) => house.gateway.handleUpgrade(req, socket, head))
  await house.reload({ ...TOP, service: { upstream: service.url } })
  const before = (await auditOf(house, 'request.allowed')).length
  const headers = { Cookie: cookieHeader(visitor), Host: `localhost:${house.port}` }
  const client = await openWebSocket(house.port, '/app/ws', { headers })
  client.socket.destroy()
  assert.equal((await auditOf(house, 'request.allowed')).length, before + 1)
  assert.equal((await newest('request.answered'))?.detail['status'], 101)
  await house.reload(TOP)
})

describe('forward-auth', () => {
  const ask = (method: string, headers: Record<string, string> = {}) =>
    fetch(`${house.url}/.gatehouse/auth`, {
      headers: {
        ...headers,
        Cookie: cookieHeader(visitor),
        'X-Original-Method': method,
        'X-Original-Host': `localhost:${house.port}`,
        'X-Original-URI': '/app/x',
      },
    })

  test('G-3: an allowed question about a change is recorded before it is answered, one about a page is not', async () => {
    const before = (await auditOf(house, 'request.allowed')).length
    assert.equal((await ask('GET')).status, 200)
    assert.equal((await auditOf(house, 'request.allowed')).length, before)
    assert.equal((await ask('DELETE')).status, 200)
    const { door, method } = (await newest('request.allowed'))?.detail ?? {}
    assert.deepEqual([door, method], ['forward-auth', 'DELETE'])
  })

  test('G-3: an allowed question about a handshake is recorded once', async () => {
    const before = (await auditOf(house, 'request.allowed')).length
    assert.equal((await ask('GET', { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==' })).status, 200)
    assert.equal((await auditOf(house, 'request.allowed')).length, before + 1)
  })

  test('G-3: is 503 when the record cannot be written', async () => {
    house.failures.fail('audit.append')
    assert.equal((await ask('DELETE')).status, 503)
    assert.equal((await ask('GET')).status, 200)
  })
})
