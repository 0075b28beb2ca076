/** The last step of the pipeline: puts both headers together and hands the request to an upstream. */

import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

import type { ServiceConfig } from '../config/config.ts'
import { AppError, toAppError } from '../core/errors.ts'
import { errorFields, type Log } from '../core/log.ts'
import type { Clock } from '../core/time.ts'
import { type Credential, credentials } from './credential.ts'
import type { Exchange } from './exchange.ts'
import { type Forwarding, forward } from './forward.ts'
import { headerValue, type Identity, pushIdentity } from './identity-headers.ts'
import { keepBody, keptAlready } from './kept-body.ts'
import type { Located } from './locate.ts'
import type { LongStreams, StreamEnd } from './long-streams.ts'
import type { Passage } from './passage.ts'
import type { GatewayRespond } from './refusal.ts'
import { hasBody } from './request-body.ts'
import {
  dropRules,
  keptRequestHeaders,
  pushForwarded,
  withoutBodyMarks,
  withoutContentConditions,
} from './request-headers.ts'
import { responseHeaders } from './response-headers.ts'
import type { StreamMemory } from './stream-memory.ts'
import { acceptsHandshake, switchProtocols } from './upgrade.ts'
import { openTunnel } from './upgrade-tunnel.ts'
import type { Upstream, Upstreams } from './upstreams.ts'

/** Forwards what has passed the entrance. Throws NOT_FILTERABLE where the answer's content would count and another protocol is asked for. */
export type Forward = (exchange: Exchange, located: Located, passage: Passage) => void

/** One forwarded request, whichever upstream it goes to. */
interface Errand {
  readonly exchange: Exchange
  readonly located: Located
  readonly passage: Passage
  /** For the upstream: name and value in turn. */
  readonly headers: string[]
  /** The service's own. */
  readonly credential: Credential | undefined
}

/** One way of an errand: where it goes now, and where it was before. */
interface Leg {
  readonly upstream: Upstream
  readonly tried: readonly Upstream[]
  /** The body, when this upstream has seen the errand already and did not take the credential. */
  readonly repeated?: { readonly body: Buffer }
}

