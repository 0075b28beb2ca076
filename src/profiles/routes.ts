/** Routes of operations as a profile file writes them: `GET /features/{id}`, or with conditions on query and body. */

import { z } from 'zod'
import { pointer, settingValue } from './fields.ts'
import type { RequestCondition, RequestRoute } from './profile.ts'

const METHODS = /^(?:\*|[A-Z]{3,12}(?:\|[A-Z]{3,12})*)$/
const SEGMENT = /^(?:[^{}/?#*%\\;\s]+|\{[A-Za-z][A-Za-z0-9_]{0,59}\})$/
const REST = /^\{[A-Za-z][A-Za-z0-9_]{0,59}\.\.\.\}$/

const requestCondition = z
  .strictObject({
    query: z.string().min(1).max(60).optional(),
    body: pointer.optional(),
    present: z.literal(true).optional(),
    is: z.union([settingValue, z.array(settingValue).min(1).max(50)]).optional(),
    contains: z.union([z.string().min(1).max(100), z.array(z.string().min(1).max(100)).min(1).max(50)]).optional(),
    key: z.union([z.string().max(100), z.array(z.string().max(100)).min(1).max(50)]).optional(),
  })
  .transform((given, context): RequestCondition => {
    const { query, body } = given
    const tests = (['present', 'is', 'contains', 'key'] as const).filter((each) => given[each] !== undefined)
    const [test] = tests
    if ((query === undefined) === (body === undefined) || test === undefined || tests.length > 1) {
      context.addIssue('must have one of query and body, and one of present, is, contains and key')
      return z.NEVER
    }
    const value = test === 'present' ? [] : (given[test] ?? [])
    const place = query === undefined ? { in: 'body' as const, at: body ?? '' } : { in: 'query' as const, at: query }
    return Object.freeze({ ...place, test, values: Object.freeze([value].flat()) })
  })

const withConditions = z.strictObject({
  route: z.string().max(300),
  when: z.array(requestCondition).min(1).max(10),
})

/** `GET /path`, `GET|PUT /path`, `* /path`, or `{ route: GET /path, when: [conditions] }`. */
export const routeSchema = z
  .union([
    z
      .string()
      .max(300)
      .transform((route) => ({ route, when: [] as RequestCondition[] })),
    withConditions,
  ])
  .transform(({ route, when }, context): RequestRoute => {
    const read = readRoute(route)
    if (typeof read === 'string') {
      context.addIssue(`${route}: ${read}`)
      return z.NEVER
    }
    return Object.freeze({ ...read, conditions: Object.freeze(when) })
  })

/** Methods and path of a line; else what is wrong with it. */
function readRoute(line: string): Pick<RequestRoute, 'methods' | 'path'> | string {
  const [methods = '', path = '', ...rest] = line.split(' ')
  if (rest.length > 0 || !METHODS.test(methods)) return 'must be METHOD /path, METHOD|METHOD /path or * /path'
  if (!path.startsWith('/')) return 'the path must begin with /'
  const segments = path.slice(1).split('/')
  const last = segments.pop() ?? ''
  if (!segments.every((segment) => SEGMENT.test(segment))) return 'a segment must be plain text or {name}'
  if (last !== '' && !SEGMENT.test(last) && !REST.test(last))
    return 'a segment must be plain text or {name}, the last one also {name...}'
  const names = [...path.matchAll(/\{([A-Za-z0-9_]+)/g)].map(([, name]) => name)
  if (new Set(names).size !== names.length) return 'a name stands twice'
  return { methods: Object.freeze(methods.split('|')), path }
}
