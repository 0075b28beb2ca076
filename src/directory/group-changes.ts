/** The forest of groups: making, renaming, moving and deleting; members and roles. */

import { AppError } from '../core/errors.ts'
import type { Group, Membership, RoleGrant } from '../store/directory-ports.ts'
import {
  auditedOperator,
  auditedRole,
  type Change,
  findOperator,
  type OperatorName,
  recordChange,
  rolesInForce,
} from './change.ts'
import { checkAssignment } from './checks.ts'
import { type Actor, committer, type DirectoryParts, type Outcome } from './commit.ts'
import { type Heir, passOn } from './heirs.ts'
import { keepingAdministrators } from './last-administrator.ts'
import { groupPaths } from './model.ts'
import { operatorKey } from './operator-facts.ts'
import { rightsText } from './write-model.ts'

/** What becomes of what hangs on a group that is deleted. */
export interface GroupRemoval {
  /** Its members: `refuse` while there are any; `release`: they are members of it no more; `parent`: they go up, with their rights. */
  readonly members: 'refuse' | 'release' | 'parent'
  /** The groups below it: `refuse` while there are any; `parent`: they move up. */
  readonly children: 'refuse' | 'parent'
  /** `parent`: the group above owns its objects from now on. */
  readonly objects: Heir | 'parent'
}

/**
 * Groups are named by their paths, compared after NFC. All changes throw GROUP_UNKNOWN and STORE_UNAVAILABLE, and
 * LAST_ADMINISTRATOR where they take rights away.
 */
export interface GroupDirectory {
  /** All groups with their paths, in order of the paths. */
  list(): Promise<readonly (Group & { readonly path: string })[]>
  /** A group below one that is there, or at the top. GROUP_EXISTS, BAD_REQUEST. */
  create(path: string, label: string | null, actor: Actor): Promise<Group>
  setLabel(path: string, label: string | null, actor: Actor): Promise<Group>
  /** Gives the group the path `to`: another name, another parent that is there, or the top. GROUP_EXISTS, GROUP_CYCLE. */
  move(path: string, to: string, actor: Actor): Promise<Group>
  /** GROUP_IN_USE, OWNER_IN_USE: what hangs on it needs a choice. */
  remove(path: string, choice: GroupRemoval, actor: Actor): Promise<Group>
  /** ROLE_UNKNOWN, SERVICE_UNKNOWN. */
  putRole(path: string, role: RoleGrant, actor: Actor): Promise<Group>
  removeRole(path: string, role: RoleGrant, actor: Actor): Promise<Group>
  /** Makes the operator a member with exactly these rights. OPERATOR_UNKNOWN. */
  putMember(path: string, name: OperatorName, rights: Membership['rights'], actor: Actor): Promise<Group>
  /** MEMBERSHIP_UNKNOWN, OPERATOR_UNKNOWN. */
  removeMember(path: string, name: OperatorName, actor: Actor): Promise<Group>
}

export function groupDirectory(parts: DirectoryParts): GroupDirectory {
  const { store } = parts
  const commit = committer(parts)
  return {
    async list() {
      const groups = await store.groups.list()
      const paths = groupPaths(groups)
      return groups
        .map((group) => ({ ...group, path: paths.get(group.id) ?? group.name }))
        .sort((a, b) => (a.path.replaceAll('/', '\u0000') < b.path.replaceAll('/', '\u0000') ? -1 : 1))
    },
    create: (path, label, actor) => commit(actor, (change) => createGroup(change, path, label)),
    setLabel: (path, label, actor) => commit(actor, (change) => labelGroup(change, path, label)),
    move: (path, to, actor) => commit(actor, (change) => moveGroup(change, path, to)),
    remove: (path, choice, actor) => commit(actor, (change) => removeGroup(change, path, choice)),
    putRole: (path, role, actor) => commit(actor, (change) => putGroupRole(change, path, role)),
    removeRole: (path, role, actor) => commit(actor, (change) => removeGroupRole(change, path, role)),
    putMember: (path, name, rights, actor) => commit(actor, (change) => putMember(change, path, name, rights)),
    removeMember: (path, name, actor) => commit(actor, (change) => removeMember(change, path, name)),
  }
}

