/** Decision-case files: services, a directory, and what is expected of it (contract section 8). */

import { z } from 'zod'
import type { ServiceConfig } from '../config/config.ts'
import { failed, ok, type Result } from '../core/result.ts'
import type { FilePath, FileProblem } from '../directory/file/problems.ts'
import { checkContent, checkShape, problemLines, readYaml } from '../directory/file/read.ts'
import type { Profile } from '../profiles/profile.ts'
import { settingFindings } from '../profiles/service-settings.ts'

const text = z.string('must be a text; put it in quotes').min(1, 'must not be empty').max(512)
const truth = z.boolean('must be true or false')
const effect = z.enum(['allow', 'disable', 'deny'], 'must be allow, disable or deny')

const service = z.union(
  [
    text,
    z.strictObject({
      profile: text,
      authorization: z.enum(['on', 'off'], 'must be on or off').default('on'),
      unlistedOperations: z.enum(['deny', 'open'], 'must be deny or open').default('deny'),
      settings: z.record(z.string(), z.unknown()).default({}),
    }),
  ],
  'must be the name of a profile, or { profile, settings, authorization, unlistedOperations }',
)

const obligation = z.union(
  [
    z.strictObject({ mask: text, keepLast: z.int().min(0).max(16).optional() }),
    z.strictObject({ removeField: text }),
    z.strictObject({ filterItems: text }),
  ],
  'must be one of { mask, keepLast }, { removeField } and { filterItems }',
)

const decisionCase = z
  .strictObject({
    name: text.optional(),
    operator: text.nullable(),
    provider: text.optional(),
    service: text,
    operation: text.optional(),
    request: z.string('must be a text; put it in quotes').max(8192).optional(),
    body: z.unknown().optional(),
    object: text.optional(),
    products: z.array(text, 'must be a list').max(1000).optional(),
    expect: effect,
    obligations: z.array(obligation, 'must be a list').max(200).optional(),
    conflict: truth.optional(),
    hidden: truth.optional(),
    rule: text.optional(),
  })
  .refine(({ operation, request }) => (operation === undefined) !== (request === undefined), {
    error: 'must have operation or request, not both',
  })
  .refine(({ operation, body }) => operation === undefined || body === undefined, {
    error: 'has a body, which only a request can have',
    path: ['body'],
  })

const caseFile = z.strictObject({
  services: z
    .record(z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'is no id: a-z, 0-9 and -'), service, 'must be a section')
    .optional(),
  model: z.unknown().optional(),
  cases: z.array(decisionCase, 'must be a list').max(100_000, 'must have at most 100,000 entries'),
})

/** A service as cases need it. */
export type CaseService = Pick<ServiceConfig, 'id' | 'profile' | 'authorization' | 'unlistedOperations' | 'settings'>

export type DecisionCase = z.output<typeof decisionCase>
export type ExpectedObligation = z.output<typeof obligation>

/** A file of the right shape; whether names lead somewhere is not looked at yet. */
export interface CaseFile {
  /** Undefined: the services of the configuration. */
  readonly services: readonly CaseService[] | undefined
  /** Undefined: the stored directory. */
  readonly model: unknown
  readonly cases: readonly DecisionCase[]
  /** Line of the nearest thing that stands at the path or around it. */
  lineOf(path: FilePath): number
}

/** Reads a file; on failure one line a problem. `file` is its name in these lines. */
export function readCaseFile(
  content: string,
  file: string,
  profiles: ReadonlyMap<string, Profile>,
): Result<CaseFile, readonly string[]> {
  const read = readYaml(content, file)
  if (!read.ok) return read
  const { lineOf } = read.value
  const shaped = checkShape(caseFile, read.value.content)
  const entries = shaped.ok && shaped.value.services !== undefined ? Object.entries(shaped.value.services) : undefined
  const services = entries?.map(([id, given]) => toService(id, given))
  const problems = [
    ...(shaped.ok ? [] : [...shaped.error, ...modelProblems(read.value.content)]),
    ...(services ?? []).flatMap((each) => serviceProblems(each, profiles)),
  ]
  if (!shaped.ok || problems.length > 0) return failed(problemLines(file, lineOf, problems))
  const { model, cases } = shaped.value
  return ok({ services, model: model === null ? {} : model, cases, lineOf })
}

/** What is wrong with the directory of a file that has the wrong shape elsewhere. */
function modelProblems(content: unknown): readonly FileProblem[] {
  if (typeof content !== 'object' || content === null || !('model' in content)) return []
  const checked = checkContent(content.model ?? {})
  return checked.ok ? [] : checked.error.map((each) => ({ ...each, path: ['model', ...each.path] }))
}

function toService(id: string, given: z.output<typeof service>): CaseService {
  if (typeof given !== 'string') return { id, ...given }
  return { id, profile: given, authorization: 'on', unlistedOperations: 'deny', settings: {} }
}

function serviceProblems(
  { id, profile: name, settings }: CaseService,
  profiles: ReadonlyMap<string, Profile>,
): readonly FileProblem[] {
  const profile = profiles.get(name)
  if (profile === undefined) {
    const known = [...profiles.keys()].join(', ')
    return [{ path: ['services', id], message: `there is no profile ${name}; there are: ${known}` }]
  }
  return settingFindings(profile, settings).map(({ key, message }) => ({
    path: ['services', id, 'settings', ...key],
    message,
  }))
}
