/** WebSocket as bytes: a service that speaks it, and a client that shows everything that comes back. */

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'

import { listen } from './echo-upstream.ts'

export interface Frame {
  readonly opcode: number
  readonly payload: Buffer
}

export interface WebSocketUpstream {
  readonly url: string
  /** Header of every handshake, in order; name and value in turn. */
  readonly seen: readonly { readonly url: string; readonly rawHeaders: readonly string[] }[]
  /** Connections that are open as WebSockets. */
  readonly open: ReadonlySet<Duplex>
  close(): Promise<void>
}

/**
 * Opens a service on a free port. By the last segment of the path: `half` sends half a frame at once and the rest after
 * `X-Rest-After` milliseconds, `flood` sends without end, `end` ends its side at once, `mute` never answers, `refuse` answers 403 with
 * a body, `wrong` answers with another handshake's key, `other` changes to another protocol, `headers` adds forbidden
 * fields. Anything else echoes what it gets.
 */
export async function webSocketUpstream(): Promise<WebSocketUpstream> {
  const seen: { url: string; rawHeaders: readonly string[] }[] = []
  const open = new Set<Duplex>()
  const server = createServer((_req, res) => res.writeHead(426, { 'content-length': 0 }).end())
  server.on('upgrade', (req, socket: Duplex, head: Buffer) => {
    seen.push({ url: req.url ?? '', rawHeaders: req.rawHeaders })
    socket.on('error', () => {}).on('end', () => socket.end())
    const mode = (req.url ?? '').split('?')[0]?.split('/').at(-1) ?? ''
    if (mode === 'mute') return void socket.resume()
    if (mode === 'refuse') {
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nX-Upstream: yes\r\n\r\nno')
      return
    }
    socket.write(`${switching(req, mode)}\r\n`)
    open.add(socket)
    socket.on('close', () => open.delete(socket)).resume()
    if (head.length > 0) socket.unshift(head)
    void serve(mode, req, socket)
  })
  const url = await listen(server)
  return {
    url,
    seen,
    open,
    async close() {
      for (const socket of open) socket.destroy()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function switching(req: IncomingMessage, mode: string): string {
  const accept = createHash('sha1')
    .update(`${mode === 'wrong' ? 'x' : req.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64')
  const extra =
    mode === 'headers'
      ? 'Set-Cookie: gatehouse=evil\r\nSet-Cookie: a=1\r\nX-Gatehouse-Operator: x\r\nAlt-Svc: x\r\nContent-Length: 9\r\nSec-WebSocket-Protocol: chat\r\n'
      : ''
  return `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${mode === 'other' ? 'h2c' : 'websocket'}\r\nSec-WebSocket-Accept: ${accept}\r\n${extra}`
}

async function serve(mode: string, req: IncomingMessage, socket: Duplex): Promise<void> {
  if (mode === 'end') socket.end()
  else if (mode === 'half') {
    const frame = serverFrame(Buffer.alloc(1000, 'h'))
    socket.write(frame.subarray(0, 500))
    await delay(Number(req.headers['x-rest-after'] ?? 3_600_000), undefined, { ref: false })
    socket.write(frame.subarray(500))
  } else if (mode === 'flood') {
    const frame = serverFrame(Buffer.alloc(70_000, 'f'))
    while (!socket.destroyed) {
      if (!socket.write(frame)) await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => {})
      await delay(0)
    }
  } else echoFrames(socket)
}

function echoFrames(socket: Duplex): void {
  let received = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    const { frames, left } = readFrames(received)
    received = received.subarray(received.length - left)
    for (const { opcode, payload } of frames) socket.write(serverFrame(payload, opcode))
  })
}

/** A frame as a server sends it; text unless told otherwise. */
export function serverFrame(payload: Buffer, opcode = 1): Buffer {
  return Buffer.concat([frameHeader(payload.length, opcode, 0), payload])
}

/** A frame as a client sends it. */
export function clientFrame(text: string, opcode = 1): Buffer {
  const payload = Buffer.from(text)
  const mask = Buffer.from([1, 2, 3, 4])
  const masked = payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0))
  return Buffer.concat([frameHeader(payload.length, opcode, 0x80), mask, masked])
}

function frameHeader(length: number, opcode: number, maskBit: number): Buffer {
  if (length < 126) return Buffer.from([0x80 | opcode, maskBit | length])
  if (length < 65_536) return Buffer.from([0x80 | opcode, maskBit | 126, length >> 8, length & 0xff])
  const header = Buffer.alloc(10)
  header.writeUInt16BE(((0x80 | opcode) << 8) | maskBit | 127)
  header.writeBigUInt64BE(BigInt(length), 2)
  return header
}

/** The whole frames at the beginning of `bytes`, and how many bytes are left behind them. */
export function readFrames(bytes: Buffer): { frames: Frame[]; left: number } {
  const frames: Frame[] = []
  let at = 0
  for (;;) {
    if (bytes.length - at < 2) break
    const second = bytes.readUInt8(at + 1)
    const short = second & 0x7f
    const extended = short === 126 ? 2 : short === 127 ? 8 : 0
    const masked = (second & 0x80) !== 0
    const start = at + 2 + extended + (masked ? 4 : 0)
    if (bytes.length < start) break
    const length =
      short === 126 ? bytes.readUInt16BE(at + 2) : short === 127 ? Number(bytes.readBigUInt64BE(at + 2)) : short
    if (bytes.length < start + length) break
    const mask = bytes.subarray(start - 4, start)
    const payload = Buffer.from(bytes.subarray(start, start + length))
    frames.push({
      opcode: bytes.readUInt8(at) & 0x0f,
      payload: masked ? (payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0)) as Buffer) : payload,
    })
    at = start + length
  }
  return { frames, left: bytes.length - at }
}

export interface WebSocketClient {
  readonly socket: Socket
  readonly status: number
  /** Status line and header fields, or everything where the connection ended without. */
  readonly head: string
  /** Everything behind the header so far. */
  body(): Buffer
  /** Resolves with the first `count` frames. */
  frames(count: number): Promise<Frame[]>
  /** Resolves when the gateway has ended its side. */
  readonly ended: Promise<void>
}

export const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='

/** Sends a handshake and resolves when the header of the answer is there. `early` is sent right behind it. */
export async function openWebSocket(
  port: number,
  path: string,
  { headers = {}, early = Buffer.alloc(0) }: { headers?: Record<string, string>; early?: Buffer } = {},
): Promise<WebSocketClient> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => {})
  let received = Buffer.alloc(0)
  const ended = new Promise<void>((resolve) => socket.once('end', resolve).once('close', () => resolve()))
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk])
  })
  const fields = {
    Host: 'gw.test',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': KEY,
    ...headers,
  }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(Buffer.concat([Buffer.from(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'), early]))
  const until = async (there: () => boolean) => {
    while (!there() && !socket.closed) await Promise.race([once(socket, 'data'), ended.then(() => delay(10))])
  }
  await until(() => received.includes('\r\n\r\n') || socket.readableEnded)
  const end = received.indexOf('\r\n\r\n')
  const head = (end === -1 ? received : received.subarray(0, end)).toString('latin1')
  const body = () => (end === -1 ? Buffer.alloc(0) : received.subarray(end + 4))
  return {
    socket,
    head,
    status: Number(head.split(' ')[1]),
    body,
    ended,
    async frames(count) {
      await until(() => readFrames(body()).frames.length >= count || socket.readableEnded)
      return readFrames(body()).frames.slice(0, count)
    },
  }
}
