import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mappedGrants, mappedMemberships, withdrawnGrants } from '../../../src/signin/group-mapping.ts'
import type { Grant, GrantSource } from '../../../src/store/ports.ts'

const MAP = {
  admins: [{ role: 'administrator', service: null }],
  users: [
    { role: 'web-application:user', service: null },
    { role: 'web-application:user', service: 'app' },
  ],
  alsoUsers: [{ role: 'web-application:user', service: null }],
  acme: [{ group: 'acme', rights: [{ right: 'admin', products: null }] }],
}

function grant(role: string, source: GrantSource, service: string | null = null): Grant {
  return { role, service, source, locked: false, expiresAt: null, scope: null }
}

test('S-22: several values give all their roles, each once', () => {
  assert.deepEqual(mappedGrants(['users', 'alsoUsers', 'users'], MAP), [
    { role: 'web-application:user', service: null },
    { role: 'web-application:user', service: 'app' },
  ])
})

test('S-22: a value that the map does not hold exactly gives nothing', () => {
  assert.deepEqual(mappedGrants(['Admins', ' admins', 'admins ', '', 'unknown'], MAP), [])
})

test('S-22: names of object members are values like others', () => {
  assert.deepEqual(mappedGrants(['constructor', '__proto__', 'toString', 'hasOwnProperty'], MAP), [])
})

test('S-22: a target that names a group of the directory gives no role', () => {
  assert.deepEqual(mappedGrants(['acme'], MAP), [])
})

test('S-22: what is withdrawn came from a group, can come from the map and did not come', () => {
  const gone = grant('administrator', 'group')
  const kept = [
    grant('web-application:user', 'group'),
    grant('web-application:user', 'local', 'app'),
    grant('web-application:user', 'group', 'elsewhere'),
    grant('openlm:admin_role', 'group'),
  ]
  const given = mappedGrants(['alsoUsers'], MAP)
  assert.deepEqual(withdrawnGrants([gone, ...kept], { given, map: MAP }), [gone])
})

test('S-22: local and asserted grants are never withdrawn', () => {
  const grants = [grant('administrator', 'assertion'), grant('web-application:user', 'local')]
  assert.deepEqual(withdrawnGrants(grants, { given: [], map: MAP }), [])
})

const sell = (...products: string[]) => ({ group: 'acme', rights: [{ right: 'sell', products }] })
const RESELLERS = {
  ...MAP,
  gold: [sell('a', 'b')],
  silver: [sell('b', 'c')],
  all: [{ group: 'acme', rights: [{ right: 'sell', products: null }] }],
}

test('S-22, W-21: rights of several values in one group add up, product by product', () => {
  assert.deepEqual(mappedMemberships(['gold', 'acme', 'silver', 'users', 'unknown'], RESELLERS), [
    {
      group: 'acme',
      rights: [
        { right: 'admin', products: null },
        { right: 'sell', products: ['a', 'b', 'c'] },
      ],
    },
  ])
  assert.deepEqual(mappedMemberships(['gold', 'all'], RESELLERS), RESELLERS.all, 'for all products')
  assert.deepEqual(mappedMemberships(['constructor'], RESELLERS), [])
})
