/** One request and its answer: their id, and the record that is kept of them. */

import type { IncomingMessage, ServerResponse } from 'node:http'

import type { Log } from '../core/log.ts'
import type { Random } from '../core/random.ts'
import type { Clock, Instant } from '../core/time.ts'
import { limitReceiving } from './request-body.ts'
import type { Upgrade } from './upgrade.ts'

export interface Exchange {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  /** Set when the client asks for another protocol. */
  readonly upgrade: Upgrade | undefined
  /** UUID; also X-Gatehouse-Request-Id and the reference on error pages. */
  readonly requestId: string
  /** What the access log and the metrics say beyond what the messages themselves show; filled in as it becomes known. */
  readonly record: {
    service: string | null
    operator: string | null
    code: string | null
    /** Method, host and path that a proxy asked about. */
    asked?: string
  }
}

export interface RequestMetrics {
  /** `service` is null when none was found; `status` 0 when the client went away before an answer. */
  observe(request: {
    readonly service: string | null
    readonly status: number
    readonly seconds: number
    /** Of the error catalogue; null when nothing was refused. */
    readonly code: string | null
  }): void
}

/** How long the rest of a body that nobody wants may take to arrive. */
const LEFTOVER_SECONDS = 30

export interface Exchanges {
  begin(req: IncomingMessage, res: ServerResponse, upgrade?: Upgrade): Exchange
  /** Resolves when none is under way. */
  over(): Promise<void>
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
}): Exchanges {
  let underWay = 0
  let over: (() => void) | undefined

  function finish({ req, res, requestId, record }: Exchange, startedAt: Instant): void {
    const { service, operator, code, asked } = record
    const seconds = (clock.now() - startedAt) / 1000
    const status = res.headersSent ? res.statusCode : 0
    metrics.observe({ service, status, seconds, code })
    log.info('request', {
      requestId,
      method: req.method,
      path: pathOf(req),
      status,
      seconds,
      complete: res.writableFinished,
      service,
      operator,
      code,
      asked,
    })
  }
  return {
    begin(req, res, upgrade) {
      const startedAt = clock.now()
      const exchange: Exchange = {
        req,
        res,
        upgrade,
        requestId: random.uuid(),
        record: { service: null, operator: null, code: null },
      }
      underWay += 1
      // Comes once.
      res.on('close', () => {
        underWay -= 1
        finish(exchange, startedAt)
        if (!req.complete) limitReceiving(req, LEFTOVER_SECONDS)
        if (underWay === 0) over?.()
      })
      return exchange
    },
    over: () =>
      new Promise((resolve) => {
        over = resolve
        if (underWay === 0) resolve()
      }),
  }
}

/** Never the query: it may hold secrets. */
function pathOf({ url = '' }: IncomingMessage): string {
  const mark = url.indexOf('?')
  return mark === -1 ? url : url.slice(0, mark)
}
