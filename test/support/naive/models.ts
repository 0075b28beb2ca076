/** Random models: profiles, roles with several parents, a forest of groups, operators and objects, small enough to collide. */

import fc from 'fast-check'
import type {
  DirectoryGroup,
  DirectoryRole,
  HeldGrant,
  ObjectFacts,
  Permission,
  Scope,
  Subject,
} from '../../../src/authz/model.ts'
import type { Effect } from '../../../src/profiles/profile.ts'
import type { NaiveModel, NaiveService } from './evaluator.ts'
import { profiles } from './profiles.ts'

export interface RandomModel extends NaiveModel {
  readonly subjects: readonly Subject[]
  readonly objects: readonly ObjectFacts[]
}

const ROLES = ['d0', 'd1', 'd2', 'd3', 'd4']
const SHIPPED = ['lab:boss', 'lab:helper', 'lab:guest', 'shop:clerk']
const GROUPS = ['g0', 'g1', 'g2', 'g3', 'g4']
const PEOPLE = ['ann', 'bob']
const RESOURCES = [
  'door',
  'read',
  'change',
  'pass',
  'edit',
  'tab',
  'menu',
  'col',
  'rack_*',
  'rack_a',
  'rack_b',
  'job_*',
  'job_1',
]

const effect = fc.constantFrom<Effect>('allow', 'disable', 'deny')

const place = fc.record({
  type: fc.constantFrom('site', 'device', 'pak'),
  id: fc.constantFrom('1', '2'),
})

const scope: fc.Arbitrary<Scope | null> = fc.option(
  fc.array(
    fc.tuple(place, fc.boolean()).map(([at, children]) => ({ ...at, children })),
    { minLength: 1, maxLength: 2 },
  ),
  { freq: 3 },
)

const grant: fc.Arbitrary<HeldGrant> = fc.record({
  role: fc.constantFrom(...ROLES, ...SHIPPED, 'administrator', 'ghost'),
  service: fc.option(fc.constantFrom('lab-1', 'lab-2', 'shop-1'), { freq: 2 }),
  scope: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: scope }),
})

const permissions: fc.Arbitrary<readonly Permission[]> = fc
  .dictionary(fc.constantFrom(...RESOURCES.map((name) => `lab:${name}`), 'shop:sell'), effect, { maxKeys: 3 })
  .map((entries) => Object.entries(entries).map(([resource, each]) => ({ resource, effect: each })))

/** Parents are shipped roles or those of the directory with a greater number: no cycles, many diamonds. */
const roles: fc.Arbitrary<readonly DirectoryRole[]> = fc.tuple(
  ...ROLES.map((name, index) =>
    fc.record({
      name: fc.constant(name),
      parents: fc.uniqueArray(fc.constantFrom(...ROLES.slice(index + 1), ...SHIPPED), { maxLength: 3 }),
      permissions,
      scope: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: scope }),
    }),
  ),
)

const groups: fc.Arbitrary<readonly DirectoryGroup[]> = fc
  .tuple(
    ...GROUPS.map((id, index) =>
      fc.record({
        id: fc.constant(id),
        parent: fc.option(fc.constantFrom(...GROUPS.slice(0, index), ...(index === 0 ? [null] : [])), { freq: 4 }),
        name: fc.constant(`n-${id}`),
        roles: fc.array(grant, { maxLength: 2 }),
      }),
    ),
  )
  .chain((each) => fc.shuffledSubarray(each, { minLength: each.length }))

const products = fc.option(fc.subarray(['p1', 'p2']), { freq: 2 })

const memberships = fc.uniqueArray(fc.constantFrom(...GROUPS, 'gone'), { maxLength: 3 }).chain((names) =>
  fc.tuple(
    ...names.map((group) =>
      fc.record({
        group: fc.constant(group),
        rights: fc
          .uniqueArray(fc.constantFrom('admin', 'create'), { maxLength: 2 })
          .chain((rights) => fc.tuple(...rights.map((right) => fc.record({ right: fc.constant(right), products })))),
      }),
    ),
  ),
)

const subject = (id: string): fc.Arbitrary<Subject> =>
  fc.record({ id: fc.constant(id), grants: fc.array(grant, { minLength: 1, maxLength: 3 }), permissions, memberships })

const accessList = fc.option(
  fc.record({
    operators: fc.uniqueArray(fc.constantFrom(...PEOPLE), { maxLength: 1 }),
    groups: fc.uniqueArray(fc.constantFrom(...GROUPS), { maxLength: 1 }),
  }),
)

const object: fc.Arbitrary<ObjectFacts> = fc
  .record({
    type: fc.constantFrom('device', 'site', 'pak', 'ticket', 'rack', 'job', 'team', 'person'),
    id: fc.constantFrom('1', '2', 'a', 'b', 'z'),
    owner: fc.option(
      fc.oneof(
        fc.record({ operator: fc.constantFrom(...PEOPLE) }),
        fc.record({ group: fc.constantFrom(...GROUPS, 'gone') }),
      ),
      { freq: 3 },
    ),
    ownerGroups: fc.uniqueArray(fc.constantFrom(...GROUPS), { maxLength: 2 }),
    accessList,
    ancestors: fc.uniqueArray(
      fc.tuple(place, accessList).map(([at, list]) => ({ ...at, accessList: list })),
      { maxLength: 3, selector: ({ type, id }) => `${type}:${id}` },
    ),
  })
  .map((facts) => ({
    ...facts,
    ownerGroups: facts.owner !== null && 'operator' in facts.owner ? facts.ownerGroups : [],
  }))

const service = (id: string, profile: string): fc.Arbitrary<NaiveService> =>
  fc.record({
    id: fc.constant(id),
    profile: fc.constant(profile),
    authorization: fc.oneof(
      { weight: 19, arbitrary: fc.constant<'on'>('on') },
      { weight: 1, arbitrary: fc.constant<'off'>('off') },
    ),
    unlistedOperations: fc.constantFrom('deny', 'open'),
    settings: fc.oneof(fc.constant({}), fc.record({ strict: fc.boolean() })),
  })

/** A whole model; every name in it leads somewhere, but for grants of `ghost` and memberships in `gone`. */
export const randomModel: fc.Arbitrary<RandomModel> = fc.record({
  services: fc.tuple(service('lab-1', 'lab'), service('lab-2', 'lab'), service('shop-1', 'shop')),
  profiles,
  roles,
  groups,
  subjects: fc.tuple(...PEOPLE.map(subject)),
  objects: fc.array(object, { minLength: 1, maxLength: 6 }),
})
