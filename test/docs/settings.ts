/** Compares the settings that the configuration's schema knows with those that the tables of docs/configuration.md name. */

import { z } from 'zod'
import { rowsIn } from './pages.ts'

interface Key {
  /** From the root, or from the entry of the list it is in: `want.signedResponse`, `match.path`. */
  readonly path: string
  /** A section: its keys are listed one by one. */
  readonly section: boolean
}

/** Every key of the schema. Keys in a list of sections are named from the entry on, as in the documentation. */
export function entryKeys(schema: z.ZodType): readonly string[] {
  return keysOf(schema, '').map(({ path }) => path)
}

/** The settings that have neither a row of their own nor are named in the row of what they are part of. */
export function undocumentedKeys(schema: z.ZodType, page: string): readonly string[] {
  const rows = rowsByKey(page)
  const missing = keysOf(schema, '').filter(({ path, section }) => !section && !isDocumented(path, rows))
  return [...new Set(missing.map(({ path }) => path))].sort()
}

/** The keys of rows that the schema does not know. */
export function unknownKeys(schema: z.ZodType, page: string): readonly string[] {
  const known = new Set(entryKeys(schema))
  return [...rowsByKey(page).keys()].filter((key) => !known.has(key))
}

/** The text of a row by the key in its first cell. */
function rowsByKey(page: string): ReadonlyMap<string, string> {
  return new Map(
    rowsIn(page).flatMap(([first = '', ...cells]) => {
      const key = /^`([A-Za-z.]+)`$/.exec(first)?.[1]
      return key === undefined ? [] : [[key, cells.join(' ')] as const]
    }),
  )
}

function isDocumented(path: string, rows: ReadonlyMap<string, string>): boolean {
  if (rows.has(path)) return true
  const parts = path.split('.')
  for (let length = parts.length - 1; length > 0; length -= 1) {
    const row = rows.get(parts.slice(0, length).join('.'))
    if (row === undefined) continue
    const rest = parts.slice(length)
    const alike = /\bas `([A-Za-z.]+)`/.exec(row)?.[1]
    if (alike !== undefined) return isDocumented([alike, ...rest].join('.'), rows)
    return new RegExp(`\\b${rest.at(-1)}\\b`).test(row)
  }
  return false
}

function keysOf(schema: z.ZodType, prefix: string): readonly Key[] {
  if (isWrapper(schema)) return keysOf(schema.unwrap() as z.ZodType, prefix)
  if (schema instanceof z.ZodArray) return keysOf(schema.element as z.ZodType, isRootList(prefix) ? '' : prefix)
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => keysOf(option as z.ZodType, prefix))
  if (schema instanceof z.ZodRecord) return keysOf(schema.valueType as z.ZodType, prefix)
  if (!(schema instanceof z.ZodObject)) return []
  return Object.entries(schema.shape).flatMap(([name, value]) => {
    const path = prefix === '' ? name : `${prefix}.${name}`
    const below = keysOf(value as z.ZodType, path)
    return [{ path, section: below.length > 0 }, ...below]
  })
}

function isWrapper(schema: z.ZodType) {
  return (
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable
  )
}

/** `identityProviders` and `services`: their entries have tables of their own. */
function isRootList(prefix: string): boolean {
  return prefix !== '' && !prefix.includes('.')
}
