/** The listener: Node's server with strict limits, opened whole and drained. */

import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { Server as NetServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import type { KeyPair, Listen } from '../config/config.ts'
import { AppError } from '../core/errors.ts'
import { type Cancel, every, seconds } from '../core/time.ts'
import { type ConnectionLimits, limitConnections } from './connection-limit.ts'
import { responsesUnderWay, type UnderWay } from './under-way.ts'

export interface ListenerHandlers {
  handle(request: IncomingMessage, response: ServerResponse): void
  /** A request for another protocol; `head` is what came right behind it. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** A request for a tunnel. */
  handleConnect(request: IncomingMessage, socket: Duplex): void
  /** Bytes that are no request, or a request that came too slowly. */
  handleMalformed(error: NodeJS.ErrnoException, socket: Duplex): void
  /** What holds for a connection that is made now. */
  connectionLimits(): ConnectionLimits
  /** An address has come to its limit. */
  connectionsLimited(address: string): void
}

export interface Listener {
  /** Connections made from now on see this certificate. Nothing happens where it listens without TLS, or for null. */
  setCertificate(tls: KeyPair | null): void
  /** Takes no new connection, lets requests under way finish for at most `DRAIN_SECONDS`, then closes what is left. */
  drain(): Promise<void>
}

/** How long requests under way may take to finish. */
const DRAIN_SECONDS = 10
/**
 * How long a connection on which nothing is under way may take to send a request, which is then answered, and told to be the
 * last one.
 */
const SILENT_SECONDS = 1
/** How soon after that a connection is closed that has nothing under way. */
const POLL = seconds(0.05)

/** Node's strict parser and limits that a slow client cannot stretch. */
const SERVER_OPTIONS = {
  insecureHTTPParser: false,
  // A request without Host is refused by the planes, as a problem document and not as Node's bare answer.
  requireHostHeader: false,
  // What has no body is complete from the start, without the events of a stream that ends.
  optimizeEmptyRequests: true,
  maxHeaderSize: 32 * 1024,
  headersTimeout: 20_000,
  requestTimeout: 0,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
}
/** Each may need another one to an upstream. */
const MOST_CONNECTIONS = 20_000
const TLS_HANDSHAKE_MILLISECONDS = 20_000

/** Resolves when it listens. Throws CONFIG_INVALID when the address cannot be had. */
export async function openListener(listen: Listen, handlers: ListenerHandlers): Promise<Listener> {
  const { tls } = listen
  const secure =
    tls === null ? null : createHttpsServer({ ...SERVER_OPTIONS, handshakeTimeout: TLS_HANDSHAKE_MILLISECONDS, ...tls })
  const server = secure ?? createHttpServer(SERVER_OPTIONS)
  server.maxConnections = MOST_CONNECTIONS
  limitConnections(server, { limits: handlers.connectionLimits, limited: handlers.connectionsLimited })
  const traffic = watchTraffic(server)
  server.on('request', handlers.handle)
  // Requests with `Expect: 100-continue` are judged like all others; the body is asked for when it is read.
  server.on('checkContinue', handlers.handle)
  server.on('upgrade', handlers.handleUpgrade).on('connect', handlers.handleConnect)
  server.on('clientError', handlers.handleMalformed)
  await bind(server, listen)
  return {
    setCertificate(pair) {
      if (pair !== null) secure?.setSecureContext({ key: pair.key, cert: pair.cert })
    },
    drain: () => drain(server, traffic),
  }
}

function bind(server: Server, { host, port }: Listen): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EADDRINUSE' ? 'the port is in use' : `cannot be had (${error.code})`
      const message = `listen (${host}:${port}): ${reason}; must be a free port on an address of this machine`
      reject(new AppError('CONFIG_INVALID', message, { cause: error }))
    })
    server.listen(port, host, () => resolve())
  })
}

/** What is open and what is under way on a server. */
interface Traffic {
  /** By peer, which a connection and the TLS upon it have in common. */
  readonly connections: Map<string, Socket>
  readonly underWay: UnderWay
}

function watchTraffic(server: Server): Traffic {
  const connections = new Map<string, Socket>()
  const underWay = responsesUnderWay()
  const begin = (_request: IncomingMessage, response: ServerResponse): void => underWay.add(response)
  server.on('request', begin).on('checkContinue', begin)
  server.on('connection', (socket: Socket) => {
    const peer = peerOf(socket)
    connections.set(peer, socket)
    socket.once('close', () => connections.delete(peer))
  })
  return { connections, underWay }
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}

async function drain(server: Server, { connections, underWay }: Traffic): Promise<void> {
  // Right behind a round in which everybody at the door was let in: who still waits there when it closes is lost.
  await setImmediate()
  await setImmediate()
  // Not the close of node:http, which ends idle connections at once: the next request of one may be on its way already.
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()))
  for (const response of underWay.all()) if (!response.headersSent) response.shouldKeepAlive = false
  const closeIdle = (): void => {
    const busy = new Set(underWay.all().map(({ req }) => peerOf(req.socket)))
    for (const [peer, socket] of connections) if (!busy.has(peer)) socket.destroy()
  }
  let stopPolling: Cancel | undefined
  const silent = setTimeout(() => {
    stopPolling = every(POLL, closeIdle)
  }, SILENT_SECONDS * 1000)
  const end = setTimeout(() => {
    for (const socket of connections.values()) socket.destroy()
  }, DRAIN_SECONDS * 1000)
  await closed
  stopPolling?.()
  clearTimeout(silent)
  clearTimeout(end)
}
