/** `gatehouse explain`: one decision with everything that was weighed for it (gateway.md G-2). */

import { decide } from '../authz/decide.ts'
import type { Decision, Step } from '../authz/model.ts'
import { type ObligationText, obligationText } from '../authz/obligation-text.ts'
import { type World, world } from '../authz/world.ts'
import type { Config } from '../config/config.ts'
import { AppError } from '../core/errors.ts'
import type { Result } from '../core/result.ts'
import { systemClock } from '../core/time.ts'
import { guestsOf } from '../directory/guests.ts'
import { type DirectoryModel, loadModel } from '../directory/model.ts'
import { serviceOperations } from '../gateway/operations/service-operations.ts'
import type { Profile } from '../profiles/profile.ts'
import { loadShippedProfiles } from '../profiles/shipped.ts'
import { type GlobalOptions, withDirectory } from './context.ts'
import { findOperator, objectOf, operatorsByAccount, questionOf, type Wanted } from './question.ts'

export interface ExplainOptions {
  readonly operator: string
  readonly idp?: string
  readonly service: string
  readonly operation?: string
  readonly request?: string
  readonly object?: string
  readonly product?: readonly string[]
}

/** The decision as it is printed: groups by their paths. */
export interface Explanation {
  readonly operator: { readonly account: string; readonly provider: string; readonly enabled: boolean }
  readonly service: string
  /** Null: the request is no operation that is listed. */
  readonly operation: string | null
  readonly object: string | null
  /** What rights that are for some products alone are asked about. */
  readonly products: readonly string[]
  /** Roles of which a rule of the service's own wants one; null: there is no such rule. */
  readonly anyOfRoles: readonly string[] | null
  readonly effect: Decision['effect']
  readonly rule: Decision['rule']
  readonly conflict: boolean
  readonly hidden: boolean
  readonly obligations: readonly ObligationText[]
  readonly revision: number
  readonly trail: readonly Step[]
}

/** The directory of the configuration as decisions see it, and what it was made of. */
export interface StoredWorld {
  readonly world: World
  readonly directory: DirectoryModel
  readonly services: Config['services']
  readonly profiles: ReadonlyMap<string, Profile>
}

/** Reads the whole directory, and puts the guests of the services behind its operators. Throws CONFIG_INVALID. */
export async function storedWorld(options: GlobalOptions): Promise<StoredWorld> {
  const profiles = await loadShippedProfiles()
  return withDirectory(options, async ({ config: { services }, store }) => {
    const [stored, revision] = [await loadModel(store), await store.revisions.head()]
    const directory = { ...stored, operators: [...stored.operators, ...guestsOf({ services, profiles })] }
    const made = world({ services, profiles, directory, now: systemClock.now(), revision })
    return { world: made, directory, services, profiles }
  })
}

/** Explains what is asked. Throws OPERATOR_UNKNOWN, SERVICE_UNKNOWN, or CONFIG_INVALID when the question is none. */
export async function explain(options: ExplainOptions, global: GlobalOptions): Promise<Explanation> {
  const wanted = wantedBy(options)
  const stored = await storedWorld(global)
  const { snapshot } = stored.world
  const { service } = options
  const profile = stored.profiles.get(snapshot.services.get(service)?.profile ?? '')
  if (profile === undefined) throw new AppError('SERVICE_UNKNOWN', `there is no service ${service}`)
  const people = operatorsByAccount(stored.directory.operators)
  const operator = orThrow(findOperator(people, options.operator, options.idp), 'OPERATOR_UNKNOWN')
  const question = orThrow(questionOf(serviceOperations(stored), service, wanted, options.product), 'CONFIG_INVALID')
  const named = options.object === undefined ? null : objectOf(profile, options.object)
  const object = named === null ? null : orThrow(named, 'CONFIG_INVALID')
  const facts = object === null ? null : stored.world.facts(service, object)
  const { trail, obligations, ...decision } = decide(snapshot, stored.world.current(operator.id), question, facts, {
    trail: true,
  })
  return {
    operator: { account: operator.account, provider: operator.provider, enabled: operator.enabled },
    service,
    operation: question.name === '' ? null : question.name,
    object: options.object ?? null,
    products: question.products ?? [],
    anyOfRoles: question.anyOfRoles ?? null,
    ...decision,
    obligations: obligations.map(obligationText),
    trail,
  }
}

function wantedBy({ operation, request }: ExplainOptions): Wanted {
  if (operation !== undefined && request === undefined) return { operation }
  if (request !== undefined && operation === undefined) return { request }
  throw new AppError('CONFIG_INVALID', 'one of --operation and --request is needed, not both')
}

/** The value, or an error of that code. */
export function orThrow<Value>(result: Result<Value, string>, code: 'OPERATOR_UNKNOWN' | 'CONFIG_INVALID'): Value {
  if (result.ok) return result.value
  throw new AppError(code, result.error)
}
