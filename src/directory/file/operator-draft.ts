/** The operators as a directory file makes them. */

import { byBytes } from '../../core/by-bytes.ts'
import { GUEST } from '../../core/guest.ts'
import { byRole, isSameRole } from '../../core/role-key.ts'
import type { Membership, Right } from '../../store/directory-ports.ts'
import type { Grant, Operator } from '../../store/ports.ts'
import type { MergeContext } from './context.ts'
import type { GroupDraft } from './group-draft.ts'
import type { FilePath, ProblemList } from './problems.ts'
import { type GrantReader, readPermissions } from './role-draft.ts'
import type { FileMembership, FileOperator } from './schema.ts'

type Parts = MergeContext & {
  readonly problems: ProblemList
  readonly groups: GroupDraft
  readonly grants: GrantReader
}

/** How a file names an operator. */
export interface PersonName {
  readonly account: string
  readonly provider?: string | undefined
}

export interface PeopleDraft {
  readonly operators: readonly Operator[]
  /** Id of the operator; undefined, and a problem, when he is not there or several have the account. */
  refer(name: PersonName, path: FilePath): string | undefined
}

/** The operators that there are afterwards. */
export function mergeOperators(
  current: readonly Operator[],
  described: readonly FileOperator[] | undefined,
  parts: Parts,
): PeopleDraft {
  const next = new Map(parts.prune && described !== undefined ? [] : current.map((each) => [each.id, each]))
  const known = accountIndex(current)
  const seen = new Set<string>()
  described?.forEach((entry, index) => {
    const path: FilePath = ['operators', index]
    const before = findOrBegin(known, entry, path, parts)
    if (before === undefined) return
    if (seen.has(before.id)) {
      parts.problems.add([...path, 'account'], `the operator ${entry.account} of ${before.provider} is there twice`)
    }
    seen.add(before.id)
    next.set(before.id, merged(before, entry, path, parts))
  })
  const operators = [...next.values()].sort(byAccount)
  const index = accountIndex(operators)
  return { operators, refer: (name, path) => refer(index, name, path, parts.problems)?.id }
}

type AccountIndex = Map<string, Operator[]>

function accountIndex(operators: readonly Operator[]): AccountIndex {
  const index: AccountIndex = new Map()
  for (const operator of operators) {
    const same = index.get(operator.account)
    if (same === undefined) index.set(operator.account, [operator])
    else same.push(operator)
  }
  return index
}

function refer(index: AccountIndex, name: PersonName, path: FilePath, problems: ProblemList): Operator | undefined {
  const { account, provider } = name
  const found = (index.get(account) ?? []).filter((each) => provider === undefined || each.provider === provider)
  if (found.length === 1) return found[0]
  problems.add(
    path,
    found.length > 1
      ? `several identity providers have an operator ${account}; name the provider`
      : `there is no operator ${account}${provider === undefined ? '' : ` of ${provider}`}`,
  )
  return undefined
}

/** The operator that the entry is about, or a new one; undefined, and a problem, when it cannot be told. */
function findOrBegin(known: AccountIndex, entry: FileOperator, path: FilePath, parts: Parts): Operator | undefined {
  const { account, provider } = entry
  const same = known.get(account) ?? []
  if (provider === undefined && same.length > 0) return refer(known, { account }, [...path, 'account'], parts.problems)
  const wanted = provider ?? parts.defaultProvider
  if (wanted === GUEST) {
    parts.problems.add([...path, 'provider'], 'a guest has the guest role of his service and nothing else')
    return undefined
  }
  const found = same.find((each) => each.provider === wanted)
  if (found !== undefined) return found
  const names = parts.providers?.join(', ') ?? ''
  if (wanted === null) {
    parts.problems.add([...path, 'account'], `is new and must name its provider: one of ${names}`)
    return undefined
  }
  if (parts.providers?.includes(wanted) === false) {
    parts.problems.add([...path, 'provider'], `there is no identity provider ${wanted}; there are: ${names}`)
  }
  const fresh = begin(account, wanted, parts)
  known.set(account, [...same, fresh])
  return fresh
}

function begin(account: string, provider: string, { newId, now }: Parts): Operator {
  return {
    id: newId(),
    provider,
    account,
    displayName: null,
    email: null,
    enabled: true,
    createdAt: now,
    lastSignInAt: null,
    grants: [],
    permissions: [],
    memberships: [],
  }
}

function merged(before: Operator, entry: FileOperator, path: FilePath, parts: Parts): Operator {
  const { displayName, email, enabled, roles, permissions, groups } = entry
  return {
    ...before,
    ...(displayName !== undefined && { displayName }),
    ...(email !== undefined && { email }),
    ...(enabled !== undefined && { enabled }),
    ...(roles !== undefined && { grants: mergeGrants(before, roles, [...path, 'roles'], parts) }),
    ...(permissions !== undefined && { permissions: readPermissions(permissions, [...path, 'permissions'], parts) }),
    ...(groups !== undefined && { memberships: mergeMemberships(before, groups, [...path, 'groups'], parts) }),
  }
}

/** The local grants are those of the file; what came from the identity provider stays as it is. */
function mergeGrants(
  { account, grants }: Operator,
  roles: NonNullable<FileOperator['roles']>,
  path: FilePath,
  { grants: reader, problems }: Parts,
): readonly Grant[] {
  const wanted = reader.read(roles, path)
  const given = wanted.map((grant): Grant => {
    const present = grants.find((each) => isSameRole(each, grant))
    if (present === undefined) return { ...grant, source: 'local', locked: false }
    return present.source === 'local' && !present.locked ? { ...present, expiresAt: grant.expiresAt } : present
  })
  const others = grants.filter((grant) => !wanted.some((each) => isSameRole(each, grant)))
  for (const { source, locked, role } of others) {
    if (source === 'local' && locked) problems.add(path, `${role} of ${account} is locked by the identity provider`)
  }
  return [...given, ...others.filter(({ source, locked }) => source !== 'local' || locked)].sort(byRole)
}

/** The local memberships are those of the file; those that came from the identity provider stay, unless the file names them. */
function mergeMemberships(
  { memberships }: Operator,
  groups: readonly FileMembership[],
  path: FilePath,
  parts: Parts,
): readonly Membership[] {
  const next = new Map(memberships.filter(({ source }) => source === 'group').map((each) => [each.group, each]))
  const seen = new Set<string>()
  groups.forEach(({ group: names, rights }, index) => {
    const group = parts.groups.refer(names, [...path, index])
    if (group === undefined) return
    if (seen.has(group)) parts.problems.add([...path, index], `the group ${names.join('/')} is there twice`)
    seen.add(group)
    next.set(group, { group, rights: rightsOf(rights), source: 'local' })
  })
  return [...next.values()].sort((a, b) => byBytes(a.group, b.group))
}

function rightsOf(said: FileMembership['rights']): readonly Right[] {
  return Object.entries(said)
    .flatMap(([right, extent]) => {
      if (extent === false) return []
      return [{ right, products: extent === true ? null : [...new Set(extent.products)].sort(byBytes) }]
    })
    .sort((a, b) => byBytes(a.right, b.right))
}

function byAccount(a: Operator, b: Operator): number {
  return byBytes(a.account, b.account) || byBytes(a.provider, b.provider)
}
