/** Effects as small numbers: the greater one is the more restrictive. */

import type { Effect } from '../profiles/profile.ts'

/** What the arbitration of one resource came to: an effect, and the flags below. */
export type Outcome = number

export const ALLOW = 0
export const DISABLE = 1
export const DENY = 2

const EFFECT_BITS = 3
const CONFLICT = 4
const SILENT = 8

/** Nobody says anything. */
export const NO_STATEMENT: Outcome = DENY | SILENT

const EFFECTS: readonly Effect[] = ['allow', 'disable', 'deny']

/** The number of an effect. */
export function codeOf(effect: Effect): number {
  return effect === 'allow' ? ALLOW : effect === 'disable' ? DISABLE : DENY
}

/** The effect that a number stands for; `deny` for a number that stands for none. */
export function effectOf(code: number): Effect {
  return EFFECTS[code] ?? 'deny'
}

/** The number of the effect of an outcome. */
export function effectCode(outcome: Outcome): number {
  return outcome & EFFECT_BITS
}

/** Whether statements of equal strength contradicted each other. */
export function isConflict(outcome: Outcome): boolean {
  return (outcome & CONFLICT) !== 0
}

/** Whether there was no statement at all. */
export function isSilent(outcome: Outcome): boolean {
  return (outcome & SILENT) !== 0
}

/** Two statements of equal strength: the most restrictive holds, and what differs is a conflict. */
export function contend(outcome: Outcome, code: number): Outcome {
  if (effectCode(outcome) === code) return outcome
  return Math.max(effectCode(outcome), code) | CONFLICT
}
