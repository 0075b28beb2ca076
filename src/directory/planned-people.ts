/** The operators and groups that a change of an object names. */

import { AppError } from '../core/errors.ts'
import type { Owner, PlannedChange } from '../store/directory-ports.ts'
import type { Ports } from '../store/ports.ts'

/** Whom the change names. */
export function peopleOf(planned: PlannedChange): readonly Owner[] {
  if (planned.kind === 'owner') return planned.to === null ? [] : [planned.to]
  if (planned.kind !== 'access-list' || planned.to === null) return []
  const { operators, groups } = planned.to
  return [...operators.map((operator) => ({ operator })), ...groups.map((group) => ({ group }))]
}

/** OPERATOR_UNKNOWN or GROUP_UNKNOWN, by name, for the first who is not there. */
export async function checkThere({ operators, groups }: Ports, people: readonly Owner[]): Promise<void> {
  for (const each of people) {
    if ('operator' in each) {
      if ((await operators.load(each.operator)) === undefined) {
        throw new AppError('OPERATOR_UNKNOWN', `there is no operator ${each.operator}`)
      }
    } else if ((await groups.load(each.group)) === undefined) {
      throw new AppError('GROUP_UNKNOWN', `there is no group ${each.group}`)
    }
  }
}
