/** Compiles configuration and profiles to the snapshot that decisions are made from. */

import type { ServiceConfig } from '../config/config.ts'
import { AppError } from '../core/errors.ts'
import { ADMINISTRATOR } from '../core/names.ts'
import type { Profile } from '../profiles/profile.ts'
import type { ServiceRules, Snapshot } from './model.ts'

type Service = Pick<ServiceConfig, 'id' | 'profile' | 'authorization'>

/**
 * An immutable snapshot with the given revision. Throws CONFIG_INVALID when a service's profile is not among `profiles`
 * or two services share an id; the caller keeps the snapshot it has.
 */
export function compileSnapshot({
  services,
  profiles,
  revision,
}: {
  services: readonly Service[]
  profiles: ReadonlyMap<string, Profile>
  revision: number
}): Snapshot {
  const compiled = new Map<string, ServiceRules>()
  for (const service of services) {
    if (compiled.has(service.id)) throw new AppError('CONFIG_INVALID', `two services have the id ${service.id}`)
    compiled.set(service.id, compileService(service, profiles))
  }
  const shipped = [...profiles.values()].flatMap(({ roles }) => [...roles.keys()])
  return Object.freeze({ revision, services: compiled, roles: new Set([ADMINISTRATOR, ...shipped]) })
}

/** Whether there is a role of that name: the gateway's own or a shipped one. */
export function knownRole(snapshot: Snapshot, role: string): boolean {
  return snapshot.roles.has(role)
}

function compileService(service: Service, profiles: ReadonlyMap<string, Profile>): ServiceRules {
  const profile = profiles.get(service.profile)
  if (profile === undefined) {
    throw new AppError('CONFIG_INVALID', `service ${service.id}: there is no profile ${service.profile}`)
  }
  return Object.freeze({
    id: service.id,
    profile: profile.id,
    authorization: service.authorization,
    roles: new Set(profile.roles.keys()),
    administratorRole: profile.administratorRole,
  })
}
