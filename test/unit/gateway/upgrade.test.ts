import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'

import type { ServiceConfig } from '../../../src/config/config.ts'
import { echoed, echoUpstream } from '../../support/echo-upstream.ts'
import { eventually } from '../../support/eventually.ts'
import { operator, service, testGateway } from '../../support/gateway.ts'
import { ask, sendRaw } from '../../support/raw-client.ts'
import { clientFrame, KEY, openWebSocket, readFrames, webSocketUpstream } from '../../support/websocket.ts'

const upstream = await webSocketUpstream()
const plain = await echoUpstream()
const at = (path: string, over: Partial<ServiceConfig> = {}) =>
  service({ id: path.slice(1, -1), match: { path, host: null }, upstream: [upstream.url], ...over })
const QUICK = { connectSeconds: 1, headersSeconds: 0.5, idleSeconds: 0.5 }
const SERVICES = [
  at('/app/', { public: ['/open/**'], allowedOrigins: ['https://friend.test'], passive: ['/quiet'] }),
  at('/free/', { access: 'public' }),
  at('/maybe/', { access: 'optional' }),
  at('/quick/', { access: 'public', timeouts: QUICK }),
  at('/plain/', { access: 'public', upstream: [plain.url] }),
  at('/dead/', { access: 'public', upstream: ['http://127.0.0.1:1'] }),
]
const gateway = await testGateway({ services: SERVICES })
const waiting = await testGateway({ services: SERVICES, wait: true })
const roleless = await testGateway({ services: SERVICES, operator: operator({ grants: [] }) })
const stopping = await testGateway({ services: SERVICES })

after(async () => {
  await Promise.all([gateway, waiting, roleless, stopping].map((each) => each.close()))
  await Promise.all([upstream.close(), plain.close()])
})

const SIGNED_IN = { Cookie: `a=1; ${gateway.cookie}`, Origin: 'https://gw.test' }
const closeCode = (bytes: Buffer) => {
  const last = readFrames(bytes).frames.at(-1)
  return last?.opcode === 8 ? last.payload.readUInt16BE() : undefined
}

describe('a WebSocket under a session', () => {
  for (const [kind, each] of [
    ['at hand', gateway],
    ['to be read', waiting],
  ] as const) {
    test(`with facts ${kind}, reaches the upstream under its identity and carries frames both ways`, async () => {
      const client = await openWebSocket(each.port, '/app/chat?room=1', {
        headers: {
          Cookie: `a=1; ${each.cookie}`,
          Origin: 'https://gw.test',
          'Sec-WebSocket-Protocol': 'chat',
          'Sec-WebSocket-Extensions': 'permessage-deflate',
          'X-Gatehouse-Operator': 'evil',
        },
      })
      assert.match(client.head, /^HTTP\/1\.1 101 /)
      assert.match(client.head, /\r\nconnection: upgrade\r\nupgrade: websocket\r\n/i)
      assert.match(client.head, /\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/i)
      assert.match(client.head, /\r\nset-cookie: gatehouse_expires=/i)
      assert.doesNotMatch(client.head, /content-length|transfer-encoding|cache-control/i)
      const seen = upstream.seen.at(-1) ?? assert.fail()
      assert.equal(seen.url, '/chat?room=1')
      assert.deepEqual(echoed(seen, 'x-gatehouse-operator'), ['ann@example.com'])
      assert.deepEqual(echoed(seen, 'x-gatehouse-assertion'), ['test.identity.token'])
      assert.deepEqual(echoed(seen, 'cookie'), ['a=1'])
      assert.deepEqual(echoed(seen, 'connection'), ['upgrade'])
      assert.deepEqual(echoed(seen, 'upgrade'), ['websocket'])
      assert.deepEqual(echoed(seen, 'sec-websocket-protocol'), ['chat'])
      assert.deepEqual(echoed(seen, 'sec-websocket-extensions'), ['permessage-deflate'])
      client.socket.write(clientFrame('hello'))
      client.socket.write(clientFrame('x'.repeat(70_000)))
      const [first, second] = await client.frames(2)
      assert.deepEqual([String(first?.payload), second?.payload.length], ['hello', 70_000])
      client.socket.destroy()
    })
  }

  test('what comes right behind the handshake arrives after it', async () => {
    const client = await openWebSocket(gateway.port, '/app/', { headers: SIGNED_IN, early: clientFrame('early') })
    assert.equal(String((await client.frames(1))[0]?.payload), 'early')
    client.socket.destroy()
  })

  test('is one action when it opens and none afterwards', async () => {
    const before = gateway.actions.length
    const client = await openWebSocket(gateway.port, '/app/', { headers: SIGNED_IN })
    client.socket.write(clientFrame('x'))
    await client.frames(1)
    assert.equal(gateway.actions.length - before, 1)
    client.socket.destroy()
    const passive = await openWebSocket(gateway.port, '/app/quiet', { headers: SIGNED_IN })
    assert.equal(gateway.actions.length - before, 1)
    passive.socket.destroy()
  })

  test('the 101 is cleaned like every answer', async () => {
    const client = await openWebSocket(gateway.port, '/app/headers', { headers: SIGNED_IN })
    assert.doesNotMatch(client.head, /evil|alt-svc|x-gatehouse|content-length/i)
    assert.match(client.head, /\r\nset-cookie: a=1\r\n/i)
    assert.match(client.head, /\r\nsec-websocket-protocol: chat\r\n/i)
    client.socket.destroy()
  })

  test('is logged with its end, and its handshake is counted as a request', async () => {
    const client = await openWebSocket(gateway.port, '/app/', { headers: SIGNED_IN })
    const line = () => gateway.logged.findLast(([event]) => event === 'request')
    await eventually(() => line()?.[1]?.['status'] === 101)
    assert.equal(gateway.observed.at(-1)?.status, 101)
    client.socket.destroy()
    await eventually(() => gateway.logged.at(-1)?.[0] === 'tunnel closed')
    assert.equal(gateway.logged.at(-1)?.[1]?.['why'], 'client')
    assert.equal(gateway.logged.at(-1)?.[1]?.['requestId'], line()?.[1]?.['requestId'])
  })
})