/** `fail` answers for an upstream that did not. */
export function forwarder({
  services,
  upstreams,
  streams,
  memory,
  respond,
  fail,
  clock,
  log,
}: {
  services: readonly ServiceConfig[]
  upstreams: Pick<Upstreams, 'next'>
  streams: Pick<LongStreams, 'open'>
  memory: StreamMemory
  respond: Pick<GatewayRespond, 'status'>
  fail: (exchange: Exchange, error: unknown) => void
  clock: Clock
  log: Log
}): Forward {
  const rules = dropRules(services)
  const byService = credentials({ services, clock })
  const credentialOf = ({ route }: Located) => byService.get(route.service.id)

  function requestHeaders({ req, requestId }: Exchange, located: Located, identity: Identity | undefined): string[] {
    const { client, scheme, route } = located
    const { service, strippedPrefix } = route
    const passAuthorization = service.passAuthorization && service.credential.type === 'none'
    const headers = keptRequestHeaders(req.rawHeaders, rules, { trusted: client.trusted, passAuthorization })
    const before = { for: text(req.headers['x-forwarded-for']), prefix: text(req.headers['x-forwarded-prefix']) }
    pushForwarded(headers, { client, scheme, prefix: strippedPrefix, before })
    pushIdentity(headers, service, requestId, identity)
    return headers
  }

  /** Sends the errand to the next upstream that was not tried, as long as none has seen it. */
  function send(errand: Errand, tried: readonly Upstream[], because?: AppError): void {
    const upstream = upstreams.next(errand.located.route.service.id, tried)
    if (upstream === undefined) {
      throw because ?? new AppError('UPSTREAM_UNREACHABLE', 'the service is going away')
    }
    authorize(errand, { upstream, tried })
  }

  /** Delivers with the service's credential; at once when it is at hand. */
  function authorize(errand: Errand, leg: Leg): void {
    const { credential, exchange } = errand
    const value = credential?.authorization(leg.upstream) ?? null
    if (value instanceof Promise) {
      value
        .then((fetched) => deliver(errand, leg, fetched))
        .catch((error: unknown) => giveUp(errand, leg, toAppError(error), exchange.res.destroyed))
    } else deliver(errand, leg, value)
  }

  function deliver(errand: Errand, leg: Leg, authorization: string | null): void {
    const { exchange, located, headers, credential } = errand
    const { body: read } = errand.passage
    const { upstream, repeated } = leg
    const { req, res } = exchange
    const { maxBody, timeouts, preserveHost } = located.route.service
    const mayRepeat = credential !== undefined && repeated === undefined && hasBody(req)
    const kept = !mayRepeat ? undefined : read === undefined ? keepBody(req) : keptAlready(read)
    const body = async () => (hasBody(req) ? kept?.whole(timeouts.idleSeconds) : Buffer.alloc(0))
    forward({
      req,
      res,
      upstream,
      path: upstreamPath(upstream, located),
      headers: authorization === null ? headers : [...headers, 'Authorization', authorization],
      host: preserveHost ? located.client.host : undefined,
      body: repeated?.body ?? read,
      maxBody,
      idleSeconds: timeouts.idleSeconds,
      memory,
      upgrade: exchange.upgrade === undefined ? null : 'websocket',
      content: contentOf(errand),
      items: errand.passage.items,
      hidesMissing: (errand.passage.judgement?.selected.length ?? 0) > 0,
      answered: upstream.worked,
      challenged:
        credential &&
        (() => {
          credential.refused(upstream, authorization)
          void repeat(errand, leg, body)
        }),
      conclusion: conclusionOf(errand),
      answerHeaders: (status, raw) => answerHeaders(errand, upstream, status, raw),
      failed: (error, connected) => giveUp(errand, leg, error, connected),
      brokenOff: (error) => noteBreak(errand, error),
      streaming: (end) => streams.open({ under: streamSession(errand), end }),
      switched: (raw, socket) => tie(errand, upstream, raw, socket),
    })
  }

  function conclusionOf({ exchange, passage: { errand } }: Errand): Forwarding['conclusion'] {
    return errand && { conclude: errand.conclude, failed: (error) => fail(exchange, error) }
  }

  /** No upstream has given an answer as a whole; what never reached one has changed nothing. */
  function end({ exchange, passage }: Errand, error: AppError, reached: boolean): void {
    passage.errand?.conclude(reached ? 'in-doubt' : 'dropped', undefined, 0).catch((cause: unknown) => {
      log.error('object change not ended', { requestId: exchange.requestId, ...errorFields(cause) })
    })
    fail(exchange, error)
  }

  function contentOf({ exchange, passage: { companion, content } }: Errand): Forwarding['content'] {
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

  /** The upstream did not take the credential: once more, where the request is at hand as a whole. */
  async function repeat(errand: Errand, leg: Leg, wholeBody: () => Promise<Buffer | undefined>): Promise<void> {
    try {
      const body = leg.repeated === undefined ? await wholeBody() : undefined
      if (body === undefined) throw new AppError('CREDENTIAL_REFUSED', 'the service answered 401')
      authorize(errand, { ...leg, repeated: { body } })
    } catch (error) {
      end(errand, toAppError(error), false)
    }
  }

  /** Goes to the next upstream when this one has seen nothing, else answers with the error. */
  function giveUp(errand: Errand, { upstream, tried }: Leg, error: AppError, connected: boolean): void {
    const { req, res } = errand.exchange
    if (isUpstreamsFault(error)) upstream.failed()
    if (connected || hasBody(req) || res.destroyed || !isUpstreamsFault(error)) end(errand, error, connected)
    else attempt(errand, [...tried, upstream], error)
  }

  function attempt(errand: Errand, tried: readonly Upstream[], because: AppError): void {
    try {
      send(errand, tried, because)
    } catch (error) {
      end(errand, toAppError(error), false)
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

  return (exchange, located, passage) => {
    const { content } = passage
    const headers = requestHeaders(exchange, located, passage.identity)
    const errand = { exchange, located, passage, credential: credentialOf(located) }
    if (content !== undefined && exchange.upgrade !== undefined)
      throw new AppError('NOT_FILTERABLE', 'another protocol')
    const inPart = passage.items.length > 0
    const isRead = content !== undefined || inPart || passage.errand !== undefined
    const asked = isRead ? withoutContentConditions(headers) : headers
    send({ ...errand, headers: inPart ? withoutBodyMarks(asked) : asked }, [])
  }
}

function answerHeaders(
  { located, passage: { identity, companion, errand } }: Errand,
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
  const widens = errand?.widens ?? null
  if (widens !== null && status < 300) headers.push('X-Gatehouse-Warning', headerValue(`ACCESS_WIDENED ${widens}`))
  return headers
}

function streamSession({ exchange, located, passage: { identity } }: Errand) {
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