interface Forest {
  readonly groups: readonly Group[]
  readonly paths: ReadonlyMap<string, string>
  /** GROUP_UNKNOWN when there is none of that path. */
  at(path: string): Group
}

async function forestOf({ ports }: Change): Promise<Forest> {
  const groups = await ports.groups.list()
  const paths = groupPaths(groups)
  return {
    groups,
    paths,
    at(path) {
      const wanted = path.normalize('NFC')
      const group = groups.find(({ id }) => paths.get(id) === wanted)
      if (group === undefined) throw new AppError('GROUP_UNKNOWN', `there is no group ${path}`)
      return group
    },
  }
}

/** Parent and name that a path stands for. BAD_REQUEST when it is none, GROUP_UNKNOWN without its parent. */
function placeOf(path: string, forest: Forest): { parent: string | null; name: string } {
  const names = path.normalize('NFC').split('/')
  const name = names.at(-1) ?? ''
  for (const each of names) {
    if (each === '' || each.length > 256 || each.trim() !== each || /\p{Cc}/u.test(each)) {
      throw new AppError('BAD_REQUEST', `${path} is no path: names with / between them, none empty`)
    }
  }
  return { parent: names.length === 1 ? null : forest.at(names.slice(0, -1).join('/')).id, name }
}

async function createGroup(change: Change, path: string, label: string | null): Promise<Outcome<Group>> {
  const place = placeOf(path, await forestOf(change))
  const group: Group = { id: change.random.uuid(), ...place, label, roles: [] }
  if (!(await change.ports.groups.create(group))) throw new AppError('GROUP_EXISTS', `${path} is there already`)
  await recordChange(change, 'group.created', { group: group.id, path })
  return { value: group, keys: ['groups'] }
}

async function labelGroup(change: Change, path: string, label: string | null): Promise<Outcome<Group>> {
  const group = (await forestOf(change)).at(path)
  await change.ports.groups.update(group.id, { label })
  await recordChange(change, 'group.changed', { group: group.id, path, before: path, label })
  return { value: { ...group, label }, keys: ['groups'] }
}

async function moveGroup(change: Change, path: string, to: string): Promise<Outcome<Group>> {
  const forest = await forestOf(change)
  const group = forest.at(path)
  const place = placeOf(to, forest)
  for (let above: string | null = place.parent; above !== null; above = parentOf(forest, above)) {
    if (above === group.id) throw new AppError('GROUP_CYCLE', `${to} is inside ${path}`)
  }
  if (!(await change.ports.groups.update(group.id, place))) throw new AppError('GROUP_EXISTS', `${to} is there already`)
  await recordChange(change, 'group.changed', { group: group.id, path: to, before: path, label: group.label })
  return { value: { ...group, ...place }, keys: ['groups'] }
}

function parentOf({ groups }: Forest, id: string): string | null {
  return groups.find((group) => group.id === id)?.parent ?? null
}

async function removeGroup(change: Change, path: string, choice: GroupRemoval): Promise<Outcome<Group>> {
  const { groups } = change.ports
  const forest = await forestOf(change)
  const group = forest.at(path)
  const keys = ['groups']
  await keepingAdministrators(change, async () => {
    const members = await groups.members(group.id)
    await moveChildren(change, group, forest, choice)
    await moveMembers(change, group, members, choice)
    keys.push(...(await passOn(change, { group: group.id }, heirOf(group, choice))), ...members.map(operatorKey))
    await groups.delete(group.id)
    await recordChange(change, 'group.deleted', { group: group.id, path, members: members.length })
  })
  return { value: group, keys }
}

function heirOf({ parent }: Group, { objects }: GroupRemoval): Heir {
  if (objects !== 'parent') return objects
  return parent === null ? 'refuse' : { group: parent }
}

