/** Problems of the configuration: where they stand, what stands there, and how they are written on one line. */

import type { Problem } from './config.ts'

/** The way from the file's top to a value. */
export type KeyPath = readonly (string | number)[]

/** A mistake before the value that stands there was looked up. */
export interface Finding {
  readonly path: KeyPath
  readonly message: string
}

const SHOWN_LENGTH = 80
const SECRET = '(secret)'
const SECRET_NAME = /password|passphrase|secret|token|credential|private-?key|api-?key/i
const REFERENCE = /^(?:\$\{\w+\}|file:[^\n]*)$/
/** Shorter than any key that somebody may have put in the place of its file's name. */
const FILE_NAME = /^[^\n]{1,120}$/
const KEY_FILE_NAME = /^[^\n]{0,255}\.(?:pem|key|txt)$/i
/** Text that would read as something else than text. */
const LOOKS_UNQUOTED = /^(?:|true|false|null|-?[\d.]{1,20})$/
const UNPRINTABLE = /[\p{Cc}\p{Cf}\u2028\u2029]/gu

/** The dotted path, such as `services[0].match.path` or `groups.map["CN=Admins"]`; empty for the file as a whole. */
export function keyText(path: KeyPath): string {
  return path.reduce<string>((text, part) => text + keyPart(part, text === ''), '')
}

/** `problem` on one line: key, value, message; control and direction characters escaped. */
export function formatProblem({ key, value, message }: Problem): string {
  const place = key === '' ? 'the file' : key
  const line = value === null ? `${place}: ${message}` : `${place} (${value}): ${message}`
  return line.replace(UNPRINTABLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
}

/** The problem of `finding`; its value is taken from `written`, the file's content as it stands, before anything was filled in. */
export function problemAt(written: unknown, { path, message }: Finding): Problem {
  return { key: keyText(path), value: shownValue(path, valueAt(written, path)), message }
}

/** What stands at `path` in `tree`; undefined where nothing does. */
export function valueAt(tree: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>((value, part) => {
    if (Array.isArray(value)) return value[Number(part)]
    return isSection(value) && Object.hasOwn(value, part) ? value[part] : undefined
  }, tree)
}

/** Whether `path` is `place` or stands inside it. */
export function isWithin(path: KeyPath, place: KeyPath): boolean {
  return place.every((part, index) => path[index] === part)
}

/** Whether a key of this name may hold a secret. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name)
}

/** Whether `value` is a YAML mapping. */
export function isSection(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function keyPart(part: string | number, first: boolean): string {
  if (typeof part === 'number') return `[${part}]`
  if (!/^[\w-]+$/.test(part)) return `[${JSON.stringify(part)}]`
  return first ? part : `.${part}`
}

/** Null where nothing stands. Lists and sections are named by their size or keys: what is inside may be secret. */
function shownValue(path: KeyPath, value: unknown): string | null {
  if (value === undefined || path.length === 0) return null
  if (Array.isArray(value)) return value.length === 1 ? 'a list of 1' : `a list of ${value.length}`
  if (isSection(value)) {
    const entries = Object.entries(value).map(entryText).join(', ')
    return entries === '' ? '{}' : shortened(`{ ${entries} }`)
  }
  const text = String(value)
  if (!mayBeShown(path, text)) return SECRET
  return LOOKS_UNQUOTED.test(text) && typeof value === 'string' ? `"${text}"` : shortened(withoutUrlSecrets(text))
}

function entryText([key, value]: readonly [string, unknown]): string {
  return typeof value === 'boolean' ? `${key}: ${value}` : key
}

function mayBeShown(path: KeyPath, text: string): boolean {
  if (text.includes('PRIVATE KEY')) return false
  if (REFERENCE.test(text)) return true
  if (path[0] === 'keys') return KEY_FILE_NAME.test(text)
  if (path.at(-1) === 'key') return FILE_NAME.test(text)
  return !path.some((part) => typeof part === 'string' && isSecretName(part)) || path.at(-1) === 'type'
}

/** Greedy on purpose: a password may itself hold `@` or `/`. */
function withoutUrlSecrets(text: string): string {
  return text.replace(/:\/\/.*@/s, `://${SECRET}@`).replace(/(:\/\/[^?]*\?).*/s, '$1…')
}

function shortened(text: string): string {
  return text.length <= SHOWN_LENGTH ? text : `${text.slice(0, SHOWN_LENGTH - 1)}…`
}
