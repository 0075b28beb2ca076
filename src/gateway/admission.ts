/** Who calls, and may he? Session, operator and decision; at once when nothing has to be read. */

import { decide } from '../authz/decide.ts'
import { effectiveRoles } from '../authz/grants.ts'
import type { Decision, Snapshot } from '../authz/model.ts'
import { reachesService } from '../core/guest.ts'
import type { CurrentOperator, OperatorFacts } from '../directory/operator-facts.ts'
import type { LiveSession, SessionService } from '../session/sessions.ts'

/** Somebody with a live session whose account is enabled. */
export interface Caller {
  readonly live: LiveSession
  readonly operator: CurrentOperator
}

export interface Admission {
  readonly decision: Decision
  /** Names of the roles that apply to the service. */
  readonly roles: readonly string[]
}

/** What a request says of its caller. */
export interface Sent {
  readonly cookieHeader: string | undefined
  /** The other host that it was sent to; null: that of publicUrl. */
  readonly host: string | null
  /** Id of the service. */
  readonly service: string
  /** What it came over. */
  readonly connection: object
}

/**
 * Reads the caller of a request. Undefined without a live session, when its operator is gone or disabled, and for the guest of
 * another service. Rejects with STORE_UNAVAILABLE.
 */
export function callerReader({
  sessions,
  operators,
}: {
  sessions: Pick<SessionService, 'authenticate'>
  operators: Pick<OperatorFacts, 'load'>
}): (sent: Sent) => Caller | undefined | Promise<Caller | undefined> {
  const callerOf = (live: LiveSession, operator: CurrentOperator | undefined) =>
    operator?.enabled === true ? { live, operator } : undefined
  const withOperator = (live: LiveSession | undefined, service: string) => {
    if (live === undefined || !reachesService(live.session, service)) return undefined
    const operator = operators.load(live.session.operatorId)
    return operator instanceof Promise ? operator.then((each) => callerOf(live, each)) : callerOf(live, operator)
  }
  return ({ cookieHeader, host, service, connection }) => {
    const live = sessions.authenticate(cookieHeader, host, connection)
    return live instanceof Promise ? live.then((each) => withOperator(each, service)) : withOperator(live, service)
  }
}

/**
 * Decides whether an operator may use a service. Answers are kept with the operator's facts for as long as these and the
 * snapshot stay the same.
 */
export function admissions({
  snapshot,
}: {
  snapshot: () => Snapshot
}): (operator: CurrentOperator, service: string) => Admission {
  const known = new WeakMap<CurrentOperator, Map<string, Admission & { readonly snapshot: Snapshot }>>()
  return (operator, service) => {
    const current = snapshot()
    const before = known.get(operator)?.get(service)
    if (before?.snapshot === current) return before
    const decision = decide(current, operator, { service, name: null })
    const admission = { decision, roles: effectiveRoles(current, operator, service), snapshot: current }
    const ofOperator = known.get(operator) ?? new Map()
    known.set(operator, ofOperator.set(service, admission))
    return admission
  }
}
