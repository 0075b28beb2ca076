/** Health, readiness and metrics (contract section 2). */

import type { IncomingMessage } from 'node:http'
import { Router } from 'express'
import ipaddr from 'ipaddr.js'
import type { Alarms } from '../core/alarms.ts'
import { errorFields, type Log } from '../core/log.ts'
import { isoTime } from '../core/time.ts'
import { EXACT_PATHS } from '../http/paths.ts'
import type { Respond } from '../http/respond.ts'
import type { Metrics } from './metrics.ts'

const FORWARDING_HEADER = /^(forwarded|x-forwarded-.*|x-real-ip)$/

/**
 * `healthz` (the process answers) and `readyz` (it can serve: the store answers and it is not stopping) say no more than
 * their status to others; the detail of `readyz` and `metrics` are for loopback peers that no proxy stands before.
 */
export function statusRoutes({
  respond,
  metrics,
  alarms,
  notices,
  ping,
  draining,
  log,
}: {
  respond: Respond
  metrics: Metrics
  alarms: Alarms
  /** Standing facts worth knowing, such as ADMIN_SHARES_ORIGIN. */
  notices: readonly string[]
  ping: () => Promise<void>
  draining: () => boolean
  log: Log
}): Router {
  const router = Router(EXACT_PATHS)
  router.get('/healthz', (_request, response) => {
    response.type('text/plain').send('ok\n')
  })
  router.get('/readyz', async (request, response) => {
    const storeAnswers = await ping().then(
      () => true,
      (error: unknown) => {
        log.error('readyz.store', errorFields(error))
        return false
      },
    )
    const ready = storeAnswers && !draining()
    if (!isLocal(request)) {
      response
        .status(ready ? 200 : 503)
        .type('text/plain')
        .send(ready ? 'ready\n' : 'not ready\n')
      return
    }
    respond.json(request, response, ready ? 200 : 503, {
      ready,
      store: storeAnswers ? 'ok' : 'unavailable',
      draining: draining(),
      notices,
      alarms: alarms.list().map((alarm) => ({ ...alarm, since: isoTime(alarm.since) })),
    })
  })
  router.get('/metrics', async (request, response) => {
    if (!isLocal(request)) return respond.error(request, response, 'NOT_FOUND')
    const { type, body } = await metrics.render()
    response.setHeader('Content-Type', type)
    response.send(body)
  })
  return router
}

/** Whether the peer is this machine itself and no proxy speaks for somebody else. */
function isLocal(request: IncomingMessage): boolean {
  const address = request.socket.remoteAddress
  if (address === undefined || ipaddr.process(address).range() !== 'loopback') return false
  return !Object.keys(request.headers).some((name) => FORWARDING_HEADER.test(name))
}
