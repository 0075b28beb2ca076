/**
 * From an accepted identity to an operator who may enter, or not (N-1 to N-10). Runs inside the sign-in's transaction and
 * writes its own audit records; a refusal is an outcome, so that what was changed on the way (a new account, another
 * name, a role) is committed with it.
 *
 * Accounts match exactly, case included, and never across providers.
 */

import type { AuditDetail, AuditEvent } from '../audit/events.ts'
import { auditRecord } from '../audit/record.ts'
import type { IdentityProviderConfig } from '../config/config.ts'
import { ADMINISTRATOR, ADMINISTRATORS } from '../core/names.ts'
import type { Random } from '../core/random.ts'
import type { Clock, Instant } from '../core/time.ts'
import { auditedGrant, auditedOperator, reloadOperator } from '../directory/change.ts'
import { holds, withoutExpired } from '../directory/grants.ts'
import { groupPaths } from '../directory/model.ts'
import { operatorKey } from '../directory/operator-facts.ts'
import { rightsText } from '../directory/write-model.ts'
import type { ChangeKey, Operator, Ports } from '../store/ports.ts'
import { readAdminAttribute } from './admin-attribute.ts'
import { mappedGrants, mappedGroups, mappedMemberships } from './group-mapping.ts'
import { adminGrantChanges, type GrantChange, groupGrantChanges } from './provision-grants.ts'
import { membershipChanges } from './provision-memberships.ts'
import { personOf } from './provision-person.ts'

type Attributes = ReadonlyMap<string, readonly string[]>

/** `changes`: keys to publish, empty when no fact changed. `notes`: for the trace of this sign-in, not for logs. */
export type ProvisionOutcome =
  | {
      readonly kind: 'admitted'
      /** Without expired grants. */
      readonly operator: Operator & { readonly lastSignInAt: Instant }
      readonly changes: readonly ChangeKey[]
      readonly notes: readonly string[]
    }
  | {
      readonly kind: 'refused'
      readonly code: 'ACCOUNT_UNKNOWN' | 'ACCOUNT_DISABLED' | 'NO_ROLE'
      /** null exactly with ACCOUNT_UNKNOWN. */
      readonly operator: Operator | null
      readonly changes: readonly ChangeKey[]
      readonly notes: readonly string[]
    }

/** What the steps of one run share. */
interface Run {
  /** Those of the sign-in's transaction. */
  readonly ports: Ports
  readonly provider: Pick<
    IdentityProviderConfig,
    'id' | 'createUnknownOperator' | 'adminAttribute' | 'adminMode' | 'attributes' | 'groups'
  >
  readonly identity: { readonly account: string; readonly attributes: Attributes }
  /** The operator of that provider and account, as this transaction sees him. */
  readonly present: Operator | undefined
  readonly knownRole: (role: string) => boolean
  readonly clock: Clock
  readonly random: Random
}

/**
 * Creates the operator where he is unknown, brings his name, e-mail address and roles up to what the provider says, and
 * tells whether he may enter: he must be enabled and hold a role that exists. A disabled operator is brought up to date
 * too, and refused. An admitted one comes with the `lastSignInAt` of this sign-in, which the caller stores with all else
 * that a sign-in stores. Publishes nothing: the caller does, as the transaction's last call.
 */
export async function provision(run: Run): Promise<ProvisionOutcome> {
  const { ports, provider, identity, clock } = run
  const admin = readAdminAttribute(identity.attributes, provider.adminAttribute)
  const notes = admin.note === null ? [] : [admin.note]
  const found = await findOrCreate(run)
  if (found === undefined) return { kind: 'refused', code: 'ACCOUNT_UNKNOWN', operator: null, changes: [], notes }

  const updated = await updatePerson(run, found.operator)
  const roles = await updateRoles(run, found.operator, admin.asserted === 'true')
  const memberships = await updateMemberships(run, found.operator)
  notes.push(...roles.notes, ...memberships.notes, ...(await lastOneNotes(run, roles.taken || memberships.taken)))
  const isChanged = found.created || updated || roles.changed || memberships.changed
  const changes = isChanged ? [operatorKey(found.operator.id)] : []

  const now = clock.now()
  const last = changes.length === 0 ? found.operator : await reloadOperator(ports, found.operator.id)
  const operator = withoutExpired(last, now)
  if (!operator.enabled) return { kind: 'refused', code: 'ACCOUNT_DISABLED', operator, changes, notes }
  if (!(await holdsRole(run, operator, now))) {
    return { kind: 'refused', code: 'NO_ROLE', operator, changes, notes }
  }
  return { kind: 'admitted', operator: { ...operator, lastSignInAt: now }, changes, notes }
}

/** Whether he holds a role that exists, his own or by a group; roles that were made a moment ago count. */
async function holdsRole({ ports, knownRole }: Run, operator: Operator, now: Instant): Promise<boolean> {
  if (operator.grants.some((grant) => knownRole(grant.role))) return true
  const groups = await Promise.all(operator.memberships.map(({ group }) => ports.groups.load(group)))
  const byGroup = groups.flatMap((group) => group?.roles.filter((role) => holds(role, now)) ?? [])
  const held = [...operator.grants, ...byGroup].map(({ role }) => role)
  if (held.length === 0) return false
  const made = new Set((await ports.roles.list()).map(({ name }) => name))
  return held.some((role) => knownRole(role) || made.has(role))
}

