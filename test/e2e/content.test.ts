/** Obligations on content at the edge: what a client gets, byte by byte, and what the service is asked. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { after, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { brotliCompressSync, gzipSync } from 'node:zlib'

import { filterSeeing } from '../support/content.ts'
import { contentHouse, type Handle } from '../support/content-house.ts'
import { eventually } from '../support/eventually.ts'
import { ask, sendRaw } from '../support/raw-client.ts'

const house = await contentHouse({ idleSeconds: 0.5 })
const { gateway } = house
after(() => house.close())

const RULES = { masks: [{ names: ['pakId'], keepLast: 4 }], removals: [['secret']] }
const JSON_TYPE = { 'Content-Type': 'application/json' }

const answering =
  (body: string | Buffer, headers: Record<string, string> = JSON_TYPE, status = 200): Handle =>
  (_req, res) =>
    res.writeHead(status, { 'Content-Length': Buffer.byteLength(body), ...headers }).end(body)

/** More than is held back. */
const MANY = Array.from({ length: 20_000 }, (_, index) => ({
  deviceId: `d${index}`,
  pakId: `SECRET-SECRET-${index}`,
  x: 'x'.repeat(60),
}))

describe('what the client gets', () => {
  test('JSON, masked, whole, with its own length and nothing to cache it by', async () => {
    const upstreams = {
      ETag: '"x"',
      'Last-Modified': 'Wed, 25 Nov 2026 20:00:00 GMT',
      Link: '<x>',
      'X-Pak': 'AAAA-1234',
      'Cache-Control': 'public',
    }
    house.serve(answering('{"pakId":"AAAA-1234", "secret":1}', { ...JSON_TYPE, ...upstreams }), RULES)
    const answer = await ask(gateway.url, '/app/x')
    assert.deepEqual([answer.status, answer.body], [200, '{"pakId":"*****1234"}'])
    const { date, connection, ...headers } = answer.headers
    assert.ok(date !== undefined && connection !== undefined)
    assert.deepEqual(headers, {
      'content-type': 'application/json',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'content-length': '21',
    })
  })

  for (const [name, format, body, expected] of [
    ['NDJSON', 'application/x-ndjson', '{"pakId":"AAAA-1234"}\n{"secret":1}', '{"pakId":"*****1234"}\n{}\n'],
    ['CSV', 'text/csv', 'n,PAK ID,secret\r\n1,AAAA-1234,x', 'n,PAK ID\r\n1,*****1234'],
  ] as const) {
    test(name, async () => {
      house.serve(answering(body, { 'Content-Type': format }), RULES)
      assert.equal((await ask(gateway.url, '/app/x')).body, expected)
    })
  }

  for (const [coding, compress] of [
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
  ] as const) {
    test(`what is ${coding} although nobody asked is shown plain`, async () => {
      house.serve(answering(compress('{"pakId":"AAAA-1234"}'), { ...JSON_TYPE, 'Content-Encoding': coding }), RULES)
      const answer = await ask(gateway.url, '/app/x', { headers: { 'Accept-Encoding': 'gzip, br' } })
      assert.equal(answer.body, '{"pakId":"*****1234"}')
      assert.equal(answer.headers['content-encoding'], undefined)
    })
  }

  test('HEAD is asked as GET and answered without a length, with the status that GET would have', async () => {
    house.serve(answering('{"pakId":"AAAA-1234"}'), RULES)
    const answer = await sendRaw(gateway.port, 'HEAD /app/x HTTP/1.1\r\nHost: gw.test\r\nConnection: close\r\n\r\n')
    assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/)
    assert.doesNotMatch(answer, /content-length|transfer-encoding|pak/i)
    assert.equal(house.seen.at(-1)?.method, 'GET')
    house.serve(answering(`[${JSON.stringify(MANY)},{"a":1,"a":2}]`), RULES)
    assert.equal((await ask(gateway.url, '/app/x', { method: 'HEAD' })).status, 502)
  })

  test('trailers and interim answers of the service are not passed on', async () => {
    house.serve((_req, res) => {
      res.writeEarlyHints({ link: '</SECRET>; rel=preload' })
      res.writeHead(200, { ...JSON_TYPE, Trailer: 'X-Sum' })
      res.write('{"a":1}')
      res.addTrailers({ 'X-Sum': 'SECRET' })
      res.end()
    }, RULES)
    const answer = await sendRaw(gateway.port, 'GET /app/x HTTP/1.1\r\nHost: gw.test\r\nConnection: close\r\n\r\n')
    assert.match(answer, /^HTTP\/1\.1 200 OK\r\n.*\{"a":1\}$/s)
    assert.doesNotMatch(answer, /SECRET|trailer/i)
  })

  test('a long list comes in parts, filtered and masked', async () => {
    const { filter, asked } = filterSeeing(MANY.filter((_, index) => index % 3 !== 0).map(({ deviceId }) => deviceId))
    house.serve(answering(JSON.stringify({ total: MANY.length, devices: MANY })), { ...RULES, filters: [filter] })
    const answer = await ask(gateway.url, '/app/x')
    const { devices, total } = JSON.parse(answer.body)
    assert.equal(devices.length, 13_333)
    assert.equal(total, 13_333)
    assert.deepEqual(devices[2], { deviceId: 'd4', pakId: '***********ET-4', x: 'x'.repeat(60) })
    assert.ok(asked.length > 1 && asked.length < 10)
    assert.equal(answer.headers['content-length'], undefined)
  })

  test('a hidden object and one that is not there look alike', async () => {
    const answers: string[] = []
    const { filter } = filterSeeing([], { places: [''] })
    for (const handle of [
      answering('{"deviceId":"SECRET"}'),
      answering('SECRET', {}, 404),
      answering('SECRET', {}, 410),
    ]) {
      house.serve(handle, { filters: [filter] })
      const answer = await sendRaw(gateway.port, 'GET /app/x HTTP/1.1\r\nHost: gw.test\r\nConnection: close\r\n\r\n')
      answers.push(answer.replace(/Date: .*/, ''))
    }
    assert.match(answers[0] ?? '', /^HTTP\/1\.1 404 /)
    assert.doesNotMatch(answers.join(), /SECRET/)
    assert.equal(new Set(answers).size, 1)
  })
})

