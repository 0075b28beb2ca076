/** What TLS beneath an answer adds to the ways in which it can go wrong. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { after, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { TLSSocket } from 'node:tls'

import { eventually } from '../../support/eventually.ts'
import { service, testGateway } from '../../support/gateway.ts'
import { hear, poolFor, request, type Script, scriptedUpstream } from '../../support/scripted-upstream.ts'
import { clientFrame, openWebSocket } from '../../support/websocket.ts'

const upstream = await scriptedUpstream('tls')
const older = await scriptedUpstream('tls', { version: 'TLSv1.2' })
after(() => Promise.all([upstream.close(), older.close()]))

const OK = 'HTTP/1.1 200 OK\r\n'
const GOOD = `${OK}Content-Length: 4\r\n\r\ngood`
const FATAL_ALERT = Buffer.from('15030300020228', 'hex')
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`

/** What is heard of a script's answer, and of an honest one behind it. */
async function played(script: Script, from = upstream) {
  const pool = poolFor(from)
  from.play((socket, at) => (at.index + at.turn === 0 ? script(socket, at) : socket.write(GOOD)))
  const first = await hear(pool, request())
  await delay(15)
  const second = await hear(pool, request())
  const connections = from.received.length
  await pool.close()
  return { first, second, connections }
}

