/** Asks the questions of a decision-case file, and compares. */

import { decide } from '../authz/decide.ts'
import type { Decision, ObjectFacts, Question, Snapshot, Subject } from '../authz/model.ts'
import { type WholeDirectory, type World, world } from '../authz/world.ts'
import { AppError } from '../core/errors.ts'
import { failed, ok, type Result } from '../core/result.ts'
import type { Instant } from '../core/time.ts'
import { modelOf } from '../directory/file/model-of.ts'
import type { FileProblem } from '../directory/file/problems.ts'
import { problemLines } from '../directory/file/read.ts'
import { type ServiceOperations, serviceOperations } from '../gateway/operations/service-operations.ts'
import type { Profile } from '../profiles/profile.ts'
import { differencesOf } from './case-compare.ts'
import type { CaseFile, CaseService, DecisionCase } from './case-file.ts'
import { findOperator, objectOf, operatorsByAccount, questionOf } from './question.ts'

/** A case whose decision is another than expected. */
export interface Difference {
  readonly file: string
  readonly line: number
  readonly given: DecisionCase
  readonly decision: Decision
  /** What differs, in words; at least one. */
  readonly differs: readonly string[]
}

/** What is asked where a file says nothing of its own. */
export interface Defaults {
  services(): Promise<readonly CaseService[]>
  directory(): Promise<WholeDirectory>
}

export interface CaseParts {
  readonly profiles: ReadonlyMap<string, Profile>
  readonly defaults: Defaults
  readonly now: Instant
}

/** A case as decisions are asked. */
export interface AskedCase {
  readonly given: DecisionCase
  readonly line: number
  readonly question: Question
  readonly subject: Subject | null
  readonly object: ObjectFacts | null
}

/** The cases of a file, ready to be asked. */
export interface AskedCases {
  readonly snapshot: Snapshot
  readonly services: readonly CaseService[]
  readonly directory: WholeDirectory
  readonly cases: readonly AskedCase[]
}

/** The differences, in the order of the cases; on failure one line for everything that keeps the cases from being asked. */
export async function runCases(
  file: string,
  content: CaseFile,
  parts: CaseParts,
): Promise<Result<readonly Difference[], readonly string[]>> {
  const asked = await askedCases(file, content, parts)
  if (!asked.ok) return asked
  const { snapshot, cases } = asked.value
  const differences = cases.map(({ given, line, question, subject, object }): Difference => {
    const decision = decide(snapshot, subject, question, object)
    return { file, line, given, decision, differs: differencesOf(given, decision) }
  })
  return ok(differences.filter(({ differs }) => differs.length > 0))
}

/** Finds what the cases name: all of it, or one line for everything that is not there. */
export async function askedCases(
  file: string,
  content: CaseFile,
  parts: CaseParts,
): Promise<Result<AskedCases, readonly string[]>> {
  const { profiles, defaults, now } = parts
  const services = content.services ?? (await defaults.services())
  const merged =
    content.model === undefined ? ok(await defaults.directory()) : modelOf(content.model, { profiles, services, now })
  const directory = merged.ok ? merged.value : null
  const compiled = directory === null ? null : compile(services, directory, parts)
  const problems: FileProblem[] = merged.ok
    ? []
    : merged.error.map((each) => ({ ...each, path: ['model', ...each.path] }))
  if (compiled?.ok === false) problems.push(...compiled.error)
  const found = {
    world: compiled?.ok ? compiled.value : null,
    byAccount: directory === null ? null : operatorsByAccount(directory.operators),
    operations: serviceOperations({ services, profiles }),
    profileOf: (service: string) => profiles.get(services.find(({ id }) => id === service)?.profile ?? ''),
  }
  const cases = content.cases.flatMap((given, index) => {
    const report = (key: string, message: string) => problems.push({ path: ['cases', index, key], message })
    const asked = ask(found, given, report)
    return asked === undefined ? [] : [{ ...asked, given, line: content.lineOf(['cases', index]) }]
  })
  if (problems.length > 0 || directory === null || found.world === null) {
    return failed(problemLines(file, content.lineOf, problems))
  }
  return ok({ snapshot: found.world.snapshot, services, directory, cases })
}

function compile(
  services: readonly CaseService[],
  directory: WholeDirectory,
  { profiles, now }: CaseParts,
): Result<World, readonly FileProblem[]> {
  try {
    return ok(world({ services, profiles, directory, now }))
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'CONFIG_INVALID') throw error
    return failed(error.message.split('\n').map((message) => ({ path: ['model'], message })))
  }
}

/** What a case asks; undefined when something that it names is not there. Without a world, what can be told without one. */
function ask(
  found: {
    readonly world: World | null
    readonly byAccount: ReturnType<typeof operatorsByAccount> | null
    readonly operations: ServiceOperations
    readonly profileOf: (service: string) => Profile | undefined
  },
  { service, operator, provider, operation, request = '', body, object, products }: DecisionCase,
  report: (key: string, message: string) => void,
): Pick<AskedCase, 'question' | 'subject' | 'object'> | undefined {
  const person =
    operator === null || found.byAccount === null ? ok(null) : findOperator(found.byAccount, operator, provider)
  if (!person.ok) report('operator', person.error)
  const profile = found.profileOf(service)
  if (profile === undefined) {
    report('service', `there is no service ${service}`)
    return undefined
  }
  const wanted = operation === undefined ? { request, body } : { operation }
  const question = questionOf(found.operations, service, wanted, products)
  if (!question.ok) report('request', question.error)
  const about = object === undefined ? ok(null) : objectOf(profile, object)
  if (!about.ok) report('object', about.error)
  if (!person.ok || !question.ok || !about.ok || found.world === null) return undefined
  return {
    question: question.value,
    subject: person.value === null ? null : found.world.current(person.value.id),
    object: about.value === null ? null : found.world.facts(service, about.value),
  }
}