describe('other statuses keep their number and lose their words', () => {
  for (const [status, headers] of [
    [202, {}],
    [302, { Location: '/SECRET' }],
    [400, {}],
    [409, JSON_TYPE],
    [503, { 'Retry-After': '7' }],
  ] as const) {
    test(String(status), async () => {
      house.serve(answering('{"error":"SECRET is taken"}', headers, status), RULES)
      const answer = await ask(gateway.url, '/app/x', { headers: { Accept: 'application/json' } })
      assert.equal(answer.status, status)
      assert.doesNotMatch(JSON.stringify(answer), /SECRET/)
      assert.equal(JSON.parse(answer.body).type, 'about:blank')
      assert.equal(answer.headers['retry-after'], 'Retry-After' in headers ? '7' : undefined)
    })
  }

  test('204, without a body', async () => {
    house.serve((_req, res) => res.writeHead(204, { ETag: 'x' }).end(), RULES)
    const { status, body, headers } = await ask(gateway.url, '/app/x', { method: 'DELETE' })
    assert.deepEqual([status, body, headers.etag], [204, '', undefined])
  })

  test('a page, for a reader', async () => {
    house.serve(answering('SECRET', {}, 409), RULES)
    const answer = await ask(gateway.url, '/app/x', { headers: { Accept: 'text/html' } })
    assert.match(answer.body, /<h1>Conflict<\/h1>/)
    assert.doesNotMatch(answer.body, /SECRET/)
  })

  test('the connection to the service goes on', async () => {
    house.serve(answering('{"error":1}', JSON_TYPE, 409), RULES)
    await ask(gateway.url, '/app/x')
    const port = house.seen.at(-1)?.socket.remotePort
    await ask(gateway.url, '/app/x')
    assert.equal(house.seen.at(-1)?.socket.remotePort, port)
  })
})

describe('what the service is asked', () => {
  test('is neither for a part nor for a change nor for a coding, in no spelling', async () => {
    house.serve(answering('{}'), RULES)
    const headers = {
      Range: 'bytes=0-1',
      'If-None-Match': '"x"',
      'If-Modified-Since': 'x',
      'If-Match': '*',
      'If-Range': 'x',
      If_None_Match: 'x',
      TE: 'trailers',
      'Accept-Encoding': 'gzip',
      Accept_Encoding: 'br',
      'X-Kept': '1',
    }
    assert.equal((await ask(gateway.url, '/app/x', { headers })).status, 200)
    const names = Object.keys(house.seen.at(-1)?.headers ?? {})
    assert.deepEqual(
      names.filter((name) => /^(range|if|te|accept)/.test(name)),
      [],
    )
    assert.ok(names.includes('x-kept'))
  })

  test('is nothing when the query asks by a hidden field', async () => {
    house.serve(answering('{}'), RULES)
    const before = house.seen.length
    const answer = await ask(gateway.url, '/app/x?sort=-PAK_ID', { headers: { Accept: 'application/json' } })
    assert.deepEqual([answer.status, JSON.parse(answer.body).code], [403, 'FIELD_HIDDEN'])
    assert.equal(house.seen.length, before)
    assert.equal((await ask(gateway.url, '/app/x?sort=name')).status, 200)
  })

  test('is nothing when another protocol is asked for', async () => {
    const before = house.seen.length
    const handshake =
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n'
    const answer = await sendRaw(gateway.port, `GET /app/x HTTP/1.1\r\nHost: gw.test\r\n${handshake}\r\n`)
    assert.match(answer, /^HTTP\/1\.1 502 /)
    assert.equal(house.seen.length, before)
  })
})