/** Where the server listens from now on. */
async function listening(server: Server): Promise<URL> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}`)
}

/** Writes, and ends the connection beneath without a word of TLS. */
const cutBehind =
  (bytes: string): Script =>
  (socket, { wire }) =>
    socket.write(bytes, () => setTimeout(() => wire.destroy(), 10))

describe('a connection that is cut without a close_notify', () => {
  for (const [name, bytes] of [
    ['in a header', `${OK}Content-Le`],
    ['behind a header', `${OK}Content-Length: 4\r\n\r\n`],
    ['in a body with a length', `${OK}Content-Length: 4\r\n\r\ngoo`],
    ['in a chunk', `${CHUNKED}4\r\ngoo`],
    ['behind a chunk', `${CHUNKED}4\r\ngood\r\n`],
    ['behind the last chunk, before the line that ends it', `${CHUNKED}4\r\ngood\r\n0\r\n`],
    ['behind an interim answer', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
  ] as const) {
    test(`${name} leaves no whole answer`, async () => {
      const { first, second, connections } = await played(cutBehind(bytes))
      assert.deepEqual([first.trouble, first.trailers], ['unreachable', undefined])
      assert.deepEqual([second.body, connections], ['good', 2])
    })
  }

  for (const bytes of [GOOD, `${CHUNKED}4\r\ngood\r\n0\r\n\r\n`]) {
    test(`takes nothing from an answer that is whole: ${bytes === GOOD ? 'length' : 'chunks'}`, async () => {
      const { first, second, connections } = await played(cutBehind(bytes))
      assert.deepEqual([first.trouble, first.body], [undefined, 'good'])
      assert.deepEqual([second.body, connections], ['good', 2])
    })
  }
})

test('a close_notify in a body is no end of it', async () => {
  const { first, connections } = await played((socket) => socket.end(`${OK}Content-Length: 5\r\n\r\ngood`))
  assert.deepEqual([first.trouble, first.trailers, connections], ['unreachable', undefined, 2])
})

test('a close_notify between two answers is heard: the next request takes another connection', async () => {
  const { second, connections } = await played((socket) => socket.end(GOOD))
  assert.deepEqual([second.trouble, second.body, connections], [undefined, 'good', 2])
})

test('a connection that breaks between two answers is not used again', async () => {
  const { second, connections } = await played((socket, { wire }) => {
    socket.write(GOOD, () => setTimeout(() => wire.write(FATAL_ALERT), 5))
  })
  assert.deepEqual([second.trouble, second.body, connections], [undefined, 'good', 2])
})

describe('bytes beneath TLS that are none of it end the answer', () => {
  for (const [name, bytes] of [
    ['a fatal alert', FATAL_ALERT.toString('hex')],
    ['a warning', '15030300020100'],
    ['an answer in the clear', Buffer.from(GOOD).toString('hex')],
    ['a record that nobody encrypted', `1703030013${'00'.repeat(19)}`],
  ] as const) {
    for (const [framing, begin] of [
      ['with a length', `${OK}Content-Length: 8\r\n\r\ngood`],
      ['in chunks', `${CHUNKED}4\r\ngood\r\n`],
      ['until the end', `${OK}\r\ngood`],
    ] as const) {
      test(`${name}, ${framing}`, async () => {
        const { first, second, connections } = await played((socket, { wire }) => {
          socket.write(begin, () => setTimeout(() => wire.write(Buffer.from(bytes, 'hex')), 10))
        })
        assert.deepEqual([first.body, first.trouble, first.trailers], ['good', 'unreachable', undefined])
        assert.deepEqual([second.body, connections], ['good', 2])
      })
    }
  }
})

test('a renegotiation in a body changes nothing about it', async () => {
  const { first, second } = await played((socket) => {
    socket.write(`${OK}Content-Length: 8\r\n\r\ngood`)
    ;(socket as TLSSocket).renegotiate({}, (error) => socket.write(error === null ? 'good' : 'evil'))
  }, older)
  assert.deepEqual([first.trouble, first.body, second.body], [undefined, 'goodgood', 'good'])
})

describe('however an answer lies in records', () => {
  /** Each piece is a record; all leave in one write. */
  const inRecords =
    (pieces: readonly string[]): Script =>
    (socket, { wire }) => {
      wire.cork()
      for (const piece of pieces) socket.write(piece)
      wire.uncork()
    }

  test('it means the same', async () => {
    for (const pieces of [
      [...GOOD],
      [OK, 'Content-Length: 4\r\n\r\n', 'good'],
      [`${OK}Content-Length: 4\r\n`, '\r\ngood'],
    ]) {
      const { first, second, connections } = await played(inRecords(pieces))
      assert.deepEqual([first.body, second.body, connections], ['good', 'good', 1])
    }
  })

  for (const [name, behind] of [
    ['a second answer', `${OK}Content-Length: 4\r\n\r\nevil`],
    ['a byte', '!'],
    ['a line end', '\r\n'],
  ] as const) {
    test(`${name} in the record behind it answers nobody`, async () => {
      const { first, second, connections } = await played(inRecords([GOOD, behind]))
      assert.deepEqual([first.body, second.body, connections], ['good', 'good', 2])
    })
  }

  test('records that come while nobody reads are handed on in order', async () => {
    const pool = poolFor(upstream)
    const parts = Array.from({ length: 200 }, (_, index) => String(index).padStart(1000, '.'))
    upstream.play(inRecords([`${OK}Content-Length: 200000\r\n\r\n`, ...parts]))
    const heard = await hear(pool, request(), ({ pause, resume }) => {
      pause()
      setTimeout(resume, 1)
    })
    assert.equal(heard.body, parts.join(''))
    await pool.close()
  })
})

test('a tunnel carries frames both ways, and one that breaks is over for its client too', async (t) => {
  const { url, ca } = upstream
  const tunnelled = service({
    access: 'public',
    upstream: [url.origin],
    upstreamTls: { ca, serverName: null, verify: true },
  })
  const gateway = await testGateway({ services: [tunnelled] })
  t.after(() => gateway.close())
  const change = 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n'
  let wire: Socket | undefined
  upstream.play((socket, at) => {
    wire = at.wire
    socket.write(`${change}Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\x81\x05early`, 'latin1')
  })
  const { status, socket, frames } = await openWebSocket(gateway.port, '/app/chat')
  const sent = clientFrame('hello')
  socket.write(sent)
  assert.deepEqual([status, String((await frames(1))[0]?.payload)], [101, 'early'])
  await eventually(() => upstream.received[0]?.endsWith(sent.toString('latin1')) === true)
  wire?.write(FATAL_ALERT)
  await eventually(() => socket.readableEnded)
  socket.destroy()
})

test('an answer that comes while an upload still runs is heard, and ends the upload', async () => {
  for (const from of [upstream, older]) {
    const pool = poolFor(from)
    from.play((socket) => socket.write(`HTTP/1.1 413 Content Too Large\r\nContent-Length: 4\r\n\r\ngood`))
    const body = new Readable({ read: () => void setImmediate(() => body.push(Buffer.alloc(16_384))) })
    const first = await hear(pool, request({ method: 'POST', body, length: 1_000_000_000 }))
    assert.deepEqual([first.status, first.body, body.destroyed], [413, 'good', true])
    await eventually(() => from.open() === 0)
    from.play((socket) => socket.write(GOOD))
    assert.equal((await hear(pool, request())).body, 'good')
    await pool.close()
  }
})

test('an upstream that misses a certificate is heard at once, though it says so only behind the handshake', async (t) => {
  const wanting = await scriptedUpstream('tls', { requestCert: true })
  t.after(() => wanting.close())
  wanting.play((socket) => socket.write(GOOD))
  const pool = poolFor(wanting, { head: 5000 })
  const from = performance.now()
  assert.equal((await hear(pool, request())).trouble, 'unreachable')
  assert.ok(performance.now() - from < 2000)
  await pool.close()
})

test('a session that the upstream has forgotten costs no request', async () => {
  const pool = poolFor(upstream)
  upstream.play((socket) => socket.end(GOOD))
  for (let round = 0; round < 3; round += 1) {
    assert.equal((await hear(pool, request())).body, 'good')
    await delay(5)
  }
  await pool.close()
})

describe('nothing of a request is sent before the upstream has shown who it is', () => {
  test('to one that another authority vouches for', async () => {
    const pool = poolFor({ url: upstream.url, ca: older.ca })
    upstream.play((socket) => socket.write(GOOD))
    assert.equal((await hear(pool, request())).trouble, 'unreachable')
    assert.equal(upstream.received.join(''), '')
    await pool.close()
  })

  test('to one whose certificate is for another address than it should be', async () => {
    upstream.play((socket) => socket.write(GOOD))
    for (const [serverName, body] of [
      ['127.0.0.2', ''],
      ['127.0.0.1', 'good'],
      ['licences.internal', ''],
    ] as const) {
      const pool = poolFor(upstream, { serverName })
      assert.equal((await hear(pool, request())).body, body, serverName)
      await pool.close()
    }
    assert.equal(upstream.received.filter((bytes) => bytes !== '').length, 1)
  })

  test('to one that speaks in the clear', async () => {
    const plain = createServer((socket) => void socket.on('error', () => {}).write(GOOD))
    const pool = poolFor({ url: await listening(plain), ca: upstream.ca })
    assert.equal((await hear(pool, request())).trouble, 'unreachable')
    await pool.close()
    plain.close()
  })

  test('to one that never finishes its handshake', async () => {
    const silent = createServer(() => {})
    const pool = poolFor({ url: await listening(silent), ca: upstream.ca }, { connect: 100 })
    assert.equal((await hear(pool, request())).trouble, 'timeout')
    await pool.close()
    silent.close()
  })
})
