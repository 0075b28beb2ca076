/** What one part of a decision came to, before the parts are put together. */

import type { ResourceClass } from '../profiles/profile.ts'
import { ALLOW, DENY, DISABLE } from './effects.ts'
import type { Rule } from './model.ts'

export interface Verdict {
  /** Number of the effect. */
  readonly code: number
  readonly rule: Rule
  readonly conflict: boolean
  /** Whether the denial must look as if there were nothing. */
  readonly hides: boolean
}

/** Makes verdicts without conflict that hide nothing. */
export function verdict(code: number, rule: Rule): Verdict {
  return { code, rule, conflict: false, hides: false }
}

/** The same, hidden. */
export function hiding(shown: Verdict): Verdict {
  return { code: shown.code, rule: shown.rule, conflict: shown.conflict, hides: true }
}

/** The most restrictive of two; of equal ones the first that is no allow, else the second. A conflict in either is one in both. */
export function strictest(one: Verdict, other: Verdict): Verdict {
  const stronger = other.code > one.code || (other.code === ALLOW && one.code === ALLOW) ? other : one
  const conflict = one.conflict || other.conflict
  const hides = one.hides || other.hides
  if (stronger.conflict === conflict && stronger.hides === hides) return stronger
  return { code: stronger.code, rule: stronger.rule, conflict, hides }
}

/**
 * Whether a resource of this class that is not allowed is not even seen: denied, whatever is no action; and of menus and
 * servers, the disabled ones too.
 */
export function hidesResource(resourceClass: ResourceClass, code: number): boolean {
  if (code === ALLOW || resourceClass === 'action') return false
  if (code === DENY) return true
  return code === DISABLE && (resourceClass === 'menu' || resourceClass === 'server')
}
