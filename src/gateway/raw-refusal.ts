/** Answers to what cannot be served as a request: tunnels, and bytes that are no request. Nothing is served after them. */

import { type IncomingMessage, ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'

import { ERRORS, type ErrorCode } from '../core/errors.ts'

/** For the `connect` event: refuses the tunnel and closes. */
export function refuseConnect(_req: IncomingMessage, socket: Duplex): void {
  refuse(socket, 'METHOD_NOT_ALLOWED', 'Method Not Allowed', 'Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n')
}

/** For the `clientError` event: says what was wrong where nothing was answered yet, and closes. */
export function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || isAnswered(socket) || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const status = BARE_STATUS[error.code ?? '']
  if (status === undefined) refuse(socket, 'BAD_REQUEST', 'Bad Request')
  else close(socket, `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${GUARDS}Connection: close\r\n\r\n`)
}

/** Whether the connection carries an answer, or owes one to a request that came whole before the bad bytes. */
function isAnswered(socket: Duplex): boolean {
  const answer = '_httpMessage' in socket ? socket._httpMessage : undefined
  return answer instanceof ServerResponse && (answer.headersSent || answer.req.complete)
}

/** Limits of Node's parser that have a status of their own. */
const BARE_STATUS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
}

/** What keeps an answer out of caches, and a browser from taking it for something else. */
const GUARDS = 'Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n'

function refuse(socket: Duplex, code: ErrorCode, reason: string, extra = ''): void {
  const { status, title, public: detail } = ERRORS[code]
  const body = `${JSON.stringify({ type: `urn:gatehouse:error:${code}`, title, status, code, detail, reference: null })}\n`
  close(
    socket,
    `HTTP/1.1 ${status} ${reason}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `${GUARDS}${extra}Connection: close\r\n\r\n${body}`,
  )
}

function close(socket: Duplex, lastWords: string): void {
  // The client may be gone; there is nobody left to tell.
  socket.on('error', () => socket.destroy())
  socket.end(lastWords, () => socket.destroy())
}
