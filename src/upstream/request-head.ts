/** The first lines of a request as they go to the upstream, checked once more: nothing a field holds becomes a line. */

import { remembered } from '../core/remembered.ts'
import type { UpstreamRequest } from './call.ts'
import { TOKEN, VALUE } from './fields.ts'
import { UpstreamError } from './upstream-error.ts'

/** Everything up to what frames the body. Throws `unsendable` for what is not one request. */
export function requestHead({ method, path, headers, host, upgrade }: UpstreamRequest, hostLine: string): string {
  if (!isToken(method)) throw new UpstreamError('unsendable', 'a method that is none')
  if (!PATH.test(path)) throw new UpstreamError('unsendable', 'a path that is none')
  let text = `${method} ${path} HTTP/1.1\r\n${host === undefined ? hostLine : `Host: ${host}\r\n`}`
  text += upgrade === null ? connectionLine(method) : `Connection: upgrade\r\nUpgrade: ${upgrade}\r\n`
  // Looked at once, together: a look at each costs more than all else here.
  let values = host ?? ''
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = headers[index] ?? ''
    const value = headers[index + 1] ?? ''
    if (!mayBeSent(name)) throw new UpstreamError('unsendable', 'a field whose name is none, or the client’s own')
    text += `${name}: ${value}\r\n`
    values += value
  }
  if (NOT_IN_VALUE.test(values)) {
    throw new UpstreamError('unsendable', 'a field with a character that has no place there')
  }
  return text
}

/** The lines behind the head of a request without a body. */
export function withoutBody(method: string): string {
  return EXPECT_BODY.has(method) ? 'Content-Length: 0\r\n\r\n' : '\r\n'
}

/** The lines behind the head of a request with a body of so many bytes; undefined: in chunks. */
export function withBody(length: number | undefined): string {
  return length === undefined ? 'Transfer-Encoding: chunked\r\n\r\n' : `Content-Length: ${length}\r\n\r\n`
}

/** Methods that mean something by a body: without one, RFC 9110 §8.6 wants its length of 0 said. */
const EXPECT_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'QUERY', 'PROPFIND', 'PROPPATCH'])

const PATH = /^(?:\/[\x21-\x7e]*|\*)$/
const NOT_IN_VALUE = new RegExp(`[^${VALUE}]`)
const ONLY_TOKEN = new RegExp(`^[${TOKEN}]+$`)

/** A connection is not used again behind a HEAD: a body that came all the same would answer another request. */
function connectionLine(method: string): string {
  return method === 'HEAD' ? 'Connection: close\r\n' : 'Connection: keep-alive\r\n'
}

const OWN: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'keep-alive',
  'upgrade',
  'te',
  'trailer',
  'expect',
])

const isToken = remembered((text) => ONLY_TOKEN.test(text))
const mayBeSent = remembered((name) => ONLY_TOKEN.test(name) && !OWN.has(name.toLowerCase()))
