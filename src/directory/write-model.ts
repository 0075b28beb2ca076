/** Brings the directory from one state to another: rows and audit records, inside one transaction. */

import { AppError } from '../core/errors.ts'
import type { AccessList, DirectoryObject, DirectoryRole, Membership, Owner } from '../store/directory-ports.ts'
import type { ChangeKey, Grant, Operator } from '../store/ports.ts'
import { auditedGrant, auditedOperator, type Change } from './change.ts'
import { type Difference, type Differences, partDifferences } from './differences.ts'
import { type DirectoryModel, groupPaths } from './model.ts'
import { objectChangeKey } from './object-facts.ts'
import { operatorKey } from './operator-facts.ts'
import { deleteGroups, writeGroups } from './write-groups.ts'
import { must, recorder, roleKeyText, type Step, type Writing, writeEach, writeTogether } from './writing.ts'

/** Writes the differences; `after` is the directory as it will be. Returns the keys to publish. */
export async function writeDifferences(
  change: Change,
  { operators, roles, groups, objects }: Differences,
  { before, after }: { before: DirectoryModel; after: DirectoryModel },
): Promise<readonly ChangeKey[]> {
  const writing: Writing = {
    change,
    paths: new Map([...groupPaths(before.groups), ...groupPaths(after.groups)]),
    keys: new Set(),
    record: recorder(change),
  }
  await writeEach(roles, (each) => writeRole(writing, each))
  await writeGroups(writing, groups)
  const fresh = operators.flatMap(({ before: known, after: made }) => (known === undefined ? (made ?? []) : []))
  await writeTogether(fresh, (some) => [
    change.ports.operators.createAll(some),
    ...some.flatMap((operator) => recordNew(writing, operator)),
  ])
  await writeEach(operators, (each) => writeOperator(writing, each))
  await writeObjects(writing, objects)
  await endMemberships(writing, operators)
  await writeEach(operators, (each) => deleteOperator(writing, each))
  await deleteGroups(writing, groups)
  await writeEach(roles, (each) => deleteRole(writing, each))
  return [...writing.keys]
}

function writeRole({ change, keys, record }: Writing, { before, after }: Difference<DirectoryRole>): Step {
  if (after === undefined) return []
  keys.add('roles')
  const { roles } = change.ports
  const detail = { role: after.name, parents: after.parents.length, permissions: after.permissions.length }
  return before === undefined
    ? [must(roles.create(after), `role ${after.name}`), record('role.created', detail)]
    : [must(roles.replace(after), `role ${after.name}`), record('role.changed', detail)]
}

function deleteRole({ change, keys, record }: Writing, { before, after }: Difference<DirectoryRole>): Step {
  if (before === undefined || after !== undefined) return []
  keys.add('roles')
  const deleted = async (): Promise<void> => {
    const uses = await change.ports.roles.uses(before.name)
    await must(change.ports.roles.delete(before.name), `role ${before.name}`)
    for (const id of uses.operators) keys.add(operatorKey(id))
    if (uses.groups.length > 0) keys.add('groups')
    const { operators, groups } = uses
    await record('role.deleted', { role: before.name, operators: operators.length, groups: groups.length })
  }
  return [deleted()]
}

/** A new operator's records; his rows are written together with those of others. */
function recordNew(writing: Writing, operator: Operator): Step {
  const { keys, record } = writing
  const named = auditedOperator(operator)
  keys.add(operatorKey(operator.id))
  return [
    record('operator.created', { ...named, origin: 'administrator' }),
    ...(operator.enabled ? [] : [record('operator.disabled', { ...named, sessionsEnded: 0 })]),
    ...operator.permissions.map(({ resource, effect }) => record('permission.changed', { ...named, resource, effect })),
    ...operator.grants.map((grant) => record('role.granted', auditedGrant(operator, grant))),
    ...operator.memberships.map((membership) => recordMembership(writing, operator, membership)),
  ]
}

function writeOperator(writing: Writing, { before, after }: Difference<Operator>): Step {
  if (before === undefined || after === undefined) return []
  writing.keys.add(operatorKey(after.id))
  return [
    ...writePerson(writing, before, after),
    ...writePermissions(writing, before, after),
    ...writeGrants(writing, before, after),
    ...putMemberships(writing, before, after),
  ]
}

function writePerson({ change, keys, record }: Writing, before: Operator, after: Operator): Step {
  const { operators, sessions } = change.ports
  const { id, displayName, email, enabled } = after
  const steps: Promise<unknown>[] = []
  if (before.displayName !== displayName || before.email !== email) {
    steps.push(operators.update(id, { displayName, email }))
    steps.push(record('operator.updated', { ...auditedOperator(after), origin: 'administrator' }))
  }
  if (before.enabled === enabled) return steps
  steps.push(operators.update(id, { enabled }))
  if (enabled) return [...steps, record('operator.enabled', auditedOperator(after))]
  const ended = async (): Promise<void> => {
    const ids = await sessions.revokeOperator(id)
    for (const session of ids) keys.add(`session:${session}`)
    await record('operator.disabled', { ...auditedOperator(after), sessionsEnded: ids.length })
  }
  return [...steps, ended()]
}

