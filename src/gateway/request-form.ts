/**
 * Normal form of a request target. What is refused here never reaches matching; what passes is matched and forwarded
 * byte for byte. The check is in two steps: the strict part knows no service; `checkPathRules` then applies what one
 * service allows. Two decoded views travel along, so that a target means the same to whoever reads it after decoding.
 */

import { failed, ok, type Result } from '../core/result.ts'

export interface Target {
  /** The path as it came. */
  readonly path: string
  /** The query as it came, with its `?`; empty without one. */
  readonly query: string
  /** The path decoded once; `%2F` and `;x` stand as they are. Equal to `plain` unless one of those is in it. */
  readonly literal: string
  /** The path as a reader would see it who decodes repeatedly, takes `%2F` for `/` and drops `;x`. */
  readonly plain: string
  readonly encodedSlash: boolean
  readonly pathParameters: boolean
}

/** Why a target is refused; for the log. */
export type TargetRefusal =
  | 'not-origin-form'
  | 'character'
  | 'escape'
  | 'not-utf-8'
  | 'segment'
  | 'encoded-slash'
  | 'path-parameter'

export interface PathRules {
  readonly encodedSlash: 'refuse' | 'allow'
  readonly pathParameters: 'refuse' | 'allow'
}

/** Splits and checks a request target (RFC 9112 §3.2.1: origin-form only). G-6. */
export function checkTarget(raw: string): Result<Target, TargetRefusal> {
  if (raw.charCodeAt(0) !== SLASH) return failed('not-origin-form')
  const mark = raw.indexOf('?')
  const path = mark === -1 ? raw : raw.slice(0, mark)
  const query = mark === -1 ? '' : raw.slice(mark)
  if (NOT_VISIBLE_ASCII.test(query)) return failed('character')
  if (UNRESERVED_PATH.test(path)) {
    if (!isNormal(path)) return failed('segment')
    return ok({ path, query, literal: path, plain: path, encodedSlash: false, pathParameters: false })
  }
  return checkOddPath(path, query)
}

/** The reason why this service refuses the target, or undefined. */
export function checkPathRules(target: Target, rules: PathRules): TargetRefusal | undefined {
  if (target.encodedSlash && rules.encodedSlash !== 'allow') return 'encoded-slash'
  if (target.pathParameters && rules.pathParameters !== 'allow') return 'path-parameter'
  return undefined
}

const SLASH = 0x2f
const UNRESERVED_PATH = /^[A-Za-z0-9/_~!$&'()*+,=:@.-]*$/
/** A fragment mark counts: it has no place in a request target. */
const NOT_VISIBLE_ASCII = /[^\x21-\x7e]|#/
const BAD_ESCAPE = /%(?![0-9A-Fa-f]{2})/
const CONTROL_OR_BACKSLASH = /[\u0000-\u001f\u007f-\u009f\\]/
/** Some readers cut spaces off a segment's end. */
const DOT_SEGMENT = /\/\.{1,2} *(?:\/|$)/
/** Deeper nesting serves nobody. */
const ROUNDS = 4

function checkOddPath(path: string, query: string): Result<Target, TargetRefusal> {
  if (NOT_VISIBLE_ASCII.test(path)) return failed('character')
  if (BAD_ESCAPE.test(path)) return failed('escape')
  const literal = decoded(path)
  if (literal === undefined) return failed('not-utf-8')
  const deep = decodedRepeatedly(literal)
  if (deep === undefined) return failed('escape')
  if (CONTROL_OR_BACKSLASH.test(literal) || CONTROL_OR_BACKSLASH.test(deep)) return failed('character')
  const plain = deep.replace(/;[^/]*/g, '')
  if (![path, literal, deep, plain].every(isNormal) || !staysNormalWhenFolded(plain)) return failed('segment')
  const encodedSlash = slashes(deep) !== slashes(path)
  return ok({ path, query, literal, plain, encodedSlash, pathParameters: deep.includes(';') })
}

/** Decodes everything but `%2F`; undefined when it is not UTF-8 (overlong forms are not). */
function decoded(path: string): string | undefined {
  try {
    return path
      .split(/%2f/i)
      .map((part) => decodeURIComponent(part))
      .join('%2F')
  } catch {
    return undefined
  }
}

/** Decodes what still looks like an escape of an ASCII character, as an upstream does that decodes twice. */
function decodedRepeatedly(text: string): string | undefined {
  let current = text
  for (let round = 0; round < ROUNDS; round += 1) {
    const next = current.replace(/%([0-7][0-9A-Fa-f])/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
    if (next === current) return current
    current = next
  }
  return undefined
}

function isNormal(path: string): boolean {
  return !path.includes('//') && !(path.includes('/.') && DOT_SEGMENT.test(path))
}

/** Full-width and one-dot-leader characters become slashes and dots for readers that fold compatibility forms. */
function staysNormalWhenFolded(path: string): boolean {
  if (!/[^\x00-\x7f]/.test(path)) return true
  const folded = path.normalize('NFKC')
  return isNormal(folded) && !folded.includes('\\') && slashes(folded) === slashes(path)
}

function slashes(text: string): number {
  let count = 0
  for (let index = text.indexOf('/'); index !== -1; index = text.indexOf('/', index + 1)) count += 1
  return count
}
