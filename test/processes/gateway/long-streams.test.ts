/** WebSockets and event streams end with their session, however it ends (contract section 3), and with the process. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { DEMO_ACCOUNTS } from '../../../src/demo/accounts.ts'
import type { Browser } from '../../support/browser.ts'
import type { Running } from '../../support/process.ts'
import { cookieHeader } from '../../support/steps.ts'
import {
  clientFrame,
  openWebSocket,
  readFrames,
  type WebSocketUpstream,
  webSocketUpstream,
} from '../../support/websocket.ts'
import { openProcessHouse, type ProcessHouse, serviceOf } from './house.ts'

const ADMIN = DEMO_ACCOUNTS[0]?.account ?? ''

let house: ProcessHouse
let sockets: WebSocketUpstream
let running: Running
const services = () => [
  serviceOf(house.upstream.url),
  serviceOf(sockets.url, { id: 'socket', match: { path: '/socket/' } }),
]
before(async () => {
  sockets = await webSocketUpstream()
  house = await openProcessHouse()
  await house.write({ services: services() })
  running = await house.serve()
})
after(async () => {
  await house.close()
  await sockets.close()
})

/** Opens one of each under the session of `visitor`; `over` resolves with how long after `since` both had ended. */
async function openBoth(visitor: Browser) {
  const cookie = cookieHeader(visitor)
  const headers = { Host: `localhost:${house.port}`, Cookie: cookie, Origin: house.url }
  const socket = await openWebSocket(house.port, '/socket/', { headers })
  assert.equal(socket.status, 101, socket.head)
  socket.socket.write(clientFrame('x'))
  await socket.frames(1)
  const stream = request({ host: '127.0.0.1', port: house.port, path: '/app/events', headers, agent: false })
  stream.end()
  const [answer] = await once(stream, 'response')
  await once(answer, 'data')
  answer.resume()
  const streamEnded = once(answer, 'end')
  return {
    async over(since: number): Promise<void> {
      await Promise.all([socket.ended, streamEnded])
      const took = performance.now() - since
      assert.ok(took < 1000, `it took ${took} ms`)
      const last = readFrames(socket.body()).frames.at(-1)
      assert.deepEqual([last?.opcode, last?.payload.readUInt16BE()], [8, 1008])
      socket.socket.destroy()
    },
    async stillOpen(): Promise<void> {
      socket.socket.write(clientFrame('y'))
      assert.equal(String((await socket.frames(2))[1]?.payload), 'y')
    },
    socket,
    streamEnded,
  }
}

describe('a WebSocket and an event stream', () => {
  it('end within a second of signing out', async () => {
    const visitor = await house.signIn(ADMIN)
    const both = await openBoth(visitor)
    const since = performance.now()
    await visitor.fetch(`${house.url}/.gatehouse/logout`, { method: 'POST' })
    await both.over(since)
  })

  it('end within a second of the command that disables their operator', async () => {
    await house.run('operators', 'create', 'second@example.com', '--role', 'administrator')
    const both = await openBoth(await house.signIn(ADMIN))
    const done = await house.run('operators', 'disable', ADMIN)
    const since = performance.now()
    assert.equal(done.code, 0, done.stderr)
    await both.over(since)
    await house.run('operators', 'enable', ADMIN)
  })

  it('outlive the end that they began with when the session goes on, and end with it when it expires', async () => {
    await house.write({ services: services(), session: { timeoutMinutes: 2 / 60, samlOffsetMinutes: 0 } })
    assert.equal((await house.run('reload')).code, 0)
    const visitor = await house.signIn(ADMIN)
    const both = await openBoth(visitor)
    for (let second = 0; second < 3; second += 1) {
      await new Promise((resolve) => setTimeout(resolve, 1000))
      assert.equal((await visitor.fetch(`${house.url}/app/x`)).status, 200)
    }
    const last = performance.now()
    await both.stillOpen()
    await both.over(last + 2000)
  })

  it('end when new settings leave their session no more time', async () => {
    await house.write({ services: services() })
    await house.run('reload')
    const both = await openBoth(await house.signIn(ADMIN))
    await new Promise((resolve) => setTimeout(resolve, 1100))
    await house.write({ services: services(), session: { timeoutMinutes: 1 / 60, samlOffsetMinutes: 0 } })
    await house.run('reload')
    await both.over(performance.now())
    await house.write({ services: services() })
    await house.run('reload')
  })

  it('let go of a process that stops: 1001 and a complete answer', async () => {
    const both = await openBoth(await house.signIn(ADMIN))
    const started = performance.now()
    running.signal('SIGTERM')
    await Promise.all([both.socket.ended, both.streamEnded])
    const last = readFrames(both.socket.body()).frames.at(-1)
    assert.equal(last?.payload.readUInt16BE(), 1001)
    both.socket.socket.destroy()
    assert.equal((await running.ended).code, 0)
    assert.ok(performance.now() - started < 5000)
  })
})
