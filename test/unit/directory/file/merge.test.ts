/** What a directory file makes of a directory, and what it may not say. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { instant } from '../../../../src/core/time.ts'
import type { Grant } from '../../../../src/store/ports.ts'
import { merge, merged } from '../../../support/directory.ts'

const PAK = 'cisco-license-manager:pak-management'

describe('a directory file', () => {
  test('is taken with all its forms, references resolved to ids', () => {
    const { operators, roles, groups, objects } = merged({
      operators: [
        {
          account: 'ann',
          roles: ['HelpDesk', { role: PAK, service: 'clm', scope: ['pak:a:b'], children: true }],
          permissions: { 'cisco-license-manager:readPAKs': 'deny' },
          groups: [
            'acme',
            { group: 'acme/emea', rights: { admin: true, x: false, create_ticket: { products: ['P'] } } },
          ],
        },
      ],
      roles: [{ name: 'helpdesk', parents: [PAK] }],
      groups: [{ path: 'acme', label: 'Kunde', roles: [{ role: 'helpdesk', expiresAt: '2030-01-31T08:00:00+01:00' }] }],
      objects: [
        {
          service: 'clm',
          type: 'device',
          id: 'd',
          accessList: ['ann', { group: 'acme/emea' }],
          parents: ['device-group:g'],
        },
        { service: 'clm', type: 'pak', id: 'p', owner: { operator: 'ann' } },
      ],
    })
    const [ann] = operators
    const [acme, emea] = ['acme', 'emea'].map((name) => groups.find((group) => group.name === name))
    assert.equal(emea?.parent, acme?.id)
    assert.deepEqual(
      ann?.grants.map(({ role, service, scope, source }) => ({ role, service, scope, source })),
      [
        { role: PAK, service: 'clm', scope: [{ type: 'pak', id: 'a:b', children: true }], source: 'local' },
        { role: 'helpdesk', service: null, scope: null, source: 'local' },
      ],
    )
    assert.deepEqual(ann?.memberships.find(({ group }) => group === emea?.id)?.rights, [
      { right: 'admin', products: null },
      { right: 'create_ticket', products: ['P'] },
    ])
    assert.deepEqual(roles, [{ name: 'helpdesk', description: null, parents: [PAK], permissions: [], scope: null }])
    assert.equal(acme?.roles[0]?.expiresAt, Date.parse('2030-01-31T07:00:00Z'))
    assert.deepEqual(objects[0]?.accessList, { operators: [ann?.id], groups: [emea?.id] })
    assert.deepEqual(objects[1]?.owner, { operator: ann?.id })
  })

  test('O-8: role names are kept in lower case, and two that differ by case are one', () => {
    const { roles } = merged({ roles: [{ name: 'HelpDesk' }] })
    assert.equal(roles[0]?.name, 'helpdesk')
    assert.deepEqual(merge({ roles: [{ name: 'helpdesk' }, { name: 'HELPDESK' }] }), [
      'roles[1].name: the role helpdesk is there twice',
    ])
  })

  test('W-22: paths are the same in either Unicode form, other names compare exactly', () => {
    const before = merged({ groups: [{ path: 'Zu\u0308rich' }] })
    assert.equal(before.groups[0]?.name, 'Z\u00fcrich')
    const after = merged({ groups: [{ path: 'Z\u00fcrich', label: 'Student' }] }, { before })
    assert.deepEqual(after.groups, [{ ...before.groups[0], label: 'Student' }])
    const two = merged({ operators: [{ account: 'u\u0308' }, { account: '\u00fc' }] })
    assert.equal(two.operators.length, 2)
  })
})

describe('what a file does not say', () => {
  const before = merged({
    operators: [
      { account: 'ann', displayName: 'Ann', roles: ['web-application:user'], groups: ['acme'] },
      { account: 'bob', enabled: false },
    ],
    roles: [{ name: 'desk', description: 'D', parents: [PAK] }],
    groups: [{ path: 'acme', label: 'L' }, { path: 'beta/sub' }],
    objects: [
      { service: 'clm', type: 'pak', id: 'p', owner: { operator: 'ann' }, accessList: [{ group: 'beta/sub' }] },
    ],
  })

  test('stays as it is: keys of an entry, and entries of a section', () => {
    const after = merged({ operators: [{ account: 'ann', email: 'a@b' }], roles: [{ name: 'desk' }] }, { before })
    const [ann, bob] = before.operators
    assert.deepEqual(after, { ...before, operators: [{ ...ann, email: 'a@b' }, bob] })
  })

  test('a key that it has says the whole of it', () => {
    const after = merged({ operators: [{ account: 'ann', roles: [], groups: [], displayName: null }] }, { before })
    const [ann] = after.operators
    assert.deepEqual([ann?.grants, ann?.memberships, ann?.displayName], [[], [], null])
  })

  test('pruning takes out what a section does not name, with what hangs on it, and leaves other sections alone', () => {
    const content = {
      roles: [],
      groups: [{ path: 'acme' }],
      operators: [{ account: 'ann' }],
    }
    const after = merged(content, { before, prune: true })
    assert.deepEqual([after.roles, after.groups.map(({ name }) => name)], [[], ['acme']])
    assert.deepEqual(
      after.operators.map(({ account }) => account),
      ['ann'],
    )
    assert.deepEqual(after.objects, [{ ...before.objects[0], accessList: { operators: [], groups: [] } }])
  })

  test('G-13: grants of a role that is pruned are gone', () => {
    const held = merged(
      { operators: [{ account: 'ann', roles: ['desk'] }], groups: [{ path: 'acme', roles: ['desk'] }] },
      { before },
    )
    const after = merged({ roles: [] }, { before: held, prune: true })
    assert.deepEqual([after.operators[0]?.grants, after.groups[0]?.roles], [[], []])
  })

  test('W-9: an owner is not pruned', () => {
    assert.deepEqual(merge({ operators: [{ account: 'bob' }] }, { before, prune: true }), [
      ': the owner of pak:p would be gone; give what he owns to somebody else in the same file',
    ])
  })
})

describe('what comes from the identity provider', () => {
  const plain = merged({ operators: [{ account: 'ann' }], groups: [{ path: 'acme' }, { path: 'beta' }] })
  const asserted: Grant = {
    role: 'administrator',
    service: null,
    source: 'assertion',
    locked: true,
    expiresAt: null,
    scope: null,
  }
  const [ann] = plain.operators
  const [acme, beta] = plain.groups
  const given = { group: acme?.id ?? '', rights: [{ right: 'admin', products: null }], source: 'group' } as const
  const before = { ...plain, operators: [{ ...ann, grants: [asserted], memberships: [given] }] } as typeof plain

  test('stays, whether the file names it or not', () => {
    assert.deepEqual(merged({ operators: [{ account: 'ann', roles: [], groups: [] }] }, { before }), before)
    assert.deepEqual(merged({ operators: [{ account: 'ann', roles: ['administrator'] }] }, { before }), before)
    const more = merged({ operators: [{ account: 'ann', groups: ['beta'] }] }, { before })
    assert.deepEqual(
      more.operators[0]?.memberships.map(({ group, source }) => [group, source]).toSorted(),
      [
        [acme?.id, 'group'],
        [beta?.id, 'local'],
      ].toSorted(),
    )
  })

  test('a local grant that it locks cannot be taken away', () => {
    const local = { ...before, operators: [{ ...ann, grants: [{ ...asserted, source: 'local' }] }] } as typeof plain
    assert.deepEqual(merge({ operators: [{ account: 'ann', roles: [] }] }, { before: local }), [
      'operators[0].roles: administrator of ann is locked by the identity provider',
    ])
  })

  test('the end of a local grant is changed by naming the role again', () => {
    const held = merged({ operators: [{ account: 'ann', roles: ['web-application:user'] }] }, { before: plain })
    const roles = [{ role: 'web-application:user', expiresAt: '2030-01-01T00:00:00Z' }]
    const after = merged({ operators: [{ account: 'ann', roles }] }, { before: held })
    assert.deepEqual(
      after.operators[0]?.grants.map(({ expiresAt }) => expiresAt),
      [instant(Date.UTC(2030, 0, 1))],
    )
  })
})

const device = { service: 'clm', type: 'device', id: 'd' }

/** Name of what is wrong → the file's content, and all of its problems. */
const REFUSED: Readonly<Record<string, readonly [content: unknown, ...problems: string[]]>> = {
  'an unknown role': [
    { operators: [{ account: 'a', roles: ['nope', { role: 'gone', service: 'clm' }] }] },
    'operators[0].roles[0].role: there is no role nope',
    'operators[0].roles[1].role: there is no role gone',
  ],
  'a role that does not apply to the service, and an unknown service': [
    {
      operators: [
        {
          account: 'a',
          roles: [
            { role: PAK, service: 'fnls' },
            { role: PAK, service: 'x' },
          ],
        },
      ],
    },
    `operators[0].roles[0].role: the role ${PAK} does not apply to service fnls, whose profile is flexnet-license-server`,
    'operators[0].roles[1].service: there is no service x',
  ],
  'an unknown resource': [
    { operators: [{ account: 'a', permissions: { 'cisco-license-manager:nope': 'allow', readPAKs: 'deny' } }] },
    'operators[0].permissions["cisco-license-manager:nope"]: there is no resource cisco-license-manager:nope',
    'operators[0].permissions.readPAKs: there is no resource readPAKs',
  ],
  'an unknown group': [
    { operators: [{ account: 'a', groups: ['nowhere', { group: 'no/where' }] }] },
    'operators[0].groups[0]: there is no group nowhere',
    'operators[0].groups[1]: there is no group no/where',
  ],
  'an unknown operator': [
    { objects: [{ ...device, accessList: ['ghost'], owner: { operator: 'gone', provider: 'okta' } }] },
    'objects[0].owner.operator: there is no operator gone of okta',
    'objects[0].accessList[0]: there is no operator ghost',
  ],
  'an account of several providers': [
    {
      operators: [{ account: 'a' }, { account: 'a', provider: 'local' }],
      objects: [{ ...device, owner: { operator: 'a' } }],
    },
    'objects[0].owner.operator: several identity providers have an operator a; name the provider',
  ],
  'an unknown provider': [
    { operators: [{ account: 'a', provider: 'nope' }] },
    'operators[0].provider: there is no identity provider nope; there are: okta, entra, local',
  ],
  'unknown services, types and parents': [
    {
      objects: [
        { ...device, service: 'x' },
        { ...device, type: 'car' },
        { ...device, parents: ['car:1', 'pak:1'] },
      ],
    },
    'objects[0].service: there is no service x',
    'objects[1].type: the profile cisco-license-manager of service clm has no object type car',
    'objects[2].parents[0]: the profile cisco-license-manager has no object type car',
    'objects[2].parents[1]: a pak does not stand above a device',
  ],
  'an unknown type in a scope': [
    { operators: [{ account: 'a', roles: [{ role: PAK, scope: ['car:1'] }] }] },
    'operators[0].roles[0].scope[0]: there is no object type car',
  ],
  'O-9, G-15: a shipped role': [
    { roles: [{ name: PAK }, { name: 'administrator' }] },
    'roles[0].name: roles that begin with cisco-license-manager: come with the profile and are read-only; duplicate them instead',
    'roles[1].name: administrator is the gateway’s own role',
  ],
  'O-6: a circle of parents': [
    {
      roles: [
        { name: 'a', parents: ['b'] },
        { name: 'b', parents: ['a'] },
      ],
    },
    'roles[0].parents: role a: it is its own ancestor (a → b → a)',
  ],
  'a parent that is not there': [{ roles: [{ name: 'a', parents: ['b'] }] }, 'roles[0].parents: there is no role b'],
  'what stands twice': [
    {
      operators: [
        { account: 'a', groups: ['g', 'g'], roles: [PAK, PAK] },
        { account: 'a', provider: 'okta' },
      ],
      groups: [{ path: 'g' }, { path: 'g' }],
      objects: [device, device],
    },
    'groups[1].path: the group g is there twice',
    'operators[0].roles[1]: the role cisco-license-manager:pak-management is given twice',
    'operators[0].groups[1]: the group g is there twice',
    'operators[1].account: the operator a of okta is there twice',
    'objects[1].id: the object device:d is there twice',
  ],
  'W-8: two owners': [
    { objects: [{ ...device, owner: { operator: 'a', group: 'g' } }] },
    'objects[0].owner: must be { operator: account } or { group: path }, never both',
  ],
  'unknown keys and wrong kinds': [
    { operators: [{ account: 7, rolls: [] }, {}], extra: 1, settings: { a: 1 }, groups: [{ path: 'a//b' }] },
    'operators[0].account: must be a text; put it in quotes',
    'operators[0].rolls: is an unknown key',
    'operators[1].account: must be a text; put it in quotes',
    'groups[0].path: must be names with / between them, without empty ones and white space at their ends',
    'settings.a: is an unknown key',
    'extra: is an unknown key',
  ],
}

describe('a file is refused with every problem', () => {
  for (const [name, [content, ...problems]] of Object.entries(REFUSED)) {
    test(name, () => assert.deepEqual(merge(content), problems))
  }

  test('a new operator where several providers are configured', () => {
    assert.deepEqual(merge({ operators: [{ account: 'a' }] }, { defaultProvider: null }), [
      'operators[0].account: is new and must name its provider: one of okta, entra, local',
    ])
  })

  test('a change of an object that waits for its service', () => {
    const plain = merged({ operators: [{ account: 'a' }], objects: [device] })
    const pending = { id: '1', by: null, since: instant(0), until: instant(1), planned: { kind: 'delete' } } as const
    const before = { ...plain, objects: plain.objects.map((object) => ({ ...object, pending })) }
    assert.deepEqual(merged({ objects: [{ ...device, owner: null }] }, { before }), before)
    assert.deepEqual(merge({ objects: [{ ...device, accessList: ['a'] }] }, { before }), [
      'objects[0]: a change of it is under way or in doubt; settle it first',
    ])
  })
})
