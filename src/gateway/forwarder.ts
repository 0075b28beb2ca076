/** The last step of the pipeline: puts both headers together and hands the request to the upstream. */

import type { ServiceConfig } from '../config/config.ts'
import { AppError } from '../core/errors.ts'
import { errorFields, type Log } from '../core/log.ts'
import type { Exchange } from './exchange.ts'
import { forward } from './forward.ts'
import { type Identity, pushIdentity } from './identity-headers.ts'
import type { Located } from './locate.ts'
import { dropRules, keptRequestHeaders, pushForwarded } from './request-headers.ts'
import { responseHeaders } from './response-headers.ts'
import type { Upstream, Upstreams } from './upstreams.ts'

/** Forwards under an identity, or without one; `companion` is a Set-Cookie to add to the answer. */
export type Forward = (exchange: Exchange, located: Located, identity: Identity | undefined, companion?: string) => void

/** `fail` answers for an upstream that did not. */
export function forwarder({
  services,
  upstreams,
  fail,
  log,
}: {
  services: readonly ServiceConfig[]
  upstreams: Pick<Upstreams, 'next'>
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

  return (exchange, located, identity, companion) => {
    const { req, res } = exchange
    const { service, strippedPrefix } = located.route
    const upstream = upstreams.next(service.id)
    if (upstream === undefined) throw new AppError('UPSTREAM_UNREACHABLE', 'the service is going away')
    const rewriting = {
      strippedPrefix,
      upstreamOrigin: upstream.origin,
      upstreamBasePath: upstream.basePath,
      underSession: identity !== undefined,
    }
    forward({
      req,
      res,
      upstream,
      path: upstreamPath(upstream, located),
      headers: requestHeaders(exchange, located, identity),
      maxBody: service.maxBody,
      answerHeaders(status, raw) {
        const headers = responseHeaders(status, raw, rewriting)
        if (companion !== undefined) headers.push('Set-Cookie', companion)
        return headers
      },
      failed: (error) => fail(exchange, error),
      brokenOff({ code, cause }) {
        exchange.record.code = code
        log.warn('answer broken off', {
          requestId: exchange.requestId,
          service: service.id,
          code,
          ...errorFields(cause),
        })
      },
    })
  }
}

function upstreamPath({ basePath }: Upstream, { route, target }: Located): string {
  return basePath + target.path.slice(route.strippedPrefix.length) + target.query
}

/** Node joins repeated fields of these names into one. */
function text(value: string | string[] | undefined): string | undefined {
  return value === undefined ? undefined : String(value)
}
