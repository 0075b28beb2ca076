/** Answers to requests that ask for the connection itself: protocol upgrades and tunnels. Nothing is served after them. */

import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

import { ERRORS, type ErrorCode } from '../core/errors.ts'

/** For the `upgrade` event: refuses the change of protocol and closes. */
export function refuseUpgrade(_req: IncomingMessage, socket: Duplex): void {
  refuse(socket, 'BAD_REQUEST', 'Bad Request')
}

/** For the `connect` event: refuses the tunnel and closes. */
export function refuseConnect(_req: IncomingMessage, socket: Duplex): void {
  refuse(socket, 'METHOD_NOT_ALLOWED', 'Method Not Allowed', 'Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n')
}

function refuse(socket: Duplex, code: ErrorCode, reason: string, extra = ''): void {
  const { status, title, public: detail } = ERRORS[code]
  const body = `${JSON.stringify({ type: `urn:gatehouse:error:${code}`, title, status, code, detail, reference: null })}\n`
  // The client may be gone; there is nobody left to tell.
  socket.on('error', () => socket.destroy())
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `Cache-Control: no-store\r\n${extra}Connection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  )
}
