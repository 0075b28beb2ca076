/** Clients that go away at any moment, of requests, uploads, downloads and WebSockets: no socket may stay behind. */

import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

import { openProcessHouse, serviceOf } from '../processes/gateway/house.ts'
import { KEY, webSocketUpstream } from '../support/websocket.ts'
import { openSockets, residentMemory } from './process-figures.ts'
import { atMost, type Soak } from './soak.ts'

const WORKERS = 50
/** Longer than idle connections to an upstream are kept. */
const SETTLE_SECONDS = 12

export const aborts: Soak = async ({ short }) => {
  const count = short ? 1_000 : 10_000
  const sockets = await webSocketUpstream()
  const house = await openProcessHouse()
  await house.write({
    services: [
      serviceOf(house.upstream.url, { access: 'public' }),
      serviceOf(sockets.url, { id: 'socket', match: { path: '/socket/' }, access: 'public' }),
    ],
  })
  try {
    const { pid } = await house.serve()
    const before = await openSockets(pid)
    const memory = await residentMemory(pid)
    const shapes = shapesOf(house.port)
    let next = 0
    await Promise.all(
      Array.from({ length: WORKERS }, async () => {
        while (next < count) await abort(house.port, shapes, next++)
      }),
    )
    let left = await openSockets(pid)
    for (let second = 0; second < SETTLE_SECONDS && left > before; second += 1) {
      await delay(1000)
      left = await openSockets(pid)
    }
    return [
      atMost(`${count} aborted requests: sockets left behind`, left - before, 0),
      { what: 'WebSockets left at the upstream', value: sockets.open.size, limit: '0', kept: sockets.open.size === 0 },
      { what: 'growth of memory, MiB', value: Math.round((await residentMemory(pid)) - memory) },
    ]
  } finally {
    await house.close()
    await sockets.close()
  }
}

function shapesOf(port: number): readonly string[] {
  const host = `Host: localhost:${port}\r\n`
  const handshake = `${host}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${KEY}\r\n\r\n`
  return [
    `GET /app/big?bytes=20000000 HTTP/1.1\r\n${host}\r\n`,
    `POST /app/x HTTP/1.1\r\n${host}Content-Length: 100000\r\n\r\nabc`,
    `GET /app/delay?ms=50 HTTP/1.1\r\n${host}\r\n`,
    `POST /app/early HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`,
    `GET /app/cut?bytes=5000 HTTP/1.1\r\n${host}\r\n`,
    `GET /app/events HTTP/1.1\r\n${host}\r\n`,
    `GET /app/x HTTP/1.1\r\n${host}\r\nGET /app/x HTTP/1.1\r\n${host}\r\n`,
    `GET /app/x HTTP/1.1\r\n${host}`,
    `GET /socket/x HTTP/1.1\r\n${handshake}`,
    `GET /socket/flood HTTP/1.1\r\n${handshake}`,
    `GET /socket/mute HTTP/1.1\r\n${handshake}`,
  ]
}

/** Moment and manner follow from the turn, so that each run is the same. */
function abort(port: number, shapes: readonly string[], turn: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(shapes[turn % shapes.length] ?? '')
      setTimeout(() => (turn % 2 === 0 ? socket.destroy() : socket.resetAndDestroy()), (turn * 7) % 31)
    })
    socket.on('error', () => {}).on('close', () => resolve())
  })
}
