/** A service that answers with the very bytes that a test gives, and what the client towards services makes of them. */

import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createSecureContext, type SecureVersion, TLSSocket } from 'node:tls'
import { generate } from 'selfsigned'

import { systemStopwatch } from '../../src/core/time.ts'
import type { AnswerControl, UpstreamRequest } from '../../src/upstream/call.ts'
import type { Timeouts } from '../../src/upstream/connection.ts'
import { openPool, type Pool } from '../../src/upstream/pool.ts'
import { UpstreamError } from '../../src/upstream/upstream-error.ts'

/**
 * Called for each request whose header has come; `index` counts the connections, `turn` the requests on it, both from 0. `wire` is
 * what lies beneath TLS, or the socket itself.
 */
export type Script = (socket: Socket, request: { head: string; index: number; turn: number; wire: Socket }) => void

export interface ScriptedUpstream {
  readonly url: URL
  /** PEM of the private authority that vouches for it; null: it speaks no TLS. */
  readonly ca: string | null
  /** What each connection brought, as text in latin1. */
  readonly received: readonly string[]
  play(script: Script): void
  open(): number
  close(): Promise<void>
}

/** The ways to an upstream; what holds for one holds for the other. */
export const TRANSPORTS = ['tcp', 'tls'] as const
export type Transport = (typeof TRANSPORTS)[number]

/** Listens on a free port; says nothing until there is a script. */
export async function scriptedUpstream(
  transport: Transport = 'tcp',
  { version = 'TLSv1.3', requestCert = false }: { version?: SecureVersion; requestCert?: boolean } = {},
): Promise<ScriptedUpstream> {
  const secure = transport === 'tls' ? await certified() : undefined
  const tls = secure && {
    isServer: true,
    secureContext: createSecureContext({ ...secure.own, minVersion: version, maxVersion: version }),
    requestCert,
    rejectUnauthorized: requestCert,
  }
  let script: Script = () => {}
  let received: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (wire) => {
    const socket = tls === undefined ? wire : new TLSSocket(wire, tls)
    const index = received.push('') - 1
    const mine = received
    let turn = 0
    let seen = 0
    sockets.add(wire)
    wire.on('error', () => {}).on('close', () => sockets.delete(wire))
    socket.on('error', () => {})
    socket.on('end', () => socket.end())
    socket.on('data', (bytes) => {
      mine[index] += bytes.toString('latin1')
      for (;;) {
        const end = (mine[index] ?? '').indexOf('\r\n\r\n', seen)
        if (end === -1) return
        const head = (mine[index] ?? '').slice(seen, end + 4)
        seen = end + 4
        script(socket, { head, index, turn, wire })
        turn += 1
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: new URL(`${secure === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`),
    ca: secure?.ca ?? null,
    get received() {
      return received
    },
    play(next) {
      script = next
      received = []
    },
    open: () => sockets.size,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A certificate for this machine, from an authority of its own. */
async function certified() {
  const authority = await generate([{ name: 'commonName', value: 'Scripted authority' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ],
  })
  const own = await generate([{ name: 'commonName', value: 'Scripted upstream' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ca: { key: authority.private, cert: authority.cert },
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  })
  return { ca: authority.cert, own: { key: own.private, cert: own.cert } }
}

const QUICK: Timeouts = { connect: 1000, head: 400, idle: 400 }

/** A pool for a scripted upstream, impatient unless told otherwise. */
export function poolFor(
  { url, ca }: Pick<ScriptedUpstream, 'url' | 'ca'>,
  { serverName = null, ...timeouts }: Partial<Timeouts> & { serverName?: string | null } = {},
): Pool {
  const tls = { ca, certificate: null, serverName, verify: true }
  return openPool({ url, tls, timeouts: { ...QUICK, ...timeouts }, stopwatch: systemStopwatch })
}

export interface Heard {
  /** Interim answers, by status. */
  readonly interim: readonly number[]
  readonly status: number | undefined
  readonly raw: readonly string[]
  readonly length: number | undefined
  readonly body: string
  /** Undefined: the answer is not complete. */
  readonly trailers: readonly string[] | undefined
  /** What kept it from being complete; the trouble of an UpstreamError, the message of anything else. */
  readonly trouble: string | undefined
  readonly switched: Duplex | undefined
}

/** A plain GET, but for what is given. */
export function request(over: Partial<UpstreamRequest> = {}): UpstreamRequest {
  return {
    method: 'GET',
    path: '/x',
    headers: [],
    host: undefined,
    body: null,
    length: undefined,
    upgrade: null,
    ...over,
  }
}

/** Sends a request; resolves with all that was heard, when nothing more will be. `control` is told of each part of the body. */
export function hear(
  pool: Pool,
  sent: UpstreamRequest,
  part: (control: AnswerControl, chunk: Buffer) => void = () => {},
): Promise<Heard> {
  const { promise, resolve } = Promise.withResolvers<Heard>()
  const heard = {
    interim: [] as number[],
    status: undefined as number | undefined,
    raw: [] as readonly string[],
    length: undefined as number | undefined,
    body: '',
    trailers: undefined as readonly string[] | undefined,
    trouble: undefined as string | undefined,
    switched: undefined as Duplex | undefined,
  }
  let control: AnswerControl | undefined
  pool.send(sent, {
    started(given) {
      if (control !== undefined) throw new Error('started twice')
      control = given
    },
    interim: (status) => void heard.interim.push(status),
    switched(raw, socket) {
      resolve(Object.assign(heard, { status: 101, raw, switched: socket }))
    },
    begun(status, raw, length) {
      Object.assign(heard, { status, raw, length })
    },
    lull() {},
    received(chunk) {
      heard.body += chunk.toString('latin1')
      if (control !== undefined) part(control, chunk)
    },
    ended(trailers) {
      resolve(Object.assign(heard, { trailers }))
    },
    failed(error) {
      resolve(Object.assign(heard, { trouble: error instanceof UpstreamError ? error.trouble : error.message }))
    },
  })
  return promise
}