async function moveChildren(change: Change, group: Group, forest: Forest, choice: GroupRemoval): Promise<void> {
  const children = forest.groups.filter(({ parent }) => parent === group.id)
  const path = forest.paths.get(group.id) ?? group.name
  if (children.length > 0 && choice.children === 'refuse') {
    throw new AppError(
      'GROUP_IN_USE',
      `${children.length} groups stand below ${path}; delete them, or let them move up`,
    )
  }
  for (const child of children) {
    if (!(await change.ports.groups.update(child.id, { parent: group.parent }))) {
      throw new AppError('GROUP_EXISTS', `above ${path} there is a group ${child.name} already`)
    }
    const before = forest.paths.get(child.id) ?? child.name
    const after = [...path.split('/').slice(0, -1), child.name].join('/')
    await recordChange(change, 'group.changed', { group: child.id, path: after, before, label: child.label })
  }
}

async function moveMembers(
  change: Change,
  group: Group,
  members: readonly string[],
  choice: GroupRemoval,
): Promise<void> {
  if (members.length > 0 && choice.members === 'refuse') {
    throw new AppError('GROUP_IN_USE', `it has ${members.length} members; release them, or let them move up`)
  }
  const { parent } = group
  if (choice.members !== 'parent' || parent === null) return
  for (const id of members) {
    const operator = await change.ports.operators.load(id)
    const held = operator?.memberships.find((membership) => membership.group === group.id)
    // Who is a member above already keeps the rights that he has there.
    if (held === undefined || operator?.memberships.some((membership) => membership.group === parent)) continue
    await change.ports.groups.putMember(id, { ...held, group: parent })
  }
}

async function putGroupRole(change: Change, path: string, role: RoleGrant): Promise<Outcome<Group>> {
  const group = (await forestOf(change)).at(path)
  checkAssignment(await rolesInForce(change, role.role), role)
  await change.ports.groups.putRole(group.id, role)
  await recordChange(change, 'group-role.granted', { group: group.id, path, ...auditedRole(role) })
  return { value: await reload(change, group), keys: ['groups'] }
}

async function removeGroupRole(change: Change, path: string, role: RoleGrant): Promise<Outcome<Group>> {
  const group = (await forestOf(change)).at(path)
  await keepingAdministrators(change, async () => {
    if (await change.ports.groups.removeRole(group.id, role)) return
    throw new AppError('GRANT_UNKNOWN', `${path} does not have ${role.role}`)
  })
  await recordChange(change, 'group-role.revoked', { group: group.id, path, ...auditedRole(role) })
  return { value: await reload(change, group), keys: ['groups'] }
}

async function reload({ ports }: Change, { id }: Group): Promise<Group> {
  const group = await ports.groups.load(id)
  if (group === undefined) throw new AppError('INTERNAL', `group ${id} vanished inside a transaction`)
  return group
}

async function putMember(
  change: Change,
  path: string,
  name: OperatorName,
  rights: Membership['rights'],
): Promise<Outcome<Group>> {
  const group = (await forestOf(change)).at(path)
  const operator = await findOperator(change.ports.operators, name)
  const membership: Membership = { group: group.id, rights, source: 'local' }
  await keepingAdministrators(change, () => change.ports.groups.putMember(operator.id, membership))
  await recordChange(change, 'membership.set', {
    ...auditedOperator(operator),
    group: group.id,
    path,
    rights: rightsText(membership),
    source: 'local',
  })
  return { value: group, keys: [operatorKey(operator.id)] }
}

async function removeMember(change: Change, path: string, name: OperatorName): Promise<Outcome<Group>> {
  const group = (await forestOf(change)).at(path)
  const operator = await findOperator(change.ports.operators, name)
  await keepingAdministrators(change, async () => {
    if (await change.ports.groups.removeMember(operator.id, group.id)) return
    throw new AppError('MEMBERSHIP_UNKNOWN', `${operator.account} is no member of ${path}`)
  })
  await recordChange(change, 'membership.ended', { ...auditedOperator(operator), group: group.id, path })
  return { value: group, keys: [operatorKey(operator.id)] }
}
