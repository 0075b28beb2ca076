/** What is said of a refusal, to the administrator and to the client. */

import type { ErrorCode } from '../../core/errors.ts'
import type { TraceRow } from '../../store/ports.ts'
import type { MessageRow } from './checks-message.ts'
import type { CheckResult, Refusal } from './model.ts'

/** Why an accepted identity may not enter; for the trace. */
export const FAILURE_CAUSES = {
  ACCOUNT_UNKNOWN:
    'No account has this name, and this provider does not create accounts (createUnknownOperator: false).',
  ACCOUNT_DISABLED: 'The account is disabled.',
  NO_ROLE: 'The account has no role. Assign one: gatehouse operators grant ACCOUNT ROLE.',
} as const

/** Why a row of the check table failed, in one line; for the trace. */
export function causeOf({ expected, received }: Refusal): string {
  return `Expected: ${expected}. Received: ${received}.`
}

const INSIDE: ReadonlySet<string> = new Set<MessageRow>(['decryption', 'the same again inside the encryption'])

/** Whether the message failed between decryption and the signature inside it. */
export function failedInside(rows: readonly TraceRow[]): boolean {
  return rows.some(({ check, outcome }) => outcome === 'failed' && INSIDE.has(check))
}

/**
 * The code that the client may know. Between decryption and the signature inside it is always the same: whoever can tell bad
 * padding or bad XML from a bad signature reads encrypted text, a few thousand messages a block.
 */
export function publicCode({ refusal, rows }: Extract<CheckResult, { ok: false }>): ErrorCode {
  return failedInside(rows) ? 'SAML_DECRYPTION_FAILED' : refusal.code
}
