/** `${ENV}` and `file:PATH` in the values of the configuration. */

import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Environment } from './environment.ts'
import { type Finding, isSection, type KeyPath, keyText } from './problem.ts'

export interface Substituted {
  /** The same tree; a value that could not be filled in is undefined. */
  readonly content: unknown
  /** Keys whose value was filled in. */
  readonly keys: ReadonlySet<string>
  readonly findings: readonly Finding[]
}

const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/
const SUBSTITUTION = /\$\$\{|\$\{([^}]*)\}|\$\{/g

/**
 * `content` with every string value filled in: `${NAME}` from `env`, `$${` as `${`, and for a text that is written
 * `file:PATH` the file's content without one final newline. PATH counts from `folder`. What was filled in is not looked
 * at again.
 */
export async function substitute(content: unknown, place: { env: Environment; folder: string }): Promise<Substituted> {
  const findings: Finding[] = []
  const keys = new Set<string>()

  async function text(written: string, path: KeyPath): Promise<string | undefined> {
    const { value, faults } = expand(written, place.env)
    findings.push(...faults.map((message) => ({ path, message })))
    if (value !== written || written.startsWith('file:')) keys.add(keyText(path))
    if (faults.length > 0) return undefined
    if (!written.startsWith('file:')) return value
    try {
      return (await readFile(resolve(place.folder, value.slice('file:'.length)), 'utf8')).replace(/\r?\n$/, '')
    } catch (error) {
      findings.push({
        path,
        message: `the file cannot be read (${errorCode(error)}); must be file: and a readable file`,
      })
      return undefined
    }
  }

  async function walk(value: unknown, path: KeyPath): Promise<unknown> {
    if (typeof value === 'string') return text(value, path)
    if (Array.isArray(value)) return Promise.all(value.map((entry, index) => walk(entry, [...path, index])))
    if (!isSection(value)) return value
    const entries = Object.entries(value).map(async ([key, entry]) => [key, await walk(entry, [...path, key])] as const)
    return Object.fromEntries(await Promise.all(entries))
  }

  return { content: await walk(content, []), keys, findings }
}

/** The system's code of a file error, such as ENOENT. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
}

function expand(written: string, env: Environment): { value: string; faults: readonly string[] } {
  const faults = new Set<string>()
  const value = written.replace(SUBSTITUTION, (match, name: string | undefined) => {
    if (match === '$${') return '${'
    if (name === undefined || !VARIABLE_NAME.test(name)) {
      faults.add(
        'after ${ must follow the name of an environment variable and a closing brace; $${ stands for a literal ${',
      )
      return ''
    }
    const found = env[name]
    if (found === undefined) faults.add(`the environment variable ${name} is not set`)
    return found ?? ''
  })
  return { value, faults: [...faults] }
}
