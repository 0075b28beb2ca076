import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { after, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'

import { echoUpstream, listen } from '../../support/echo-upstream.ts'
import { eventually } from '../../support/eventually.ts'
import { GRANT, operator, service, testGateway } from '../../support/gateway.ts'
import { ask, sendRaw } from '../../support/raw-client.ts'

const upstream = await echoUpstream()
let connections = 0
const counting = createServer((req, res) => {
  res.writeHead(200, { 'content-length': 5 }).end(req.method === 'HEAD' ? undefined : 'hello')
}).on('connection', () => {
  connections += 1
})
const countingUrl = await listen(counting)
/** Answers HEAD with a body, a moment later, that looks like the answer to another request. */
const broken = createTcpServer((socket) => {
  const answer = (body: string) => `HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 4\r\n\r\n${body}`
  socket
    .on('error', () => {})
    .on('data', (request) => {
      if (!String(request).startsWith('HEAD')) return setTimeout(() => socket.write(answer('good')), 40)
      socket.write(answer(''))
      return setTimeout(() => socket.write(answer('evil')), 20)
    })
}).listen(0, '127.0.0.1')
await once(broken, 'listening')
const brokenUrl = `http://127.0.0.1:${(broken.address() as AddressInfo).port}`
const open = (path: string, over = {}) =>
  service({ id: path.slice(1, -1), match: { path, host: null }, access: 'public', upstream: [upstream.url], ...over })
const SERVICES = [
  service({ upstream: [upstream.url] }),
  open('/s/'),
  open('/counted/', { upstream: [countingUrl] }),
  open('/broken/', { upstream: [brokenUrl] }),
  open('/small/', { maxBody: 10 }),
  open('/dead/', { upstream: ['http://127.0.0.1:1'] }),
  open('/slow/', { timeouts: { connectSeconds: 1, headersSeconds: 2, idleSeconds: 0.3 } }),
]
const gateway = await testGateway({ services: SERVICES })
const stopping = await testGateway({ services: SERVICES })

after(async () => {
  await Promise.all([gateway.close(), stopping.close()])
  await upstream.close()
  counting.closeAllConnections()
  counting.close()
  broken.close()
})

const get = (path: string, fields = 'Connection: close\r\n') => `GET ${path} HTTP/1.1\r\nHost: gw.test\r\n${fields}\r\n`

/** A connection that shows what came back so far. */
function line() {
  const socket = connect(gateway.port, '127.0.0.1')
  socket.on('error', () => {})
  const received = { text: '' }
  socket.setEncoding('latin1').on('data', (part: string) => {
    received.text += part
  })
  return { socket, received, ended: once(socket, 'close').catch(() => {}) }
}

describe('interim answers', () => {
  test('102 and 103 are passed on, of 103 the links alone', async () => {
    const text = await sendRaw(gateway.port, get('/s/hints'))
    assert.match(
      text,
      /^HTTP\/1\.1 102 Processing\r\n\r\nHTTP\/1\.1 103 Early Hints\r\nLink: <\/style\.css>; rel=preload, <\/a\.js>; rel=preload\r\n\r\nHTTP\/1\.1 200 /,
    )
    assert.doesNotMatch(text, /evil/)
  })

  test('none is passed on of an object: they would tell one that is not there from one that may not be seen', async () => {
    const portal = service({ profile: 'license-portal', upstream: [upstream.url] })
    const administrator = operator({ grants: [{ ...GRANT, role: 'administrator' }] })
    const guarded = await testGateway({ services: [portal], operator: administrator })
    try {
      const fields = `Cookie: ${guarded.cookie}\r\nConnection: close\r\n`
      assert.match(await sendRaw(guarded.port, get('/app/portal/tickets/hints', fields)), /^HTTP\/1\.1 200 /)
    } finally {
      await guarded.close()
    }
  })

  test('an HTTP/1.0 client gets none', async () => {
    assert.match(await sendRaw(gateway.port, 'GET /s/hints HTTP/1.0\r\nHost: gw.test\r\n\r\n'), /^HTTP\/1\.1 200 /)
  })
})

describe('Expect: 100-continue', () => {
  const post = (path: string, fields = '') =>
    `POST ${path} HTTP/1.1\r\nHost: gw.test\r\nExpect: 100-continue\r\nContent-Length: 20\r\n${fields}\r\n`

  test('is answered when the upstream takes the body, and not passed on', async () => {
    const { socket, received, ended } = line()
    socket.write(post('/s/x', 'Connection: close\r\n'))
    await eventually(() => received.text === 'HTTP/1.1 100 Continue\r\n\r\n')
    socket.write('x'.repeat(20))
    await ended
    assert.match(received.text, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 .*"bytes":20/s)
    assert.doesNotMatch(received.text, /expect/i)
  })

  for (const [name, path, status] of [
    ['without a session', '/app/x', 401],
    ['a body that is too large', '/small/x', 413],
    ['an upstream that is not there', '/dead/x', 502],
    ['no service', '/nothing', 404],
  ] as const) {
    test(`${name}: ${status} without 100, and the connection is not kept`, async () => {
      const text = await sendRaw(gateway.port, post(path))
      assert.match(text, new RegExp(`^HTTP/1\\.1 ${status} `))
      assert.match(text, /\r\nConnection: close\r\n/)
      assert.equal(text.match(/HTTP\/1\.1/g)?.length, 1)
    })
  }

  test('another expectation answers 417', async () => {
    const text = await sendRaw(
      gateway.port,
      'GET /s/x HTTP/1.1\r\nHost: gw.test\r\nExpect: tea\r\nConnection: close\r\n\r\n',
    )
    assert.match(text, /^HTTP\/1\.1 417 /)
  })
})

describe('trailers', () => {
  test('of an answer are passed on, but for those that are a header’s business', async () => {
    const sent = [
      'X-Checksum: 1',
      'Server-Timing: a',
      'X-Gatehouse-Operator: evil',
      'Set-Cookie: evil=1',
      'Content-Type: evil',
    ]
    const query = sent.map((each) => `t=${encodeURIComponent(each.replace(': ', ':'))}`).join('&')
    const text = await sendRaw(gateway.port, get(`/s/trailers?${query}`))
    assert.match(text, /\r\n0\r\nX-Checksum: 1\r\nServer-Timing: a\r\n\r\n$/)
    assert.doesNotMatch(text, /evil/)
  })

  test('of a request end here, whatever their name', async () => {
    const text = await sendRaw(
      gateway.port,
      'POST /s/x HTTP/1.1\r\nHost: gw.test\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nTrailer: X-A\r\n\r\n1\r\nx\r\n0\r\nX-A: 1\r\nX-Gatehouse-Operator: evil\r\n\r\n',
    )
    assert.match(text, /^HTTP\/1\.1 200 .*"bytes":1/s)
    assert.doesNotMatch(text, /evil|X-A|trailer/i)
  })
})

test('GET requests share a connection to the upstream', async () => {
  connections = 0
  for (let turn = 0; turn < 5; turn += 1) assert.equal((await ask(gateway.url, '/counted/x')).body, 'hello')
  assert.equal(connections, 1)
})

test('a body that an upstream sends behind its answer to HEAD reaches nobody', async () => {
  const head = ask(gateway.url, '/broken/x', { method: 'HEAD' })
  assert.equal((await head).status, 200)
  const others = await Promise.all([1, 2, 3].map(() => ask(gateway.url, '/broken/x')))
  assert.deepEqual(
    others.map(({ body }) => body),
    ['good', 'good', 'good'],
  )
})

describe('pipelined requests', () => {
  test('are served one after another, in order', async () => {
    const before = upstream.seen.length
    const { socket, received, ended } = line()
    socket.write(get('/s/delay?ms=150&first', '') + get('/s/x?second', '') + get('/s/x?third'))
    await eventually(() => upstream.seen.length === before + 1)
    await delay(75)
    assert.equal(upstream.seen.length, before + 1, 'the second one waits for the answer to the first')
    await ended
    assert.deepEqual(received.text.match(/first|second|third/g), ['first', 'second', 'third'])
  })

  test('more than anybody needs close the connection', async () => {
    const before = upstream.seen.length
    const text = await sendRaw(gateway.port, get('/s/delay?ms=300', '') + get('/s/x', '').repeat(150), 3000)
    assert.equal(text, '')
    assert.equal(upstream.seen.length, before + 1)
  })

  test('those that wait are gone with their client', async () => {
    const before = upstream.seen.length
    const { socket } = line()
    socket.write(get('/s/delay?ms=100', '') + get('/s/x', ''))
    await eventually(() => upstream.seen.length === before + 1)
    socket.destroy()
    await delay(200)
    assert.equal(upstream.seen.length, before + 1)
  })
})

describe('a client that is silent', () => {
  test('in the middle of its body: 408, and its connection is closed', async () => {
    const text = await sendRaw(
      gateway.port,
      'POST /slow/x HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 100\r\n\r\nsome',
      3000,
    )
    assert.match(text, /^HTTP\/1\.1 408 .*"code":"REQUEST_TIMEOUT"/s)
    assert.match(text, /\r\nConnection: close\r\n/)
  })

  test('before its body: 408, and no upstream hears of it', async () => {
    const before = upstream.seen.length
    const text = await sendRaw(
      gateway.port,
      'POST /slow/x HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 9\r\n\r\n',
      3000,
    )
    assert.match(text, /^HTTP\/1\.1 408 /)
    assert.equal(upstream.seen.length, before)
  })

  test('but sends on in time is served, however long it takes', async () => {
    const { socket, received, ended } = line()
    socket.write('POST /slow/x HTTP/1.1\r\nHost: gw.test\r\nConnection: close\r\nContent-Length: 5\r\n\r\n')
    for (const letter of 'hello') {
      await delay(150)
      socket.write(letter)
    }
    await ended
    assert.match(received.text, /^HTTP\/1\.1 200 .*"bytes":5/s)
  })

  test('while an answer waits to be read loses its connection, and the upstream its client', async () => {
    const before = upstream.aborted()
    const sent = request({
      host: '127.0.0.1',
      port: gateway.port,
      path: '/slow/big?bytes=100000000',
      agent: false,
      headers: { Host: 'gw.test' },
    })
    sent.on('error', () => {}).end()
    const [answer] = await once(sent, 'response')
    answer.on('error', () => {}).pause()
    await eventually(() => upstream.aborted() > before, 3000)
    answer.destroy()
  })
})

describe('an event stream', () => {
  const events = async (each: typeof gateway) => {
    const sent = request({
      host: '127.0.0.1',
      port: each.port,
      path: '/app/events?ms=20',
      agent: false,
      headers: { Host: 'gw.test', Cookie: each.cookie },
    })
    sent.end()
    const [answer] = await once(sent, 'response')
    return answer
  }

  test('under a session ends with it, complete for the client and aborted for the upstream', async () => {
    const before = upstream.aborted()
    const actions = gateway.actions.length
    const answer = await events(gateway)
    await once(answer, 'data')
    await eventually(() => gateway.watched() === 1)
    gateway.endSession()
    answer.resume()
    await once(answer, 'end')
    assert.equal(answer.complete, true)
    await eventually(() => upstream.aborted() === before + 1)
    assert.deepEqual([gateway.watched(), gateway.actions.length - actions], [0, 1])
  })

  test('of a client that does not read is cut off', async () => {
    const before = upstream.aborted()
    const answer = await events(gateway)
    answer.on('error', () => {}).pause()
    await eventually(() => gateway.watched() === 1)
    gateway.endSession()
    await eventually(() => upstream.aborted() === before + 1)
    answer.destroy()
  })

  test('is forgotten when its client goes away', async () => {
    const answer = await events(gateway)
    await eventually(() => gateway.watched() === 1)
    answer.on('error', () => {}).destroy()
    await eventually(() => gateway.watched() === 0)
  })

  test('ends when the process stops', async () => {
    const answer = await events(stopping)
    await once(answer, 'data')
    stopping.drain()
    answer.resume()
    await once(answer, 'end')
    assert.equal(answer.complete, true)
  })

  test('other answers and answers without a session are not watched', async () => {
    const before = gateway.watched()
    await ask(gateway.url, '/app/x', { headers: { Cookie: gateway.cookie } })
    const sent = request({
      host: '127.0.0.1',
      port: gateway.port,
      path: '/s/events',
      agent: false,
      headers: { Host: 'gw.test' },
    })
    sent.on('error', () => {}).end()
    const [answer] = await once(sent, 'response')
    assert.equal(gateway.watched(), before)
    answer.on('error', () => {}).destroy()
  })
})

test('three hundred clients that go away at any moment leave no connection behind', async () => {
  const shapes = [
    get('/s/big?bytes=5000000', ''),
    'POST /s/x HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 100000\r\n\r\nabc',
    get('/s/delay?ms=30', ''),
    'POST /s/early HTTP/1.1\r\nHost: gw.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n',
    get('/s/stream?chunks=5&ms=10', ''),
  ]
  const one = (index: number) =>
    new Promise<void>((resolve) => {
      const socket = connect(gateway.port, '127.0.0.1', () => {
        socket.write(shapes[index % shapes.length] ?? '')
        setTimeout(() => (index % 2 === 0 ? socket.destroy() : socket.resetAndDestroy()), (index * 7) % 25)
      })
      socket.on('error', () => {}).on('close', () => resolve())
    })
  await Promise.all(
    Array.from({ length: 30 }, async (_, worker) => {
      for (let turn = 0; turn < 10; turn += 1) await one(worker * 10 + turn)
    }),
  )
  const left = () => new Promise<number>((resolve) => gateway.server.getConnections((_, count) => resolve(count)))
  let connected = await left()
  await eventually(() => {
    void left().then((count) => {
      connected = count
    })
    return connected === 0
  }, 10_000)
})
