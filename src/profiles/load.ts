/** Reads the profiles of a folder. */

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
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
  const lines = new LineCounter()
  const document = parseDocument(text.toString('utf8'), { lineCounter: lines })
  const lineAt = (offset: number) => lines.linePos(offset).line
  if (document.errors.length > 0) {
    return failed(document.errors.map(({ pos, message }) => `${name}:${lineAt(pos[0])}: ${firstLine(message)}`))
  }
  const lineOf = (key: string) => lineAt(offsetOf(document.contents, key.split(': ', 1)[0] ?? '') ?? 0)
  // No aliases: a profile has no use for them, and nested ones can grow without bound.
  return checkProfile(name, () => document.toJS({ maxAliasCount: 0 }), lineOf)
}

/** Where a dotted key stands, or what holds it where it is not there. Names may have dots in them: the longest that fits is taken. */
function offsetOf(node: unknown, key: string): number | undefined {
  const rest = key.replace(/^\./, '')
  if (rest === '') return undefined
  const index = /^\[?(\d+)\]?/.exec(rest)
  if (isSeq(node) && index !== null) {
    const entry = node.items[Number(index[1])]
    return offsetOf(entry, rest.slice(index[0].length)) ?? (isNode(entry) ? entry.range?.[0] : undefined)
  }
  if (!isMap(node)) return undefined
  const [found] = node.items
    .flatMap(({ key: name, value }) =>
      isScalar(name) ? [{ name: String(name.value), value, at: name.range?.[0] }] : [],
    )
    .filter(({ name }) => rest.startsWith(name) && /^(?:$|[.[])/.test(rest.slice(name.length)))
    .toSorted((a, b) => b.name.length - a.name.length)
  return found === undefined ? undefined : (offsetOf(found.value, rest.slice(found.name.length)) ?? found.at)
}

/**
 * The profile that a file's content stands for, or all its problems, each a line that begins with its name, and with the line
 * in it where `lineOf` tells that of a key.
 */
export function checkProfile(
  name: string,
  value: () => unknown,
  lineOf?: (key: string) => number,
): Result<Profile, string[]> {
  const at = (problem: string) => `${name}${lineOf === undefined ? '' : `:${lineOf(problem)}`}: ${problem}`
  let content: unknown
  try {
    content = value()
  } catch (error) {
    return failed([`${name}: ${reason(error)}`])
  }
  const parsed = profileFile.safeParse(content)
  if (!parsed.success) {
    return failed(
      parsed.error.issues.map((issue) => at([issue.path.join('.'), issue.message].filter(Boolean).join(': '))),
    )
  }
  if (`${parsed.data.id}.yaml` !== name) return failed([at(`id: the file must be named ${parsed.data.id}.yaml`)])
  const problems = referenceProblems(parsed.data)
  return problems.length === 0 ? ok(toProfile(parsed.data)) : failed(problems.map(at))
}

function reason(error: unknown): string {
  return firstLine(error instanceof Error ? error.message : String(error))
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? ''
}
