/** The OpenID AuthZEN Authorization API 1.0: may somebody do that? Answered by the decision that requests get. */

import type { IncomingMessage } from 'node:http'
import express, { type Request, type Response, Router } from 'express'
import type { z } from 'zod'

import { decide } from '../authz/decide.ts'
import type { ObjectFacts, Snapshot, Subject } from '../authz/model.ts'
import { AppError } from '../core/errors.ts'
import { isGuestId } from '../core/guest.ts'
import { ADMINISTRATOR } from '../core/names.ts'
import type { CurrentOperator, OperatorFacts } from '../directory/operator-facts.ts'
import { passesOriginRule } from '../http/origin-rule.ts'
import { EXACT_PATHS } from '../http/paths.ts'
import type { Respond } from '../http/respond.ts'
import { runMiddleware } from '../http/run-middleware.ts'
import type { ObjectReference } from '../profiles/request-facts.ts'
import type { Operators } from '../store/ports.ts'
import {
  type AccessAnswer,
  type AccessQuestion,
  accessAnswer,
  evaluationBody,
  evaluationsBody,
} from './access-question.ts'
import { type CallerParts, callerReader } from './callers.ts'

const LARGEST_BODY = '1mb'
/** The type of a resource that is a service as such. */
const SERVICE = 'service'

export interface AccessParts extends CallerParts {
  readonly snapshot: () => Snapshot
  readonly directory: Pick<Operators, 'list'>
  readonly operators: Pick<OperatorFacts, 'load'>
  readonly objects: {
    load(
      service: string,
      references: readonly ObjectReference[],
    ): readonly ObjectFacts[] | Promise<readonly ObjectFacts[]>
  }
  readonly respond: Respond
}

/** Both endpoints. Administrators may ask about everybody, others about themselves. Asking is no action. */
export function accessRoutes(parts: AccessParts): Router {
  const { respond } = parts
  const answer = answerer(parts)
  const callerOf = callerReader(parts)
  const router = Router(EXACT_PATHS)
  const json = express.json({ limit: LARGEST_BODY, type: isJson, inflate: false })

  function serve<Body>(
    path: string,
    schema: z.ZodType<Body>,
    work: (caller: CurrentOperator, body: Body) => Promise<unknown>,
  ): void {
    router.post(`/access/v1/${path}`, async (request, response) => {
      const caller = await callerOf(request)
      if (caller === undefined) return respond.error(request, response, 'SESSION_REQUIRED', SIGN_IN)
      checkOrigin(parts, request)
      // Not before: what nobody in particular sends must not take memory.
      await runMiddleware(json, request, response)
      echoRequestId(request, response)
      respond.json(request, response, 200, await work(caller.operator, bodyOf(request, schema)))
    })
  }

  serve('evaluation', evaluationBody, answer)
  serve('evaluations', evaluationsBody, async (caller, { isOne, semantic, questions }) => {
    const stops = { execute_all: undefined, deny_on_first_deny: false, permit_on_first_permit: true }[semantic]
    const evaluations: AccessAnswer[] = []
    for (const question of questions) {
      const each = await answer(caller, question)
      evaluations.push(each)
      if (each.decision === stops) break
    }
    return isOne ? evaluations[0] : { evaluations }
  })
  return router
}

/** JSON is UTF-8 (RFC 8259 §8.1): in another charset it may say something else to whoever stands in between. */
const JSON_TYPE = /^application\/json[ \t]*(?:;[ \t]*charset=(?:utf-8|"utf-8")[ \t]*)?$/i
const SIGN_IN = { headers: { 'WWW-Authenticate': 'Session realm="gatehouse"' } }

function checkOrigin({ siteOf }: AccessParts, request: Request): void {
  const { method, headers } = request
  if (passesOriginRule({ method, headers, ownOrigin: siteOf(request).origin, allowedOrigins: [] })) return
  throw new AppError('CROSS_ORIGIN', `asked for by ${headers.origin ?? headers['sec-fetch-site']}`)
}

/** AuthZEN 1.0 §10.1.3: the id that the caller gave comes back. */
function echoRequestId(request: Request, response: Response): void {
  const id = request.headers['x-request-id']
  if (typeof id === 'string' && /^[\x21-\x7e]{1,128}$/.test(id)) response.setHeader('X-Request-ID', id)
}

function isJson({ headers }: IncomingMessage): boolean {
  return JSON_TYPE.test(headers['content-type'] ?? '')
}

function bodyOf<Body>(request: Request, schema: z.ZodType<Body>): Body {
  if (!isJson(request)) {
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'the body must be JSON')
  }
  const parsed = schema.safeParse(request.body)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '))
  throw new AppError('BAD_REQUEST', problems.join('; '))
}

function answerer({
  snapshot,
  directory,
  operators,
  objects,
}: AccessParts): (caller: CurrentOperator, question: AccessQuestion) => Promise<AccessAnswer> {
  /** Of an account that several providers have, `properties.provider` says which; null: there is none, or he is disabled. */
  async function subjectOf({ id, properties }: AccessQuestion['subject']): Promise<Subject | null> {
    if (isGuestId(id)) return (await operators.load(id)) ?? null
    const named = await directory.list({ account: id, limit: 100 })
    const provider = properties?.['provider']
    const fitting = provider === undefined ? named : named.filter((each) => each.provider === provider)
    const [operator, another] = fitting
    if (another !== undefined) throw new AppError('BAD_REQUEST', `several providers have ${id}; name one in properties`)
    const facts = operator && (await operators.load(operator.id))
    return facts?.enabled ? facts : null
  }

  return async (caller, { subject, action, resource }) => {
    const isCaller = subject.type === 'operator' && subject.id === caller.account
    if (!isCaller && !isAdministrator(caller)) throw new AppError('ROLE_MISSING', 'asks about somebody else')
    if (subject.type !== 'operator') throw new AppError('BAD_REQUEST', 'the type of a subject must be operator')
    const who = isCaller ? caller : await subjectOf(subject)
    const service = serviceOf(resource)
    const [object = null] =
      resource.type === SERVICE ? [] : await objects.load(service, [{ type: resource.type, id: resource.id }])
    const products = action.properties?.products ?? []
    return accessAnswer(decide(snapshot(), who, { service, name: action.name, products }, object))
  }
}

function isAdministrator({ grants }: CurrentOperator): boolean {
  return grants.some(({ role, service, scope }) => role === ADMINISTRATOR && service === null && scope === null)
}

function serviceOf({ type, id, properties }: AccessQuestion['resource']): string {
  const named = properties?.['service']
  if (typeof named === 'string') return named
  if (type === SERVICE && named === undefined) return id
  throw new AppError('BAD_REQUEST', 'resource.properties.service must name the service')
}
