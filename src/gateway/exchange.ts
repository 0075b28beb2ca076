/** One request and its answer: their id, and the record that is kept of them. */

import type { IncomingMessage, ServerResponse } from 'node:http'

import type { Log } from '../core/log.ts'
import type { Random } from '../core/random.ts'
import type { Clock, Instant } from '../core/time.ts'

export interface Exchange {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  /** UUID; also X-Gatehouse-Request-Id and the reference on error pages. */
  readonly requestId: string
  /** What the access log and the metrics say beyond what the messages themselves show; filled in as it becomes known. */
  readonly record: { service: string | null; operator: string | null; code: string | null }
}

export interface RequestMetrics {
  /** `service` is null when none was found; `status` 0 when the client went away before an answer. */
  observe(request: { readonly service: string | null; readonly status: number; readonly seconds: number }): void
}

/** Begins exchanges; each is logged and counted once, when its answer is through or its client is gone. */
export function exchanges({
  clock,
  random,
  log,
  metrics,
}: {
  clock: Clock
  random: Random
  log: Log
  metrics: RequestMetrics
}): (req: IncomingMessage, res: ServerResponse) => Exchange {
  function finish({ req, res, requestId, record }: Exchange, startedAt: Instant): void {
    const seconds = (clock.now() - startedAt) / 1000
    const status = res.headersSent ? res.statusCode : 0
    metrics.observe({ service: record.service, status, seconds })
    log.info('request', {
      requestId,
      method: req.method,
      path: pathOf(req),
      status,
      seconds,
      complete: res.writableFinished,
      ...record,
    })
  }
  return (req, res) => {
    const startedAt = clock.now()
    const exchange: Exchange = {
      req,
      res,
      requestId: random.uuid(),
      record: { service: null, operator: null, code: null },
    }
    res.once('close', () => finish(exchange, startedAt))
    return exchange
  }
}

/** Never the query: it may hold secrets. */
function pathOf({ url = '' }: IncomingMessage): string {
  const mark = url.indexOf('?')
  return mark === -1 ? url : url.slice(0, mark)
}
