/** A large directory of a made-up product: everything that decisions are made from, at random but the same every time. */

import type {
  DirectoryGroup,
  DirectoryRole,
  HeldGrant,
  Membership,
  ObjectFacts,
  Permission,
  Subject,
} from '../../../src/authz/model.ts'
import type { Effect, Profile } from '../../../src/profiles/profile.ts'
import { testProfile } from '../../support/profiles.ts'

export const SIZES = { roles: 200, resources: 150, operators: 10_000, objects: 100_000, groups: 10_000 }

const SHIPPED = 20
const SERVICE = 'suite'
const TYPES = ['device', 'pak', 'ticket', 'folder'] as const

export interface Estate {
  readonly service: string
  readonly profile: Profile
  readonly roles: readonly DirectoryRole[]
  readonly groups: readonly DirectoryGroup[]
  readonly operators: readonly Subject[]
  readonly objects: readonly ObjectFacts[]
  /** Names of operations about each type of object. */
  readonly operations: ReadonlyMap<string, readonly string[]>
}

/** Whole numbers below `limit`. */
export type Draw = (limit: number) => number

/** The same sequence for the same seed (mulberry32). */
export function draws(seed: number): Draw {
  let state = seed
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
  }
}

export function estate(draw: Draw): Estate {
  const groups = forest(draw)
  const operators = Array.from({ length: SIZES.operators }, (_, index) => operator(index, groups, draw))
  return {
    service: SERVICE,
    profile: product(draw),
    roles: directoryRoles(draw),
    groups,
    operators,
    objects: Array.from({ length: SIZES.objects }, (_, index) => object(index, operators, groups, draw)),
    operations: new Map(TYPES.map((type) => [type, operationsOn(type)])),
  }
}

/** One role with one more statement: what an administrator's change amounts to. */
export function withChangedRole(roles: readonly DirectoryRole[], draw: Draw): readonly DirectoryRole[] {
  const changed = draw(roles.length)
  return roles.map((role, place) =>
    place === changed ? { ...role, permissions: permissions(draw, role.permissions.length + 1) } : role,
  )
}

function operationsOn(type: string): readonly string[] {
  return Array.from({ length: 12 }, (_, index) => `${type}-${index}`)
}

function resource(index: number): string {
  return `resource-${index}`
}

function product(draw: Draw): Profile {
  const reach = [{ right: 'admin' }, 'member', 'self']
  const selector = (type: string) => ({
    type,
    from: [{ query: 'id' }],
    required: false,
    ...(type === 'ticket' ? { reach } : {}),
  })
  const operation = (type: string, index: number) => ({
    description: type,
    resources: [resource(draw(SIZES.resources - 2))],
    reads: index % 3 === 0,
    objects: [selector(type)],
    ...(index === 0 ? { obligations: [{ mask: 'serial', unless: 'see-serials' }] } : {}),
  })
  const names = Array.from({ length: SIZES.resources - 2 }, (_, index) => resource(index))
  return testProfile({
    id: 'suite',
    resources: Object.fromEntries([...names, 'pass-lists', 'see-serials'].map((name) => [name, name])),
    roles: Object.fromEntries(
      Array.from({ length: SHIPPED }, (_, index) => [
        `role-${index}`,
        {
          description: 'a role',
          allow: names.filter(() => draw(3) === 0),
          parents: index < 10 ? [`role-${index + 10}`] : [],
        },
      ]),
    ),
    administratorRole: 'role-0',
    objectTypes: {
      folder: { description: 'f', parentTypes: ['folder'] },
      device: { description: 'd', rule: 'open-unless-listed', passResource: 'pass-lists', parentTypes: ['folder'] },
      pak: { description: 'p', rule: 'owner-and-listed', passResource: 'pass-lists', parentTypes: ['folder'] },
      ticket: { description: 't', rule: 'reach' },
    },
    fields: { serial: ['serial'] },
    operations: Object.fromEntries(
      TYPES.flatMap((type) => operationsOn(type).map((name, index) => [name, operation(type, index)])),
    ),
  })
}

function directoryRoles(draw: Draw): readonly DirectoryRole[] {
  const count = SIZES.roles - SHIPPED
  return Array.from({ length: count }, (_, index) => ({
    name: `team-${index}`,
    parents: [
      `suite:role-${draw(SHIPPED)}`,
      ...(index + 5 < count && draw(2) === 0 ? [`team-${index + 1 + draw(4)}`] : []),
    ],
    permissions: permissions(draw, 1 + draw(20)),
    scope: draw(20) === 0 ? [{ type: 'folder', id: `folder-${draw(100)}`, children: true }] : null,
  }))
}

function permissions(draw: Draw, count: number): readonly Permission[] {
  const effects: readonly Effect[] = ['allow', 'allow', 'allow', 'disable', 'deny']
  const said = new Map<string, Effect>()
  for (let each = 0; each < count; each += 1) {
    said.set(`suite:${resource(draw(SIZES.resources - 2))}`, effects[draw(effects.length)] ?? 'deny')
  }
  return [...said].map(([name, effect]) => ({ resource: name, effect }))
}

function forest(draw: Draw): readonly DirectoryGroup[] {
  return Array.from({ length: SIZES.groups }, (_, index) => ({
    id: `group-${index}`,
    parent: index < 20 ? null : `group-${draw(index)}`,
    name: `group-${index}`,
    roles: draw(10) === 0 ? [grant(draw)] : [],
  }))
}

/** Mostly one of a few roles, as in life; one in twenty for a part of the objects. */
function grant(draw: Draw): HeldGrant {
  const role = draw(4) === 0 ? `team-${draw(SIZES.roles - SHIPPED)}` : `team-${draw(30)}`
  const scope = draw(20) === 0 ? [{ type: 'folder', id: `folder-${draw(100)}`, children: true }] : null
  return { role, service: draw(3) === 0 ? SERVICE : null, scope }
}

function operator(index: number, groups: readonly DirectoryGroup[], draw: Draw): Subject {
  const memberships = Array.from(
    { length: draw(4) },
    (): Membership => ({
      group: groups[draw(groups.length)]?.id ?? '',
      rights: draw(4) === 0 ? [{ right: 'admin' }] : [],
    }),
  )
  return {
    id: `operator-${index}`,
    grants: Array.from({ length: 1 + draw(3) }, () => grant(draw)),
    permissions: draw(20) === 0 ? permissions(draw, 1 + draw(3)) : [],
    memberships,
  }
}

function object(
  index: number,
  operators: readonly Subject[],
  groups: readonly DirectoryGroup[],
  draw: Draw,
): ObjectFacts {
  const type = TYPES[draw(TYPES.length)] ?? 'device'
  const owner = draw(4) === 0 ? operators[draw(operators.length)] : undefined
  const group = groups[draw(groups.length)]
  const list = () => ({
    operators: Array.from({ length: draw(6) }, () => operators[draw(operators.length)]?.id ?? ''),
    groups: Array.from({ length: draw(3) }, () => groups[draw(groups.length)]?.id ?? ''),
  })
  const parent = draw(100)
  return {
    type,
    id: `object-${index}`,
    owner:
      owner !== undefined ? { operator: owner.id } : group === undefined || draw(3) === 0 ? null : { group: group.id },
    ownerGroups: (owner?.memberships ?? []).map((membership) => membership.group),
    accessList: draw(2) === 0 ? null : list(),
    ancestors: [
      { type: 'folder', id: `folder-${parent}`, accessList: draw(5) === 0 ? list() : null },
      { type: 'folder', id: `folder-${parent % 10}-top`, accessList: null },
    ],
  }
}
