/**
 * Reads a value by its schema, part by part, so that a mistake in one place never hides another: what is valid comes back,
 * what is not becomes one finding each, and checks across parts run over what came back.
 */

import { z } from 'zod'
import { type Finding, isSection, type KeyPath, keyText } from './problem.ts'
import { meantKey } from './spelling.ts'

/** A value of which any part may be missing because it was not valid. */
export type Part<Value> = Value extends string | number | boolean | null
  ? Value | undefined
  : Value extends readonly (infer Entry)[]
    ? readonly Part<Entry>[] | undefined
    : Value extends object
      ? { readonly [Key in keyof Value]?: Part<Value[Key]> } | undefined
      : Value | undefined

export interface Reading<Value> {
  readonly parts: Part<Value>
  readonly findings: readonly Finding[]
}

interface Context {
  readonly substituted: ReadonlySet<string>
  readonly findings: Finding[]
}

/** Reads `content`. `substituted` are the keys whose text may stand for a number or a truth value (`port: ${PORT}`). */
export function readParts<Schema extends z.ZodType>(
  schema: Schema,
  content: unknown,
  substituted: ReadonlySet<string>,
): Reading<z.output<Schema>> {
  const findings: Finding[] = []
  const parts = read(schema, content, [], { substituted, findings })
  return { parts: parts as Part<z.output<Schema>>, findings }
}

function read(schema: z.ZodType, value: unknown, path: KeyPath, context: Context): unknown {
  if (schema instanceof z.ZodDefault) return value === undefined ? schema.parse(undefined) : inner(schema)
  if (schema instanceof z.ZodPrefault) return read(unwrapped(schema), value ?? schema.def.defaultValue, path, context)
  if (schema instanceof z.ZodOptional) return value === undefined ? undefined : inner(schema)
  if (schema instanceof z.ZodNullable) return value === null ? null : inner(schema)
  if (schema instanceof z.ZodUnion) return readChoice(schema, value, path, context)
  if (schema instanceof z.ZodObject && isSection(value)) return readSection(schema, value, path, context)
  if (schema instanceof z.ZodArray && Array.isArray(value)) return readList(schema, value, path, context)
  if (schema instanceof z.ZodRecord && isSection(value)) return readMap(schema, value, path, context)
  return readLeaf(schema, value, path, context)

  function inner(wrapper: { unwrap(): z.core.$ZodType }): unknown {
    return read(unwrapped(wrapper), value, path, context)
  }
}

function unwrapped(wrapper: { unwrap(): z.core.$ZodType }): z.ZodType {
  return wrapper.unwrap() as z.ZodType
}

function readSection(schema: z.ZodObject, value: Readonly<Record<string, unknown>>, path: KeyPath, context: Context) {
  const known = Object.keys(schema.shape)
  const absent = known.filter((key) => !Object.hasOwn(value, key))
  const misspelt = new Set<string>()
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue
    const meant = meantKey(key, absent)
    if (meant !== undefined) misspelt.add(meant)
    const hint = meant === undefined ? '' : `did you mean ${meant}? `
    context.findings.push({
      path: [...path, key],
      message: `is an unknown key; ${hint}known here: ${known.join(', ')}`,
    })
  }
  // A misspelt key is one mistake: the right one is not reported as missing, nor does its default stand for it.
  const readKey = (key: string) => {
    if (misspelt.has(key)) return undefined
    return read(
      schema.shape[key] as z.ZodType,
      Object.hasOwn(value, key) ? value[key] : undefined,
      [...path, key],
      context,
    )
  }
  return Object.fromEntries(known.map((key) => [key, readKey(key)]))
}

function readList(schema: z.ZodArray, value: readonly unknown[], path: KeyPath, context: Context) {
  reportOwn(schema, value, path, context)
  return value.map((entry, index) => read(schema.element as z.ZodType, entry, [...path, index], context))
}

function readMap(schema: z.ZodRecord, value: Readonly<Record<string, unknown>>, path: KeyPath, context: Context) {
  reportOwn(schema, value, path, context)
  const names = schema.keyType as z.ZodType
  const entries = Object.entries(value).filter(([name]) => {
    const bad = names.safeParse(name).error?.issues[0]
    if (bad !== undefined) context.findings.push({ path: [...path, name], message: `the name ${bad.message}` })
    return bad === undefined
  })
  const values = schema.valueType as z.ZodType
  return Object.fromEntries(entries.map(([name, entry]) => [name, read(values, entry, [...path, name], context)]))
}

/** What is wrong with a list or map itself, such as too many entries; its entries are read one by one. */
function reportOwn(schema: z.ZodType, value: unknown, path: KeyPath, context: Context): void {
  const own = schema.safeParse(value).error?.issues.find((issue) => issue.path.length === 0)
  if (own !== undefined && own.code !== 'invalid_key') context.findings.push({ path, message: own.message })
}

/** Reads by the alternative that fits the value's kind, so that a finding names the place and not the whole. */
function readChoice(schema: z.ZodUnion, value: unknown, path: KeyPath, context: Context): unknown {
  const options = schema.options as readonly z.ZodType[]
  const best = options.toSorted((a, b) => fit(b, value) - fit(a, value))[0]
  if (best === undefined || fit(best, value) === 0) return readLeaf(schema, value, path, context)
  return read(best, value, path, context)
}

/** 0 = not at all; sections by how many keys they share. */
function fit(option: z.ZodType, value: unknown): number {
  if (option instanceof z.ZodUnion) return Math.max(...option.options.map((each) => fit(each as z.ZodType, value)))
  if (option instanceof z.ZodArray) return Array.isArray(value) ? 1 : 0
  if (option instanceof z.ZodObject) {
    return isSection(value) ? 1 + Object.keys(option.shape).filter((key) => Object.hasOwn(value, key)).length : 0
  }
  return typeof value === 'string' ? 1 : 0
}

function readLeaf(schema: z.ZodType, value: unknown, path: KeyPath, context: Context): unknown {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  if (typeof value === 'string' && context.substituted.has(keyText(path)) && PLAIN_SCALAR.test(value)) {
    const converted = schema.safeParse(JSON.parse(value))
    if (converted.success) return converted.data
  }
  const message = result.error.issues[0]?.message ?? 'is not valid'
  context.findings.push({ path, message: value === undefined ? `is missing; ${message}` : message })
  return undefined
}

const PLAIN_SCALAR = /^(?:true|false|-?(?:0|[1-9]\d{0,14})(?:\.\d{1,9})?)$/
