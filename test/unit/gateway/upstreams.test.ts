import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { after, describe, test } from 'node:test'

import { instant } from '../../../src/core/time.ts'
import { upstreamHealth } from '../../../src/gateway/upstream-health.ts'
import { listen } from '../../support/echo-upstream.ts'
import { service, testGateway } from '../../support/gateway.ts'
import { ask } from '../../support/raw-client.ts'

/** Half of the shortening: intervals come out at three quarters. */
const MIDDLE = { bytes: (length: number) => Buffer.alloc(length, 0x80), uuid: () => '' }

describe('the health of an upstream', () => {
  const open = (random = MIDDLE) => {
    let now = 1_000_000
    const health = upstreamHealth({ clock: { now: () => instant(now) }, random })
    return { health, advance: (ms: number) => (now += ms) }
  }

  test('it works until it fails, and again once it has answered', () => {
    const { health } = open()
    assert.deepEqual([health.isOut(), health.worked()], [false, false])
    assert.equal(health.failed(), true)
    assert.equal(health.isOut(), true)
    assert.equal(health.worked(), true)
    assert.equal(health.isOut(), false)
  })

  test('the interval doubles from one second to a minute', () => {
    const { health, advance } = open()
    const intervals = Array.from({ length: 9 }, () => {
      health.failed()
      let seconds = 0
      while (health.isOut()) {
        advance(250)
        seconds += 0.25
      }
      return seconds
    })
    const expected = [1, 2, 4, 8, 16, 32, 60, 60, 60].map((whole) => whole * 0.75)
    intervals.forEach((interval, index) => {
      assert.ok(Math.abs(interval - (expected[index] ?? 0)) <= 0.25, `${index}: ${interval}`)
    })
  })

  test('chance shortens it by up to a half', () => {
    for (const [byte, whole] of [
      [0, 1000],
      [0xff, 500],
    ] as const) {
      const { health, advance } = open({ ...MIDDLE, bytes: (length: number) => Buffer.alloc(length, byte) })
      health.failed()
      advance(whole - 10)
      assert.equal(health.isOut(), true)
      advance(20)
      assert.equal(health.isOut(), false)
    }
  })

  test('while it is tried again others keep away', () => {
    const { health, advance } = open()
    health.failed()
    advance(2000)
    assert.equal(health.isOut(), false)
    health.tried()
    assert.equal(health.isOut(), true)
  })
})

interface Backend {
  readonly url: string
  readonly server: Server
  asked: number
}

const servers: Server[] = []
after(() => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
})

/** Answers with its name; `stop` makes its port refuse connections. */
async function backend(name: string, port = 0): Promise<Backend> {
  const server = createServer((req, res) => {
    backendOf.asked += 1
    if (req.url === '/mute') return
    req.resume()
    res.setHeader('location', `${backendOf.url}/base-${name}/next`)
    res.end(name)
  })
  servers.push(server)
  const backendOf: Backend = { url: '', server, asked: 0 }
  if (port === 0) return Object.assign(backendOf, { url: await listen(server) })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return Object.assign(backendOf, { url: `http://127.0.0.1:${port}` })
}

async function stop({ server }: Backend): Promise<void> {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
}

async function house(upstream: readonly string[]) {
  let now = 1_800_000_000_000
  const gateway = await testGateway({
    services: [
      service({ access: 'public', upstream, timeouts: { connectSeconds: 1, headersSeconds: 0.3, idleSeconds: 5 } }),
    ],
    clock: { now: () => instant(now) },
  })
  after(() => gateway.close())
  return {
    gateway,
    advance: (ms: number) => (now += ms),
    async bodies(count: number, options = {}): Promise<string[]> {
      const bodies: string[] = []
      for (let turn = 0; turn < count; turn += 1) {
        const answer = await ask(gateway.url, '/app/x', options)
        bodies.push(answer.status === 200 ? answer.body : String(answer.status))
      }
      return bodies
    },
  }
}

describe('several upstreams', () => {
  test('take turns, each with its own base path put back', async () => {
    const [a, b] = await Promise.all([backend('a'), backend('b')])
    const { bodies, gateway } = await house([`${a.url}/base-a`, `${b.url}/base-b`])
    assert.deepEqual(await bodies(4), ['a', 'b', 'a', 'b'])
    assert.equal((await ask(gateway.url, '/app/x')).headers.location, '/app/next')
    assert.equal((await ask(gateway.url, '/app/x')).headers.location, '/app/next')
  })

  test('without a body a request goes on to the next one, and the one that refused is left out', async () => {
    const [a, b] = await Promise.all([backend('a'), backend('b')])
    const { bodies, gateway, advance } = await house([a.url, b.url])
    await stop(a)
    for (const method of ['GET', 'OPTIONS', 'DELETE', 'GET']) assert.deepEqual(await bodies(1, { method }), ['b'])
    assert.equal(gateway.logged.filter(([event]) => event === 'upstream out').length, 1)
    const again = await backend('a', Number(new URL(a.url).port))
    assert.deepEqual(await bodies(3), ['b', 'b', 'b'])
    advance(1001)
    assert.deepEqual((await bodies(4)).toSorted(), ['a', 'a', 'b', 'b'])
    assert.equal(gateway.logged.filter(([event]) => event === 'upstream back').length, 1)
    assert.equal(again.asked, 2)
  })

  test('a request with a body is not sent twice', async () => {
    const b = await backend('b')
    const { bodies } = await house(['http://127.0.0.1:1', b.url])
    assert.deepEqual(await bodies(2, { method: 'POST', body: 'x' }), ['502', 'b'])
  })

  test('what was connected to is not sent elsewhere; too late an answer counts as a failure', async () => {
    const [a, b] = await Promise.all([backend('a'), backend('b')])
    const { gateway, bodies } = await house([a.url, b.url])
    assert.equal((await ask(gateway.url, '/app/mute')).status, 504)
    assert.deepEqual([a.asked, b.asked], [1, 0])
    assert.deepEqual(await bodies(2), ['b', 'b'])
  })

  test('when all are out the one that is due soonest is tried, each at most once a request', async () => {
    const { bodies, gateway } = await house(['http://127.0.0.1:1', 'http://127.0.0.1:2'])
    assert.deepEqual(await bodies(3), ['502', '502', '502'])
    assert.equal(gateway.logged.filter(([event]) => event === 'upstream out').length, 2)
    const refusals = gateway.logged.filter(([event]) => event === 'request refused')
    assert.deepEqual(
      refusals.map(([, fields]) => fields?.['code']),
      ['UPSTREAM_UNREACHABLE', 'UPSTREAM_UNREACHABLE', 'UPSTREAM_UNREACHABLE'],
    )
  })

  test('a single one is always tried', async () => {
    const a = await backend('a')
    await stop(a)
    const { bodies } = await house([a.url])
    assert.deepEqual(await bodies(2), ['502', '502'])
    await backend('a', Number(new URL(a.url).port))
    assert.deepEqual(await bodies(1), ['a'])
  })
})
