/** Reads the profiles of a folder. */

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseDocument } from 'yaml'
import { failed, ok, type Result } from '../core/result.ts'
import { profileFile } from './file-schema.ts'
import type { Profile } from './profile.ts'
import { referenceProblems } from './references.ts'
import { toProfile } from './to-profile.ts'

const LARGEST_FILE_BYTES = 1024 * 1024

/**
 * The profiles in `directory` by id: each `<id>.yaml`. Other files are left alone. A folder that cannot be read, holds
 * no profile, or holds one that is wrong gives the list of ALL problems, each a line that begins with its file.
 */
export async function loadProfiles(directory: string): Promise<Result<ReadonlyMap<string, Profile>, string[]>> {
  const names = await profileNames(directory)
  if (!names.ok) return failed([`${directory}: ${names.error}`])
  const read = await Promise.all(names.value.map((name) => readProfile(directory, name)))
  const problems = read.flatMap((result) => (result.ok ? [] : result.error))
  if (problems.length > 0) return failed(problems)
  const profiles = read.flatMap((result) => (result.ok ? [result.value] : []))
  return ok(new Map(profiles.map((profile) => [profile.id, profile])))
}

async function profileNames(directory: string): Promise<Result<readonly string[], string>> {
  try {
    const names = (await readdir(directory)).filter((name) => name.endsWith('.yaml')).sort()
    return names.length > 0 ? ok(names) : failed('there is no profile here')
  } catch (error) {
    return failed(`cannot be read (${reason(error)})`)
  }
}

async function readProfile(directory: string, name: string): Promise<Result<Profile, string[]>> {
  let text: Buffer
  try {
    text = await readFile(join(directory, name))
  } catch (error) {
    return failed([`${name}: cannot be read (${reason(error)})`])
  }
  if (text.length > LARGEST_FILE_BYTES) return failed([`${name}: is larger than 1 MiB`])
  const document = parseDocument(text.toString('utf8'))
  if (document.errors.length > 0) return failed(document.errors.map((error) => `${name}: ${firstLine(error.message)}`))
  // No aliases: a profile has no use for them, and nested ones can grow without bound.
  return checkProfile(name, () => document.toJS({ maxAliasCount: 0 }))
}

/** The profile that a file's content stands for, or all its problems, each a line that begins with its name. */
export function checkProfile(name: string, value: () => unknown): Result<Profile, string[]> {
  let content: unknown
  try {
    content = value()
  } catch (error) {
    return failed([`${name}: ${reason(error)}`])
  }
  const parsed = profileFile.safeParse(content)
  if (!parsed.success) {
    return failed(
      parsed.error.issues.map(
        (issue) => `${name}: ${[issue.path.join('.'), issue.message].filter(Boolean).join(': ')}`,
      ),
    )
  }
  if (`${parsed.data.id}.yaml` !== name) return failed([`${name}: id: the file must be named ${parsed.data.id}.yaml`])
  const problems = referenceProblems(parsed.data)
  return problems.length === 0 ? ok(toProfile(parsed.data)) : failed(problems.map((problem) => `${name}: ${problem}`))
}

function reason(error: unknown): string {
  return firstLine(error instanceof Error ? error.message : String(error))
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? ''
}
