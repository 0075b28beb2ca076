/** Compares a decision with what a case expects of it. */

import type { Decision } from '../authz/model.ts'
import { obligationText } from '../authz/obligation-text.ts'
import type { Obligation } from '../profiles/profile.ts'
import type { DecisionCase, ExpectedObligation } from './case-file.ts'

/** What differs, in words; empty when the decision is as expected. What a case does not speak of is not compared. */
export function differencesOf(given: DecisionCase, decision: Decision): readonly string[] {
  const differs: string[] = []
  const compare = (what: string, expected: unknown, actual: unknown) => {
    if (expected !== undefined && expected !== actual) differs.push(`expected ${what}${expected}, got ${what}${actual}`)
  }
  if (given.expect !== decision.effect) {
    differs.push(`expected ${given.expect}, got ${decision.effect} (${decision.rule})`)
  }
  compare('rule ', given.rule, decision.rule)
  compare('conflict ', given.conflict, decision.conflict)
  compare('hidden ', given.hidden, decision.hidden)
  const { obligations } = given
  if (obligations !== undefined && !sameObligations(obligations, decision.obligations)) {
    const actual = decision.obligations.map(obligationText)
    differs.push(`expected obligations ${JSON.stringify(obligations)}, got ${JSON.stringify(actual)}`)
  }
  return differs
}

/** As sets; how much a mask leaves, and which items of lists are left out, is compared only where the case says it. */
function sameObligations(expected: readonly ExpectedObligation[], actual: readonly Obligation[]): boolean {
  const filters = expected.some((each) => 'filterItems' in each)
  const met = (obligation: Obligation) =>
    (obligation.kind === 'filterItems' && !filters) || expected.some((each) => fits(each, obligation))
  return actual.every(met) && expected.every((each) => actual.some((obligation) => fits(each, obligation)))
}

function fits(expected: ExpectedObligation, actual: Obligation): boolean {
  if ('mask' in expected) {
    if (actual.kind !== 'mask' || actual.field !== expected.mask) return false
    return expected.keepLast === undefined || expected.keepLast === actual.keepLast
  }
  if ('removeField' in expected) return actual.kind === 'removeField' && actual.field === expected.removeField
  return actual.kind === 'filterItems' && actual.type === expected.filterItems
}
