/** What goes with those that a pruning file takes out, and what must not. */

import type { AccessList, DirectoryObject, DirectoryRole, RoleKey } from '../../store/directory-ports.ts'
import { type DirectoryModel, objectText } from '../model.ts'
import type { ProblemList } from './problems.ts'

/** The directory without grants of the roles that are not among `roles` any more. */
export function withoutGoneRoles(current: DirectoryModel, roles: readonly DirectoryRole[]): DirectoryModel {
  const kept = new Set(roles.map(({ name }) => name))
  const gone = new Set(current.roles.map(({ name }) => name).filter((name) => !kept.has(name)))
  if (gone.size === 0) return current
  const remaining = <Each extends RoleKey>(given: readonly Each[]): readonly Each[] =>
    given.filter(({ role }) => !gone.has(role))
  return {
    ...current,
    operators: current.operators.map((operator) => ({ ...operator, grants: remaining(operator.grants) })),
    groups: current.groups.map((group) => ({ ...group, roles: remaining(group.roles) })),
  }
}

/** The directory without memberships and list entries of those who are gone; an owner who is gone is a problem. */
export function withoutGone(model: DirectoryModel, problems: ProblemList): DirectoryModel {
  const operators = new Set(model.operators.map(({ id }) => id))
  const groups = new Set(model.groups.map(({ id }) => id))
  const orphaned = model.objects.filter(({ owner }) => owner !== null && !isThere(owner, { operators, groups }))
  if (orphaned.length > 0) problems.add([], orphans(orphaned))
  const listed = (list: AccessList): AccessList => ({
    operators: list.operators.filter((id) => operators.has(id)),
    groups: list.groups.filter((id) => groups.has(id)),
  })
  return {
    ...model,
    operators: model.operators.map((operator) => ({
      ...operator,
      memberships: operator.memberships.filter(({ group }) => groups.has(group)),
    })),
    objects: model.objects.map((object) =>
      object.accessList === null ? object : { ...object, accessList: listed(object.accessList) },
    ),
  }
}

function isThere(
  owner: NonNullable<DirectoryObject['owner']>,
  { operators, groups }: { operators: ReadonlySet<string>; groups: ReadonlySet<string> },
): boolean {
  return 'operator' in owner ? operators.has(owner.operator) : groups.has(owner.group)
}

function orphans(objects: readonly DirectoryObject[]): string {
  const [first, ...others] = objects.map(objectText)
  const more = others.length === 0 ? '' : ` and ${others.length} more`
  return `the owner of ${first}${more} would be gone; give what he owns to somebody else in the same file`
}