describe('who may not open one', () => {
  const CASES: readonly (readonly [name: string, path: string, headers: Record<string, string>, status: number])[] = [
    ['nobody signed in', '/app/', {}, 401],
    ['nobody signed in, asking like a page', '/app/', { Accept: 'text/html', 'Sec-Fetch-Mode': 'navigate' }, 401],
    ['one of our tokens', '/app/', { ...SIGNED_IN, Authorization: 'Bearer gh_x' }, 401],
    ['a page of another site', '/app/', { ...SIGNED_IN, Origin: 'https://evil.test' }, 403],
    [
      'a page of another site, by Fetch Metadata',
      '/app/',
      { Cookie: gateway.cookie, 'Sec-Fetch-Site': 'cross-site' },
      403,
    ],
    ['an opaque origin', '/app/', { ...SIGNED_IN, Origin: 'null' }, 403],
    ['another host', '/app/', { ...SIGNED_IN, Host: 'evil.test' }, 421],
    ['no service', '/nothing/', SIGNED_IN, 404],
    ['our own pages', '/.gatehouse/session', SIGNED_IN, 404],
    ['a target in no normal form', '/app/../free/', SIGNED_IN, 400],
    ['a service path without its final slash', '/app', SIGNED_IN, 308],
    ['another protocol', '/free/', { Upgrade: 'h2c', 'HTTP2-Settings': 'AAMAAABk' }, 400],
    ['another protocol beside it', '/free/', { Upgrade: 'websocket, h2c' }, 400],
    ['a key of another length', '/free/', { 'Sec-WebSocket-Key': 'c2hvcnQ=' }, 400],
    ['an empty key', '/free/', { 'Sec-WebSocket-Key': '' }, 400],
    ['a body', '/free/', { 'Content-Length': '3' }, 400],
    ['a chunked body', '/free/', { 'Transfer-Encoding': 'chunked' }, 400],
  ]
  for (const [name, path, headers, status] of CASES) {
    test(`${name}: ${status}, the upstream is not contacted, and nothing is served behind it`, async () => {
      const before = upstream.seen.length
      const early = Buffer.from('GET /plain/x HTTP/1.1\r\nHost: gw.test\r\n\r\n')
      const asked = plain.seen.length
      const client = await openWebSocket(gateway.port, path, { headers, early })
      assert.equal(client.status, status, client.head)
      assert.match(client.head, /\r\nconnection: close(?:\r\n|$)/i)
      await client.ended
      assert.doesNotMatch(client.body().toString(), /HTTP\/1\.1/)
      assert.deepEqual([upstream.seen.length, plain.seen.length], [before, asked])
      client.socket.destroy()
    })
  }

  test('an operator without a role is refused', async () => {
    const client = await openWebSocket(roleless.port, '/app/', { headers: { Cookie: roleless.cookie } })
    assert.equal(client.status, 403)
    assert.equal(JSON.parse(client.body().toString()).code, 'NO_ROLE')
    client.socket.destroy()
  })

  test('an allowed origin and a client without one may', async () => {
    for (const headers of [{ Cookie: gateway.cookie, Origin: 'https://friend.test' }, { Cookie: gateway.cookie }]) {
      const client = await openWebSocket(gateway.port, '/app/', { headers })
      assert.equal(client.status, 101)
      client.socket.destroy()
    }
  })

  test('a handshake by another method or in HTTP/1.0 is refused', async () => {
    const fields = `Host: gw.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: ${KEY}\r\n\r\n`
    for (const line of ['POST /free/ HTTP/1.1', 'GET /free/ HTTP/1.0']) {
      assert.match(await sendRaw(gateway.port, `${line}\r\n${fields}`), /^HTTP\/1\.1 400 /)
    }
  })

  test('a handshake behind a request that is still being answered closes the connection and reaches no upstream', async () => {
    const before = upstream.seen.length
    const text = await sendRaw(
      gateway.port,
      `GET /plain/delay?ms=300 HTTP/1.1\r\nHost: gw.test\r\n\r\nGET /free/ HTTP/1.1\r\nHost: gw.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: ${KEY}\r\n\r\n`,
    )
    assert.equal(text, '')
    assert.equal(upstream.seen.length, before)
  })
})

