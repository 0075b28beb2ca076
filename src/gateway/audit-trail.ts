/** What the doors leave in the audit: changes before they pass, how they ended, and refusals. */

import { maskedKey } from '../audit/audited-path.ts'
import type { AuditedRequest, RequestAudit } from '../audit/request-audit.ts'
import type { ErrorCode } from '../core/errors.ts'
import { isSafeMethod } from '../http/origin-rule.ts'
import type { Caller } from './admission.ts'
import type { Exchange } from './exchange.ts'
import type { Located } from './locate.ts'
import type { Judgement } from './operations/judge.ts'

/** What was decided about a request. */
export type Decided = Pick<AuditedRequest, 'rule' | 'operation' | 'object'>

/** A judgement, or the admission to a service before there is one. */
export type Judged = Pick<Judgement, 'decision'> & Partial<Pick<Judgement, 'candidate' | 'selected'>>

/** What is decided about the use of a service as such. */
export const AS_SUCH = { operation: null, object: null } as const

/** The part of a judgement that is recorded. */
export function decidedBy({ decision, candidate, selected = [] }: Judged): Decided {
  const [object, ...others] = selected.flatMap(({ objects }) => objects)
  const more = others.length === 0 ? '' : ` and ${others.length} more`
  return {
    rule: decision.rule,
    operation: candidate?.operation.name ?? null,
    object: object === undefined ? null : `${object.type}:${maskedKey(object.id)}${more}`,
  }
}

export interface AuditTrail {
  /**
   * At once for what changes nothing; else resolves when the record is durable, and the outcome follows when the answer is through.
   * Rejects with AUDIT_UNAVAILABLE: then nothing may pass. `judgedAs`: the method, or HANDSHAKE.
   */
  allowed(
    exchange: Exchange,
    located: Located,
    caller: Caller,
    decided: Decided & { readonly judgedAs: string },
  ): undefined | Promise<void>
  /** Counts a refusal. */
  denied(exchange: Exchange, located: Located, caller: Caller, decided: Decided & { readonly code: ErrorCode }): void
}

/** Through `forward-auth` another proxy forwards, and only it knows the outcome. */
export function auditTrail({
  audit,
  door,
}: {
  audit: Pick<RequestAudit, 'recordIntent' | 'recordOutcome' | 'countDenial'>
  door: 'proxy' | 'forward-auth'
}): AuditTrail {
  function followOutcome({ res, record }: Exchange, { request, session, operator, service }: AuditedRequest): void {
    const ended = (): void => {
      const status = res.headersSent ? res.statusCode : 0
      const complete = res.writableFinished
      audit.recordOutcome({ request, session, operator, service, status, complete, code: record.code })
    }
    if (res.destroyed) ended()
    else res.once('close', ended)
  }

  return {
    allowed(exchange, located, caller, { judgedAs, ...decided }) {
      if (isSafeMethod(judgedAs)) return undefined
      const request = audited(exchange, located, caller, decided)
      const durable = audit.recordIntent(request, door)
      return door === 'proxy' ? durable.then(() => followOutcome(exchange, request)) : durable
    },
    denied(exchange, located, caller, { code, ...decided }) {
      audit.countDenial(audited(exchange, located, caller, decided), code)
    },
  }
}

function audited(
  { requestId }: Exchange,
  { method, target, route }: Located,
  { live: { session }, operator }: Caller,
  { rule, operation, object }: Decided,
): AuditedRequest {
  return {
    request: requestId,
    session: session.id,
    operator: operator.id,
    account: operator.account,
    provider: session.provider,
    service: route.service.id,
    operation,
    object,
    method,
    path: target.path,
    rule,
  }
}
