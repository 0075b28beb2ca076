/** What somebody may do on a service in principle, and what he sees of it. */

import { outcomeOf } from './arbitration.ts'
import { decide } from './decide.ts'
import { ALLOW, DENY, effectCode } from './effects.ts'
import type { Snapshot, Subject } from './model.ts'
import { resourceVerdict } from './role-part.ts'
import { standingOf } from './standing.ts'

export interface Capabilities {
  /** By name; what is denied or not to be seen is left out. In the order of the profile. */
  readonly operations: Readonly<Record<string, 'allow' | 'disable'>>
  readonly resources: Readonly<Record<string, 'allow' | 'disable'>>
}

/** The capabilities of `subject` on a service that the snapshot has; undefined when it has no such service or he no role there. */
export function capabilities(snapshot: Snapshot, subject: Subject, service: string): Capabilities | undefined {
  const rules = snapshot.services.get(service)
  if (rules === undefined || decide(snapshot, subject, { service, name: null }).effect === 'deny') return undefined
  const seen = (entries: readonly (readonly [string, 'allow' | 'disable' | null])[]) =>
    Object.fromEntries(entries.filter((entry): entry is readonly [string, 'allow' | 'disable'] => entry[1] !== null))
  const names = [...new Set([...rules.operations.values()].map(({ name }) => name))]
  return {
    operations: seen(names.map((name) => [name, ofOperation(snapshot, subject, service, name)])),
    resources: seen(
      rules.resources.names.map((name, number) => [name, ofResource(snapshot, subject, service, number)]),
    ),
  }
}

function ofOperation(snapshot: Snapshot, subject: Subject, service: string, name: string): 'allow' | 'disable' | null {
  const { effect, hidden } = decide(snapshot, subject, { service, name })
  return effect === 'deny' || hidden ? null : effect
}

function ofResource(snapshot: Snapshot, subject: Subject, service: string, number: number): 'allow' | 'disable' | null {
  const rules = snapshot.services.get(service)
  if (rules === undefined) return null
  if (rules.authorization === 'off') return 'allow'
  const { table } = standingOf(snapshot, rules, subject)
  const { code, hides } = resourceVerdict(rules, number, outcomeOf(table, number))
  if (code === DENY || hides) return null
  return effectCode(code) === ALLOW ? 'allow' : 'disable'
}
