/** Who asks the control plane: a live session of an enabled operator. */

import type { Request } from 'express'

import type { CurrentOperator, OperatorFacts } from '../directory/operator-facts.ts'
import type { SiteOf } from '../gateway/site.ts'
import { isOwnToken } from '../session/own-token.ts'
import type { LiveSession, SessionService } from '../session/sessions.ts'

export interface Caller {
  readonly live: LiveSession
  readonly operator: CurrentOperator
}

export interface CallerParts {
  readonly siteOf: SiteOf
  readonly sessions: Pick<SessionService, 'authenticate'>
  readonly operators: Pick<OperatorFacts, 'load'>
}

/**
 * Reads the caller of a request; undefined without a live session, beside a token of ours, or when the operator is gone or
 * disabled. Rejects with STORE_UNAVAILABLE.
 */
export function callerReader({
  siteOf,
  sessions,
  operators,
}: CallerParts): (request: Request) => Promise<Caller | undefined> {
  return async (request) => {
    if (isOwnToken(request.headers.authorization ?? '')) return undefined
    const live = await sessions.authenticate(request.headers.cookie, siteOf(request).secretHost)
    const operator = live && (await operators.load(live.session.operatorId))
    return live && operator?.enabled ? { live, operator } : undefined
  }
}
