/** Raw requests as data: what is sent, what must come of it, and a twin that differs in the decisive point and passes. */

import { readdirSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'

/** One request; everything that is not said is that of an ordinary GET. Placeholders in braces are filled in. */
export interface RawRequest {
  readonly method?: string
  readonly target?: string
  readonly version?: string
  /** Value of Host; null: none. */
  readonly host?: string | null
  /** Lines behind Host, as they are. */
  readonly headers?: readonly string[]
  readonly body?: string
  /** A body of this type with the headers that belong to it. */
  readonly form?: string
  /** The bytes, instead of all this. */
  readonly raw?: string
  /** With the cookie of a session. */
  readonly signedIn?: boolean
  /** From a trusted proxy. */
  readonly trusted?: boolean
}

export interface HttpCase {
  readonly name: string
  readonly request: RawRequest
  /** Status, or those that may be; 400 unless said. */
  readonly answer?: number | readonly number[]
  /** Nothing is served behind it on the same connection; true anyway for 400. */
  readonly last?: boolean
  /** The service may have seen the beginning of it before it was refused. */
  readonly reaches?: boolean
  /** What must not be among the headers that the service sees. */
  readonly hides?: string
  /** What must be among them. */
  readonly shows?: string
  readonly twin: RawRequest & { readonly shows?: string }
}

const FOLDER = new URL('../cases/http/', import.meta.url)

/** All cases by the name of their file. */
export function readHttpCases(): ReadonlyMap<string, readonly HttpCase[]> {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'))
  return new Map(
    files.map((name) => [name.replace('.yaml', ''), parse(readFileSync(new URL(name, FOLDER), 'utf8'))] as const),
  )
}

/** Replaces the placeholders. */
export type Fill = (text: string) => string

/** The text of a request, one character a byte. With `close` it asks for that, unless it speaks of the connection itself. */
export function textOf(request: RawRequest, fill: Fill, { close }: { close: boolean }): string {
  const { method = 'GET', target = '/open/x', version = 'HTTP/1.1', host = '{gate}', raw } = request
  if (raw !== undefined) return fill(raw)
  const form =
    request.form === undefined
      ? []
      : ['Content-Type: application/x-www-form-urlencoded', `Content-Length: ${request.form.length}`]
  const lines = [
    `${method} ${target} ${version}`,
    ...(host === null ? [] : [`Host: ${host}`]),
    ...(request.signedIn === true ? ['Cookie: gatehouse={secret}'] : []),
    ...(request.headers ?? []),
    ...form,
  ]
  if (close && !lines.some((line) => /^connection\s*:/i.test(line))) lines.push('Connection: close')
  return fill(`${lines.join('\r\n')}\r\n\r\n${request.body ?? request.form ?? ''}`)
}