describe('without a session', () => {
  for (const path of ['/free/', '/maybe/', '/app/open/x']) {
    test(`${path} is tunnelled without identity`, async () => {
      const client = await openWebSocket(gateway.port, path, { headers: { Origin: 'https://evil.test' } })
      assert.equal(client.status, 101)
      assert.deepEqual(echoed(upstream.seen.at(-1) ?? assert.fail(), 'x-gatehouse-operator'), [''])
      client.socket.write(clientFrame('x'))
      assert.equal(String((await client.frames(1))[0]?.payload), 'x')
      assert.equal(gateway.watched(), 0)
      client.socket.destroy()
    })
  }
})

describe('the end of the session', () => {
  test('closes between frames with 1008 towards the client, and closes the upstream', async () => {
    const client = await openWebSocket(gateway.port, '/app/', { headers: SIGNED_IN })
    client.socket.write(clientFrame('x'))
    await client.frames(1)
    gateway.endSession()
    await client.ended
    assert.equal(closeCode(client.body()), 1008)
    await eventually(() => upstream.open.size === 0)
    assert.equal(gateway.watched(), 0)
    client.socket.destroy()
    await eventually(() => gateway.logged.at(-1)?.[1]?.['why'] === 'session-over')
  })

  test('waits a moment for the frame under way', async () => {
    const headers = { ...SIGNED_IN, 'X-Rest-After': '100' }
    const client = await openWebSocket(gateway.port, '/app/half', { headers })
    await eventually(() => client.body().length >= 500)
    gateway.endSession()
    await client.ended
    assert.deepEqual(
      readFrames(client.body()).frames.map(({ opcode }) => opcode),
      [1, 8],
    )
    client.socket.destroy()
  })

  test('ends without a close frame when the frame under way does not end', async () => {
    const client = await openWebSocket(gateway.port, '/app/half', { headers: SIGNED_IN })
    await eventually(() => client.body().length >= 500)
    const started = performance.now()
    gateway.endSession()
    await client.ended
    assert.ok(performance.now() - started < 600)
    assert.equal(client.body().length, 500)
    client.socket.destroy()
  })

  test('closes a stream of large frames with 1008 at a boundary', async () => {
    const client = await openWebSocket(gateway.port, '/app/flood', { headers: SIGNED_IN })
    await eventually(() => client.body().length > 1_000_000)
    gateway.endSession()
    await client.ended
    assert.equal(closeCode(client.body()), 1008)
    assert.equal(readFrames(client.body()).left, 0)
    client.socket.destroy()
  })

  test('cuts off a client that reads nothing', async () => {
    const client = await openWebSocket(gateway.port, '/app/flood', { headers: SIGNED_IN })
    client.socket.pause()
    await delay(200)
    gateway.endSession()
    await eventually(() => upstream.open.size === 0)
    await eventually(() => gateway.logged.at(-1)?.[0] === 'tunnel closed')
    client.socket.destroy()
  })
})

