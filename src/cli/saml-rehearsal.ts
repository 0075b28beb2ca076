/** What a sign-in would do to its operator, found by doing it to a copy. */

import { compileSnapshot, knownRole } from '../authz/snapshot.ts'
import type { Config, MappedMembership } from '../config/config.ts'
import { ADMINISTRATORS } from '../core/names.ts'
import { systemRandom } from '../core/random.ts'
import type { Clock } from '../core/time.ts'
import { describeOperator, type OperatorDescription } from '../directory/describe-operator.ts'
import { loadShippedProfiles } from '../profiles/shipped.ts'
import { readAdminAttribute } from '../signin/admin-attribute.ts'
import { mappedGrants, mappedMemberships } from '../signin/group-mapping.ts'
import { type ProvisionOutcome, provision } from '../signin/provision.ts'
import type { CheckedIdentity } from '../signin/saml/model.ts'
import type { Group } from '../store/directory-ports.ts'
import { memoryStore } from '../store/memory/memory-store.ts'
import type { AuditRecord, Operator, Operators, Ports } from '../store/ports.ts'

export interface Rehearsal {
  readonly account: string
  /** Whether there is an operator of that account before the sign-in. */
  readonly exists: boolean
  /** Why he may not enter; null when he may. */
  readonly code: Extract<ProvisionOutcome, { kind: 'refused' }>['code'] | null
  /** The operator as he would be afterwards; null where there would be none. */
  readonly operator: Pick<OperatorDescription, 'displayName' | 'email' | 'enabled' | 'roles'> | null
  /** What the sign-in would change, in order, as the audit would say it. */
  readonly changes: readonly Change[]
  /** null where the provider has no such attribute. */
  readonly adminAttribute: { readonly name: string; readonly asserted: 'true' | 'false' | 'absent' } | null
  /** What the mapped groups give; null without a mapping. */
  readonly groups: {
    readonly attribute: string
    readonly values: readonly string[]
    readonly roles: readonly { readonly name: string; readonly service: string | null }[]
    /** Rights in groups of the directory; `products`: null = all. */
    readonly memberships: readonly MappedMembership[]
  } | null
  /** Why the entry rule is met; null without one. */
  readonly entry: { readonly attribute: string; readonly values: readonly string[] } | null
  readonly notes: readonly string[]
}

interface Change {
  /** `operator.created`, `operator.updated`, `role.granted`, `role.revoked`, `role.locked`, `role.unlocked`, `membership.set` or `membership.ended`. */
  readonly event: string
  readonly role: string | null
  readonly service: string | null
  /** Path of the group of a membership. */
  readonly group: string | null
}

/** Provisions the identity against a copy of what `store` holds; nothing is written there. */
export async function rehearse(
  identity: CheckedIdentity,
  {
    config,
    store,
    clock,
  }: {
    config: Pick<Config, 'services'>
    store: Pick<Ports, 'operators' | 'roles' | 'groups'>
    clock: Clock
  },
): Promise<Rehearsal> {
  const provider = identity.provider.config
  const profiles = await loadShippedProfiles()
  const { operators } = store
  const [roles, groups] = await Promise.all([store.roles.list(), store.groups.list()])
  const snapshot = compileSnapshot({ services: config.services, profiles, roles, revision: 0 })
  const present = await operators.find(provider.id, identity.account)
  const { outcome, records } = await memoryStore().transaction(async (copy) => {
    for (const role of roles) await copy.roles.create(role)
    await putForest(copy.groups, groups)
    if (present !== undefined) await putOperator(copy, present)
    const ports = { ...copy, operators: await countingAll(copy.operators, operators, clock) }
    const known = (role: string) => knownRole(snapshot, role)
    const done = await provision({ ports, provider, identity, present, knownRole: known, clock, random: systemRandom })
    return { outcome: done, records: await copy.audit.list({ limit: 1000 }) }
  })
  return {
    account: identity.account,
    exists: present !== undefined,
    code: outcome.kind === 'refused' ? outcome.code : null,
    operator: outcome.operator === null ? null : shownOperator(outcome.operator),
    changes: records.map(changeOf),
    ...readings(identity),
    notes: outcome.notes,
  }
}

async function putOperator(
  { operators, groups }: Pick<Ports, 'operators' | 'groups'>,
  { grants, memberships, ...operator }: Operator,
): Promise<void> {
  await operators.create(operator)
  await operators.update(operator.id, { enabled: operator.enabled })
  for (const grant of grants) await operators.putGrant(operator.id, grant)
  for (const membership of memberships) await groups.putMember(operator.id, membership)
}

/** Parents before what stands below them. */
async function putForest(groups: Ports['groups'], all: readonly Group[], parent: string | null = null): Promise<void> {
  for (const group of all.filter((each) => each.parent === parent)) {
    await groups.create(group)
    await putForest(groups, all, group.id)
  }
}

/** The copy, whose count of holders includes those that are not copied. */
async function countingAll(copy: Operators, all: Operators, clock: Clock): Promise<Operators> {
  const now = clock.now()
  const others = (await all.countHolders(ADMINISTRATORS, now)) - (await copy.countHolders(ADMINISTRATORS, now))
  return { ...copy, countHolders: async (held, at) => others + (await copy.countHolders(held, at)) }
}

function readings({
  provider: { config },
  attributes,
}: CheckedIdentity): Pick<Rehearsal, 'adminAttribute' | 'groups' | 'entry'> {
  const { adminAttribute: name, groups, entry } = config
  const valuesOf = (attribute: string) => attributes.get(attribute) ?? []
  return {
    adminAttribute: name === null ? null : { name, asserted: readAdminAttribute(attributes, name).asserted },
    groups:
      groups.attribute === null
        ? null
        : {
            attribute: groups.attribute,
            values: valuesOf(groups.attribute),
            roles: mappedGrants(valuesOf(groups.attribute), groups.map).map(({ role, service }) => ({
              name: role,
              service,
            })),
            memberships: mappedMemberships(valuesOf(groups.attribute), groups.map),
          },
    entry:
      entry === null
        ? null
        : {
            attribute: entry.attribute,
            values: valuesOf(entry.attribute).filter((value) => entry.anyOf.includes(value)),
          },
  }
}

function shownOperator(operator: Operator): Rehearsal['operator'] {
  const { displayName, email, enabled, roles } = describeOperator(operator, new Map())
  return { displayName, email, enabled, roles }
}

function changeOf({ event, detail }: AuditRecord): Change {
  const text = (key: string) => (typeof detail[key] === 'string' ? detail[key] : null)
  return { event, role: text('role'), service: text('service'), group: text('path') }
}
