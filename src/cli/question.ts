/** From words to a question: which operator, which operation or request, which object. */

import type { Question } from '../authz/model.ts'
import type { ObjectReference, WholeOperator } from '../authz/world.ts'
import { AppError } from '../core/errors.ts'
import { failed, ok, type Result } from '../core/result.ts'
import { strictQuery } from '../gateway/operations/request-query.ts'
import type { ServiceOperations } from '../gateway/operations/service-operations.ts'
import { checkTarget } from '../gateway/request-form.ts'
import type { Profile } from '../profiles/profile.ts'
import { chosen, namedProducts } from '../profiles/request-facts.ts'

/** An operation by its name, or a request that is one. */
export type Wanted = { readonly operation: string } | { readonly request: string; readonly body?: unknown }

/** A name that no operation has. */
const UNLISTED = ''

/** Operators by their account. */
export function operatorsByAccount(operators: readonly WholeOperator[]): ReadonlyMap<string, readonly WholeOperator[]> {
  return Map.groupBy(operators, ({ account }) => account)
}

/** The operator of that account; the one of `local` where several providers have it and none is named. */
export function findOperator(
  byAccount: ReadonlyMap<string, readonly WholeOperator[]>,
  account: string,
  provider: string | undefined,
): Result<WholeOperator, string> {
  const named = (byAccount.get(account) ?? []).filter((each) => (provider ?? each.provider) === each.provider)
  const [first, second] = named
  if (first === undefined) {
    return failed(`there is no operator ${account}${provider === undefined ? '' : ` of identity provider ${provider}`}`)
  }
  const chosenOne = second === undefined ? first : named.find((each) => each.provider === 'local')
  if (chosenOne !== undefined) return ok(chosenOne)
  return failed(
    `several identity providers have an operator ${account}: ${named.map((each) => each.provider).join(', ')}`,
  )
}

/**
 * What is asked of a service of the world. `products` are those that the request is taken to name, for rights that are for
 * some products alone; undefined: those that it names itself, and of an operation by its name none.
 */
export function questionOf(
  operations: ServiceOperations,
  service: string,
  wanted: Wanted,
  products?: readonly string[],
): Result<Question, string> {
  if ('operation' in wanted) return ok({ service, name: wanted.operation, products: products ?? [] })
  const parts = /^(\S+) (\S+)$/.exec(wanted.request)
  const [method = '', target = ''] = parts?.slice(1) ?? []
  if (!/^[A-Z]+$/.test(method)) return failed('a request is written METHOD /path')
  const checked = checkTarget(target)
  if (!checked.ok) return failed(`the path of the request is not in normal form (${checked.error})`)
  try {
    const asked = operations.ask(service, method, checked.value)
    const facts = { query: strictQuery(checked.value.query), body: wanted.body }
    const candidate = chosen(asked.candidates, facts)
    return ok({
      service,
      name: candidate?.operation.name ?? UNLISTED,
      anyOfRoles: asked.anyOfRoles,
      products: products ?? (candidate === undefined ? [] : namedProducts(candidate, facts)),
    })
  } catch (error) {
    if (!(error instanceof AppError) || !REFUSED.has(error.code)) throw error
    return failed(error.message)
  }
}

/** `type:id` of an object of the profile; the first colon splits. */
export function objectOf({ id: profile, objectTypes }: Profile, name: string): Result<ObjectReference, string> {
  const colon = name.indexOf(':')
  if (colon < 1 || colon === name.length - 1) return failed('an object is written <type>:<id>')
  const object = { type: name.slice(0, colon), id: name.slice(colon + 1) }
  if (objectTypes.has(object.type)) return ok(object)
  return failed(`the profile ${profile} has no object type ${object.type}`)
}

const REFUSED: ReadonlySet<string> = new Set(['BAD_REQUEST', 'BAD_TARGET'])
