/** Random operations on a made-up product that has every kind of resource, object type, selector and obligation. */

import fc from 'fast-check'
import type { Profile } from '../../../src/profiles/profile.ts'
import { testProfile } from '../profiles.ts'

const WHEN = { setting: 'strict', is: true }

const RESOURCES = {
  door: { class: 'tab', description: 'the front door' },
  read: 'r',
  change: 'c',
  pass: 'p',
  edit: 'e',
  tab: { class: 'tab', description: 't' },
  menu: { class: 'menu', description: 'm' },
  col: { class: 'column', description: 'c' },
  'rack_*': { class: 'server', description: 'racks' },
  'job_*': 'jobs',
}

const OBJECT_TYPES = {
  site: { description: 's' },
  device: {
    description: 'd',
    rule: 'open-unless-listed',
    parentTypes: ['site', 'device'],
    unlistedChanges: { resource: 'edit', when: WHEN },
    passResource: 'pass',
  },
  pak: { description: 'p', rule: 'owner-and-listed', passResource: 'pass', parentTypes: ['pak'] },
  ticket: { description: 't', rule: 'reach' },
  rack: { description: 'r', rule: 'resource', resource: 'rack_*' },
  job: { description: 'j', rule: 'resource', resource: 'job_*' },
  team: { description: 't', rule: 'reach', kind: 'group', passResource: 'pass' },
  person: { description: 'p', rule: 'reach', kind: 'operator' },
}

const NEEDED = ['read', 'change', 'tab', 'menu', 'col', 'door', 'edit', 'rack_a']

/** Most roles allow much, so that other rules decide. */
const allowed = fc.subarray(['door', 'read', 'change', 'pass', 'edit', 'tab', 'menu', 'rack_*'], { minLength: 4 })

const statements = fc.uniqueArray(fc.constantFrom('door', 'read', 'change', 'pass', 'edit', 'tab', 'menu', 'rack_*'), {
  maxLength: 3,
})

const role = fc.record({ allow: allowed, disable: statements, deny: statements }).map(({ allow, disable, deny }) => ({
  description: 'role',
  allow,
  disable: disable.filter((name) => !allow.includes(name)),
  deny: deny.filter((name) => !allow.includes(name) && !disable.includes(name)),
}))

const when = fc.constantFrom({}, {}, { when: WHEN }, { when: { setting: 'strict', is: false } })

const way = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.constantFrom(
      'self',
      'member',
      { right: 'admin' },
      { right: 'admin', groups: 'every' },
      { right: 'admin', above: true },
      { right: 'create' },
      { right: 'create', products: { query: 'product' } },
    ),
  },
  { weight: 1, arbitrary: fc.constant('anyone') },
)

const selector = fc
  .record({
    type: fc.constantFrom(...Object.keys(OBJECT_TYPES)),
    reach: fc.uniqueArray(way, { minLength: 1, maxLength: 2 }),
    always: fc.integer({ min: 0, max: 4 }),
    ownerOnly: fc.boolean(),
    notSelf: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    unowned: fc.constantFrom('refuse', 'pass'),
    when,
  })
  .map(({ type, reach, always, ownerOnly, notSelf, unowned, when: condition }) => ({
    type,
    from: [{ query: 'id' }],
    reach: always === 0 || ['ticket', 'team', 'person'].includes(type) ? reach : [],
    unowned,
    ownerOnly,
    notSelf,
    ...condition,
  }))

const obligation = fc
  .record({
    kind: fc.constantFrom(
      { mask: 'serial' },
      { mask: 'key', keepLast: 2 },
      { removeField: 'serial' },
      { filterItems: 'pak' },
    ),
    unless: fc.constantFrom(null, 'pass', 'edit'),
    when,
  })
  .map(({ kind, unless, when: condition }) => ({ ...kind, unless, ...condition }))

/** Items are filtered by the rule of a selector that always counts. */
function judges(selectors: readonly { readonly type: string; readonly when?: unknown }[], type: string): boolean {
  return selectors.some((each) => each.type === type && each.when === undefined)
}

const operation = fc
  .record({
    description: fc.constant('o'),
    resources: fc.oneof(fc.constant(['read']), fc.uniqueArray(fc.constantFrom(...NEEDED), { maxLength: 2 })),
    access: fc.oneof(
      { weight: 10, arbitrary: fc.constant('role') },
      { weight: 1, arbitrary: fc.constantFrom('public', 'exempt') },
    ),
    reads: fc.boolean(),
    objects: fc.array(selector, { minLength: 1, maxLength: 4 }),
    obligations: fc.array(obligation, { maxLength: 2 }),
    accessWhen: fc.constantFrom({}, { accessWhen: WHEN }),
    deniedWhen: fc.oneof(
      { weight: 9, arbitrary: fc.constant({}) },
      { weight: 1, arbitrary: fc.constant({ deniedWhen: WHEN }) },
    ),
  })
  .map(({ accessWhen, deniedWhen, obligations, ...rest }) => ({
    ...rest,
    obligations: obligations.filter((each) => !('filterItems' in each) || judges(rest.objects, each.filterItems)),
    ...accessWhen,
    ...deniedWhen,
    response: { ids: { pak: 'serial' } },
  }))

const lab = fc
  .record({
    frontDoor: fc.constantFrom(null, null, null, 'door'),
    boss: role,
    helper: role,
    guest: role,
    operations: fc.record({ look: operation, touch: operation, take: operation, give: operation }),
    parents: fc.constantFrom([], ['guest']),
  })
  .map(({ frontDoor, boss, helper, guest, operations, parents }) =>
    testProfile({
      id: 'lab',
      resources: RESOURCES,
      roles: { boss: { ...boss, parents: ['helper', ...parents] }, helper: { ...helper, parents }, guest },
      administratorRole: 'boss',
      objectTypes: OBJECT_TYPES,
      fields: { serial: ['serial'], key: ['key'] },
      settings: { strict: { description: 's', default: true, values: [true, false] } },
      frontDoor,
      operations: { ...operations, touch: { ...operations.touch, aliases: ['tuch'] } },
    }),
  )

const shop = testProfile({
  id: 'shop',
  resources: { sell: 'sell' },
  roles: { clerk: { description: 'c', allow: ['sell'] } },
  administratorRole: 'clerk',
})

/** Two profiles: `lab` with random roles and operations, and `shop`. */
export const profiles: fc.Arbitrary<ReadonlyMap<string, Profile>> = lab.map(
  (each) =>
    new Map([
      ['lab', each],
      ['shop', shop],
    ]),
)
