/** What one answer can do to the next: nothing. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { after, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'

import { eventually } from '../../support/eventually.ts'
import {
  hear,
  poolFor,
  request,
  type Script,
  type ScriptedUpstream,
  scriptedUpstream,
  TRANSPORTS,
} from '../../support/scripted-upstream.ts'

const OK = 'HTTP/1.1 200 OK\r\n'
const withLength = (body: string) => `${OK}Content-Length: ${body.length}\r\n\r\n${body}`
const GOOD = withLength('good')
const EVIL = withLength('evil')
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n4\r\ngood\r\n0\r\n\r\n`

for (const transport of TRANSPORTS) {
  const upstream = await scriptedUpstream(transport)
  after(() => upstream.close())
  describe(`over ${transport}:`, () => behaviour(upstream))
}

function behaviour(upstream: ScriptedUpstream): void {
  /** Two requests, one after the other, `pause` ms apart; what both heard, and over how many connections. */
  async function two(script: Script, { method = 'GET', pause = 15 } = {}) {
    const pool = poolFor(upstream)
    upstream.play(script)
    const first = await hear(pool, request({ method }))
    await delay(pause)
    const second = await hear(pool, request())
    const connections = upstream.received.length
    await pool.close()
    return { first, second, connections }
  }

  /** Answers the first request of the first connection with `bytes`, all others well. */
  const firstly =
    (bytes: string): Script =>
    (socket, { index, turn }) =>
      socket.write(index + turn === 0 ? bytes : GOOD, 'latin1')

  describe('a connection is used again', () => {
    for (const [name, bytes] of [
      ['behind a body with a length', GOOD],
      ['behind an empty body', withLength('')],
      ['behind chunks', CHUNKED],
      ['behind 204', 'HTTP/1.1 204 No Content\r\n\r\n'],
      ['behind 304', 'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n'],
      ['behind HTTP/1.0 that keeps it', `HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 4\r\n\r\ngood`],
      ['while Keep-Alive says so', `${OK}Keep-Alive: timeout=5, max=10\r\nContent-Length: 4\r\n\r\ngood`],
    ] as const) {
      test(name, async () => {
        const { second, connections } = await two(firstly(bytes))
        assert.deepEqual([second.body, connections], ['good', 1])
      })
    }

    test('the one that was used last', async () => {
      const pool = poolFor(upstream)
      upstream.play((socket, { head }) => setTimeout(() => socket.write(GOOD), head.includes('/slow') ? 40 : 10))
      await Promise.all([hear(pool, request()), hear(pool, request({ path: '/slow' }))])
      await delay(10)
      await hear(pool, request({ path: '/third' }))
      assert.match(upstream.received[1] ?? '', /slow.*third/s)
      await pool.close()
    })
  })

  describe('a connection is not used again', () => {
    for (const [name, bytes] of [
      ['behind Connection: close', `${OK}Connection: close\r\nContent-Length: 4\r\n\r\ngood`],
      ['behind close among others', `${OK}Connection: keep-alive, Close\r\nContent-Length: 4\r\n\r\ngood`],
      ['behind close in a second field', `${OK}Connection: x\r\nConnection: close\r\nContent-Length: 4\r\n\r\ngood`],
      ['behind HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\ngood'],
      ['when Keep-Alive leaves it no time', `${OK}Keep-Alive: timeout=1\r\nContent-Length: 4\r\n\r\ngood`],
      ['behind 204 that names a length', 'HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\n'],
      ['behind 304 that names a length', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n'],
      ['behind 204 with a coding', 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n'],
      ['behind a second answer in the same piece', GOOD + EVIL],
      ['behind a second answer to chunks', CHUNKED + EVIL],
      ['behind one byte too many', `${GOOD}!`],
      ['behind a line end too many', `${GOOD}\r\n`],
      ['behind 204 with a body', `HTTP/1.1 204 No Content\r\n\r\n${EVIL}`],
      ['behind an interim answer too many', `${GOOD}HTTP/1.1 100 Continue\r\n\r\n`],
    ] as const) {
      test(name, async () => {
        const { first, second, connections } = await two(firstly(bytes))
        assert.equal(first.trouble, undefined)
        assert.deepEqual([second.body, connections], ['good', 2])
      })
    }

    test('behind a second answer that comes a moment later', async () => {
      const late: Script = (socket, { index }) => {
        socket.write(GOOD)
        if (index === 0) setTimeout(() => socket.write(EVIL), 5)
      }
      const { second, connections } = await two(late, { pause: 40 })
      assert.deepEqual([second.body, connections], ['good', 2])
    })

    test('behind HEAD, whose body comes all the same', async () => {
      const heading: Script = (socket, { head }) => {
        socket.write(head.startsWith('HEAD') ? `${OK}Content-Length: ${EVIL.length}\r\n\r\n` : GOOD)
        if (head.startsWith('HEAD')) setTimeout(() => socket.write(EVIL), 5)
      }
      const { first, second, connections } = await two(heading, { method: 'HEAD', pause: 0 })
      assert.deepEqual([first.status, first.body, first.length], [200, '', EVIL.length])
      assert.deepEqual([second.body, connections], ['good', 2])
    })

    test('once it has been quiet for longer than Keep-Alive allows', async () => {
      const bytes = `${OK}Keep-Alive: timeout=2\r\nContent-Length: 4\r\n\r\ngood`
      assert.equal((await two(firstly(bytes), { pause: 500 })).connections, 1)
      assert.equal((await two(firstly(bytes), { pause: 1200 })).connections, 2)
    })

    test('when the answer came before the request was sent', async () => {
      const pool = poolFor(upstream)
      upstream.play((socket) => socket.write(GOOD))
      const body = new Readable({ read() {} })
      body.push('a part')
      const first = await hear(pool, request({ method: 'POST', body }))
      assert.deepEqual([first.status, first.body, body.destroyed], [200, 'good', true])
      assert.equal((await hear(pool, request())).body, 'good')
      assert.equal(upstream.received.length, 2)
      await pool.close()
    })
  })

  describe('a request that meets a connection which is being closed', () => {
    /** Closes the connection without a byte when its second request comes. */
    const closing =
      (end: (socket: Socket, wire: Socket) => void): Script =>
      (socket, { index, turn, wire }) =>
        index === 0 && turn === 1 ? end(socket, wire) : socket.write(GOOD)
    const ends: readonly (readonly [name: string, end: (socket: Socket, wire: Socket) => void])[] = [
      ['in order', (socket) => socket.end()],
      ['by a reset', (_, wire) => wire.resetAndDestroy()],
    ]
    for (const [name, end] of ends) {
      for (const method of ['GET', 'HEAD', 'OPTIONS']) {
        test(`${name}: ${method} is sent again, once`, async () => {
          const pool = poolFor(upstream)
          upstream.play(closing(end))
          await hear(pool, request())
          await delay(10)
          const heard = await hear(pool, request({ method, path: '/again' }))
          assert.deepEqual([heard.trouble, heard.status], [undefined, 200])
          assert.equal(upstream.received.length, 2)
          await pool.close()
        })
      }
      for (const [kind, over] of [
        ['POST', { method: 'POST' }],
        ['DELETE', { method: 'DELETE' }],
        ['GET with a body', { body: Buffer.from('x') }],
      ] as const) {
        test(`${name}: ${kind} is not`, async () => {
          const pool = poolFor(upstream)
          upstream.play(closing(end))
          await hear(pool, request())
          await delay(10)
          assert.equal((await hear(pool, request(over))).trouble, 'unreachable')
          assert.equal(upstream.received.length, 1)
          await pool.close()
        })
      }
    }

    test('is not sent again when a byte of an answer has come', async () => {
      const pool = poolFor(upstream)
      upstream.play(closing((socket) => socket.end('H')))
      await hear(pool, request())
      await delay(10)
      assert.equal((await hear(pool, request())).trouble, 'unreachable')
      await pool.close()
    })

    test('is not sent a third time', async () => {
      const pool = poolFor(upstream)
      upstream.play((socket, { index, turn }) => (index + turn === 0 ? socket.write(GOOD) : socket.end()))
      await hear(pool, request())
      await delay(10)
      assert.equal((await hear(pool, request())).trouble, 'unreachable')
      assert.equal(upstream.received.length, 2)
      await pool.close()
    })

    test('is sent elsewhere, whatever it is, while nothing of it has left', async () => {
      const pool = poolFor(upstream)
      let kept: Socket | undefined
      upstream.play((socket, { index }) => {
        kept ??= socket
        socket.write(GOOD)
        return index
      })
      await hear(pool, request())
      await delay(10)
      const body = new Readable({ read() {} })
      const heard = hear(pool, request({ method: 'POST', body, length: 4 }))
      kept?.end()
      await delay(30)
      body.push('late')
      body.push(null)
      assert.equal((await heard).body, 'good')
      assert.match(upstream.received[1] ?? '', /Content-Length: 4\r\n\r\nlate$/)
      await pool.close()
    })
  })

  test('closing lets requests under way finish and takes no new ones', async () => {
    const pool = poolFor(upstream)
    upstream.play((socket) => setTimeout(() => socket.write(GOOD), 50))
    const under = hear(pool, request())
    await delay(20)
    const closed = pool.close()
    assert.equal((await hear(pool, request())).trouble, 'unreachable')
    assert.equal((await under).body, 'good')
    await closed
    await eventually(() => upstream.open() === 0)
  })

  test('hundreds of requests that are given up leave no connection behind', async () => {
    const pool = poolFor(upstream)
    const rounds = upstream.ca === null ? 50 : 10
    upstream.play((socket) => socket.write(`${OK}Content-Length: 100\r\n\r\nsome`))
    for (let round = 0; round < rounds; round += 1) {
      const all = Array.from({ length: 20 }, () => hear(pool, request(), ({ abort }) => abort(new Error('enough'))))
      for (const heard of await Promise.all(all)) assert.equal(heard.trouble, 'enough')
    }
    await eventually(() => upstream.open() === 0)
    await pool.close()
  })

  test('a connection to a port where nobody listens is no answer', async () => {
    const gone = await scriptedUpstream()
    await gone.close()
    const pool = poolFor(gone)
    assert.equal((await hear(pool, request())).trouble, 'unreachable')
    await pool.close()
  })

  test('what changes its protocol belongs to whoever asked', async () => {
    const pool = poolFor(upstream)
    const change = 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n'
    upstream.play((socket, { head }) => socket.write(head.includes('pgrade') ? `${change}early` : GOOD))
    await hear(pool, request())
    const { switched } = await hear(pool, request({ upgrade: 'websocket' }))
    assert.ok(switched)
    assert.equal(String((await once(switched.resume(), 'data'))[0]), 'early')
    assert.match(upstream.received[1] ?? '', /\r\nConnection: upgrade\r\nUpgrade: websocket\r\n/)
    // Nobody waits for a tunnel.
    await pool.close()
    switched.destroy()
  })
}
