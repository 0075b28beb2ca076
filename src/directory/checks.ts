/** What every change of the directory must keep true. Each refuses with an AppError or passes. */

import type { Snapshot } from '../authz/model.ts'
import { knownRole } from '../authz/snapshot.ts'
import { AppError } from '../core/errors.ts'
import { ADMINISTRATOR } from '../core/names.ts'
import type { Clock } from '../core/time.ts'
import type { Grant, Operator } from '../store/ports.ts'
import { holds, type RoleAssignment, sameAssignment } from './grants.ts'

const LONGEST_NAME = 256

/** BAD_REQUEST unless `name` is 1 to 256 characters without control characters and without white space at its ends. */
export function checkName(what: 'account' | 'display name', name: string): void {
  if (name.length === 0 || name.length > LONGEST_NAME) {
    throw new AppError('BAD_REQUEST', `the ${what} must have 1 to ${LONGEST_NAME} characters`)
  }
  if (/\p{Cc}/u.test(name) || name.trim() !== name) {
    throw new AppError('BAD_REQUEST', `the ${what} must not have control characters or white space at its ends`)
  }
}

/** ROLE_UNKNOWN or SERVICE_UNKNOWN; also ROLE_UNKNOWN when the role cannot apply to the service that is named. `snapshot` knows the roles that there are. */
export function checkAssignment(snapshot: Snapshot, { role, service }: RoleAssignment): void {
  if (!knownRole(snapshot, role)) throw new AppError('ROLE_UNKNOWN', `there is no role ${role}`)
  if (service === null) return
  const rules = snapshot.services.get(service)
  if (rules === undefined) throw new AppError('SERVICE_UNKNOWN', `there is no service ${service}`)
  if (role !== ADMINISTRATOR && !rules.roles.has(role)) {
    throw new AppError('ROLE_UNKNOWN', `service ${service} has the profile ${rules.profile}, which has no role ${role}`)
  }
}

/**
 * GRANT_EXISTS when the operator holds the role for that service already, from whichever source: there is one grant for
 * (role, service), and the provider's own must not become a local one. An expired grant is no obstacle.
 */
export function checkNotGranted(operator: Operator, wanted: RoleAssignment, clock: Clock): void {
  const present = operator.grants.find((grant) => sameAssignment(grant, wanted) && holds(grant, clock.now()))
  if (present === undefined) return
  throw new AppError('GRANT_EXISTS', `${operator.account} has ${shown(wanted)} already (source: ${present.source})`)
}

/** The operator's grant of the role for that service; GRANT_UNKNOWN when absent, ROLE_LOCKED when the provider asserts it. */
export function checkRevocable(operator: Operator, unwanted: RoleAssignment): Grant {
  const grant = operator.grants.find((each) => sameAssignment(each, unwanted))
  if (grant === undefined) throw new AppError('GRANT_UNKNOWN', `${operator.account} does not have ${shown(unwanted)}`)
  if (grant.locked) {
    throw new AppError('ROLE_LOCKED', `asserted by identity provider ${operator.provider}; change it there first`)
  }
  return grant
}

function shown({ role, service }: RoleAssignment): string {
  return service === null ? role : `${role} for ${service}`
}