function writePermissions({ change, record }: Writing, before: Operator, after: Operator): Step {
  const { put, removed } = partDifferences(before.permissions, after.permissions, ({ resource }) => resource)
  if (put.length + removed.length === 0) return []
  const named = auditedOperator(after)
  return [
    change.ports.operators.update(after.id, { permissions: after.permissions }),
    ...put.map(({ resource, effect }) => record('permission.changed', { ...named, resource, effect })),
    ...removed.map(({ resource }) => record('permission.changed', { ...named, resource, effect: null })),
  ]
}

function writeGrants({ change, record }: Writing, before: Operator, after: Operator): Step {
  const { operators } = change.ports
  const { put, removed } = partDifferences<Grant>(before.grants, after.grants, roleKeyText)
  return [
    ...removed.flatMap((grant) => [
      operators.removeGrant(after.id, grant),
      record('role.revoked', auditedGrant(after, grant)),
    ]),
    ...put.flatMap((grant) => [
      operators.putGrant(after.id, grant),
      record('role.granted', auditedGrant(after, grant)),
    ]),
  ]
}

function putMemberships(writing: Writing, before: Operator, after: Operator): Step {
  const { put } = partDifferences(before.memberships, after.memberships, ({ group }) => group)
  return put.flatMap((membership) => [
    writing.change.ports.groups.putMember(after.id, membership),
    recordMembership(writing, after, membership),
  ])
}

function recordMembership({ paths, record }: Writing, operator: Operator, membership: Membership): Promise<void> {
  const { group, source } = membership
  const named = { ...auditedOperator(operator), group, path: paths.get(group) ?? null }
  return record('membership.set', { ...named, rights: rightsText(membership), source })
}

async function endMemberships(writing: Writing, operators: readonly Difference<Operator>[]): Promise<void> {
  const { change, paths, record } = writing
  await writeEach(operators, ({ before, after }) => {
    if (before === undefined || after === undefined) return []
    const { removed } = partDifferences(before.memberships, after.memberships, ({ group }) => group)
    return removed.flatMap(({ group }) => [
      change.ports.groups.removeMember(after.id, group),
      record('membership.ended', { ...auditedOperator(after), group, path: paths.get(group) ?? null }),
    ])
  })
}

/** The rights as the audit has them. */
export function rightsText({ rights }: Membership): string {
  return rights
    .map(({ right, products }) => (products === null ? right : `${right}(${products.join(', ')})`))
    .join(', ')
}

function deleteOperator({ change, keys, record }: Writing, { before, after }: Difference<Operator>): Step {
  if (before === undefined || after !== undefined) return []
  const deleted = async (): Promise<void> => {
    const sessions = await change.ports.sessions.revokeOperator(before.id)
    for (const session of sessions) keys.add(`session:${session}`)
    keys.add(operatorKey(before.id))
    await must(change.ports.operators.delete(before.id), `operator ${before.account}`)
    await record('operator.deleted', { ...auditedOperator(before), sessionsEnded: sessions.length })
  }
  return [deleted()]
}

async function writeObjects(writing: Writing, all: readonly Difference<DirectoryObject>[]): Promise<void> {
  const { change, keys, record } = writing
  const { objects } = change.ports
  for (const { before, after } of all) keys.add(objectChangeKey((before ?? after) as DirectoryObject))
  const fresh = all.flatMap(({ before, after }) => (before === undefined && after !== undefined ? [after] : []))
  if (fresh.length > 0 && (await objects.create(fresh)) !== fresh.length) {
    throw new AppError('INTERNAL', 'an object is there that was not when the directory was read')
  }
  await writeEach(fresh, ({ service, type, id, owner }) => [
    record('object.created', { service, type, id, owner: ownerText(owner) }),
  ])
  await writeEach(all, (each) => changeObject(writing, each))
}

function changeObject({ change, record }: Writing, { before, after }: Difference<DirectoryObject>): Step {
  if (before === undefined) return []
  const { service, type, id } = before
  const name = { service, type, id }
  const { objects } = change.ports
  const what = `object ${type}:${id}`
  if (after === undefined) {
    return [must(objects.delete(name), what), record('object.deleted', name)]
  }
  const steps: Promise<unknown>[] = []
  if (ownerText(before.owner) !== ownerText(after.owner)) {
    const [from, to] = [ownerText(before.owner), ownerText(after.owner)]
    steps.push(must(objects.setOwner(name, { from: before.owner, to: after.owner }), what))
    steps.push(record('object.moved', { ...name, from, to }))
  }
  if (JSON.stringify(before.accessList) !== JSON.stringify(after.accessList)) {
    steps.push(must(objects.setAccessList(name, after.accessList), what))
    steps.push(record('object.list-changed', { ...name, ...auditedList(after.accessList) }))
  }
  if (JSON.stringify(before.parents) !== JSON.stringify(after.parents)) {
    steps.push(must(objects.setParents(name, after.parents), what))
    const parents = after.parents.map((parent) => `${parent.type}:${parent.id}`).join(', ')
    steps.push(record('object.parents-changed', { ...name, parents }))
  }
  return steps
}

/** The audit's keys for an access list. */
export function auditedList(list: AccessList | null) {
  return { operators: list?.operators.length ?? null, groups: list?.groups.length ?? null }
}

/** `operator:<id>`, `group:<id>` or null. */
export function ownerText(owner: Owner | null): string | null {
  if (owner === null) return null
  return 'operator' in owner ? `operator:${owner.operator}` : `group:${owner.group}`
}
