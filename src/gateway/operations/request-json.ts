/** The body of a request whose operation or objects stand in it: read whole, strictly, and kept as it came for the upstream. */

import type { IncomingMessage, ServerResponse } from 'node:http'

import { AppError } from '../../core/errors.ts'
import { hasOtherSpelling } from '../../profiles/request-facts.ts'
import { type JsonSink, jsonTokenizer } from '../content/json-tokenizer.ts'
import { utf8Reader } from '../content/utf8.ts'
import { foldName } from '../header-names.ts'
import { bodyTooLarge, continueIfExpected, hasBody } from '../request-body.ts'

/** A body that is longer cannot be read for its operation or objects. */
export const LONGEST_JSON_BYTES = 1024 * 1024

const JSON_TYPE = /^application\/(?:[a-z0-9.+-]+\+)?json[ \t]*(?:;[ \t]*charset="?utf-8"?[ \t]*)?$/i

export interface JsonBody {
  /** As it came. */
  readonly bytes: Buffer
  /** Undefined: it has come to its end, and was empty. */
  readonly value: unknown
}

/**
 * Reads the body; undefined when there is none. Rejects with BODY_TOO_LARGE, REQUEST_TIMEOUT when the client falls silent
 * for `idleSeconds`, and with BAD_REQUEST for another Content-Type than JSON in UTF-8, or a second one, for any
 * Content-Encoding, in every spelling of these names, and for what two readers could take for two things: among it names
 * that differ from those of `places`, JSON pointers, by their case alone.
 */
export async function readJsonBody(
  req: IncomingMessage,
  res: ServerResponse,
  { maxBytes, idleSeconds, places }: { maxBytes: number | null; idleSeconds: number; places: readonly string[] },
): Promise<JsonBody | undefined> {
  if (!hasBody(req)) return undefined
  checkForm(req)
  const limit = Math.min(maxBytes ?? LONGEST_JSON_BYTES, LONGEST_JSON_BYTES)
  if (Number(req.headers['content-length'] ?? 0) > limit) throw bodyTooLarge(limit)
  continueIfExpected(req, res)
  const bytes = await receive(req, limit, idleSeconds)
  const value = bytes.length === 0 ? undefined : jsonValue(bytes)
  if (places.some((place) => hasOtherSpelling(value, place))) {
    throw new AppError('BAD_REQUEST', 'a name that is read is there in another case')
  }
  return { bytes, value }
}

/** Node keeps the first Content-Type and drops the others, of which an upstream may take the last. */
function checkForm({ headers, rawHeaders }: IncomingMessage): void {
  const names = rawHeaders.filter((_, index) => index % 2 === 0).map(foldName)
  if (names.includes('content-encoding')) throw new AppError('BAD_REQUEST', 'a body with a Content-Encoding')
  if (names.indexOf('content-type') !== names.lastIndexOf('content-type')) {
    throw new AppError('BAD_REQUEST', 'a body with several Content-Types')
  }
  if (JSON_TYPE.test(headers['content-type'] ?? '')) return
  throw new AppError('BAD_REQUEST', 'a body that is not declared to be JSON in UTF-8')
}

function receive(req: IncomingMessage, limit: number, idleSeconds: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let received = 0
    const silence = setTimeout(() => {
      over(new AppError('REQUEST_TIMEOUT', `no part of the body for ${idleSeconds} s`))
    }, idleSeconds * 1000)
    const over = (error?: Error): void => {
      clearTimeout(silence)
      req.off('data', take).off('end', over).off('close', gone)
      if (error === undefined) resolve(Buffer.concat(chunks))
      else reject(error)
    }
    const take = (chunk: Buffer): void => {
      received += chunk.length
      if (received <= limit) {
        silence.refresh()
        chunks.push(chunk)
      } else over(bodyTooLarge(limit))
    }
    const gone = (): void => over(new AppError('BAD_REQUEST', 'the client went away before its body was complete'))
    req.on('data', take).once('end', over).once('close', gone)
  })
}

/** The value of a JSON text. Throws BAD_REQUEST for what the strict reader refuses, such as names that are there twice. */
export function jsonValue(bytes: Buffer): unknown {
  try {
    const utf8 = utf8Reader()
    const text = utf8.read(bytes)
    utf8.end()
    const tree = jsonTree(text)
    const reader = jsonTokenizer(tree.sink, { lines: false })
    reader.feed(text)
    reader.end()
    return tree.value()
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'NOT_FILTERABLE') throw error
    throw new AppError('BAD_REQUEST', error.message)
  }
}

/** Throws BAD_REQUEST for a number that is a whole one here, and to whoever reads more of its digits is not: it might be an id. */
function bareValue(json: string): unknown {
  const value: unknown = JSON.parse(json)
  if (Number.isInteger(value) && !isWhole(json)) throw new AppError('BAD_REQUEST', 'a number with too many digits')
  return value
}

function isWhole(json: string): boolean {
  const [, whole = '', fraction = '', exponent = '0'] = /^-?(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(json) ?? []
  const digits = `${whole}${fraction}`.replace(/0+$/, '')
  return digits === '' || digits.length <= whole.length + Number(exponent)
}

type Container = unknown[] | Record<string, unknown>

/** Builds the value that the reader tells of when it is fed `text` as a whole. Objects inherit nothing, so no name in them is special. */
function jsonTree(text: string): { readonly sink: JsonSink; value(): unknown } {
  const open: { container: Container; name: string }[] = []
  let root: unknown
  const put = (value: unknown): void => {
    const top = open.at(-1)
    if (top === undefined) root = value
    else if (Array.isArray(top.container)) top.container.push(value)
    else top.container[top.name] = value
  }
  return {
    value: () => root,
    sink: {
      open(isObject) {
        const container: Container = isObject ? Object.create(null) : []
        put(container)
        open.push({ container, name: '' })
      },
      close: () => void open.pop(),
      name(name) {
        const top = open.at(-1)
        if (top !== undefined) top.name = name
      },
      string: (from, to, unescaped) => put(unescaped ?? text.slice(from + 1, to - 1)),
      bare: (from, to, json) => put(bareValue(json ?? text.slice(from, to))),
      separator() {},
      space() {},
    },
  }
}