describe('the end of a connection', () => {
  test('a process that stops says 1001, also where there is no session', async () => {
    const clients = await Promise.all([
      openWebSocket(stopping.port, '/free/'),
      openWebSocket(stopping.port, '/app/', { headers: { Cookie: stopping.cookie } }),
    ])
    stopping.drain()
    for (const client of clients) {
      await client.ended
      assert.equal(closeCode(client.body()), 1001)
      client.socket.destroy()
    }
  })

  test('an idle one is closed with 1001', async () => {
    const client = await openWebSocket(gateway.port, '/quick/')
    await client.ended
    assert.equal(closeCode(client.body()), 1001)
    client.socket.destroy()
  })

  test('the close frame of the upstream is the last one', async () => {
    const client = await openWebSocket(gateway.port, '/app/', { headers: SIGNED_IN })
    client.socket.write(clientFrame('\u0003\u0001', 8))
    await client.frames(1)
    gateway.endSession()
    await client.ended
    assert.equal(readFrames(client.body()).frames.length, 1)
    client.socket.destroy()
  })

  test('a client that goes away takes the upstream with it, and the reverse', async () => {
    for (const go of ['destroy', 'resetAndDestroy', 'end'] as const) {
      const client = await openWebSocket(gateway.port, '/app/', { headers: SIGNED_IN })
      await eventually(() => upstream.open.size === 1)
      client.socket[go]()
      await eventually(() => upstream.open.size === 0)
      assert.equal(gateway.watched(), 0, go)
      client.socket.destroy()
    }
    const ended = await openWebSocket(gateway.port, '/app/end', { headers: SIGNED_IN })
    await ended.ended
    ended.socket.destroy()
    const cut = await openWebSocket(gateway.port, '/app/', { headers: SIGNED_IN })
    for (const socket of upstream.open) socket.destroy()
    await cut.ended
    cut.socket.destroy()
    await eventually(() => gateway.watched() === 0)
  })

  test('a slow reader holds the upstream back', async () => {
    const client = await openWebSocket(gateway.port, '/free/flood')
    client.socket.pause()
    await delay(300)
    const before = process.memoryUsage().arrayBuffers
    await delay(300)
    assert.ok(process.memoryUsage().arrayBuffers - before < 20_000_000)
    client.socket.destroy()
    await eventually(() => upstream.open.size === 0)
  })
})

describe('an upstream that does not change protocols', () => {
  test('its own refusal reaches the client', async () => {
    const client = await openWebSocket(gateway.port, '/free/refuse')
    await client.ended
    assert.equal(client.status, 403)
    assert.match(client.head, /\r\nx-upstream: yes/i)
    assert.match(client.head, /\r\nconnection: close(?:\r\n|$)/i)
    assert.equal(client.body().toString(), 'no')
    client.socket.destroy()
  })

  for (const [name, path, status, code] of [
    ['an answer to another handshake', '/free/wrong', 502, 'UPSTREAM_INVALID'],
    ['another protocol', '/free/other', 502, 'UPSTREAM_INVALID'],
    ['no answer in time', '/quick/mute', 504, 'UPSTREAM_TIMEOUT'],
    ['no connection', '/dead/', 502, 'UPSTREAM_UNREACHABLE'],
  ] as const) {
    test(`${name} answers ${status} ${code}`, async () => {
      const client = await openWebSocket(gateway.port, path)
      assert.equal(client.status, status)
      await client.ended
      assert.equal(JSON.parse(client.body().toString()).code, code)
      client.socket.destroy()
      await eventually(() => upstream.open.size === 0)
    })
  }

  test('an ordinary answer is passed on, and the connection is not kept', async () => {
    const client = await openWebSocket(gateway.port, '/plain/x')
    await client.ended
    assert.equal(client.status, 200)
    client.socket.destroy()
  })

  test('a client that gives up meanwhile leaves nothing behind', async () => {
    const before = gateway.logged.length
    const socket = connect(gateway.port, '127.0.0.1')
    socket.write(
      `GET /free/mute HTTP/1.1\r\nHost: gw.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: ${KEY}\r\n\r\n`,
    )
    await once(socket, 'connect')
    await delay(50)
    socket.resetAndDestroy()
    await eventually(() => gateway.logged.slice(before).some(([event]) => event === 'request'))
    assert.equal(gateway.logged.at(-1)?.[1]?.['status'], 0)
  })
})

test('an Upgrade field alone changes nothing', async () => {
  const answer = await ask(gateway.url, '/plain/x', { headers: { Upgrade: 'websocket' } })
  assert.equal(answer.status, 200)
  assert.deepEqual(echoed(JSON.parse(answer.body), 'upgrade'), [])
})
