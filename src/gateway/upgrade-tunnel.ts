/**
 * Two connections tied together once both sides speak WebSocket. Bytes pass as they are, with backpressure; only the frame
 * boundaries towards the client are followed, so that the gateway can close properly in between.
 */

import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

import { patience } from './patience.ts'
import type { StreamMemory } from './stream-memory.ts'
import { type CloseCode, closeFrame, frameFollower } from './websocket-frames.ts'

export type TunnelEnd = 'client' | 'upstream' | 'idle' | 'session-over' | 'going-away'

export interface Tunnel {
  /** Closes towards the client with a close frame as soon as a frame ends, at the latest in 250 ms without; the upstream at once. */
  end(why: 'session-over' | 'going-away'): void
}

/** How long the upstream may take to finish the frame under way. */
const BOUNDARY_SECONDS = 0.25
/** How long a client may take to close after the gateway said goodbye. */
const FAREWELL_SECONDS = 1
/** How long a side may take to close after the other one did. */
const LINGER_SECONDS = 10

const CODES: Readonly<Record<'idle' | 'session-over' | 'going-away', CloseCode>> = {
  idle: 1001,
  'session-over': 1008,
  'going-away': 1001,
}

/** Ties the connections; `head` is what the client sent already. `closed` is called once, when both are closed. */
export function openTunnel({
  client,
  upstream,
  head,
  idleSeconds,
  memory,
  closed,
}: {
  client: Socket
  upstream: Duplex
  head: Buffer
  /** Without a byte in either direction. */
  idleSeconds: number
  memory: StreamMemory
  closed: (why: TunnelEnd) => void
}): Tunnel {
  const frames = frameFollower()
  const quiet = patience(idleSeconds, () => close('idle'))
  const linger = patience(LINGER_SECONDS, destroyBoth)
  const boundary = patience(BOUNDARY_SECONDS, farewell)
  const overdue = patience(FAREWELL_SECONDS, destroyBoth)
  let why: TunnelEnd | undefined
  /** Set while the gateway closes. */
  let code: CloseCode | undefined
  let open = 2

  function destroyBoth(): void {
    client.destroy()
    upstream.destroy()
  }
  function fromUpstream(chunk: Buffer): void {
    quiet.wait()
    memory.passed(chunk.length)
    const passed = code === undefined ? frames.take(chunk) : frames.take(chunk, true)
    if (!client.write(chunk.subarray(0, passed))) upstream.pause()
    if (code !== undefined && frames.isBetweenFrames()) farewell()
  }
  function fromClient(chunk: Buffer): void {
    quiet.wait()
    memory.passed(chunk.length)
    if (!upstream.write(chunk)) client.pause()
  }
  function close(reason: 'idle' | 'session-over' | 'going-away'): void {
    if (code !== undefined) return
    why ??= reason
    code = CODES[reason]
    if (frames.isBetweenFrames()) farewell()
    else boundary.wait()
  }
  /** What the client still sends, its own farewell above all, is read and dropped, lest its connection be reset. */
  function farewell(): void {
    boundary.stop()
    upstream.off('data', fromUpstream).destroy()
    client.off('data', fromClient).resume()
    if (code !== undefined && frames.isBetweenFrames() && !frames.isClosed()) client.write(closeFrame(code))
    client.end()
    overdue.wait()
  }
  /** The other side gets what is on the way and ends too. */
  function ended(side: 'client' | 'upstream'): void {
    why ??= side
    const other = side === 'client' ? upstream : client
    other.end()
    linger.wait()
  }
  function gone(side: 'client' | 'upstream'): void {
    open -= 1
    ended(side)
    if (side === 'client') upstream.end(() => upstream.destroy())
    else client.off('data', fromClient).resume()
    if (open > 0) return
    for (const each of [quiet, linger, boundary, overdue]) each.stop()
    closed(why ?? side)
  }

  // 'close' says all there is to know here; behind an error of TLS it comes only when asked for.
  client
    .on('error', () => client.destroy())
    .on('end', () => ended('client'))
    .on('close', () => gone('client'))
  upstream
    .on('error', () => upstream.destroy())
    .on('end', () => ended('upstream'))
    .on('close', () => gone('upstream'))
  client.on('drain', () => upstream.resume())
  upstream.on('drain', () => client.resume())
  upstream.on('data', fromUpstream).resume()
  client.on('data', fromClient).resume()
  if (head.length > 0) fromClient(head)
  quiet.wait()
  return { end: close }
}