async function findOrCreate(run: Run): Promise<{ operator: Operator; created: boolean } | undefined> {
  const { ports, provider, identity, present, clock, random } = run
  if (present !== undefined) return { operator: present, created: false }
  if (!provider.createUnknownOperator) return undefined
  const fresh = {
    id: random.uuid(),
    provider: provider.id,
    account: identity.account,
    ...personOf(identity.attributes, provider.attributes),
    createdAt: clock.now(),
  }
  if (await ports.operators.create(fresh)) {
    await record(run, 'operator.created', { ...auditedOperator(fresh), origin: 'sign-in' })
    return { operator: await reloadOperator(ports, fresh.id), created: true }
  }
  // Another first sign-in of the same account was faster.
  const other = await ports.operators.find(provider.id, identity.account)
  return other === undefined ? undefined : { operator: other, created: false }
}

/** True when the provider sent another name or address; what it does not send stays. */
async function updatePerson(run: Run, operator: Operator): Promise<boolean> {
  const sent = personOf(run.identity.attributes, run.provider.attributes)
  const displayName = sent.displayName ?? operator.displayName
  const email = sent.email ?? operator.email
  if (displayName === operator.displayName && email === operator.email) return false
  await run.ports.operators.update(operator.id, { displayName, email })
  await record(run, 'operator.updated', { ...auditedOperator(operator), origin: 'sign-in' })
  return true
}

/** What a step has done. */
interface Updated {
  readonly changed: boolean
  /** Whether it may have taken the role of an administrator. */
  readonly taken: boolean
  /** For the trace of this sign-in. */
  readonly notes: readonly string[]
}

async function updateRoles(run: Run, operator: Operator, asserted: boolean): Promise<Updated> {
  const { ports, provider, knownRole, clock } = run
  const now = clock.now()
  const byAttribute = adminGrantChanges(operator.grants, { asserted, mode: provider.adminMode, now })
  await apply(run, operator, byAttribute)

  const given = groupRoles(run)
  const { grants } = byAttribute.length === 0 ? operator : await reloadOperator(ports, operator.id)
  const byGroups = given === null ? [] : groupGrantChanges(grants, { given, groups: provider.groups, now, knownRole })
  await apply(run, operator, byGroups)

  const unknown = (given ?? []).filter(({ role }) => !knownRole(role))
  const notes = unknown.map(
    ({ role }) => `The group mapping names the role ${role}, which does not exist; it was not given.`,
  )
  const all = [...byAttribute, ...byGroups]
  const taken = all.some(({ action, grant }) => action === 'remove' && grant.role === ADMINISTRATOR)
  return { changed: all.length > 0, taken, notes }
}

/** Rights in groups, as the mapping gives them (W-21). */
async function updateMemberships(run: Run, operator: Operator): Promise<Updated> {
  const { ports, provider, identity } = run
  const { attribute, map } = provider.groups
  if (attribute === null || mappedGroups(map).size === 0) return { changed: false, taken: false, notes: [] }
  const paths = groupPaths(await ports.groups.list())
  const idByPath = new Map([...paths].map(([id, path]) => [path, id]))
  const idOf = (path: string) => idByPath.get(path)
  const given = mappedMemberships(identity.attributes.get(attribute) ?? [], map)
  const changes = membershipChanges(operator.memberships, { given, groups: provider.groups, idOf })
  for (const { group, path, membership } of changes) {
    const named = { ...auditedOperator(operator), group, path }
    if (membership === null) {
      await ports.groups.removeMember(operator.id, group)
      await record(run, 'membership.ended', named)
    } else {
      await ports.groups.putMember(operator.id, membership)
      await record(run, 'membership.set', { ...named, rights: rightsText(membership), source: membership.source })
    }
  }
  return {
    changed: changes.length > 0,
    taken: changes.some(({ membership }) => membership === null),
    notes: given
      .filter(({ group }) => idOf(group) === undefined)
      .map(
        ({ group }) => `The group mapping names the group ${group}, which does not exist; no rights were given in it.`,
      ),
  }
}

/** What the groups of this sign-in give; null when the provider has no group mapping. An attribute not sent gives nothing. */
function groupRoles({ provider, identity }: Run) {
  const { attribute, map } = provider.groups
  return attribute === null ? null : mappedGrants(identity.attributes.get(attribute) ?? [], map)
}

async function apply(run: Run, operator: Operator, changes: readonly GrantChange[]): Promise<void> {
  for (const { action, grant, event } of changes) {
    if (action === 'put') await run.ports.operators.putGrant(operator.id, grant)
    else await run.ports.operators.removeGrant(operator.id, grant)
    await record(run, event, auditedGrant(operator, grant))
  }
}

/** What the provider takes away is always taken, the last administrator too; but it is said. */
async function lastOneNotes(run: Run, taken: boolean): Promise<readonly string[]> {
  if (!taken || (await run.ports.operators.countHolders(ADMINISTRATORS, run.clock.now())) > 0) return []
  return ['The identity provider took the role of the last usable administrator away.']
}

/** The gateway is the actor: nobody is signed in yet. */
function record<Event extends AuditEvent>(run: Run, event: Event, detail: AuditDetail<Event>): Promise<void> {
  return run.ports.audit.append(auditRecord(run, event, { actor: null, detail }))
}
