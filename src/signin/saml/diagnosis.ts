/** Turns a refusal into the plain text for the administrator: what was expected, what came, where to mend it. */

import type { ErrorCode } from '../../core/errors.ts'
import { HINTS, type Hint, type HintKey, PRODUCTS } from './hints.ts'
import type { Refusal } from './model.ts'

/** Why a row of the check table failed; `hint` names an entry of HINTS. */
export interface Finding {
  readonly code: ErrorCode
  readonly hint: HintKey
  readonly expected: string
  readonly received: string
}

/** A row of the message half failed. Thrown below `verifyMessage`, which turns it into a value; never seen outside. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly finding: Finding

  constructor(code: ErrorCode, hint: HintKey, expected: string, received: string) {
    super(`${code}: expected ${expected}, received ${received}`)
    this.finding = { code, hint, expected, received }
  }
}

const MAX_SHOWN = 300

/** A value of the message as it may stand in a trace: control characters escaped, cut at 300 characters; absent is said. */
export function shown(value: string | null | undefined): string {
  if (value === null || value === undefined) return 'nothing'
  const cut = value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}… (${value.length} characters)` : value
  return `"${cut.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, escapeCharacter)}"`
}

/** Several values as one text, at most ten of them. */
export function shownList(values: readonly string[]): string {
  if (values.length === 0) return 'nothing'
  const more = values.length > 10 ? ` and ${values.length - 10} more` : ''
  return values.slice(0, 10).map(shown).join(', ') + more
}

/** The refusal that the finding stands for, its hint written out with one line per product. */
export function refusalOf(finding: Finding): Refusal {
  const hint: Hint = HINTS[finding.hint]
  const lines = PRODUCTS.map(([key, name]) => `${name}: ${hint[key]}`)
  return {
    code: finding.code,
    expected: finding.expected,
    received: finding.received,
    hint: [hint.general, ...lines].join('\n'),
  }
}

function escapeCharacter(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`
}
