/** Endpoints of the demo services as values. The shapes that return in every product are built here. */

import type { z } from 'zod'
import { AppError } from '../../core/errors.ts'
import type { Row, Table } from './table.ts'

export interface DemoRequest {
  /** Parameters of the path. */
  readonly params: Readonly<Record<string, string>>
  /** The query, the first value of each name. */
  readonly query: Readonly<Record<string, string>>
  /** JSON or form body, unchecked. */
  readonly body: unknown
}

export interface DemoReply {
  readonly status: number
  /** undefined: an empty body; `Csv`: a table; everything else is JSON. */
  readonly body?: unknown
}

export interface DemoRoute {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** Path as Express 5 writes it. */
  readonly path: string
  readonly summary: string
  /** Errors: NOT_FOUND, BAD_REQUEST. */
  handle(request: DemoRequest): DemoReply
}

/** A body that is answered as CSV. */
export class Csv {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** What a route of `path` does; `read` makes the body of its answer. */
export function getRoute(path: string, summary: string, read: () => unknown): DemoRoute {
  return { method: 'get', path, summary, handle: () => ({ status: 200, body: read() }) }
}

/** `GET path` with the rows and their number: `{ <list>: rows, total }`. */
export function listRoute(path: string, list: string, noun: string, table: Table): DemoRoute {
  return getRoute(path, `all ${noun}s`, () => ({ [list]: table.rows(), total: table.rows().length }))
}

/** A POST that answers what `act` makes of the checked body. */
export function postRoute<Input extends z.ZodType>({
  path,
  summary,
  input,
  act,
}: {
  path: string
  summary: string
  input: Input
  act: (body: z.infer<Input>) => unknown
}): DemoRoute {
  return {
    method: 'post',
    path,
    summary: `${summary}: ${fieldsOf(input)}`,
    handle: ({ body }) => ({ status: 200, body: act(checked(input, body)) }),
  }
}

/** `GET path` with all rows, `GET path/:id` with one. */
export function readRoutes(path: string, noun: string, table: Table): DemoRoute[] {
  return [
    getRoute(path, `all ${noun}s`, () => table.rows()),
    {
      method: 'get',
      path: `${path}/:id`,
      summary: `one ${noun}`,
      handle: ({ params }) => ({ status: 200, body: found(table.find(params.id ?? ''), noun) }),
    },
  ]
}

/** A POST that adds the row `make` builds from the checked body, under a new id. */
export function addRoute<Input extends z.ZodType>({
  path,
  noun,
  table,
  prefix,
  input,
  make,
}: {
  path: string
  noun: string
  table: Table
  prefix: string
  input: Input
  make: (body: z.infer<Input>) => Row
}): DemoRoute {
  return {
    method: 'post',
    path,
    summary: `add a ${noun}: ${fieldsOf(input)}`,
    handle({ body }) {
      const row = { [table.key]: table.newId(prefix), ...make(checked(input, body)) }
      table.add(row)
      return { status: 201, body: row }
    },
  }
}

/** A PUT, or a PATCH, that lays the checked body over the row `:id`. */
export function changeRoute({
  path,
  noun,
  table,
  input,
  method = 'put',
}: {
  path: string
  noun: string
  table: Table
  input: z.ZodType<Row>
  method?: 'put' | 'patch'
}): DemoRoute {
  return {
    method,
    path: `${path}/:id`,
    summary: `change a ${noun}: ${fieldsOf(input)}`,
    handle({ params, body }) {
      return { status: 200, body: found(table.change(params.id ?? '', checked(input, body)), noun) }
    },
  }
}

/** A DELETE of the row `:id`. */
export function removeRoute(path: string, noun: string, table: Table): DemoRoute {
  return {
    method: 'delete',
    path: `${path}/:id`,
    summary: `remove a ${noun}`,
    handle({ params }) {
      found(table.remove(params.id ?? '') || undefined, noun)
      return { status: 204 }
    },
  }
}

/** A POST without a body that runs `act`; such routes are buttons on the service's page. */
export function actRoute(path: string, summary: string, act: () => unknown): DemoRoute {
  return { method: 'post', path, summary, handle: () => ({ status: 200, body: act() }) }
}

/** Routes that say that what was asked is done, and keep nothing of it; each as `METHOD /path`. */
export function doneRoutes(lines: readonly string[], summary: string): DemoRoute[] {
  return lines.map((line) => {
    const [word = '', path = ''] = line.split(' ')
    const method = METHODS.find((each) => each === word.toLowerCase())
    if (method === undefined) throw new TypeError(`no method: ${line}`)
    return { method, path, summary, handle: () => ({ status: 200, body: { status: 'done' } }) }
  })
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const

/** The row, or whatever was looked for. Errors: NOT_FOUND. */
export function found<Value>(value: Value | undefined, noun: string): Value {
  if (value === undefined) throw new AppError('NOT_FOUND', `there is no such ${noun}`)
  return value
}

/** The body as `input` says. Errors: BAD_REQUEST. */
export function checked<Input extends z.ZodType>(input: Input, body: unknown): z.infer<Input> {
  const result = input.safeParse(body)
  if (result.success) return result.data
  const problems = result.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`)
  throw new AppError('BAD_REQUEST', problems.join('; '))
}

function fieldsOf(input: z.ZodType): string {
  return 'shape' in input && typeof input.shape === 'object' ? Object.keys(input.shape ?? {}).join(', ') : 'a body'
}
