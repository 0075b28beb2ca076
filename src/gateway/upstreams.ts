/** Connections to the services: keep-alive pools, one per upstream URL, with the timeouts and TLS settings of the service. */

import { isIP } from 'node:net'
import { buildConnector, Pool } from 'undici'

import type { ServiceConfig } from '../config/config.ts'
import type { Log } from '../core/log.ts'
import type { Random } from '../core/random.ts'
import type { Clock } from '../core/time.ts'
import { type UpstreamHealth, upstreamHealth } from './upstream-health.ts'

export interface Upstream {
  readonly pool: Pool
  readonly origin: string
  /** Without a final slash; may be empty. */
  readonly basePath: string
  /** Name for TLS, whatever Host says; null over plain HTTP. */
  readonly serverName: string | null
  /** It answered, whatever it said. */
  worked(): void
  /** It could not be connected to, or did not answer in time. */
  failed(): void
}

export interface Upstreams {
  /**
   * Where the next request for a service goes: its working upstreams in turn, one of those that are due to be tried again,
   * or the one that is due soonest; never one that is in `tried`. Undefined when there is none left.
   */
  next(serviceId: string, tried?: readonly Upstream[]): Upstream | undefined
  /** Lets requests under way finish, then closes the connections. Nothing new is taken. */
  close(): Promise<void>
}

type UpstreamService = Pick<ServiceConfig, 'id' | 'upstream' | 'timeouts' | 'upstreamTls' | 'credential'>

interface Parts {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** Opens pools for services; connections are made when first needed. */
export function openUpstreams({ services, ...parts }: Parts & { services: readonly UpstreamService[] }): Upstreams {
  const byService = new Map(services.map((service) => [service.id, groupOf(service, parts)]))
  return {
    next: (serviceId, tried = NONE) => byService.get(serviceId)?.next(tried),
    async close() {
      await Promise.all([...byService.values()].flatMap(({ members }) => members.map(({ pool }) => pool.close())))
    },
  }
}

const NONE: readonly Upstream[] = []

interface Member extends Upstream {
  readonly health: UpstreamHealth
}

interface Group {
  readonly members: readonly Member[]
  next(tried: readonly Upstream[]): Upstream | undefined
}

function groupOf(service: UpstreamService, parts: Parts): Group {
  const members = service.upstream.map((url) => open(url, service, parts))
  let turn = 0
  /** The first in turn that may be used. */
  function inTurn(tried: readonly Upstream[]): Member | undefined {
    for (let step = 0; step < members.length; step += 1) {
      const member = members[(turn + step) % members.length]
      if (member === undefined || member.health.isOut() || tried.includes(member)) continue
      turn = (turn + step + 1) % members.length
      return member
    }
    return undefined
  }
  return {
    members,
    next(tried) {
      // Health is no matter where there is no choice.
      if (members.length === 1) return tried.length === 0 ? members[0] : undefined
      const member = inTurn(tried) ?? dueSoonest(members.filter((each) => !tried.includes(each)))
      member?.health.tried()
      return member
    },
  }
}

function dueSoonest(members: readonly Member[]): Member | undefined {
  return members.toSorted((a, b) => a.health.retryAt() - b.health.retryAt())[0]
}

const MOST_HEADER_BYTES = 65_536

function open(url: string, service: UpstreamService, { log, ...parts }: Parts): Member {
  const { origin, pathname, protocol, hostname } = new URL(url)
  const serverName = service.upstreamTls.serverName ?? hostname.replace(/^\[|\]$/g, '')
  const health = upstreamHealth(parts)
  const fields = { service: service.id, upstream: origin }
  return {
    pool: openPool(origin, service, serverName),
    origin,
    basePath: pathname.replace(/\/$/, ''),
    serverName: protocol === 'https:' ? serverName : null,
    health,
    worked() {
      if (health.worked()) log.info('upstream back', fields)
    },
    failed() {
      if (health.failed()) log.warn('upstream out', fields)
    },
  }
}

function openPool(origin: string, service: UpstreamService, serverName: string): Pool {
  const { timeouts, upstreamTls, credential } = service
  const connect = buildConnector({
    timeout: timeouts.connectSeconds * 1000,
    rejectUnauthorized: upstreamTls.verify,
    allowH2: false,
    ...(upstreamTls.ca === null ? {} : { ca: upstreamTls.ca }),
    ...(credential.type === 'client-certificate' ? { key: credential.key, cert: credential.cert } : {}),
  })
  // RFC 6066 §3: an address is no server name; the certificate is then checked for the address itself.
  const servername = isIP(serverName) === 0 ? serverName : ''
  return new Pool(origin, {
    connect: (options, callback) => connect({ ...options, servername }, callback),
    headersTimeout: timeouts.headersSeconds * 1000,
    bodyTimeout: timeouts.idleSeconds * 1000,
    maxHeaderSize: MOST_HEADER_BYTES,
    pipelining: 1,
    allowH2: false,
  })
}
