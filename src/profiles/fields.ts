/** Shapes that several parts of a profile file share. Strict, with limits on every text and list. */

import { z } from 'zod'
import type { SettingCondition, ValueSource } from './profile.ts'

/** A name as the product writes it: of a resource, an operation, a field. */
export const productName = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.:*-]{0,99}$/, 'a name is 1 to 100 of letters, digits, _, ., :, - and *')

export const shortRole = z.string().regex(/^[a-z0-9_.-]{1,40}$/, 'a role is 1 to 40 of a-z, 0-9, _, . and -')

export const typeName = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'a type is 1 to 40 of a-z, 0-9 and -')

export const sentence = z.string().min(1).max(500)

export const settingValue = z.union([z.string().max(200), z.number(), z.boolean()])

const settingName = z.string().regex(/^[A-Za-z][A-Za-z0-9.]{0,63}$/, 'a setting is 1 to 64 letters, digits and .')

/** `{ setting, is }` */
export const condition = z.strictObject({ setting: settingName, is: settingValue })

export { settingName }

const POINTER = /^(?:\/(?:[^~/]|~[01])*)*$/

/** A JSON pointer (RFC 6901) whose `*` stands for every element of an array or every key of an object, `**` for any depth. */
export const pointer = z.string().max(200).regex(POINTER, 'must be a JSON pointer such as /devices/*/id')

/**
 * A place in a request or an answer, as one of `{ path: name }`, `{ query: name }`, `{ body: pointer }`, `{ answer: pointer }`.
 */
export const valueSource = z
  .strictObject({
    path: z.string().min(1).max(60).optional(),
    query: z.string().min(1).max(60).optional(),
    body: pointer.optional(),
    answer: pointer.optional(),
  })
  .transform((place, context): ValueSource => {
    const [first, ...others] = Object.entries(place).filter(([, at]) => at !== undefined)
    if (first !== undefined && others.length === 0) return { in: first[0] as ValueSource['in'], at: first[1] ?? '' }
    context.addIssue('must be exactly one of path, query, body and answer')
    return z.NEVER
  })

/** The condition or null. */
export function conditionOf(given: z.infer<typeof condition> | undefined): SettingCondition | null {
  return given === undefined ? null : Object.freeze({ ...given })
}
