/** `GET capabilities`: what the caller may do on a service, for its own pages. */

import { createHash } from 'node:crypto'
import { Router } from 'express'

import { capabilities } from '../authz/capabilities.ts'
import type { Snapshot } from '../authz/model.ts'
import { AppError } from '../core/errors.ts'
import { reachesService } from '../core/guest.ts'
import { EXACT_PATHS } from '../http/paths.ts'
import type { Respond } from '../http/respond.ts'
import { type CallerParts, callerReader } from './callers.ts'

/** The endpoint (contract section 2); asking is no action and extends no session. */
export function capabilitiesRoutes({
  snapshot,
  respond,
  ...parts
}: CallerParts & { snapshot: () => Snapshot; respond: Respond }): Router {
  const callerOf = callerReader(parts)
  const router = Router(EXACT_PATHS)
  router.get('/capabilities', async (request, response) => {
    const caller = await callerOf(request)
    const service = request.query['service']
    if (caller === undefined || !reachesService(caller.live.session, String(service))) {
      return respond.error(request, response, 'SESSION_REQUIRED', SIGN_IN)
    }
    if (typeof service !== 'string') throw new AppError('BAD_REQUEST', 'service must be named once')
    const current = snapshot()
    if (!current.services.has(service)) throw new AppError('NOT_FOUND', `there is no service ${service}`)
    const found = capabilities(current, caller.operator, service)
    if (found === undefined) throw new AppError('NO_ROLE', `no role on ${service}`)
    const tag = `"${createHash('sha256')
      .update(JSON.stringify([service, found]))
      .digest('base64url')
      .slice(0, 27)}"`
    response.setHeader('ETag', tag)
    response.setHeader('Vary', 'Cookie')
    if (matches(request.headers['if-none-match'], tag)) {
      response.setHeader('Cache-Control', REVALIDATED)
      return response.writeHead(304).end()
    }
    const body = { service, revision: current.revision, ...found }
    respond.json(request, response, 200, body, { 'Cache-Control': REVALIDATED })
  })
  return router
}

const REVALIDATED = 'private, no-cache'
const SIGN_IN = { headers: { 'WWW-Authenticate': 'Session realm="gatehouse"' } }

/** RFC 9110 §13.1.2, by weak comparison. */
function matches(given: string | undefined, tag: string): boolean {
  if (given === undefined) return false
  return given.trim() === '*' || given.split(',').some((each) => each.trim().replace(/^W\//, '') === tag)
}
