/** Reads the configuration file: text → YAML → filled in → checked → one frozen `Config`, or a list of all problems. */

import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { failed, ok, type Result } from '../core/result.ts'
import type { Clock } from '../core/time.ts'
import type { SettingFinding } from '../profiles/service-settings.ts'
import { buildConfig } from './build.ts'
import type { Config, Problem } from './config.ts'
import { checkEntityIds, crossCheck, publicUrlIsLocal } from './cross-checks.ts'
import type { Environment } from './environment.ts'
import { leavesOf } from './leaves.ts'
import { loadMaterial } from './material.ts'
import { findRefusals } from './not-in-this-version.ts'
import { type Finding, isSection, isWithin, problemAt } from './problem.ts'
import { readParts } from './read.ts'
import { type CheckedFile, configSchema, type FileParts } from './schema.ts'
import { errorCode, substitute } from './substitute.ts'
import { parseYaml } from './yaml.ts'

/** Checks that other rooms do for the configuration. */
export interface ConfigChecks {
  /** What is wrong with the profile `id` (unknown, say), or null. */
  readonly profile: (id: string) => string | null
  /** What is wrong with the settings of a service of that profile; nothing for an unknown profile. `key` is a path below `settings`. */
  readonly settings: (profile: string, settings: Readonly<Record<string, unknown>>) => readonly SettingFinding[]
  /** Whether the profile has a role for guests; true for an unknown profile. */
  readonly guests: (profile: string) => boolean
  /** What is wrong with the text of a provider's metadata file, one message a mistake. */
  readonly metadata: (text: string, about: { publicUrlIsLocal: boolean }) => readonly string[]
  /** The entityID in the text of a provider's metadata file; undefined when it cannot be used. */
  readonly entityId: (text: string) => string | undefined
}

export interface LoadInput {
  /** Path of the file; relative to the working directory. */
  readonly file: string
  readonly env: Environment
  /** Judges whether certificates of ours are valid now. */
  readonly clock: Clock
  readonly checks: ConfigChecks
}

/** The effective configuration, or every problem of the file. Reads files, changes none, asks no network. */
export async function loadConfig({ file, env, clock, checks }: LoadInput): Promise<Result<Config, readonly Problem[]>> {
  const path = resolve(file)
  const folder = dirname(path)
  const text = await readConfigFile(path)
  if (!text.ok) return failed([{ key: '', value: path, message: text.error }])
  const { content: written, findings: inYaml } = parseYaml(text.value)
  if (!isSection(written)) {
    const notSection = { path: [], message: 'must be a section with keys such as publicUrl' }
    return failed((written === undefined ? inYaml : [...inYaml, notSection]).map((each) => problemAt(undefined, each)))
  }
  const { content, keys, findings: notFilled } = await substitute(written, { env, folder })
  const refused = findRefusals(content)
  const { checked, parts, findings } = checkContent({ content, keys, notFilled, checks })
  const { material, findings: inFiles } = await loadMaterial(parts, {
    folder,
    clock,
    metadata: (xml) => checks.metadata(xml, { publicUrlIsLocal: publicUrlIsLocal(parts) }),
  })
  const twins = checkEntityIds(parts, {
    texts: material.providers.map(({ metadata }) => metadata),
    entityIdIn: checks.entityId,
  })
  const all = [...inYaml, ...notFilled, ...refused.findings, ...twins]
  all.push(...[...findings, ...inFiles].filter((finding) => !refused.covers(finding.path)))
  if (all.length > 0) return failed(all.map((finding) => problemAt(written, finding)))
  const fromFile = leavesOf(written).map(({ key }) => key)
  return ok(buildConfig({ file: path, folder, checked, material, fromFile }))
}

async function readConfigFile(path: string): Promise<Result<string, string>> {
  try {
    return ok(await readFile(path, 'utf8'))
  } catch (error) {
    return failed(`the configuration file cannot be read (${errorCode(error)})`)
  }
}

interface ContentInput {
  readonly content: unknown
  readonly keys: ReadonlySet<string>
  readonly notFilled: readonly Finding[]
  readonly checks: ConfigChecks
}

/** What cannot be filled in is reported already: what follows from it is left out. */
function checkContent({ content, keys, notFilled, checks }: ContentInput) {
  const { parts, findings } = readParts(configSchema, content, keys)
  const known: FileParts = parts ?? {}
  const all = [...findings, ...crossCheck({ ...checks, parts: known, content })]
  const own = all.filter(
    ({ path }) => !notFilled.some((cause) => isWithin(path, cause.path) || isWithin(cause.path, path)),
  )
  // Complete when there is no finding of any kind, which the caller makes sure of before he uses it.
  return { parts: known, checked: parts as CheckedFile, findings: own }
}
