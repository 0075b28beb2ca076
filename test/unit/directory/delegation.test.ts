/** Nobody gives what he does not hold there himself (G-9, W-18). */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileSnapshot } from '../../../src/authz/snapshot.ts'
import { checkDelegation, type Gift, type Giver } from '../../../src/directory/delegation.ts'
import type { Scope } from '../../../src/store/directory-ports.ts'
import { RULES } from '../../support/directory.ts'

const PAK = 'cisco-license-manager:pak-management'
const CISCO = 'cisco-license-manager:administrator'
const group = (id: string, parent: string | null) => ({ id, parent, name: id, label: null, roles: [] })

const snapshot = compileSnapshot({
  ...RULES,
  groups: [
    group('acme', null),
    group('emea', 'acme'),
    group('asia', 'acme'),
    { ...group('staff', null), roles: [{ role: PAK, service: 'clm' }] },
  ],
  revision: 1,
})

const granted = (role: string, service: string | null = null, scope: Scope = null): Giver => ({
  grants: [{ role, service, scope, source: 'local', locked: false, expiresAt: null }],
  memberships: [],
})
const member = (id: string, right?: string, products: readonly string[] | null = null): Giver => ({
  grants: [],
  memberships: [{ group: id, rights: right === undefined ? [] : [{ right, products }], source: 'local' }],
})
const role = (name: string, service: string | null = null, scope: Scope = null): Gift => {
  return { kind: 'role', role: { role: name, service, scope } }
}
const right = (id: string, name: string, products: readonly string[] | null = null): Gift => {
  return { kind: 'rights', group: id, rights: [{ right: name, products }] }
}
const one: Scope = [{ type: 'device-group', id: '1', children: true }]
const two: Scope = [...one, { type: 'device-group', id: '2', children: false }]

/** What is tried → who gives, what, and whether he may. */
const CASES: Readonly<Record<string, readonly [Giver, Gift, boolean]>> = {
  'G-9: administrators give everything': [granted('administrator'), role('administrator'), true],
  'G-9: only administrators set permissions': [granted(CISCO), { kind: 'permission' }, false],
  'G-9: a role that he holds everywhere, anywhere': [granted(PAK), role(PAK, 'clm'), true],
  'G-9: a role that he holds for one service, not everywhere': [granted(PAK, 'clm'), role(PAK), false],
  'G-9: a role that he holds for another service': [granted(PAK, 'other'), role(PAK, 'clm'), false],
  'G-9: a role that he does not hold': [granted(PAK, 'clm'), role(CISCO, 'clm'), false],
  'G-9: a role of his group': [member('staff'), role(PAK, 'clm'), true],
  'G-9: any role of the service that he administrates': [granted(CISCO, 'clm'), role(PAK, 'clm'), true],
  'G-9: never the role of the gateway itself': [granted(CISCO), role('administrator', 'clm'), false],
  'G-9: a narrower scope than his': [granted(PAK, null, one), role(PAK, 'clm', two), true],
  'G-9: a wider scope than his': [granted(PAK, null, two), role(PAK, 'clm', one), false],
  'G-9: everywhere, while he holds it in a scope': [granted(PAK, null, one), role(PAK, 'clm'), false],
  'W-18: a right below the group that he holds it in': [member('acme', 'admin'), right('emea', 'admin'), true],
  'W-1: a right above the group that he holds it in': [member('emea', 'admin'), right('acme', 'admin'), false],
  'W-20: a right beside the group that he holds it in': [member('emea', 'admin'), right('asia', 'admin'), false],
  'W-18: a right that he does not hold': [member('acme', 'admin'), right('emea', 'create_ticket'), false],
  'W-18: products among his': [member('acme', 'sell', ['a', 'b']), right('emea', 'sell', ['b']), true],
  'W-18: products beyond his': [member('acme', 'sell', ['a']), right('emea', 'sell', ['a', 'b']), false],
  'W-18: all products, while he has some': [member('acme', 'sell', ['a']), right('emea', 'sell'), false],
  'W-18: an unknown group': [member('acme', 'admin'), right('ghost', 'admin'), false],
}

for (const [name, [giver, gift, may]] of Object.entries(CASES)) {
  test(`${name} – ${may ? 'given' : 'refused'}`, () => {
    const check = () => checkDelegation(snapshot, giver, gift)
    if (may) check()
    else assert.throws(check, { code: 'DELEGATION_EXCEEDED' })
  })
}
