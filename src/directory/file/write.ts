/** Writes a directory as a directory file. The same directory gives the same bytes. */

import { stringify } from 'yaml'
import { byBytes } from '../../core/by-bytes.ts'
import { scopeKey } from '../../core/role-key.ts'
import { isoTime } from '../../core/time.ts'
import type {
  AccessList,
  DirectoryObject,
  DirectoryRole,
  Group,
  Membership,
  Owner,
  Permission,
  RoleGrant,
  Scope,
} from '../../store/directory-ports.ts'
import type { Operator } from '../../store/ports.ts'
import { type DirectoryModel, groupPaths, objectText } from '../model.ts'

/** How the ids of a directory are written. */
export interface DirectoryNames {
  /** Path by id of a group. */
  readonly groups: ReadonlyMap<string, string>
  readonly operators: ReadonlyMap<string, Operator>
  /** Accounts that operators of several providers have. */
  readonly ambiguous: ReadonlySet<string>
}

/**
 * The content of the file that says everything local that `model` holds: every key of every entry, in a fixed order. What came
 * from an identity provider is left out: it comes again with the next sign-in. Ids and times of sign-in are not written.
 */
export function directoryContent(
  model: DirectoryModel,
  names: DirectoryNames = directoryNames(model),
): Readonly<Record<string, unknown>> {
  const { groups } = names
  return {
    operators: model.operators.map((operator) => operatorEntry(operator, names)),
    roles: model.roles.map(roleEntry),
    groups: model.groups
      .map((group) => groupEntry(group, groups))
      .sort((a, b) => byBytes(pathOrder(a.path), pathOrder(b.path))),
    objects: model.objects.map((object) => objectEntry(object, names)),
    settings: {},
  }
}

export function directoryNames({ operators, groups }: DirectoryModel): DirectoryNames {
  const accounts = operators.map(({ account }) => account)
  return {
    groups: groupPaths(groups),
    operators: new Map(operators.map((operator) => [operator.id, operator])),
    ambiguous: new Set(accounts.filter((account, index) => accounts[index - 1] === account)),
  }
}

/** The file as text, with a final newline. */
export function directoryText(model: DirectoryModel, format: 'yaml' | 'json'): string {
  const content = directoryContent(model)
  if (format === 'json') return `${JSON.stringify(content, null, 2)}\n`
  return stringify(content, { lineWidth: 0, version: '1.2', aliasDuplicateObjects: false })
}

/** `/` before everything else, so that a group stands right before what is below it. */
function pathOrder(path: string): string {
  return path.replaceAll('/', '\u0000')
}

function operatorEntry(operator: Operator, names: DirectoryNames) {
  return {
    account: operator.account,
    provider: operator.provider,
    displayName: operator.displayName,
    email: operator.email,
    enabled: operator.enabled,
    roles: operator.grants.filter(({ source }) => source === 'local').map(grantEntry),
    permissions: permissionSection(operator.permissions),
    groups: operator.memberships
      .filter(({ source }) => source === 'local')
      .map((membership) => membershipEntry(membership, names.groups))
      .sort((a, b) => byBytes(pathOrder(a.group), pathOrder(b.group))),
  }
}

function grantEntry(grant: RoleGrant) {
  const { role, service, scope, expiresAt } = grant
  if (service === null && scope === null && expiresAt === null) return role
  return {
    role,
    ...(service !== null && { service }),
    ...(scope !== null && { scope: scopeEntries(scope) }),
    ...(expiresAt !== null && { expiresAt: isoTime(expiresAt) }),
  }
}

function scopeEntries(scope: NonNullable<Scope>) {
  const ordered = scope.toSorted((a, b) => byBytes(scopeKey([a]), scopeKey([b])))
  return ordered.map((entry) => {
    return entry.children ? { object: objectText(entry), children: true } : objectText(entry)
  })
}

function permissionSection(permissions: readonly Permission[]) {
  return Object.fromEntries(permissions.map(({ resource, effect }) => [resource, effect]))
}

function membershipEntry({ group, rights }: Membership, paths: ReadonlyMap<string, string>) {
  const section = rights.map(({ right, products }) => [right, products === null ? true : { products }] as const)
  return { group: paths.get(group) ?? group, rights: Object.fromEntries(section) }
}

function roleEntry({ name, description, parents, permissions, scope }: DirectoryRole) {
  return {
    name,
    description,
    parents,
    permissions: permissionSection(permissions),
    scope: scope === null ? null : scopeEntries(scope),
  }
}

function groupEntry({ id, label, roles }: Group, paths: ReadonlyMap<string, string>) {
  return { path: paths.get(id) ?? id, label, roles: roles.map(grantEntry) }
}

function objectEntry({ service, type, id, owner, accessList, parents }: DirectoryObject, names: DirectoryNames) {
  return {
    service,
    type,
    id,
    owner: owner === null ? null : ownerEntry(owner, names),
    accessList: accessList === null ? null : listEntries(accessList, names),
    parents: parents.map(objectText),
  }
}

function ownerEntry(owner: Owner, names: DirectoryNames) {
  if ('group' in owner) return { group: names.groups.get(owner.group) ?? owner.group }
  const person = names.operators.get(owner.operator)
  const account = person?.account ?? owner.operator
  if (person === undefined || !names.ambiguous.has(account)) return { operator: account }
  return { operator: account, provider: person.provider }
}

function listEntries({ operators, groups }: AccessList, names: DirectoryNames) {
  const people = operators
    .map((id) => ownerEntry({ operator: id }, names))
    .sort((a, b) => byBytes(JSON.stringify(a), JSON.stringify(b)))
    .map((entry) => ('operator' in entry && !('provider' in entry) ? entry.operator : entry))
  const paths = groups.map((id) => names.groups.get(id) ?? id).sort((a, b) => byBytes(pathOrder(a), pathOrder(b)))
  return [...people, ...paths.map((group) => ({ group }))]
}
