/** Who gains and who loses what by a directory file, for `gatehouse plan`. */

import { type AccessChange, accessDifference, type Difference, type ObjectCount } from '../authz/difference.ts'
import { world } from '../authz/world.ts'
import type { Config } from '../config/config.ts'
import { systemClock } from '../core/time.ts'
import type { DirectoryPlan } from '../directory/files.ts'
import { loadShippedProfiles } from '../profiles/shipped.ts'
import { textTable } from './output.ts'

/** What the plan gives and takes on the services. */
export async function accessOf(
  { before, after }: Pick<DirectoryPlan, 'before' | 'after'>,
  services: Config['services'],
): Promise<Difference> {
  const parts = { services, profiles: await loadShippedProfiles(), now: systemClock.now() }
  return accessDifference(world({ ...parts, directory: before }), world({ ...parts, directory: after }))
}

/** One line for each operator and operation that something changes for. */
export function accessTable({ changes, complete }: Difference): string {
  if (changes.length === 0 && complete) return 'nobody gains or loses anything'
  const rows = changes.map(({ account, provider, service, operation, inPrinciple, gains, loses }) => [
    account,
    provider,
    service,
    operation,
    principle(inPrinciple),
    counted(gains),
    counted(loses),
  ])
  const table = textTable(['ACCOUNT', 'PROVIDER', 'SERVICE', 'OPERATION', 'IN PRINCIPLE', 'GAINS', 'LOSES'], rows)
  return complete ? table : `${table}\n\nThere was more to compare than is compared at once; this is a part.`
}

function principle(change: AccessChange['inPrinciple']): string | null {
  return change === null ? null : `${change.before} → ${change.after}`
}

function counted({ count, first }: ObjectCount): string | null {
  if (count === 0) return null
  const shown = first.slice(0, 3).join(', ')
  return count > 3 ? `${count}: ${shown}, …` : shown
}
