/** Measures decisions: how many a second, how long the slowest take, and what a change of a role costs. */

import { decide } from '../../../src/authz/decide.ts'
import type { ObjectFacts, Snapshot, Subject } from '../../../src/authz/model.ts'
import { compileSnapshot } from '../../../src/authz/snapshot.ts'
import { type Draw, type Estate, withChangedRole } from './estate.ts'

export interface Figures {
  readonly perSecond: number
  /** The same few questions again and again, so that the processor's caches hold what they need. */
  readonly perSecondInCaches: number
  /** Microseconds of a decision that go into finding the facts by name. */
  readonly lookUps: number
  /** Microseconds, of decisions whose facts are at hand. */
  readonly warm: Latencies
  /** Microseconds, of decisions whose facts have just been loaded. */
  readonly fresh: Latencies
  /** Share of decisions by effect, in percent. */
  readonly allowed: number
  /** Milliseconds: to compile and swap after a change of one role, the median and the longest of all rounds. */
  readonly change: { readonly median: number; readonly longest: number }
  /** Microseconds: the first decision for an operator after such a change, on average. */
  readonly firstAfterChange: number
}

export interface Latencies {
  readonly p50: number
  readonly p99: number
}

/** One in so many decisions meets facts that were not at hand and have just been loaded. */
const ONE_MISS_IN = 100
/** No number has a remainder by it. */
const WITHOUT_MISSES = 0
const QUESTIONS = 1 << 20
/** How many questions the processor's caches hold the facts for. */
export const FEW = 1 << 8

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
  const few = asked.slice(1, 1 + FEW)
  const askFew = () => {
    for (let each = 0; each < QUESTIONS; each += FEW) ask(snapshot, facts, model.service, few, WITHOUT_MISSES)
  }
  const inCaches = Array.from({ length: rounds }, () => timed(askFew)).map(({ milliseconds }) => milliseconds)
  const lookUps = Array.from({ length: rounds }, () => timed(() => lookUp(facts, asked)).milliseconds)
  const { warm, fresh: loaded } = latenciesOf(snapshot, facts, model.service, asked)
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
    perSecondInCaches: (QUESTIONS / median(inCaches)) * 1000,
    lookUps: (median(lookUps) * 1000) / QUESTIONS,
    warm,
    fresh: loaded,
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
function ask(
  snapshot: Snapshot,
  facts: Caches,
  service: string,
  asked: readonly Question[],
  oneMissIn = ONE_MISS_IN,
): number {
  let allowed = 0
  for (let place = 0; place < asked.length; place += 1) {
    const question = asked[place]
    if (question === undefined) continue
    if (place % oneMissIn === 0) reload(facts, question)
    if (decideOne(snapshot, facts, service, question) === 'allow') allowed += 1
  }
  return allowed
}

/** What finding the facts takes by itself; returns something that depends on all of it. */
function lookUp({ operators, objects }: Caches, asked: readonly Question[]): number {
  let found = 0
  for (const { operator, object } of asked) {
    found += (operators.get(operator)?.grants.length ?? 0) + (objects.get(object)?.ancestors.length ?? 0)
  }
  return found
}

function decideOne(
  snapshot: Snapshot,
  { operators, objects }: Caches,
  service: string,
  { operator, object, name }: Question,
): string {
  const subject = operators.get(operator) ?? null
  return decide(snapshot, subject, { service, name }, objects.get(object) ?? null).effect
}

/** Facts that a cache did not have: other objects with the same content, of which nothing is known yet. */
function reload({ operators, objects }: Caches, { operator, object }: Question): void {
  const [subject, facts] = [operators.get(operator), objects.get(object)]
  if (subject !== undefined) operators.set(operator, { ...subject })
  if (facts !== undefined) objects.set(object, { ...facts })
}

/** The clock's own share is in each. */
function latenciesOf(
  snapshot: Snapshot,
  facts: Caches,
  service: string,
  asked: readonly Question[],
): { readonly warm: Latencies; readonly fresh: Latencies } {
  const misses = Math.ceil(asked.length / ONE_MISS_IN)
  const [warm, fresh] = [new Float64Array(asked.length - misses), new Float64Array(misses)]
  const counts = { warm: 0, fresh: 0 }
  for (const [place, question] of asked.entries()) {
    const isMiss = place % ONE_MISS_IN === 0
    if (isMiss) reload(facts, question)
    const microseconds = timed(() => decideOne(snapshot, facts, service, question)).milliseconds * 1000
    if (isMiss) fresh[counts.fresh++] = microseconds
    else warm[counts.warm++] = microseconds
  }
  return { warm: summary(warm), fresh: summary(fresh) }
}

function summary(latencies: Float64Array): Latencies {
  const sorted = latencies.toSorted()
  return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) }
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
