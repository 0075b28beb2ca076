/** The roles as a directory file makes them, and the grants of them. */

import { isResource } from '../../authz/resources.ts'
import { splitResource } from '../../authz/roles.ts'
import { compileSnapshot, modelProblems } from '../../authz/snapshot.ts'
import { byBytes } from '../../core/by-bytes.ts'
import { ADMINISTRATOR } from '../../core/names.ts'
import { byRole, isSameRole, scopeKey } from '../../core/role-key.ts'
import type { Profile } from '../../profiles/profile.ts'
import type { DirectoryRole, Permission, RoleGrant, Scope, ScopeEntry } from '../../store/directory-ports.ts'
import type { MergeContext } from './context.ts'
import type { FilePath, ProblemList } from './problems.ts'
import type { FileGrant, FileRole, FileScope } from './schema.ts'

type Parts = Pick<MergeContext, 'profiles' | 'services' | 'prune'> & { readonly problems: ProblemList }

/** The roles that there are afterwards. */
export function mergeRoles(
  current: readonly DirectoryRole[],
  described: readonly FileRole[] | undefined,
  parts: Parts,
): readonly DirectoryRole[] {
  const { prune, problems, profiles } = parts
  const next = new Map(prune && described !== undefined ? [] : current.map((role) => [role.name, role]))
  const before = new Map(current.map((role) => [role.name, role]))
  const seen = new Set<string>()
  described?.forEach((role, index) => {
    const path = ['roles', index]
    if (seen.has(role.name)) problems.add([...path, 'name'], `the role ${role.name} is there twice`)
    seen.add(role.name)
    checkOwnName(role.name, [...path, 'name'], parts)
    next.set(role.name, merged(before.get(role.name), role, path, parts))
  })
  const all = [...next.values()].sort((a, b) => byBytes(a.name, b.name))
  const known = knownRoles(all, profiles)
  let whole = true
  for (const { name, parents } of all) {
    for (const parent of parents.filter((each) => !known.has(each))) {
      whole = false
      problems.add(placeOf(described, name, 'parents'), `there is no role ${parent}`)
    }
  }
  if (whole && problems.all.length === 0) {
    for (const line of modelProblems({ profiles, roles: all })) problems.add(placeInLine(described, line), line)
  }
  return all
}

/** Where the file says that of the role; a role that only the directory holds has its place at the whole section. */
function placeOf(described: readonly FileRole[] | undefined, name: string, key: string): FilePath {
  const index = described?.findIndex((role) => role.name === name) ?? -1
  return index < 0 ? ['roles'] : ['roles', index, key]
}

/** The lines begin with `role <name>:`. */
function placeInLine(described: readonly FileRole[] | undefined, line: string): FilePath {
  const name = described?.find((role) => line.startsWith(`role ${role.name}:`))?.name
  return name === undefined ? ['roles'] : placeOf(described, name, 'parents')
}

function checkOwnName(name: string, path: FilePath, { profiles, problems }: Parts): void {
  if (name === ADMINISTRATOR) problems.add(path, 'administrator is the gateway’s own role')
  const profile = name.includes(':') ? name.slice(0, name.indexOf(':')) : ''
  if (!profiles.has(profile)) return
  problems.add(
    path,
    `roles that begin with ${profile}: come with the profile and are read-only; duplicate them instead`,
  )
}

function merged(before: DirectoryRole | undefined, role: FileRole, path: FilePath, parts: Parts): DirectoryRole {
  const { name, description, parents, permissions } = role
  const known = before ?? { name, description: null, parents: [], permissions: [], scope: null }
  return {
    ...known,
    ...(description !== undefined && { description }),
    ...(parents !== undefined && { parents: [...new Set(parents)].sort(byBytes) }),
    ...(permissions !== undefined && { permissions: readPermissions(permissions, [...path, 'permissions'], parts) }),
    ...(role.scope !== undefined && { scope: readScope(role.scope, role.children, [...path, 'scope'], parts, null) }),
  }
}

/** The permissions of a role or an operator, in order; unknown resources are problems. */
export function readPermissions(
  said: Readonly<Record<string, Permission['effect']>>,
  path: FilePath,
  { profiles, problems }: Pick<Parts, 'profiles' | 'problems'>,
): readonly Permission[] {
  for (const name of Object.keys(said)) {
    const { profile, resource } = splitResource(name)
    const known = profiles.get(profile)
    if (known !== undefined && isResource(known, resource)) continue
    problems.add([...path, name], `there is no resource ${name}`)
  }
  const all = Object.entries(said).map(([resource, effect]) => ({ resource, effect }))
  return all.sort((a, b) => byBytes(a.resource, b.resource))
}

/** The scope; object types are those of `profile`, or of any profile. */
function readScope(
  said: FileScope,
  children: boolean,
  path: FilePath,
  { profiles, problems }: Pick<Parts, 'profiles' | 'problems'>,
  profile: Profile | null,
): Scope {
  if (said === null) return null
  const among = profile === null ? [...profiles.values()] : [profile]
  said.forEach(({ object: { type } }, index) => {
    if (among.some(({ objectTypes }) => objectTypes.has(type))) return
    problems.add([...path, index], `there is no object type ${type}`)
  })
  const entries = said.map((entry): ScopeEntry => ({ ...entry.object, children: entry.children ?? children }))
  return [...new Map(entries.map((entry) => [scopeKey([entry]), entry]))]
    .sort(([a], [b]) => byBytes(a, b))
    .map(([, entry]) => entry)
}

export interface GrantReader {
  /** The grants of a list in order, each once; what is unknown is a problem. */
  read(grants: readonly FileGrant[], path: FilePath): readonly RoleGrant[]
}

/** Reads grants of the roles that there are afterwards. */
export function grantReader(roles: readonly DirectoryRole[], parts: Parts): GrantReader {
  const { profiles, services, problems } = parts
  const known = knownRoles(roles, profiles)
  const reach = problems.all.length === 0 ? compileSnapshot({ services, profiles, roles, revision: 0 }) : undefined

  function readOne(grant: FileGrant, path: FilePath): RoleGrant {
    const { role, service, expiresAt } = grant
    const profile = services.find(({ id }) => id === service)?.profile
    if (role !== ADMINISTRATOR && !known.has(role)) problems.add([...path, 'role'], `there is no role ${role}`)
    else if (service !== null && profile === undefined) {
      problems.add([...path, 'service'], `there is no service ${service}`)
    } else if (service !== null && role !== ADMINISTRATOR && reach?.services.get(service)?.roles.has(role) === false) {
      problems.add(
        [...path, 'role'],
        `the role ${role} does not apply to service ${service}, whose profile is ${profile}`,
      )
    }
    const ofService = profiles.get(profile ?? '') ?? null
    const scope = readScope(grant.scope, grant.children, [...path, 'scope'], parts, ofService)
    return { role, service, expiresAt, scope }
  }

  return {
    read(grants, path) {
      const read = grants.map((grant, index) => readOne(grant, [...path, index]))
      read.forEach((grant, index) => {
        if (read.findIndex((other) => isSameRole(grant, other)) < index) {
          problems.add([...path, index], `the role ${grant.role} is given twice`)
        }
      })
      return read.sort(byRole)
    },
  }
}

function knownRoles(roles: readonly DirectoryRole[], profiles: ReadonlyMap<string, Profile>): ReadonlySet<string> {
  const shipped = [...profiles.values()].flatMap((profile) => [...profile.roles.keys()])
  return new Set([...shipped, ...roles.map(({ name }) => name)])
}
