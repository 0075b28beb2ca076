import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { after, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'

import { echoUpstream } from '../../support/echo-upstream.ts'
import { eventually } from '../../support/eventually.ts'
import { service, testGateway } from '../../support/gateway.ts'
import { ask, sendRaw } from '../../support/raw-client.ts'

const upstream = await echoUpstream()
const open = (path: string, over = {}) =>
  service({ id: path.slice(1, -1), match: { path, host: null }, access: 'public', upstream: [upstream.url], ...over })
const gateway = await testGateway({
  services: [
    open('/s/'),
    open('/small/', { maxBody: 1000 }),
    open('/dead/', { upstream: ['http://127.0.0.1:1'] }),
    open('/slow/', { timeouts: { connectSeconds: 1, headersSeconds: 0.3, idleSeconds: 0.3 } }),
  ],
})

after(async () => {
  await gateway.close()
  await upstream.close()
})

const BODY = Buffer.alloc(3_000_000, 'body ')
const SHA = createHash('sha256').update(BODY).digest('hex')

test('a body with a length and a chunked body arrive whole', async () => {
  for (const headers of [{ 'Content-Length': String(BODY.length) }, { 'Transfer-Encoding': 'chunked' }]) {
    const answer = await ask(gateway.url, '/s/x', { method: 'POST', body: BODY, headers })
    assert.deepEqual(JSON.parse(answer.body).body, { bytes: BODY.length, sha256: SHA })
  }
})

test('GET and DELETE may carry a body, and methods without one send none', async () => {
  for (const method of ['GET', 'DELETE', 'PATCH', 'QUERY']) {
    const answer = await ask(gateway.url, '/s/x', { method, body: 'hello', headers: { 'Content-Length': '5' } })
    assert.equal(JSON.parse(answer.body).body.bytes, 5, method)
  }
  const empty = await ask(gateway.url, '/s/x', { method: 'POST', headers: { 'Content-Length': '0' } })
  assert.equal(JSON.parse(empty.body).body.bytes, 0)
})

test('an answer of many chunks arrives whole', async () => {
  assert.equal((await ask(gateway.url, '/s/big?bytes=5000000')).body.length, 5_000_000)
})

test('every byte of a short answer arrives as it was', async () => {
  const bytes = String.fromCharCode(...Array.from({ length: 256 }, (_, value) => value))
  const raw = encodeURIComponent(`HTTP/1.1 200 OK\r\nContent-Length: 256\r\n\r\n${bytes}`)
  const text = await sendRaw(
    gateway.port,
    `GET /s/raw?text=${raw} HTTP/1.1\r\nHost: gw.test\r\nConnection: close\r\n\r\n`,
  )
  assert.equal(text.slice(text.indexOf('\r\n\r\n') + 4), bytes)
})

test('the first chunk of a slow stream arrives at once', async () => {
  const sent = request({ ...target('/s/stream?chunks=3&ms=200') })
  sent.end()
  const started = performance.now()
  const [answer] = await once(sent, 'response')
  const [chunk] = await once(answer, 'data')
  assert.equal(String(chunk), 'chunk 0\n')
  assert.ok(performance.now() - started < 190)
  answer.resume()
  await once(answer, 'end')
})

test('HEAD, 204 and 304 answer without a body and keep the connection in step', async () => {
  const head = await ask(gateway.url, '/s/headers?h=Content-Length:7', { method: 'HEAD' })
  assert.deepEqual([head.status, head.headers['content-length'], head.body], [200, '7', ''])
  assert.equal((await ask(gateway.url, '/s/headers?status=204')).status, 204)
  assert.equal((await ask(gateway.url, '/s/headers?status=304&h=ETag:x')).headers.etag, 'x')
})

test('repeated headers of an answer stay apart', async () => {
  const answer = await ask(gateway.url, '/s/headers?h=Set-Cookie:a=1&h=Set-Cookie:b=2&h=X-A:1&h=X-A:2')
  assert.deepEqual(answer.headers['set-cookie'], ['a=1', 'b=2'])
  assert.equal(answer.headers['x-a'], '1, 2')
})

const TROUBLE: readonly (readonly [name: string, path: string, status: number, code: string])[] = [
  ['a refused connection', '/dead/x', 502, 'UPSTREAM_UNREACHABLE'],
  ['a connection closed without an answer', '/s/raw?text=', 502, 'UPSTREAM_UNREACHABLE'],
  ['an answer that is no HTTP', '/s/raw?text=hello', 502, 'UPSTREAM_INVALID'],
  [
    'an answer with both framings',
    `/s/raw?text=${encodeURIComponent('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n')}`,
    502,
    'UPSTREAM_INVALID',
  ],
  [
    'two different lengths',
    `/s/raw?text=${encodeURIComponent('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello')}`,
    502,
    'UPSTREAM_INVALID',
  ],
  [
    'a change of protocol nobody asked for',
    `/s/raw?text=${encodeURIComponent('HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n')}`,
    502,
    'UPSTREAM_INVALID',
  ],
  [
    'an endless header',
    `/s/raw?text=${encodeURIComponent(`HTTP/1.1 200 OK\r\n${'X-Long: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n'.repeat(40)}`)}`,
    502,
    'UPSTREAM_UNREACHABLE',
  ],
  ['an upstream that does not answer in time', '/slow/delay?ms=1500', 504, 'UPSTREAM_TIMEOUT'],
]

for (const [name, path, status, code] of TROUBLE) {
  test(`${name} answers ${status} ${code} with a reference, and its cause is logged`, async () => {
    const before = gateway.logged.length
    const answer = await ask(gateway.url, path)
    const problem = JSON.parse(answer.body)
    assert.deepEqual([answer.status, problem.code], [status, code])
    const line = gateway.logged.slice(before).find(([event]) => event === 'request refused')
    assert.equal(line?.[1]?.['requestId'], problem.reference)
    assert.notEqual(line?.[1]?.['error'], undefined)
  })
}

for (const [framing, query] of [
  ['a length', 'bytes=1000'],
  ['chunks', 'bytes=1000&chunked=1'],
] as const) {
  test(`an answer with ${framing} that the upstream breaks off is not passed off as complete`, async () => {
    await assert.rejects(ask(gateway.url, `/s/cut?${query}`), { code: 'ECONNRESET' })
  })
}

test('an HTTP/1.0 client, whose answer ends with the connection, sees a reset', async () => {
  const socket = connect(gateway.port, '127.0.0.1')
  socket.write('GET /s/cut?bytes=1000&chunked=1 HTTP/1.0\r\nHost: gw.test\r\n\r\n')
  socket.resume()
  const [error] = await once(socket, 'error')
  assert.equal(error.code, 'ECONNRESET')
})

test('an upstream that falls silent in the middle ends the answer', async () => {
  await assert.rejects(ask(gateway.url, '/slow/stream?chunks=2&ms=1500'), { code: 'ECONNRESET' })
})

test('a client that goes away ends the request to the upstream', async () => {
  const before = upstream.aborted()
  const sent = request({ ...target('/s/big?bytes=500000000') })
  sent.end()
  const [answer] = await once(sent, 'response')
  await once(answer, 'data')
  answer.destroy()
  await eventually(() => upstream.aborted() > before)
})

test('a client that goes away in the middle of its body ends the request to the upstream', async () => {
  const before = upstream.aborted()
  const seen = upstream.seen.length
  const socket = connect(gateway.port, '127.0.0.1')
  socket.write('POST /s/x HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 100\r\n\r\nsome')
  await eventually(() => upstream.seen.length > seen)
  socket.destroy()
  await eventually(() => upstream.aborted() > before)
})

test('a slow reader holds the upstream back', async () => {
  const sent = request({ ...target('/s/big?bytes=200000000') })
  sent.end()
  const [answer] = await once(sent, 'response')
  answer.pause()
  await delay(200)
  const before = process.memoryUsage().arrayBuffers
  await delay(300)
  assert.ok(process.memoryUsage().arrayBuffers - before < 20_000_000)
  answer.destroy()
})

test('an answer that comes before the body was read reaches the client, and the connection lives on', async () => {
  const socket = connect(gateway.port, '127.0.0.1')
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  socket.write('POST /s/early HTTP/1.1\r\nHost: gw.test\r\nContent-Length: 200000\r\n\r\nx')
  await eventually(() => text.includes('enough'))
  socket.write('x'.repeat(199_999))
  socket.write('GET /s/x HTTP/1.1\r\nHost: gw.test\r\nConnection: close\r\n\r\n')
  await once(socket, 'close')
  assert.match(text, /^HTTP\/1\.1 409 .*HTTP\/1\.1 200 /s)
})

test('a body beyond maxBody answers 413, with a length before anything is forwarded', async () => {
  const before = upstream.seen.length
  const declared = await ask(gateway.url, '/small/x', {
    method: 'POST',
    body: 'x'.repeat(1001),
    headers: { 'Content-Length': '1001' },
  })
  assert.deepEqual([declared.status, upstream.seen.length], [413, before])
  const chunked = await ask(gateway.url, '/small/x', {
    method: 'POST',
    body: 'x'.repeat(1001),
    headers: { 'Transfer-Encoding': 'chunked' },
  })
  assert.equal(chunked.status, 413)
  const fitting = await ask(gateway.url, '/small/x', { method: 'POST', body: 'x'.repeat(1000) })
  assert.equal(fitting.status, 200)
})

function target(path: string) {
  const { hostname, port } = new URL(gateway.url)
  return { hostname, port, path, agent: false as const, headers: { Host: 'gw.test' } }
}
