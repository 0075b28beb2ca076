/** Measures decisions: how many a second, how long the slowest take, and what a change of a role costs. */

import { decide } from '../../../src/authz/decide.ts'
import type { ObjectFacts, Snapshot, Subject } from '../../../src/authz/model.ts'
import { compileSnapshot } from '../../../src/authz/snapshot.ts'
import { type Draw, type Estate, withChangedRole } from './estate.ts'

export interface Figures {
  readonly perSecond: number
  /** Microseconds. */
  readonly p50: number
  readonly p99: number
  readonly p999: number
  /** Share of decisions by effect, in percent. */
  readonly allowed: number
  /** Milliseconds: to compile and swap after a change of one role, the median and the longest of all rounds. */
  readonly change: { readonly median: number; readonly longest: number }
  /** Microseconds: the first decision for an operator after such a change, on average. */
  readonly firstAfterChange: number
}

/** One in so many decisions meets facts that were not at hand and have just been loaded. */
const ONE_MISS_IN = 100
const QUESTIONS = 1 << 20

interface Question {
  readonly operator: string
  readonly object: string
  readonly name: string
}

export function measure(model: Estate, draw: Draw, { rounds }: { rounds: number }): Figures {
  const services = [{ id: model.service, profile: model.profile.id, authorization: 'on' as const }]
  const profiles = new Map([[model.profile.id, model.profile]])
  const compile = (roles: Estate['roles'], revision: number) =>
    compileSnapshot({ services, profiles, roles, groups: model.groups, revision })
  const snapshot = compile(model.roles, 1)
  const asked = questions(model, draw)
  const facts = caches(model)
  const run = () => ask(snapshot, facts, model.service, asked)
  // Warm: code and tables.
  for (let round = 0; round < 3; round += 1) run()
  const speeds = Array.from({ length: rounds }, () => timed(run)).map(({ milliseconds }) => milliseconds)
  const latencies = latenciesOf(snapshot, facts, model.service, asked)
  const changes = Array.from({ length: 4 * rounds }, (_, round) => {
    const roles = withChangedRole(model.roles, draw)
    return timed(() => compile(roles, round + 2))
  })
  const fresh = changes.at(-1)?.value ?? snapshot
  const first = timed(() => {
    for (const operator of model.operators) decide(fresh, operator, { service: model.service, name: null })
  })
  const durations = changes.map(({ milliseconds }) => milliseconds).sort(ascending)
  return {
    perSecond: (QUESTIONS / median(speeds)) * 1000,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    p999: quantile(latencies, 0.999),
    allowed: (run() / QUESTIONS) * 100,
    change: { median: median(durations), longest: durations.at(-1) ?? 0 },
    firstAfterChange: (first.milliseconds * 1000) / model.operators.length,
  }
}

interface Caches {
  readonly operators: Map<string, Subject>
  readonly objects: Map<string, ObjectFacts>
}

/** Facts as a store hands them out: each with texts of its own. */
function caches({ operators, objects }: Estate): Caches {
  return {
    operators: new Map(operators.map((operator) => [operator.id, structuredClone(operator)])),
    objects: new Map(objects.map((object) => [object.id, structuredClone(object)])),
  }
}

function questions({ operators, objects, operations }: Estate, draw: Draw): readonly Question[] {
  return Array.from({ length: QUESTIONS }, () => {
    const object = objects[draw(objects.length)]
    const names = operations.get(object?.type ?? '') ?? []
    return {
      operator: operators[draw(operators.length)]?.id ?? '',
      object: object?.id ?? '',
      name: names[draw(names.length)] ?? '',
    }
  })
}

/** How many are allowed. */
function ask(snapshot: Snapshot, facts: Caches, service: string, asked: readonly Question[]): number {
  let allowed = 0
  for (let place = 0; place < asked.length; place += 1) {
    const question = asked[place]
    if (question !== undefined && decideOne(snapshot, facts, service, question, place) === 'allow') allowed += 1
  }
  return allowed
}

function decideOne(
  snapshot: Snapshot,
  { operators, objects }: Caches,
  service: string,
  { operator, object, name }: Question,
  place: number,
): string {
  if (place % ONE_MISS_IN === 0) reload(operators, objects, operator, object)
  const subject = operators.get(operator) ?? null
  return decide(snapshot, subject, { service, name }, objects.get(object) ?? null).effect
}

/** Facts that a cache did not have: other objects with the same content, of which nothing is known yet. */
function reload(operators: Map<string, Subject>, objects: Map<string, ObjectFacts>, operator: string, object: string) {
  const [subject, facts] = [operators.get(operator), objects.get(object)]
  if (subject !== undefined) operators.set(operator, { ...subject })
  if (facts !== undefined) objects.set(object, { ...facts })
}

/** Microseconds of each decision, in order; the clock's own share is in it. */
function latenciesOf(snapshot: Snapshot, facts: Caches, service: string, asked: readonly Question[]): Float64Array {
  const latencies = new Float64Array(asked.length)
  for (let place = 0; place < asked.length; place += 1) {
    const question = asked[place]
    if (question === undefined) continue
    const begin = process.hrtime.bigint()
    decideOne(snapshot, facts, service, question, place)
    latencies[place] = Number(process.hrtime.bigint() - begin) / 1000
  }
  return latencies.sort()
}

function timed<Value>(work: () => Value): { readonly milliseconds: number; readonly value: Value } {
  const begin = process.hrtime.bigint()
  const value = work()
  return { milliseconds: Number(process.hrtime.bigint() - begin) / 1e6, value }
}

function ascending(one: number, other: number): number {
  return one - other
}

function median(values: readonly number[]): number {
  return values.toSorted(ascending)[Math.floor(values.length / 2)] ?? 0
}

function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.floor(sorted.length * share)] ?? 0
}