describe('refusals', () => {
  test('come as a clean 502 when less than a MiB is there, though the fault is at the end', async () => {
    house.serve(answering(`[${JSON.stringify(MANY.slice(0, 5000))},{"a":1,"a":2}]`), RULES)
    const answer = await ask(gateway.url, '/app/x', { headers: { Accept: 'application/json' } })
    assert.deepEqual([answer.status, JSON.parse(answer.body).code], [502, 'NOT_FILTERABLE'])
    assert.match(JSON.stringify(gateway.logged.at(-2)), /request refused.*twice/)
  })

  test('break the connection off when more is there', async () => {
    house.serve(answering(`[${JSON.stringify(MANY)},{"a":1,"a":2}]`), RULES)
    await assert.rejects(ask(gateway.url, '/app/x'), { code: 'ECONNRESET' })
    const text = await sendRaw(gateway.port, 'GET /app/x HTTP/1.1\r\nHost: gw.test\r\nConnection: close\r\n\r\n', 5000)
    assert.match(text, /^HTTP\/1\.1 200 OK/)
    assert.doesNotMatch(text, /0\r\n\r\n$/)
    assert.ok(
      gateway.logged.some(([event, fields]) => event === 'answer broken off' && fields?.['code'] === 'NOT_FILTERABLE'),
    )
  })

  test('a service that breaks off is not taken for one that is through', async () => {
    for (const [rows, code] of [
      [10, 'UPSTREAM_UNREACHABLE'],
      [20_000, 'ECONNRESET'],
    ] as const) {
      house.serve((_req, res) => {
        res.writeHead(200, { 'Content-Type': 'text/csv' }).write('a,b\n')
        res.write('x'.repeat(100).concat(',y\n').repeat(rows), () => setTimeout(() => res.destroy(), 50))
      }, RULES)
      const answer = ask(gateway.url, '/app/x', { headers: { Accept: 'application/json' } })
      if (rows === 10) assert.equal(JSON.parse((await answer).body).code, code)
      else await assert.rejects(answer, { code })
    }
  })

  test('a filter that fails is no answer', async () => {
    const { filter } = filterSeeing([])
    house.serve(answering('{"devices":[{"deviceId":"SECRET"}]}'), {
      filters: [{ ...filter, visible: () => Promise.reject(new Error('no store')) }],
    })
    const answer = await ask(gateway.url, '/app/x')
    assert.equal(answer.status, 500)
    assert.doesNotMatch(answer.body, /SECRET/)
  })
})

describe('slow and broken connections', () => {
  const endless: Handle = (_req, res) => {
    res.writeHead(200, JSON_TYPE).write('[0')
    const part = `,${JSON.stringify(MANY.slice(0, 1000))}`
    const more = () => {
      while (!res.destroyed && res.write(part));
    }
    res.on('drain', more)
    more()
  }

  test('a reader that takes nothing slows the service down, and loses its connection in time', async () => {
    house.serve(endless, RULES)
    const sent = request({ ...new URL(gateway.url), port: gateway.port, path: '/app/x', headers: { Host: 'gw.test' } })
    sent.on('error', () => {}).end()
    const [answer] = await once(sent, 'response')
    const [req] = house.seen.slice(-1)
    await eventually(() => req?.socket.destroyed === true, 5000)
    answer.destroy()
  })

  test('a client that goes away ends the service’s answer', async () => {
    house.serve(endless, RULES)
    const sent = request({ ...new URL(gateway.url), port: gateway.port, path: '/app/x', headers: { Host: 'gw.test' } })
    sent.on('error', () => {}).end()
    const [answer] = await once(sent, 'response')
    const [req] = house.seen.slice(-1)
    await once(answer, 'data')
    answer.destroy()
    await eventually(() => req?.socket.destroyed === true)
  })

  test('so does one that goes away before anything was ready', async () => {
    house.serve((_req, res) => res.writeHead(200, JSON_TYPE).write('[1,'), RULES)
    const before = house.seen.length
    const sent = request({ ...new URL(gateway.url), port: gateway.port, path: '/app/x', headers: { Host: 'gw.test' } })
    sent.on('error', () => {}).end()
    await eventually(() => house.seen.length > before)
    await delay(50)
    sent.destroy()
    await eventually(() => house.seen.at(-1)?.socket.destroyed === true)
  })

  test('a service that falls silent is given up', async () => {
    house.serve((_req, res) => res.writeHead(200, JSON_TYPE).write('[1,'), RULES)
    const answer = await ask(gateway.url, '/app/x', { headers: { Accept: 'application/json' } })
    assert.deepEqual([answer.status, JSON.parse(answer.body).code], [504, 'UPSTREAM_TIMEOUT'])
  })
})
