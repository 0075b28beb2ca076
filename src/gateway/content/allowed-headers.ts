/** The header of an answer whose content was changed: what is known to say nothing about the content, and nothing else. */

import type { AnswerForm } from './answer-form.ts'

/** The fields to send, name and value in turn. `raw` are the upstream's. */
export function contentHeaders(raw: readonly string[], { type }: Pick<AnswerForm, 'type'>): string[] {
  const headers = ['Content-Type', type, 'X-Content-Type-Options', 'nosniff', 'Cache-Control', 'no-store']
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const value = allowed(raw[index] ?? '', raw[index + 1] ?? '', CONTENT)
    if (value !== undefined) headers.push(raw[index] ?? '', value)
  }
  return headers
}

/** The fields that a status needs, whatever its body was. */
export function statusHeaders(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {}
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const value = allowed(raw[index] ?? '', raw[index + 1] ?? '', STATUS)
    if (value !== undefined) headers[raw[index] ?? ''] = value
  }
  return headers
}

/** By name in lower case: what of a value may pass. */
type Allowed = ReadonlyMap<string, RegExp>

const CORS: readonly [string, RegExp][] = [
  ['access-control-allow-origin', /^(?:\*|null|https?:\/\/[A-Za-z0-9.:[\]-]{1,300})$/],
  ['access-control-allow-credentials', /^true$/],
]

const CONTENT: Allowed = new Map([
  ...CORS,
  ['content-language', /^[A-Za-z0-9, -]{1,100}$/],
  // Without the name of a file, which may be made of what it is about.
  ['content-disposition', /^(?:attachment|inline)(?=\s*(?:;|$))/i],
])

const STATUS: Allowed = new Map([
  ...CORS,
  ['allow', /^[A-Z, -]{1,200}$/],
  ['retry-after', /^(?:\d{1,10}|[A-Za-z]{3}, \d\d [A-Za-z]{3} \d{4} \d\d:\d\d:\d\d GMT)$/],
  ['www-authenticate', /^(?:Basic|Bearer|Digest|Negotiate)\b/i],
])

function allowed(name: string, value: string, names: Allowed): string | undefined {
  return names.get(name.toLowerCase())?.exec(value.trim())?.[0]
}
