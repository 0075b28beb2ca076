/** Somebody who can administrate always remains: of the gateway, and of each service whose profile asks for it. */

import { AppError } from '../core/errors.ts'
import { ADMINISTRATORS } from '../core/names.ts'
import type { Instant } from '../core/time.ts'
import type { DirectoryRole } from '../store/directory-ports.ts'
import type { Operators } from '../store/ports.ts'
import type { Change } from './change.ts'

/** Roles whose last holder on a service stays; whoever holds `administrator` alone does not stand in for them. */
const KEPT_ON_SERVICES: ReadonlyMap<string, string> = new Map([['license-portal', 'license-portal:isvadmin']])

/** Whether whoever holds the role for a service administrates all groups there. */
export function isServiceAdministrator(role: string): boolean {
  return [...KEPT_ON_SERVICES.values()].includes(role)
}

interface Guard {
  /** What would be left without anybody, for the reader. */
  readonly what: string
  readonly held: Parameters<Operators['countHolders']>[0]
}

/**
 * Runs `work` and refuses with LAST_ADMINISTRATOR when it took the last usable administrator away: an enabled operator with an
 * unexpired grant, his own or by a group, of `administrator` for every service; or of a service's own administrator
 * role, or one that descends from it. Where there was none before, nothing is refused. Inside a transaction, so
 * that the refusal undoes the work and two changes that race cannot both pass.
 */
export async function keepingAdministrators(
  change: Pick<Change, 'ports' | 'clock' | 'services'>,
  work: () => Promise<unknown>,
): Promise<void> {
  // One instant for both counts: a grant that ends in between is nobody's change.
  const now = change.clock.now()
  const before = await counted(change, now)
  await work()
  const after = await counted(change, now)
  for (const [what, count] of before) {
    if (count === 0 || (after.get(what) ?? 0) > 0) continue
    throw new AppError('LAST_ADMINISTRATOR', `no usable ${what} would be left; make another one first`)
  }
}

async function counted(
  { ports, services }: Pick<Change, 'ports' | 'services'>,
  now: Instant,
): Promise<ReadonlyMap<string, number>> {
  const guarded = services.flatMap(({ id, profile }) => {
    const role = KEPT_ON_SERVICES.get(profile)
    return role === undefined ? [] : [{ id, role }]
  })
  const roles = guarded.length === 0 ? [] : await ports.roles.list()
  const guards: Guard[] = [
    { what: 'administrator', held: ADMINISTRATORS },
    ...guarded.map(({ id, role }) => ({
      what: `${role} of service ${id}`,
      held: { roles: [role, ...descendants(role, roles)], service: id },
    })),
  ]
  const counts = guards.map(async ({ what, held }) => [what, await ports.operators.countHolders(held, now)] as const)
  return new Map(await Promise.all(counts))
}

/** Names of the roles that have `role` above them. */
function descendants(role: string, roles: readonly DirectoryRole[]): readonly string[] {
  const found = new Set([role])
  for (let size = 0; size < found.size; ) {
    size = found.size
    for (const { name, parents } of roles) if (parents.some((parent) => found.has(parent))) found.add(name)
  }
  found.delete(role)
  return [...found]
}
