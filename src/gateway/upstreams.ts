/** Connections to the services: keep-alive pools, one per upstream URL, with the timeouts and TLS settings of the service. */

import type { ServiceConfig } from '../config/config.ts'
import type { Log } from '../core/log.ts'
import type { Random } from '../core/random.ts'
import { type Clock, systemStopwatch } from '../core/time.ts'
import { openPool, type Pool } from '../upstream/pool.ts'
import { type UpstreamHealth, upstreamHealth } from './upstream-health.ts'

export interface Upstream {
  readonly pool: Pool
  readonly origin: string
  /** Without a final slash; may be empty. */
  readonly basePath: string
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

function open(url: string, service: UpstreamService, { log, ...parts }: Parts): Member {
  const target = new URL(url)
  const { origin, pathname } = target
  const health = upstreamHealth(parts)
  const fields = { service: service.id, upstream: origin }
  return {
    pool: poolOf(target, service),
    origin,
    basePath: pathname.replace(/\/$/, ''),
    health,
    worked() {
      if (health.worked()) log.info('upstream back', fields)
    },
    failed() {
      if (health.failed()) log.warn('upstream out', fields)
    },
  }
}

function poolOf(url: URL, { timeouts, upstreamTls, credential }: UpstreamService): Pool {
  const { ca, verify, serverName } = upstreamTls
  return openPool({
    url,
    timeouts: {
      connect: timeouts.connectSeconds * 1000,
      head: timeouts.headersSeconds * 1000,
      idle: timeouts.idleSeconds * 1000,
    },
    tls: {
      ca,
      verify,
      serverName,
      certificate: credential.type === 'client-certificate' ? { key: credential.key, cert: credential.cert } : null,
    },
    stopwatch: systemStopwatch,
  })
}
