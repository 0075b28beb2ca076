/**
 * The form that brings a message. Anybody may send half a megabyte of anything, and the thread that reads it forwards requests,
 * too: so it is looked at byte by byte, once, and only in the fields that count.
 */

import type { Request } from 'express'
import type { FormProblem } from './saml/consumer.ts'

/** What the consumer knows of a form; everything else in it is nobody's. `repost` and `confirm` are our own pages' marks. */
export interface AcsForm {
  /** Its octets, outside V8's heap: a text of half a megabyte would soon make V8 collect all of it. */
  readonly message: Buffer
  readonly relayState: string | undefined
  readonly repost: boolean
  readonly confirm: boolean
}

export interface AcsFormParts {
  /** Told of the bytes that become garbage, as they come in. */
  readonly memory: { passed(bytes: number): void }
}

/** A message of 256 KiB is at most 400 KiB as a form: base64, its signs and line breaks escaped. With room for what else is in it. */
const BODY_LIMIT_BYTES = 512 * 1024
const MOST_FIELDS = 20
const NAMES = ['SAMLResponse', 'RelayState', 'gatehouse_repost', 'gatehouse_confirm'] as const
/** Each of their characters may be escaped. */
const LONGEST_NAME_BYTES = 3 * Math.max(...NAMES.map(({ length }) => length))
const CHARSET = /;[ \t]*charset[ \t]*=[ \t]*(?!"?(?:utf-8|iso-8859-1)\b)/i

const [AND, EQUALS, PLUS, BLANK, PERCENT] = [...Buffer.from('&=+ %')]

type Name = (typeof NAMES)[number]

/** The form, or what is wrong with it. A body that is a form is read to its end, however long it is. */
export async function readAcsForm(request: Request, { memory }: AcsFormParts): Promise<AcsForm | FormProblem> {
  const problem = headerProblem(request)
  if (problem !== undefined) return problem
  const body = await readBody(request, memory)
  return Buffer.isBuffer(body) ? readFields(body) : body
}

function readBody(request: Request, memory: AcsFormParts['memory']): Promise<Buffer | FormProblem> {
  return new Promise((resolve) => {
    let length = 0
    let chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      memory.passed(chunk.length)
      if (length <= BODY_LIMIT_BYTES) chunks.push(chunk)
      else chunks = []
    })
    request.on('end', () => {
      if (length > BODY_LIMIT_BYTES) resolve({ code: 'SAML_TOO_LARGE', received: `a form of ${length} bytes` })
      else {
        memory.passed(length)
        resolve(Buffer.concat(chunks, length))
      }
    })
    // Comes after the end, too.
    request.on('close', () => resolve(malformed('a form that broke off')))
  })
}

function headerProblem(request: Request): FormProblem | undefined {
  if (Object.keys(request.query).length > 0) return malformed('a query in the address')
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers
  if (!request.is('urlencoded') || CHARSET.test(type)) return malformed('a body that is no form')
  return encoding.toLowerCase() === 'identity' ? undefined : malformed('a form that is packed')
}

function readFields(body: Buffer): AcsForm | FormProblem {
  const found = new Map<Name, Buffer[]>()
  let at = 0
  for (let fields = 0; at <= body.length; fields += 1) {
    if (fields === MOST_FIELDS) return malformed(`a form of more than ${MOST_FIELDS} fields`)
    const end = endOf(body, AND, at)
    const equals = Math.min(endOf(body, EQUALS, at), end)
    const name = nameOf(body.subarray(at, equals))
    if (name !== undefined) found.set(name, [...(found.get(name) ?? []), decoded(body.subarray(equals + 1, end))])
    at = end + 1
  }
  const [message, ...otherMessages] = found.get('SAMLResponse') ?? []
  const states = found.get('RelayState') ?? []
  if (message === undefined) return malformed('a form without SAMLResponse')
  if (otherMessages.length > 0) return malformed('more than one SAMLResponse')
  if (message.length === 0) return malformed('an empty SAMLResponse')
  if (states.length > 1) return malformed('more than one RelayState')
  const isMarked = (name: Name) => found.get(name)?.join() === '1'
  return {
    message,
    relayState: states[0]?.toString(),
    repost: isMarked('gatehouse_repost'),
    confirm: isMarked('gatehouse_confirm'),
  }
}

function malformed(received: string): FormProblem {
  return { code: 'SAML_MALFORMED', received }
}

function endOf(body: Buffer, sign: number | undefined, from: number): number {
  const at = body.indexOf(sign ?? 0, from)
  return at === -1 ? body.length : at
}

function nameOf(octets: Buffer): Name | undefined {
  if (octets.length > LONGEST_NAME_BYTES) return undefined
  const text = decoded(octets).toString()
  return NAMES.find((name) => name === text)
}

/** Decodes in place (URL Standard, "application/x-www-form-urlencoded parsing"): what is no escape stays as it is. */
function decoded(octets: Buffer): Buffer {
  let length = 0
  for (let at = 0; at < octets.length; at += 1) {
    const octet = octets[at] ?? 0
    const escaped = octet === PERCENT ? hexDigit(octets[at + 1]) * 16 + hexDigit(octets[at + 2]) : -1
    octets[length] = escaped >= 0 ? escaped : octet === PLUS ? (BLANK ?? 0) : octet
    if (escaped >= 0) at += 2
    length += 1
  }
  return octets.subarray(0, length)
}

/** So far below zero when it is none that no second digit makes up for it. */
function hexDigit(octet = 0): number {
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30
  const letter = octet | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1000
}
