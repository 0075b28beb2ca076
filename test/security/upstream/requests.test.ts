/** What is put on a connection is one request, whatever its parts hold. */

import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { after, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'

import type { UpstreamRequest } from '../../../src/upstream/call.ts'
import { eventually } from '../../support/eventually.ts'
import { hear, poolFor, request, scriptedUpstream } from '../../support/scripted-upstream.ts'

const upstream = await scriptedUpstream()
const pool = poolFor(upstream)
after(async () => {
  await pool.close()
  await upstream.close()
})

const GOOD = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood'

/** What arrives of a request that is answered. */
async function sent(over: Partial<UpstreamRequest>): Promise<string> {
  const own = poolFor(upstream)
  upstream.play((socket) => setTimeout(() => socket.write(GOOD), 10))
  assert.equal((await hear(own, request(over))).body, 'good')
  await own.close()
  return (upstream.received[0] ?? '').replace(`Host: ${upstream.url.host}`, 'Host: up')
}

describe('nothing is sent of a request with', () => {
  const cases: readonly (readonly [
    name: string,
    hostile: Partial<UpstreamRequest>,
    valid: Partial<UpstreamRequest>,
  ])[] = [
    ['a line end in the method', { method: 'GET / HTTP/1.1\r\nX:' }, { method: 'LOCK' }],
    ['a space in the method', { method: 'GET /' }, { method: 'M-SEARCH' }],
    ['an empty method', { method: '' }, { method: 'a' }],
    ['a space in the path', { path: '/x HTTP/1.1' }, { path: '/x%20y' }],
    ['a line end in the path', { path: '/x\r\nX-A: 1' }, { path: '/x?a=%0d' }],
    ['a path beyond ASCII', { path: '/\u010a' }, { path: '/%C4%8A' }],
    ['a path that is a URL', { path: 'http://other/x' }, { path: '/http://other/x' }],
    ['an empty path', { path: '' }, { path: '/' }],
    ['a line end in a value', { headers: ['X-A', '1\r\nX-B: 2'] }, { headers: ['X-A', '1', 'X-B', '2'] }],
    ['LF in a value', { headers: ['X-A', '1\n2'] }, { headers: ['X-A', '1\t2'] }],
    ['CR in a value', { headers: ['X-A', '1\r'] }, { headers: ['X-A', '1'] }],
    ['NUL in a value', { headers: ['X-A', '\0'] }, { headers: ['X-A', ''] }],
    ['a letter whose low byte is LF', { headers: ['X-A', 'a\u010ab'] }, { headers: ['X-A', 'a\u00e9b'] }],
    ['a letter whose low byte is CR', { headers: ['X-A', 'a\u010db'] }, { headers: ['X-A', 'a\u00ffb'] }],
    ['a line end in a name', { headers: ['X-A: 1\r\nX-B', '2'] }, { headers: ['X-B', '2'] }],
    ['a colon in a name', { headers: ['X-A:', '1'] }, { headers: ['X-A', ':1'] }],
    ['a space in a name', { headers: ['X A', '1'] }, { headers: ['X_A', '1'] }],
    ['an empty name', { headers: ['', '1'] }, { headers: ['x', '1'] }],
    ['Content-Length of its own', { headers: ['Content-Length', '5'] }, { headers: ['X-Content-Length', '5'] }],
    [
      'Transfer-Encoding of its own',
      { headers: ['transfer-encoding', 'chunked'] },
      { headers: ['x-encoding', 'chunked'] },
    ],
    ['Connection of its own', { headers: ['CONNECTION', 'close'] }, { headers: ['X-Connection', 'close'] }],
    ['Host among its fields', { headers: ['Host', 'other'] }, { host: 'other' }],
    ['a line end in Host', { host: 'other\r\nX-A: 1' }, { host: 'other:8080' }],
    ['Expect', { headers: ['Expect', '100-continue'] }, { headers: ['X-Expect', '100-continue'] }],
  ]
  for (const [name, hostile, valid] of cases) {
    test(name, async () => {
      upstream.play((socket) => socket.write(GOOD))
      assert.equal((await hear(pool, request(hostile))).trouble, 'unsendable')
      assert.deepEqual(upstream.received, [])
      const text = await sent(valid)
      assert.equal(text.match(/\r\n\r\n/g)?.length, 1)
    })
  }
})

describe('a request is framed', () => {
  const head = (method: string, lines = '') => `${method} /x HTTP/1.1\r\nHost: up\r\nConnection: keep-alive\r\n${lines}`

  test('without a body, and without a length where none is expected', async () => {
    for (const method of ['GET', 'DELETE', 'OPTIONS']) assert.equal(await sent({ method }), head(method, '\r\n'))
  })

  test('with a length of 0 where a body is expected', async () => {
    for (const method of ['POST', 'PUT', 'PATCH']) {
      assert.equal(await sent({ method }), head(method, 'Content-Length: 0\r\n\r\n'))
      assert.equal(await sent({ method, body: Buffer.alloc(0) }), head(method, 'Content-Length: 0\r\n\r\n'))
    }
  })

  test('by the length of a body that is at hand, whatever its bytes', async () => {
    const body = Buffer.from(Array.from({ length: 256 }, (_, value) => value))
    assert.equal(
      await sent({ method: 'POST', body }),
      head('POST', `Content-Length: 256\r\n\r\n${body.toString('latin1')}`),
    )
    const long = Buffer.alloc(100_000, 'x')
    assert.equal(await sent({ method: 'POST', body: long }), head('POST', `Content-Length: 100000\r\n\r\n${long}`))
  })

  test('by the length that was said of a stream', async () => {
    const body = Readable.from([Buffer.from('he'), Buffer.from('llo')])
    assert.equal(await sent({ method: 'PUT', body, length: 5 }), head('PUT', 'Content-Length: 5\r\n\r\nhello'))
  })

  test('in chunks when nobody knows the length', async () => {
    const body = Readable.from([Buffer.from('he'), Buffer.from('llo')])
    const chunks = 'Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n'
    assert.equal(await sent({ method: 'PUT', body }), head('PUT', chunks))
  })

  test('as one without a body when the stream is empty', async () => {
    assert.equal(await sent({ method: 'PUT', body: Readable.from([]) }), head('PUT', 'Content-Length: 0\r\n\r\n'))
  })

  test('with Connection: close for HEAD', async () => {
    upstream.play((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n'))
    await hear(pool, request({ method: 'HEAD' }))
    assert.match(upstream.received[0] ?? '', /^HEAD \/x HTTP\/1\.1\r\n.*Connection: close\r\n\r\n$/s)
  })
})

describe('an upload', () => {
  const stream = (...parts: readonly string[]) => {
    const body = new Readable({ read() {} })
    for (const part of parts) body.push(part)
    return body
  }

  test('that is longer than was said ends the connection before the excess', async () => {
    upstream.play(() => {})
    const heard = await hear(pool, request({ method: 'POST', body: stream('hello', 'GET /evil'), length: 5 }))
    assert.equal(heard.trouble, 'unsendable')
    assert.doesNotMatch(upstream.received[0] ?? '', /evil/)
    await eventually(() => upstream.open() === 0)
  })

  test('that is shorter than was said is not finished by the next request', async () => {
    upstream.play(() => {})
    const body = stream('hell')
    body.push(null)
    assert.equal((await hear(pool, request({ method: 'POST', body, length: 5 }))).trouble, 'unsendable')
    await eventually(() => upstream.open() === 0)
  })

  test('that its sender breaks off ends the connection', async () => {
    upstream.play(() => {})
    const body = stream('hell')
    const heard = hear(pool, request({ method: 'POST', body }))
    await eventually(() => upstream.received[0]?.includes('hell') === true)
    body.destroy(new Error('went away'))
    assert.equal((await heard).trouble, 'went away')
    assert.doesNotMatch(upstream.received[0] ?? '', /0\r\n\r\n$/)
    await eventually(() => upstream.open() === 0)
  })

  test('that its sender breaks off before there is a connection never starts', async () => {
    upstream.play(() => {})
    const body = stream('hell').on('error', () => {})
    body.destroy(new Error('went away'))
    assert.equal((await hear(pool, request({ method: 'POST', body }))).trouble, 'went away')
    assert.equal(upstream.received.join(''), '')
  })

  test('that the upstream breaks off is over, and its body let go', async () => {
    upstream.play((socket) => socket.resetAndDestroy())
    const body = stream('hello')
    assert.equal((await hear(pool, request({ method: 'POST', body }))).trouble, 'unreachable')
    assert.equal(body.destroyed, true)
  })

  test('of a slow sender is waited for', async () => {
    const patient = poolFor(upstream, { head: 100 })
    upstream.play((socket) => socket.once('data', () => socket.write(GOOD)))
    const body = stream('a')
    const heard = hear(patient, request({ method: 'POST', body }))
    await delay(300)
    body.push('b')
    assert.equal((await heard).body, 'good')
    await patient.close()
  })

  test('whose head waits for its first part', async () => {
    upstream.play((socket) => socket.write(GOOD))
    const body = stream()
    const heard = hear(pool, request({ method: 'POST', body }))
    await delay(50)
    assert.equal(upstream.received.join(''), '')
    body.push('a')
    body.push(null)
    assert.equal((await heard).body, 'good')
  })
})
