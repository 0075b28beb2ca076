/** The message that `gatehouse saml test` is given: XML, its base64, or the form that a browser posted. */

import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { AppError } from '../core/errors.ts'
import { type FormProblem, readPostForm } from '../signin/saml/post-form.ts'
import type { FormField } from '../signin/saml/scan-base64.ts'

/** Many times what the assertion consumer takes, so that the table is what says "too large". */
const MAX_BYTES = 4 * 1024 * 1024

/** A form field as the assertion consumer would get it, or why it would find none. */
export type TestInput = { readonly samlResponse: FormField } | { readonly problem: FormProblem }

/** Reads the message in `file`; `-` is standard input. Throws CONFIG_INVALID when it cannot be read. */
export async function readTestInput(file: string): Promise<TestInput> {
  return parseTestInput(await readOctets(file))
}

/**
 * `octets` as a form field. What begins with `<` is XML and is taken byte for byte; what names a field SAMLResponse is a
 * form; anything else is base64, which the table judges.
 */
export function parseTestInput(octets: Buffer): TestInput {
  if (looksLikeXml(octets)) return { samlResponse: octets.toString('base64') }
  const text = octets
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .trim()
  return /(?:^|&)SAMLResponse=/.test(text) ? parseForm(text) : { samlResponse: text }
}

/** Byte order marks of UTF-16 too: such a message is refused as it is, not for want of base64. */
function looksLikeXml(octets: Buffer): boolean {
  const start = octets.subarray(0, 1024).toString('latin1')
  return /^(?:\xff\xfe|\xfe\xff|(?:\xef\xbb\xbf)?\s*<)/.test(start)
}

/** Without any escape it was not form-encoded: a plus sign is then one of base64, and no blank. */
function parseForm(text: string): TestInput {
  const reading = readPostForm(Buffer.from(text.includes('%') ? text : text.replaceAll('+', '%2B')))
  return reading.ok ? { samlResponse: reading.form.message } : { problem: reading.problem }
}

async function readOctets(file: string): Promise<Buffer> {
  const source: Readable = file === '-' ? process.stdin : createReadStream(file)
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of source) {
      chunks.push(Buffer.from(chunk))
      length += chunk.length
      if (length > MAX_BYTES) throw new Error(`is larger than ${MAX_BYTES / 1024 / 1024} MiB`)
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new AppError('CONFIG_INVALID', `${file === '-' ? 'standard input' : file}: ${reason}`, { cause })
  }
  return Buffer.concat(chunks)
}
