/** The last step of the pipeline: puts both headers together and hands the request to an upstream. */

import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

import type { ServiceConfig } from '../config/config.ts'
import { AppError } from '../core/errors.ts'
import { errorFields, type Log } from '../core/log.ts'
import { checkQuery } from './content/request-fields.ts'
import type { ContentRules } from './content/rules.ts'
import type { Exchange } from './exchange.ts'
import { type Forwarding, forward } from './forward.ts'
import { type Identity, pushIdentity } from './identity-headers.ts'
import type { Located } from './locate.ts'
import type { LongStreams, StreamEnd } from './long-streams.ts'
import type { GatewayRespond } from './refusal.ts'
import { hasBody } from './request-body.ts'
import { dropRules, keptRequestHeaders, pushForwarded, withoutContentConditions } from './request-headers.ts'
import { responseHeaders } from './response-headers.ts'
import type { StreamMemory } from './stream-memory.ts'
import { acceptsHandshake, switchProtocols } from './upgrade.ts'
import { openTunnel } from './upgrade-tunnel.ts'
import type { Upstream, Upstreams } from './upstreams.ts'

/**
 * Forwards under an identity, or without one; `companion` is a Set-Cookie to add to the answer, `content` what has to be done
 * to its content. Throws FIELD_HIDDEN for a request that asks by what is hidden, NOT_FILTERABLE for one that asks for another protocol.
 */
export type Forward = (
  exchange: Exchange,
  located: Located,
  identity: Identity | undefined,
  companion?: string,
  content?: ContentRules,
) => void

/** One forwarded request, whichever upstream it goes to. */
interface Errand {
  readonly exchange: Exchange
  readonly located: Located
  readonly identity: Identity | undefined
  readonly companion: string | undefined
  readonly content: ContentRules | undefined
  /** For the upstream: name and value in turn. */
  readonly headers: string[]
}

