/** What a change would give and take: who gains and who loses which operation, before anything is changed. */

import { isDeepStrictEqual } from 'node:util'
import type { CompiledOperation, ServiceRules } from './compiled.ts'
import { decide } from './decide.ts'
import type { Decision, Subject } from './model.ts'
import { standingOf } from './standing.ts'
import type { ObjectReference, WholeOperator, World } from './world.ts'

/** How one operator stands to one operation afterwards. */
export interface AccessChange {
  readonly account: string
  readonly provider: string
  readonly service: string
  readonly operation: string
  /** Without a thought for objects; null: the same as before. */
  readonly inPrinciple: { readonly before: Decision['effect']; readonly after: Decision['effect'] } | null
  readonly gains: ObjectCount
  readonly loses: ObjectCount
}

/** Objects that the operation becomes allowed for, or is allowed for no more. */
export interface ObjectCount {
  readonly count: number
  /** `type:id` of the first of them. */
  readonly first: readonly string[]
}

export interface Difference {
  readonly changes: readonly AccessChange[]
  /** False: there was more to compare than `most` decisions; what is here is a part. */
  readonly complete: boolean
}

const FIRST = 100
const MOST_DECISIONS = 10_000_000

/**
 * Compares what everybody may do in two worlds with the same services. Objects that are the same in both are looked at
 * only for operators who stand otherwise than before.
 */
export function accessDifference(
  before: World,
  after: World,
  { most = MOST_DECISIONS }: { readonly most?: number } = {},
): Difference {
  const changes: AccessChange[] = []
  const people = everybody(before, after)
  let left = most
  for (const rules of after.snapshot.services.values()) {
    const all = everything(before, after, rules.id)
    const changed = treeChanged(before, after)
      ? all
      : all.filter((object) => factsDiffer(before, after, rules.id, object))
    for (const person of people) {
      const objects = standsOtherwise(before, after, rules.id, person) ? all : changed
      if (objects.length === 0 && objects !== all) continue
      for (const operation of new Set(rules.operations.values())) {
        const about = objects.filter(({ type }) => operation.selectors.some((each) => each.type.name === type))
        left -= 2 * (about.length + 1)
        if (left < 0) return { changes, complete: false }
        const change = compare({ before, after, rules, operation, about }, person)
        if (change !== undefined) changes.push(change)
      }
    }
  }
  return { changes, complete: true }
}

interface Person {
  readonly account: string
  readonly provider: string
  readonly before: Subject | null
  readonly after: Subject | null
}

/** Everybody who is enabled in one of the worlds; somebody who is not there may nothing. */
function everybody(before: World, after: World): readonly Person[] {
  const ids = new Map<string, WholeOperator>()
  const key = ({ account, provider }: WholeOperator) => JSON.stringify([account, provider])
  const [old, fresh] = [before, after].map(({ operators }) => new Map(operators.map((each) => [key(each), each])))
  for (const each of [...before.operators, ...after.operators]) ids.set(key(each), each)
  return [...ids].map(([name, { account, provider }]) => ({
    account,
    provider,
    before: old?.get(name) ?? null,
    after: fresh?.get(name) ?? null,
  }))
}

function everything(before: World, after: World, service: string): readonly ObjectReference[] {
  const all = [...before.objects(service), ...after.objects(service)]
  return [...new Map(all.map((object) => [`${object.type}:${object.id}`, object])).values()]
}

function factsDiffer(before: World, after: World, service: string, object: ObjectReference): boolean {
  return !isDeepStrictEqual(before.facts(service, object), after.facts(service, object))
}

function treeChanged(before: World, after: World): boolean {
  const shape = ({ snapshot }: World) =>
    [...snapshot.groups.values()].map(({ id, path }) => [id, path].join(' ')).sort()
  return !isDeepStrictEqual(shape(before), shape(after))
}

/** Whether anything about the operator himself, or about the roles that he has, is another than before. */
function standsOtherwise(before: World, after: World, service: string, person: Person): boolean {
  if (person.before === null || person.after === null) return person.before !== person.after
  const [old, fresh] = [facets(before, service, person.before), facets(after, service, person.after)]
  return !isDeepStrictEqual(old, fresh)
}

function facets({ snapshot }: World, service: string, subject: Subject): unknown {
  const rules = snapshot.services.get(service)
  if (rules === undefined) return null
  const { holdsRole, roots, table, gates, rights, own } = standingOf(snapshot, rules, subject)
  return {
    holdsRole,
    applies: roots.length > 0,
    outcomes: rules.resources.names.map((name, number) => [name, table.outcomes.charCodeAt(number)]),
    own: own?.byName,
    gates: gates.map(({ scope, role }) => [scope, role?.name, role?.statements.get(rules.profile)]),
    rights: [...(rights ?? [])].map(([right, held]) => [
      right,
      held.map(({ group, products }) => [group.id, products]),
    ]),
    memberships: (subject.memberships ?? []).map(({ group }) => group),
    roles: gates.length === 0 ? null : roots.map(({ role, distance, grant }) => [role.name, distance, grant.scope]),
  }
}

function compare(
  {
    before,
    after,
    rules,
    operation,
    about,
  }: {
    readonly before: World
    readonly after: World
    readonly rules: ServiceRules
    readonly operation: CompiledOperation
    readonly about: readonly ObjectReference[]
  },
  person: Person,
): AccessChange | undefined {
  const question = { service: rules.id, name: operation.name }
  const effect = (world: World, subject: Subject | null, object: ObjectReference | null) =>
    decide(world.snapshot, subject, question, object === null ? null : world.facts(rules.id, object)).effect
  const principle = { before: effect(before, person.before, null), after: effect(after, person.after, null) }
  const gains = counter()
  const loses = counter()
  for (const object of about) {
    const had = effect(before, person.before, object) === 'allow'
    const has = effect(after, person.after, object) === 'allow'
    if (had !== has) (has ? gains : loses).add(object)
  }
  const inPrinciple = principle.before === principle.after ? null : principle
  if (inPrinciple === null && gains.result.count + loses.result.count === 0) return undefined
  const { account, provider } = person
  return {
    account,
    provider,
    service: rules.id,
    operation: operation.name,
    inPrinciple,
    gains: gains.result,
    loses: loses.result,
  }
}

function counter() {
  const first: string[] = []
  const result = { count: 0, first }
  return {
    result,
    add: ({ type, id }: ObjectReference) => {
      result.count += 1
      if (first.length < FIRST) first.push(`${type}:${id}`)
    },
  }
}
