/** Connections to the services: keep-alive pools, one per upstream URL, with the timeouts and TLS settings of the service. */

import { Pool } from 'undici'

import type { ServiceConfig } from '../config/config.ts'

export interface Upstream {
  readonly pool: Pool
  readonly origin: string
  /** Without a final slash; may be empty. */
  readonly basePath: string
  /** Name for TLS, whatever Host says; null over plain HTTP. */
  readonly serverName: string | null
}

export interface Upstreams {
  /** Where the next request for a service goes: its upstreams in turn. Undefined for a service that is not there. */
  next(serviceId: string): Upstream | undefined
  /** Lets requests under way finish, then closes the connections. Nothing new is taken. */
  close(): Promise<void>
}

type UpstreamService = Pick<ServiceConfig, 'id' | 'upstream' | 'timeouts' | 'upstreamTls'>

/** Opens pools for services; connections are made when first needed. */
export function openUpstreams({ services }: { services: readonly UpstreamService[] }): Upstreams {
  const byService = new Map(
    services.map((service) => [service.id, { turn: 0, list: service.upstream.map((url) => open(url, service)) }]),
  )
  return {
    next(serviceId) {
      const group = byService.get(serviceId)
      if (group === undefined) return undefined
      const upstream = group.list[group.turn]
      group.turn = group.turn + 1 < group.list.length ? group.turn + 1 : 0
      return upstream
    },
    async close() {
      await Promise.all([...byService.values()].flatMap(({ list }) => list.map(({ pool }) => pool.close())))
    },
  }
}

const MOST_HEADER_BYTES = 65_536

function open(url: string, { timeouts, upstreamTls }: UpstreamService): Upstream {
  const { origin, pathname, protocol, hostname } = new URL(url)
  const serverName = upstreamTls.serverName ?? hostname.replace(/^\[|\]$/g, '')
  const pool = new Pool(origin, {
    connect: {
      timeout: timeouts.connectSeconds * 1000,
      rejectUnauthorized: upstreamTls.verify,
      ...(upstreamTls.ca === null ? {} : { ca: upstreamTls.ca }),
    },
    headersTimeout: timeouts.headersSeconds * 1000,
    bodyTimeout: timeouts.idleSeconds * 1000,
    maxHeaderSize: MOST_HEADER_BYTES,
    pipelining: 1,
    allowH2: false,
  })
  return { pool, origin, basePath: pathname.replace(/\/$/, ''), serverName: protocol === 'https:' ? serverName : null }
}
