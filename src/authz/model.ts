/** The words of the authorization core. All of it is immutable data. */

import type { Grant } from '../store/ports.ts'

/** `disable`: visible, but not usable. */
export type Effect = 'allow' | 'disable' | 'deny'

/** Stable ids of the rules that decide. */
export type Rule =
  /** deny: the snapshot has no such service. */
  | 'unknown-service'
  /** deny: a caller without a session. */
  | 'no-session'
  /** deny: no role that applies to this service. */
  | 'no-role'
  /** allow: a role reaches the service. */
  | 'role-reaches-service'
  /** allow: the service has `authorization: off`, and the operator holds some role. */
  | 'authorization-off'

/** One grant as it was weighed for a decision. */
export interface Step {
  readonly role: string
  /** The service that the grant names; null = every service that the role applies to. */
  readonly service: string | null
  readonly outcome: 'applies' | 'other-service' | 'other-profile' | 'unknown-role'
  /** Role of the service's profile that the grant stands for; null unless it applies. */
  readonly standsFor: string | null
}

/** A condition that travels with an allow. No profile attaches one, so the list of a decision is empty. */
export type Obligation = never

export interface Decision {
  readonly effect: Effect
  readonly rule: Rule
  /** True when statements of equal strength contradicted each other and the most restrictive won. */
  readonly conflict: boolean
  /** What was weighed, in the order of the operator's grants. */
  readonly trail: readonly Step[]
  readonly obligations: readonly Obligation[]
  /** Revision of the snapshot that decided. */
  readonly revision: number
}

/** What is asked about: an operation of a service. A null name is the use of the service as such. */
export interface Operation {
  readonly service: string
  readonly name: string | null
}

/** Who asks: grants without expired ones. An `Operator` is a subject; null stands for a caller without a session. */
export interface Subject {
  readonly grants: readonly Grant[]
}

/** What a service's decisions need. */
export interface ServiceRules {
  readonly id: string
  /** Id of its profile. */
  readonly profile: string
  readonly authorization: 'on' | 'off'
  /** Full names of the roles that its profile ships. */
  readonly roles: ReadonlySet<string>
  /** Full name of the role that `administrator` stands for here. */
  readonly administratorRole: string
}

/** Everything that decisions are made from, but for the facts about one operator. Swapped whole, never changed. */
export interface Snapshot {
  readonly revision: number
  readonly services: ReadonlyMap<string, ServiceRules>
  /** Full names of every role that there is. */
  readonly roles: ReadonlySet<string>
}