/** `fail` answers for an upstream that did not. */
export function forwarder({
  services,
  upstreams,
  streams,
  memory,
  respond,
  fail,
  log,
}: {
  services: readonly ServiceConfig[]
  upstreams: Pick<Upstreams, 'next'>
  streams: Pick<LongStreams, 'open'>
  memory: StreamMemory
  respond: Pick<GatewayRespond, 'status'>
  fail: (exchange: Exchange, error: unknown) => void
  log: Log
}): Forward {
  const rules = dropRules(services)

  function requestHeaders({ req, requestId }: Exchange, located: Located, identity: Identity | undefined): string[] {
    const { client, scheme, route } = located
    const { service, strippedPrefix } = route
    const { passAuthorization, preserveHost } = service
    const headers = keptRequestHeaders(req.rawHeaders, rules, { trusted: client.trusted, passAuthorization })
    if (preserveHost) headers.push('Host', client.host)
    const before = { for: text(req.headers['x-forwarded-for']), prefix: text(req.headers['x-forwarded-prefix']) }
    pushForwarded(headers, { client, scheme, prefix: strippedPrefix, before })
    pushIdentity(headers, service, requestId, identity)
    return headers
  }

  /** Sends the errand to the next upstream that was not tried, as long as none has seen it. */
  function send(errand: Errand, tried: readonly Upstream[], because?: AppError): void {
    const { exchange, located } = errand
    const { service } = located.route
    const upstream = upstreams.next(service.id, tried)
    if (upstream === undefined) {
      throw because ?? new AppError('UPSTREAM_UNREACHABLE', 'the service is going away')
    }
    const { req, res } = exchange
    forward({
      req,
      res,
      upstream,
      path: upstreamPath(upstream, located),
      headers: errand.headers,
      maxBody: service.maxBody,
      idleSeconds: service.timeouts.idleSeconds,
      memory,
      upgrade: exchange.upgrade === undefined ? null : 'websocket',
      content: contentOf(errand),
      answered: upstream.worked,
      answerHeaders: (status, raw) => answerHeaders(errand, upstream, status, raw),
      failed(error, connected) {
        if (isUpstreamsFault(error)) upstream.failed()
        if (connected || hasBody(req) || res.destroyed || !isUpstreamsFault(error)) fail(exchange, error)
        else attempt(errand, [...tried, upstream], error)
      },
      brokenOff: (error) => noteBreak(errand, error),
      streaming: (end) => streams.open({ under: streamSession(errand), end }),
      switched: (raw, socket) => tie(errand, upstream, raw, socket),
    })
  }

  function contentOf({ exchange, companion, content }: Errand): Forwarding['content'] {
    if (content === undefined) return null
    return {
      content,
      statusOnly(status, headers) {
        // Nothing there and nothing to be seen look alike.
        if (status === 404 || status === 410) fail(exchange, new AppError('NOT_FOUND', `the upstream says ${status}`))
        else {
          const all = companion === undefined ? headers : { ...headers, 'Set-Cookie': companion }
          respond.status(exchange.req, exchange.res, status, { reference: exchange.requestId, headers: all })
        }
      },
    }
  }

  function attempt(errand: Errand, tried: readonly Upstream[], because: AppError): void {
    try {
      send(errand, tried, because)
    } catch (error) {
      fail(errand.exchange, error)
    }
  }

  function noteBreak({ exchange, located }: Errand, { code, message, cause }: AppError): void {
    const { requestId, record } = exchange
    record.code = code
    const service = located.route.service.id
    log.warn('answer broken off', { requestId, service, code, detail: message, ...errorFields(cause) })
  }

  /** Both sides have agreed to speak WebSocket. */
  function tie(errand: Errand, upstream: Upstream, raw: readonly string[], socket: Duplex): void {
    const { exchange, located } = errand
    const { req, res, requestId, upgrade } = exchange
    if (upgrade === undefined || res.destroyed || !acceptsHandshake(req, raw)) {
      socket.on('error', () => {}).destroy()
      if (!res.destroyed) fail(exchange, new AppError('UPSTREAM_INVALID', 'a 101 that does not answer the handshake'))
      return
    }
    switchProtocols(res, answerHeaders(errand, upstream, 101, raw))
    const { id, timeouts } = located.route.service
    const tunnel = openTunnel({
      client: req.socket as Socket,
      upstream: socket,
      head: upgrade.take(),
      idleSeconds: timeouts.idleSeconds,
      memory,
      closed(why) {
        forget()
        log.info('tunnel closed', { requestId, service: id, why })
      },
    })
    const forget = streams.open({ under: streamSession(errand), end: (why: StreamEnd) => tunnel.end(why) })
  }

  return (exchange, located, identity, companion, content) => {
    const headers = requestHeaders(exchange, located, identity)
    if (content === undefined) send({ exchange, located, identity, companion, content, headers }, [])
    else {
      if (exchange.upgrade !== undefined) throw new AppError('NOT_FILTERABLE', 'another protocol')
      checkQuery(located.target.query, content)
      const whole = withoutContentConditions(headers)
      send({ exchange, located, identity, companion, content, headers: whole }, [])
    }
  }
}

function answerHeaders(
  { located, identity, companion }: Errand,
  { origin, basePath }: Upstream,
  status: number,
  raw: readonly string[],
): string[] {
  const headers = responseHeaders(status, raw, {
    strippedPrefix: located.route.strippedPrefix,
    upstreamOrigin: origin,
    upstreamBasePath: basePath,
    underSession: identity !== undefined,
  })
  if (companion !== undefined) headers.push('Set-Cookie', companion)
  return headers
}

function streamSession({ exchange, located, identity }: Errand) {
  return (
    identity && {
      session: identity.session,
      cookieHeader: exchange.req.headers.cookie,
      host: located.site.secretHost,
    }
  )
}

function isUpstreamsFault({ code }: AppError): boolean {
  return code === 'UPSTREAM_UNREACHABLE' || code === 'UPSTREAM_TIMEOUT'
}

function upstreamPath({ basePath }: Upstream, { route, target }: Located): string {
  return basePath + target.path.slice(route.strippedPrefix.length) + target.query
}

/** Node joins repeated fields of these names into one. */
function text(value: string | string[] | undefined): string | undefined {
  return value === undefined ? undefined : String(value)
}
