/** Which operation of its service a request is, as far as method and path tell. */

import { LRUCache } from 'lru-cache'

import type { ServiceConfig } from '../../config/config.ts'
import { AppError } from '../../core/errors.ts'
import { type Candidate, type OperationTable, operationTable } from '../../profiles/operation-table.ts'
import type { Operation, Profile } from '../../profiles/profile.ts'
import { bodyPlaces, type Settings, settingsOf, sourcesNeeded } from '../../profiles/request-facts.ts'
import { type ServiceRule, serviceRulesOf } from '../../profiles/service-settings.ts'
import { anyPathPattern } from '../path-pattern.ts'

/** What a request asks of its service, before anything but its target was read. */
export interface Asked {
  /** The most particular first; empty: no operation is listed for it. */
  readonly candidates: readonly Candidate[]
  /** Roles that a rule of the service's own wants, of which one must apply; null: any. Empty: it has rules, and none fits. */
  readonly anyOfRoles: readonly string[] | null
  readonly settings: Settings
  /** What must be read before it is known which candidate it is, and about which objects. */
  readonly needs: { readonly query: boolean; readonly body: boolean }
  /** JSON pointers to all that is read of a body. */
  readonly bodyPlaces: readonly string[]
}

export interface ServiceOperations {
  /**
   * `literal` and `plain`: the path behind the prefix, decoded once and as a careless reader sees it. Throws BAD_TARGET when
   * the two are not the same operations on the same objects.
   */
  ask(service: string, method: string, path: { readonly literal: string; readonly plain: string }): Asked
}

type OperationsOf = Pick<ServiceConfig, 'id' | 'profile' | 'settings' | 'unlistedOperations'>

interface Compiled {
  /** What was asked before, by method and path. */
  readonly known: Map<string, LRUCache<string, Asked>>
  readonly table: OperationTable
  readonly settings: Settings
  readonly rules: readonly CompiledRule[] | null
  readonly unlisted: 'deny' | 'open'
}

interface CompiledRule extends ServiceRule {
  readonly fits: (path: string) => boolean
}

/** Compiles the operations of all services once. */
export function serviceOperations({
  services,
  profiles,
}: {
  services: readonly OperationsOf[]
  profiles: ReadonlyMap<string, Profile>
}): ServiceOperations {
  const tables = new Map([...profiles].map(([id, profile]) => [id, operationTable(profile)]))
  const compiled = new Map(services.map((service) => [service.id, compile(service, profiles, tables)]))
  return {
    ask(id, method, { literal, plain }) {
      const service = compiled.get(id)
      if (service === undefined) throw new AppError('INTERNAL', `no operations of ${id}`)
      const asked = knownOrFound(service, method, literal)
      if (plain !== literal && !isSame(asked, find(service, method, plain))) {
        throw new AppError('BAD_TARGET', 'the decoded path is another operation')
      }
      return asked
    },
  }
}

function compile(
  { id, profile, settings, unlistedOperations }: OperationsOf,
  profiles: ReadonlyMap<string, Profile>,
  tables: ReadonlyMap<string, OperationTable>,
): Compiled {
  const [known, table] = [profiles.get(profile), tables.get(profile)]
  if (known === undefined || table === undefined) {
    throw new AppError('CONFIG_INVALID', `service ${id}: there is no profile ${profile}`)
  }
  const rules = serviceRulesOf(known, settings)
  return {
    known: new Map(),
    table,
    settings: settingsOf(known.settings, settings),
    unlisted: unlistedOperations,
    rules: rules === null ? null : rules.map((rule) => ({ ...rule, fits: anyPathPattern([rule.path]) })),
  }
}

/** Requests ask for the same again and again. */
function knownOrFound(service: Compiled, method: string, path: string): Asked {
  const before = service.known.get(method)?.get(path)
  if (before !== undefined) return before
  const asked = find(service, method, path)
  // Methods are few: Node knows them all.
  const ofMethod = service.known.get(method) ?? new LRUCache<string, Asked>({ max: MOST_KNOWN })
  service.known.set(method, ofMethod)
  if (path.length <= LONGEST_KNOWN) ofMethod.set(path, asked)
  return asked
}

/** Paths of one method of a service. */
const MOST_KNOWN = 1000
const LONGEST_KNOWN = 256

function find({ table, settings, rules, unlisted }: Compiled, method: string, path: string): Asked {
  const candidates = table.match(method, path)
  const anyOfRoles = rules === null ? null : rolesOf(rules, unlisted, method, path)
  const needs = sourcesNeeded(candidates, settings)
  return { candidates, anyOfRoles, settings, needs, bodyPlaces: needs.body ? bodyPlaces(candidates, settings) : [] }
}

function rolesOf(
  rules: readonly CompiledRule[],
  unlisted: 'deny' | 'open',
  method: string,
  path: string,
): Asked['anyOfRoles'] {
  const named = method === 'HEAD' ? 'GET' : method
  const rule = rules.find(({ methods, fits }) => (methods.length === 0 || methods.includes(named)) && fits(path))
  if (rule === undefined) return unlisted === 'open' ? null : []
  return rule.roles.length === 0 ? null : rule.roles
}

/** Parameters of the path that objects are read from; what else stands there decides nothing. */
function namesOf({ objects }: Operation): readonly string[] {
  return objects.flatMap(({ from }) => from.flatMap((source) => (source.in === 'path' ? [source.at] : [])))
}

function isSame(a: Asked, b: Asked): boolean {
  const one = (each: Asked) =>
    JSON.stringify([
      each.anyOfRoles,
      each.candidates.map(({ operation, parameters }) => [
        operation.name,
        ...namesOf(operation).map((name) => parameters.get(name)),
      ]),
    ])
  return one(a) === one(b)
}
