/** An answer means the same in whatever pieces it comes, and nothing that is cut off passes for a whole one. */

import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'

import {
  hear,
  poolFor,
  request,
  type ScriptedUpstream,
  scriptedUpstream,
  TRANSPORTS,
} from '../../support/scripted-upstream.ts'

const OK = 'HTTP/1.1 200 OK\r\n'
const WHOLE: Readonly<Record<string, string>> = {
  'a length': `${OK}Content-Length: 5\r\nX-A: b\r\n\r\nhello`,
  chunks: `${OK}Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\nX-T: 1\r\n\r\n`,
  'interim answers': `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${OK}Content-Length: 5\r\n\r\nhello`,
}

for (const transport of TRANSPORTS) {
  const upstream = await scriptedUpstream(transport)
  after(() => upstream.close())
  describe(`over ${transport}:`, () => behaviour(upstream))
}

function behaviour(upstream: ScriptedUpstream): void {
  /** Sends the pieces one by one, each in a packet of its own as far as that can be had. */
  async function inPieces(pieces: readonly string[], { ends = false } = {}) {
    const pool = poolFor(upstream, { head: 3000, idle: 3000 })
    upstream.play(async (socket) => {
      for (const [index, piece] of pieces.entries()) {
        if (index > 0) await delay(1)
        socket.write(piece, 'latin1')
      }
      if (ends) socket.end()
    })
    const heard = await hear(pool, request())
    await pool.close()
    return heard
  }

  for (const [framing, bytes] of Object.entries(WHOLE)) {
    describe(`an answer with ${framing}`, () => {
      test('means the same split at every byte', async () => {
        const whole = await inPieces([bytes])
        assert.deepEqual([whole.trouble, whole.body], [undefined, 'hello'])
        const places = Array.from({ length: bytes.length - 1 }, (_, index) => index + 1)
        for (const at of places) {
          assert.deepEqual(await inPieces([bytes.slice(0, at), bytes.slice(at)]), whole, `split at ${at}`)
        }
      })

      test('means the same byte by byte', async () => {
        assert.deepEqual(await inPieces([...bytes]), await inPieces([bytes]))
      })

      test('is not whole when it ends before any of its bytes', async () => {
        for (let at = 0; at < bytes.length; at += 1) {
          const { trouble, trailers } = await inPieces([bytes.slice(0, at)], { ends: true })
          assert.deepEqual([trouble, trailers], ['unreachable', undefined], `ends before ${at}`)
        }
      })
    })
  }

  test('an answer without a length ends with its connection', async () => {
    const heard = await inPieces([`${OK}X-A: b\r\n\r\nhel`, 'lo'], { ends: true })
    assert.deepEqual([heard.trouble, heard.body, heard.length], [undefined, 'hello', undefined])
  })

  test('an answer without a length that is reset is not whole', async () => {
    const pool = poolFor(upstream)
    upstream.play((socket, { wire }) => {
      socket.write(`${OK}\r\nhello`, () => setTimeout(() => wire.resetAndDestroy(), 20))
    })
    const { trouble, body } = await hear(pool, request())
    assert.deepEqual([trouble, body], ['unreachable', 'hello'])
    await pool.close()
  })

  describe('an upstream that is too slow', () => {
    for (const [name, pieces, trouble] of [
      ['with its header', ['HTTP/1.1 200 OK\r\n', ...Array.from('X-A: bcdefghijklmnop')], 'timeout'],
      [
        'with its interim answers, but each in time',
        [...Array(8).fill('HTTP/1.1 102 Processing\r\n\r\n'), `${OK}\r\n`],
        undefined,
      ],
      ['with its body', [`${OK}Content-Length: 9\r\n\r\nhell`, '', '', '', '', '', '', '', '', 'o'], 'timeout'],
      [
        'with its body, but each part in time',
        [`${OK}Content-Length: 9\r\n\r\n`, ...Array.from('something')],
        undefined,
      ],
      [
        'with the size of a chunk',
        [`${OK}Transfer-Encoding: chunked\r\n\r\n`, ...Array.from('0000000000005')],
        'timeout',
      ],
    ] as const) {
      test(name, async () => {
        const pool = poolFor(upstream, { head: 200, idle: 200 })
        upstream.play(async (socket) => {
          for (const piece of pieces) {
            if (piece !== '') socket.write(piece)
            await delay(50)
          }
          socket.end()
        })
        assert.equal((await hear(pool, request())).trouble, trouble)
        await pool.close()
      })
    }

    test('to take a body is not waited for', async () => {
      const pool = poolFor(upstream, { head: 200 })
      upstream.play((socket) => socket.pause())
      const body = Buffer.alloc(50_000_000)
      assert.equal((await hear(pool, request({ method: 'POST', body }))).trouble, 'timeout')
      await pool.close()
    })
  })

  test('an answer that nobody reads is not read from the upstream either', async () => {
    const pool = poolFor(upstream, { idle: 100 })
    const size = 50_000_000
    let taken = 0
    upstream.play((socket) => {
      socket.write(`${OK}Content-Length: ${size}\r\n\r\n`)
      const more = (): void => {
        while (taken < size && socket.write(Buffer.alloc(100_000))) taken += 100_000
        socket.once('drain', more)
      }
      more()
    })
    let parts = 0
    let resume: (() => void) | undefined
    const heard = hear(pool, request(), (control) => {
      parts += 1
      if (parts > 1) return
      control.pause()
      resume = control.resume
    })
    await delay(400)
    assert.equal(parts, 1)
    assert.ok(taken < size / 2, `${taken}`)
    resume?.()
    assert.equal((await heard).body.length, size)
    await pool.close()
  })
}
