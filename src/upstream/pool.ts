/** Connections to one upstream, kept for the next request. */

import type { Stopwatch } from '../core/time.ts'
import { type AnswerHandler, type Call, openCall, type UpstreamRequest } from './call.ts'
import { type Connection, type ConnectionParts, openConnection, type Timeouts } from './connection.ts'
import { dialler, type TlsSettings } from './dial.ts'
import { requestHead } from './request-head.ts'
import { UpstreamError } from './upstream-error.ts'

export interface Pool {
  /** Sends a request on a connection that is free, the one used last, or on a new one. The handler hears all that comes of it. */
  send(request: UpstreamRequest, handler: AnswerHandler): void
  /** Lets requests under way finish; nothing new is taken. */
  close(): Promise<void>
}

export interface PoolSettings {
  /** http or https; nothing behind the host counts. */
  readonly url: URL
  readonly timeouts: Timeouts
  /** For https. */
  readonly tls: TlsSettings
  readonly stopwatch: Stopwatch
}

/** A pool without connections: they are opened when they are needed, as many as there are requests at a time. */
export function openPool({ url, timeouts, tls, stopwatch }: PoolSettings): Pool {
  const isSecure = url.protocol === 'https:'
  const dial = dialler({
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port) || (isSecure ? 443 : 80),
    tls: isSecure ? tls : null,
  })
  const hostLine = `Host: ${url.host}\r\n`
  const open = new Set<Connection>()
  /** The one used last is the last one. */
  const free: Connection[] = []
  /** Their answers were complete just now: whatever came behind them shows before they are used again. */
  let resting: Connection[] = []
  let closing: (() => void) | undefined
  const parts: ConnectionParts = { dial, timeouts, stopwatch, freed, gone, failed }

  function freed(connection: Connection): void {
    if (closing !== undefined) {
      connection.destroy()
      return
    }
    if (resting.length === 0) setImmediate(wake)
    resting.push(connection)
  }
  function wake(): void {
    const rested = resting
    resting = []
    for (const connection of rested) {
      if (closing !== undefined) connection.destroy()
      else if (connection.isOpen()) free.push(connection)
    }
  }
  function gone(connection: Connection): void {
    open.delete(connection)
    const place = free.lastIndexOf(connection)
    if (place !== -1) free.splice(place, 1)
    if (open.size === 0) closing?.()
  }
  function failed(call: Call, error: Error, mayRepeat: boolean): void {
    if (mayRepeat && !call.isRepeated) {
      call.isRepeated = true
      put(call)
      return
    }
    const { body } = call.request
    call.handler.failed(error)
    if (body !== null && !Buffer.isBuffer(body)) body.destroy()
  }
  /** Another protocol takes its connection with it, and what was repeated once is not left to the same chance again. */
  function put(call: Call): void {
    const kept = call.request.upgrade === null && !call.isRepeated ? free.pop() : undefined
    if (kept !== undefined) kept.carry(call)
    else open.add(openConnection(parts, call))
  }
  return {
    send(request, handler) {
      try {
        if (closing !== undefined) throw new UpstreamError('unreachable', 'the connections are being closed')
        put(openCall(request, handler, requestHead(request, hostLine)))
      } catch (error) {
        handler.failed(error instanceof Error ? error : new Error(String(error)))
      }
    },
    close() {
      return new Promise((resolve) => {
        closing = resolve
        for (const connection of [...free, ...resting]) connection.destroy()
        if (open.size === 0) resolve()
      })
    },
  }
}
