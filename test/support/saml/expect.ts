/** The two assertions of the hostile suite: a valid twin gets in, and its one mutation does not. */

import assert from 'node:assert/strict'
import test from 'node:test'
import type { ErrorCode } from '../../../src/core/errors.ts'
import { CHECKS } from '../../../src/signin/saml/checks.ts'
import type { CheckedIdentity } from '../../../src/signin/saml/model.ts'
import { type Circumstances, judge } from './judge.ts'
import { type MessageOptions, messageXml } from './response.ts'

/** Who gets in with the message; fails when it is refused. */
export async function accepted(xml: string | Buffer, circumstances: Circumstances = {}): Promise<CheckedIdentity> {
  const result = await judge(xml, circumstances)
  if (!result.ok) assert.fail(`refused: ${result.refusal.code}, ${result.refusal.expected}, ${result.refusal.received}`)
  return result.identity
}

/** Checks that the message is refused with the code, by a row that tells of this code. */
export async function refused(xml: string | Buffer, code: ErrorCode, circumstances: Circumstances = {}): Promise<void> {
  const result = await judge(xml, circumstances)
  assert.equal(result.ok ? `accepted as ${result.identity.account}` : result.refusal.code, code)
  const failed = result.rows.find(({ outcome }) => outcome === 'failed')
  const row = CHECKS.find(({ name }) => name === failed?.check)
  assert.ok(row?.codes.includes(code), `the row ${failed?.check} tells nothing of ${code}`)
}

/** One mutation of a valid message. */
export interface HostileCase {
  readonly title: string
  readonly code: ErrorCode
  /** The valid message; the standard one when nothing is said. */
  readonly twin?: MessageOptions
  readonly hostile: MessageOptions
  /** For both. */
  readonly circumstances?: Circumstances
  /** For the hostile message only, where the mutation is one of circumstances. */
  readonly mutated?: Circumstances
}

/** A test per case: the twin is accepted, then its mutation is refused with the code. */
export function hostileTests(cases: readonly HostileCase[]): void {
  for (const { title, code, twin, hostile, circumstances = {}, mutated = {} } of cases) {
    test(title, async () => {
      await accepted(messageXml(twin), circumstances)
      await refused(messageXml({ ...twin, ...hostile }), code, { ...circumstances, ...mutated })
    })
  }
}
