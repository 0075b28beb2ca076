/** Opens connections to one upstream, plain or under TLS. */

import { connect, isIP, type Socket } from 'node:net'
import { checkServerIdentity, createSecureContext, type SecureContext, connect as tlsConnect } from 'node:tls'

export interface TlsSettings {
  /** PEM; null: the authorities that Node trusts. */
  readonly ca: string | null
  /** PEM, what the gateway shows of itself; null: nothing. */
  readonly certificate: { readonly key: string; readonly cert: string } | null
  /** What the upstream's certificate must be for; null: its host. */
  readonly serverName: string | null
  /** Whether it must be one that can be trusted. */
  readonly verify: boolean
}

export interface Target {
  readonly host: string
  readonly port: number
  /** null: plain. */
  readonly tls: TlsSettings | null
}

/** A connection in the making; `ready` is the event that tells when it is there. */
export interface Dialled {
  readonly socket: Socket
  readonly ready: 'connect' | 'secureConnect'
}

/** Hands what comes to `read`, which must not keep it; without `read` the socket is one like all others. */
export type Dial = (read: ((bytes: Buffer) => void) | undefined) => Dialled

const READ_BYTES = 65_536
const PROBE_AFTER_MILLISECONDS = 60_000

/** A dialler for one upstream. Sessions of TLS are taken up again. */
export function dialler({ host, port, tls }: Target): Dial {
  const address = { host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: PROBE_AFTER_MILLISECONDS }
  if (tls !== null) return secureDialler(address, tls)
  // What was read is gone before anything else is read, on whatever connection.
  const buffer = Buffer.allocUnsafe(READ_BYTES)
  return (read) => {
    if (read === undefined) return { socket: connect(address), ready: 'connect' }
    const callback = (bytes: number): boolean => {
      read(buffer.subarray(0, bytes))
      return true
    }
    return { socket: connect({ ...address, onread: { buffer, callback } }), ready: 'connect' }
  }
}

function secureDialler(
  address: { host: string; port: number; noDelay: boolean },
  { ca, certificate, serverName, verify }: TlsSettings,
): Dial {
  let secureContext: SecureContext | undefined
  const wanted = serverName ?? address.host
  // RFC 6066 §3: an address is no server name; the certificate is checked for it all the same.
  const servername = isIP(wanted) === 0 ? wanted : ''
  let session: Buffer | undefined
  return (read) => {
    secureContext ??= createSecureContext({ ...(ca === null ? {} : { ca }), ...certificate })
    const socket = tlsConnect({
      ...address,
      secureContext,
      servername,
      checkServerIdentity: (_host, shown) => checkServerIdentity(wanted, shown),
      rejectUnauthorized: verify,
      ALPNProtocols: ['http/1.1'],
      ...(session === undefined ? {} : { session }),
    })
    socket.on('session', (ticket: Buffer) => {
      session = ticket
    })
    // A session that led to no connection is not tried again.
    socket.once('error', () => {
      session = undefined
    })
    if (read !== undefined) socket.on('data', read)
    return { socket, ready: 'secureConnect' }
  }
}
