/**
 * Guests (openlm.md O-17): who comes without an account to a service that admits such. What a guest is follows from the
 * configuration and the service's profile alone. The directory holds nothing of him, so nothing in it gives him more.
 */

import type { ServiceConfig } from '../config/config.ts'
import { AppError } from '../core/errors.ts'
import { GUEST, guestOf } from '../core/guest.ts'
import { instant } from '../core/time.ts'
import type { Profile } from '../profiles/profile.ts'
import type { CurrentOperator } from './operator-facts.ts'

interface GuestRules {
  readonly services: readonly Pick<ServiceConfig, 'id' | 'profile' | 'guest'>[]
  readonly profiles: ReadonlyMap<string, Profile>
}

/** The guests of the services that admit one: each with the guest role of its profile on its service, and nothing else. */
export function guestsOf({ services, profiles }: GuestRules): readonly CurrentOperator[] {
  return services.flatMap(({ id, profile, guest }) => {
    const role = guest ? (profiles.get(profile)?.guestRole ?? null) : null
    return role === null ? [] : [guestWith(role, id)]
  })
}

/** The guest of that id under the rules of the moment, undefined when there is none; the same one while the services are. */
export function guestReader(rules: () => GuestRules): (id: string) => CurrentOperator | undefined {
  const known = new WeakMap<GuestRules['services'], ReadonlyMap<string, CurrentOperator>>()
  return (id) => {
    const { services, profiles } = rules()
    const guests = known.get(services) ?? new Map(guestsOf({ services, profiles }).map((guest) => [guest.id, guest]))
    known.set(services, guests)
    return guests.get(id)
  }
}

/** Throws GUEST_FIXED for the provider of guests: what a guest is cannot be changed. */
export function checkNoGuest({ account, provider }: { readonly account: string; readonly provider: string | null }) {
  if (provider !== GUEST && !(provider === null && account.startsWith(`${GUEST}:`))) return
  throw new AppError('GUEST_FIXED', `${account} is a guest, who has the guest role of his service and nothing else`)
}

function guestWith(role: string, service: string): CurrentOperator {
  const grant = { role, service, source: 'guest', locked: true, expiresAt: null, scope: null } as const
  return Object.freeze({
    id: guestOf(service),
    provider: GUEST,
    account: guestOf(service),
    displayName: null,
    email: null,
    enabled: true,
    createdAt: instant(0),
    lastSignInAt: null,
    grants: Object.freeze([Object.freeze(grant)]),
    permissions: Object.freeze([]),
    memberships: Object.freeze([]),
    revision: 0,
  })
}
