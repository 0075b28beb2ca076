/** Schemas of single values. Each carries one message that says what is allowed, whatever is wrong with the value. */

import { z } from 'zod'

const CONTROL = /\p{Cc}/u

/** Text of 1 to `max` characters without control characters. */
export function text(allowed: string, { max = 256, pattern }: { max?: number; pattern?: RegExp } = {}) {
  const error = `must be ${allowed}`
  const plain = z.string({ error }).min(1, { error }).max(max, { error })
  const shaped = pattern === undefined ? plain : plain.regex(pattern, { error })
  return shaped.refine((value) => !CONTROL.test(value), { error })
}

/** Text that `parse` turns into a value; undefined from `parse` is a mistake. */
export function parsed<Value>(allowed: string, parse: (written: string) => Value | undefined) {
  const message = `must be ${allowed}`
  return z
    .string({ error: message })
    .max(2048, { error: message })
    .transform((written, context): Value => {
      const value = parse(written)
      if (value !== undefined) return value
      context.issues.push({ code: 'custom', message, input: written })
      return z.NEVER
    })
}

/** A whole number from `min` to `max`. */
export function wholeNumber(min: number, max: number, unit = '') {
  const error = `must be a whole number from ${min} to ${max}${unit}`
  return z.int({ error }).min(min, { error }).max(max, { error })
}

/** A number, fractions allowed, from `min` to `max`. */
export function numberFrom(min: number, max: number) {
  const error = `must be a number from ${min} to ${max}`
  return z.number({ error }).min(min, { error }).max(max, { error })
}

/** A number, fractions allowed, above 0 and at most `max`. */
export function numberAbove0(max: number) {
  const error = `must be a number above 0, at most ${max}`
  return z.number({ error }).positive({ error }).max(max, { error })
}

/** true or false. */
export function flag() {
  return z.boolean({ error: 'must be true or false' })
}

/** One of `values`. */
export function oneOf<const Values extends readonly [string, ...string[]]>(...values: Values) {
  return z.enum(values, { error: `must be one of: ${values.join(', ')}` })
}

/** A list of `min` to `max` entries. */
export function list<Entry extends z.ZodType>(entry: Entry, what: string, { min = 0, max = 100 } = {}) {
  const error = `must be a list of ${min === 0 ? 'at most' : `${min} to`} ${max} ${what}`
  return z.array(entry, { error }).min(min, { error }).max(max, { error })
}

/** A map of at most `max` names. */
export function map<Value extends z.ZodType>(
  name: z.ZodString | ReturnType<typeof text>,
  value: Value,
  what: string,
  max = 1000,
) {
  const error = `must be a map of at most ${max} ${what}`
  return z.record(name, value, { error }).refine((entries) => Object.keys(entries).length <= max, { error })
}

/** A section of the file. Keys that it does not know are refused. */
export function section<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, { error: `must be a section with the keys ${Object.keys(shape).join(', ')}` })
}

/** An id of a provider or a service. */
export function id() {
  return text('an id of 1 to 64 characters: a to z, 0 to 9, _ and -, the first a letter or digit', {
    pattern: /^[a-z0-9][a-z0-9_-]{0,63}$/,
    max: 64,
  })
}

/** A PEM file, or PEM text itself (as `file:` and `${ENV}` bring it). */
export function pem(what: string) {
  const error = `must be ${what}`
  return z.string({ error }).min(1, { error }).max(100_000, { error })
}
