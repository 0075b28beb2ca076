/**
 * WebSocket handshakes (RFC 6455 §4). They go through the pipeline like every request; 101 is sent after policy has passed
 * and the upstream has changed protocols itself. No other protocol is changed to.
 */

import { createHash } from 'node:crypto'
import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

import { AppError } from '../core/errors.ts'
import { hasBody } from './request-body.ts'

/** A connection whose client asks for another protocol. Node has let go of it. */
export interface Upgrade {
  /** The answer, as the pipeline knows answers; behind any but 101 the connection is closed. */
  readonly res: ServerResponse
  /** Hands the connection over: returns what came behind the request so far. To be called once. */
  take(): Buffer
}

/**
 * Takes care of the connection: a client that goes away while it waits is noticed. `head` is what came right behind the
 * request. Undefined while an earlier request of the connection is being answered: then it is closed at once.
 */
export function openUpgrade(req: IncomingMessage, head: Buffer): Upgrade | undefined {
  const { socket } = req
  // Nobody is left to be told; behind an error of TLS, 'close' comes only when asked for.
  socket.on('error', () => socket.destroy())
  if ('_httpMessage' in socket && socket._httpMessage != null) {
    socket.destroy()
    return undefined
  }
  const take = collect(socket, head)
  const res = new ServerResponse(req)
  res.shouldKeepAlive = false
  res.assignSocket(socket)
  socket.on('drain', () => res.emit('drain'))
  res.once('finish', () => {
    res.detachSocket(socket)
    res.emit('close')
    if (res.statusCode === 101) return
    take()
    closeBehind(socket)
  })
  return { res, take }
}

/** Reads on, because only who reads learns that the other side is gone. */
function collect(socket: Socket, head: Buffer): () => Buffer {
  let collected = head
  const keep = (chunk: Buffer): void => {
    collected = Buffer.concat([collected, chunk])
    if (collected.length > MOST_EARLY_BYTES) socket.pause()
  }
  const gone = (): void => void socket.destroy()
  socket.on('data', keep).on('end', gone)
  return () => {
    socket.off('data', keep).off('end', gone)
    return collected
  }
}

/** Throws BAD_REQUEST unless the request is a WebSocket handshake and nothing else. */
export function checkHandshake(req: IncomingMessage): void {
  const { headers } = req
  const problem =
    headers.upgrade?.toLowerCase() !== 'websocket'
      ? 'upgrade to another protocol'
      : req.method !== 'GET' || req.httpVersion !== '1.1' || hasBody(req)
        ? 'handshake that is no plain GET'
        : !KEY.test(headers['sec-websocket-key'] ?? '')
          ? 'handshake without a proper key'
          : undefined
  if (problem !== undefined) throw new AppError('BAD_REQUEST', problem)
}

/** Whether the upstream's 101 answers this handshake. `raw` is name and value in turn. */
export function acceptsHandshake(req: IncomingMessage, raw: readonly string[]): boolean {
  const accept = createHash('sha1').update(`${req.headers['sec-websocket-key']}${GUID}`).digest('base64')
  const [protocol] = valuesOf(raw, 'upgrade')
  const accepts = valuesOf(raw, 'sec-websocket-accept')
  return protocol?.toLowerCase() === 'websocket' && accepts.length === 1 && accepts[0] === accept
}

/** Sends 101; from now on the connection carries frames. */
export function switchProtocols(res: ServerResponse, headers: readonly string[]): void {
  res.writeHead(101, ['Connection', 'Upgrade', 'Upgrade', 'websocket', ...headers]).end()
}

/** 16 bytes in base64. */
const KEY = /^[A-Za-z0-9+/]{21}[AQgw]==$/
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
/** Frames that a client sends before it knows that it may. */
const MOST_EARLY_BYTES = 65_536
/** How long a client may take to read the refusal of its handshake. */
const LAST_WORDS_MILLISECONDS = 1000

function valuesOf(raw: readonly string[], name: string): readonly string[] {
  return raw.filter((_, index) => index % 2 === 1 && raw[index - 1]?.toLowerCase() === name)
}

/** What the client sent on is thrown away: closing on unread bytes would reset the connection and lose the answer. */
function closeBehind(socket: Socket): void {
  socket.resume()
  socket.end()
  setTimeout(() => socket.destroy(), LAST_WORDS_MILLISECONDS).unref()
}
