/** Roles of the directory: making, changing, duplicating and deleting them. Shipped roles are read-only. */

import { modelProblems } from '../authz/snapshot.ts'
import { AppError } from '../core/errors.ts'
import { ADMINISTRATOR, ROLE_NAME } from '../core/names.ts'
import type { Profile, ShippedRole } from '../profiles/profile.ts'
import type { DirectoryRole, Permission } from '../store/directory-ports.ts'
import { type Change, recordChange } from './change.ts'
import { type Actor, committer, type DirectoryParts, type Outcome } from './commit.ts'
import { keepingAdministrators } from './last-administrator.ts'
import { operatorKey } from './operator-facts.ts'

/** A role as an administrator sees it. */
export interface RoleDescription extends DirectoryRole {
  /** Profile that ships it; null: a role of the directory. */
  readonly profile: string | null
}

/** Names are turned to lower case. All changes throw STORE_UNAVAILABLE. */
export interface RoleDirectory {
  /** Shipped roles, then those of the directory. */
  list(): Promise<readonly RoleDescription[]>
  /** ROLE_UNKNOWN. */
  show(name: string): Promise<RoleDescription>
  /** ROLE_EXISTS, ROLE_INVALID, ROLE_SHIPPED. */
  create(role: DirectoryRole, actor: Actor): Promise<RoleDescription>
  /** ROLE_UNKNOWN, ROLE_INVALID, ROLE_SHIPPED; LAST_ADMINISTRATOR when other parents would take the last one away. */
  replace(role: DirectoryRole, actor: Actor): Promise<RoleDescription>
  /** A role of the directory with what `from`, shipped or not, says itself and the same parents. ROLE_UNKNOWN and what `create` throws. */
  duplicate(from: string, name: string, actor: Actor): Promise<RoleDescription>
  /** ROLE_UNKNOWN, ROLE_SHIPPED; ROLE_IN_USE unless `force` takes it from all who have it; LAST_ADMINISTRATOR. */
  remove(name: string, force: boolean, actor: Actor): Promise<RoleDescription>
}

export function roleDirectory(parts: DirectoryParts): RoleDirectory {
  const { store, rules } = parts
  const commit = committer(parts)
  const list = async (): Promise<readonly RoleDescription[]> => [
    ...shippedRoles(rules().profiles),
    ...(await store.roles.list()).map((role) => ({ ...role, profile: null })),
  ]
  return {
    list,
    show: async (name) => found(await list(), name),
    create: (role, actor) => commit(actor, (change) => createRole(change, role)),
    replace: (role, actor) => commit(actor, (change) => replaceRole(change, role)),
    duplicate: (from, name, actor) =>
      commit(actor, async (change) => {
        const all = [...shippedRoles(change.profiles), ...(await change.ports.roles.list())]
        return createRole(change, { ...found(all, from), name })
      }),
    remove: (name, force, actor) => commit(actor, (change) => removeRole(change, name.toLowerCase(), force)),
  }
}

function found<Role extends { readonly name: string }>(roles: readonly Role[], name: string): Role {
  const role = roles.find((each) => each.name === name.toLowerCase())
  if (role === undefined) throw new AppError('ROLE_UNKNOWN', `there is no role ${name}`)
  return role
}

function shippedRoles(profiles: ReadonlyMap<string, Profile>): readonly RoleDescription[] {
  return [...profiles.values()].flatMap((profile) =>
    [...profile.roles.values()].map((role) => ({
      name: role.name,
      description: role.description,
      parents: role.parents,
      permissions: fullPermissions(profile, role),
      scope: null,
      profile: profile.id,
    })),
  )
}

function fullPermissions(profile: Profile, { permissions }: ShippedRole): readonly Permission[] {
  return [...permissions].map(([resource, effect]) => ({ resource: `${profile.id}:${resource}`, effect }))
}

function tidied({ name, description, parents, permissions, scope }: DirectoryRole, change: Change): DirectoryRole {
  const role = { name: name.toLowerCase(), description, parents, permissions, scope }
  checkNotShipped(role.name, change)
  if (!ROLE_NAME.test(role.name)) {
    throw new AppError('ROLE_INVALID', `${name} is no role name: 1 to 64 of a-z, 0-9, _, ., : and -`)
  }
  return role
}

function checkNotShipped(name: string, { profiles }: Change): void {
  const profile = name.includes(':') ? name.slice(0, name.indexOf(':')) : ''
  if (name !== ADMINISTRATOR && !profiles.has(profile)) return
  throw new AppError('ROLE_SHIPPED', `${name} is read-only; duplicate it under a name of your own`)
}

async function checkModel({ ports, profiles }: Change): Promise<void> {
  const problems = modelProblems({ profiles, roles: await ports.roles.list() })
  if (problems.length > 0) throw new AppError('ROLE_INVALID', problems.join('\n'))
}

function counts({ name, parents, permissions }: DirectoryRole) {
  return { role: name, parents: parents.length, permissions: permissions.length }
}

async function createRole(change: Change, draft: DirectoryRole): Promise<Outcome<RoleDescription>> {
  const role = tidied(draft, change)
  if (!(await change.ports.roles.create(role))) throw new AppError('ROLE_EXISTS', `${role.name} is there already`)
  await checkModel(change)
  await recordChange(change, 'role.created', counts(role))
  return { value: { ...role, profile: null }, keys: ['roles'] }
}

async function replaceRole(change: Change, draft: DirectoryRole): Promise<Outcome<RoleDescription>> {
  const role = tidied(draft, change)
  await keepingAdministrators(change, async () => {
    if (await change.ports.roles.replace(role)) return
    throw new AppError('ROLE_UNKNOWN', `there is no role ${role.name}`)
  })
  await checkModel(change)
  await recordChange(change, 'role.changed', counts(role))
  return { value: { ...role, profile: null }, keys: ['roles'] }
}

async function removeRole(change: Change, name: string, force: boolean): Promise<Outcome<RoleDescription>> {
  const { roles } = change.ports
  checkNotShipped(name, change)
  const role = found(await roles.list(), name)
  const uses = await roles.uses(name)
  const [operators, groups] = [uses.operators.length, uses.groups.length]
  if (!force && operators + groups + uses.roles.length > 0) {
    const who = `${operators} operators, ${groups} groups and ${uses.roles.length} roles`
    throw new AppError('ROLE_IN_USE', `${name} is used by ${who}; take it from them first, or all at once`)
  }
  await keepingAdministrators(change, () => roles.delete(name))
  await recordChange(change, 'role.deleted', { role: name, operators, groups })
  const keys = ['roles', ...(groups > 0 ? ['groups'] : []), ...uses.operators.map(operatorKey)]
  return { value: { ...role, profile: null }, keys }
}
