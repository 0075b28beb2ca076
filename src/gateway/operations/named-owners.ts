/** Whom a service means: operators by account, groups by path. */

import type { Snapshot } from '../../authz/model.ts'
import type { Owner } from '../../store/directory-ports.ts'
import type { Operators } from '../../store/ports.ts'

/** The operator of that account; undefined when there is none, or several providers have one. */
export async function operatorNamed(operators: Pick<Operators, 'list'>, account: string): Promise<Owner | undefined> {
  const [person, another] = await operators.list({ account, limit: 2 })
  return person === undefined || another !== undefined ? undefined : { operator: person.id }
}

/** The group at that path, if there is one. */
export function groupNamed({ groupsByPath }: Snapshot, path: string): Owner | undefined {
  const group = groupsByPath.get(path)
  return group === undefined ? undefined : { group: group.id }
}
