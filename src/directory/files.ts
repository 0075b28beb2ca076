/** Directory files at work: what one would change, and changing it. */

import { AppError } from '../core/errors.ts'
import type { Result } from '../core/result.ts'
import { type Change, recordChange } from './change.ts'
import { type Actor, committer, type DirectoryParts, type Outcome } from './commit.ts'
import { type Differences, differences, isSame } from './differences.ts'
import type { MergeContext } from './file/context.ts'
import { describeDifferences, type EntryChange } from './file/describe.ts'
import { mergeFile } from './file/merge.ts'
import type { FileProblem } from './file/problems.ts'
import type { DirectoryFile } from './file/schema.ts'
import { keepingAdministrators } from './last-administrator.ts'
import { type DirectoryModel, loadModel } from './model.ts'
import { recordWidening, type Widening, wideningBetween } from './widening.ts'
import { writeDifferences } from './write-model.ts'

/** How a file is to be read; see `MergeContext`. */
export interface FileOptions extends Pick<MergeContext, 'providers' | 'defaultProvider' | 'prune'> {
  /** Whether operators that the file names must be new. */
  readonly onlyNew?: boolean
}

export interface DirectoryPlan {
  readonly changes: readonly EntryChange[]
  readonly before: DirectoryModel
  readonly after: DirectoryModel
  /** The objects that would be open to more than now because what stands above them changes. */
  readonly widened: readonly Widening[]
}

/** What a file would change, or every problem of it. */
export type Planned = Result<DirectoryPlan, readonly FileProblem[]>

export interface DirectoryFiles {
  /** Everything that the directory holds. */
  current(): Promise<DirectoryModel>
  /** What the file would change, or every problem of it. Nothing is changed. */
  plan(file: DirectoryFile, options: FileOptions): Promise<Planned>
  /** Changes it, all or nothing. Problems are those of `plan`. Throws LAST_ADMINISTRATOR. */
  apply(file: DirectoryFile, options: FileOptions, actor: Actor): Promise<Planned>
}

export function directoryFiles(parts: DirectoryParts): DirectoryFiles {
  const { store } = parts
  const commit = committer(parts)
  return {
    current: () => loadModel(store),
    plan: (file, options) => plan({ ...parts, ...parts.rules(), ports: store }, file, options),
    async apply(file, options, actor) {
      // All other writers wait for the transaction; what can be done before it is.
      const revision = await store.revisions.head()
      const rules = parts.rules()
      const early = await plan({ ...parts, ...rules, ports: store }, file, options)
      return commit(actor, async (change): Promise<Outcome<Planned>> => {
        const { services, profiles, ports } = change
        const isSameRules = services === rules.services && profiles === rules.profiles
        // Every change of the directory has a revision, so what was read is what there is.
        const holds = isSameRules && (await ports.revisions.head()) === revision
        const planned = holds ? early : await plan(change, file, options)
        if (!planned.ok) return { value: planned, keys: [] }
        const { before, after } = planned.value
        const found = differences(before, after)
        if (isSame(found)) return { value: planned, keys: [] }
        return { value: planned, keys: await write(change, found, planned.value) }
      })
    },
  }
}

type Planning = Pick<Change, 'ports' | 'clock' | 'random' | 'services' | 'profiles'>

async function plan(
  { ports, clock, random, services, profiles }: Planning,
  file: DirectoryFile,
  { onlyNew = false, ...options }: FileOptions,
): Promise<Planned> {
  const before = await loadModel(ports)
  const context = { ...options, services, profiles, now: clock.now(), newId: random.uuid }
  const merged = mergeFile(before, file, context)
  const known = onlyNew ? alreadyThere(before, file, options) : []
  if (!merged.ok || known.length > 0) return { ok: false, error: [...known, ...(merged.ok ? [] : merged.error)] }
  const after = merged.value
  const changes = describeDifferences(differences(before, after), { before, after })
  return { ok: true, value: { changes, before, after, widened: wideningBetween(before, after) } }
}

function alreadyThere(
  { operators }: DirectoryModel,
  file: DirectoryFile,
  { defaultProvider }: Pick<FileOptions, 'defaultProvider'>,
): readonly FileProblem[] {
  const there = new Set(operators.map(({ account, provider }) => JSON.stringify([account, provider])))
  return (file.operators ?? []).flatMap(({ account, provider = defaultProvider }, index) => {
    if (!there.has(JSON.stringify([account, provider]))) return []
    return [{ path: ['operators', index, 'account'], message: `${account} of ${provider} is there already` }]
  })
}

async function write(change: Change, found: Differences, models: DirectoryPlan): Promise<readonly string[]> {
  let keys: readonly string[] = []
  await keepingAdministrators(change, async () => {
    keys = await writeDifferences(change, found, models)
  })
  await recordWidening(change, models.widened)
  const { operators, roles, groups, objects } = found
  await recordChange(change, 'directory.applied', {
    operators: operators.length,
    roles: roles.length,
    groups: groups.length,
    objects: objects.length,
  })
  return keys
}

/** The value, or the problems as DIRECTORY_FILE_REFUSED: one line each, as `explain` writes them. */
export function requirePlan(planned: Planned, explain: (problem: FileProblem) => string): DirectoryPlan {
  if (planned.ok) return planned.value
  throw new AppError('DIRECTORY_FILE_REFUSED', planned.error.map(explain).join('\n'))
}
