import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide } from '../../../src/authz/decide.ts'
import { effectiveRoles } from '../../../src/authz/grants.ts'
import type { HeldGrant, Subject } from '../../../src/authz/model.ts'
import { compileSnapshot, knownRole } from '../../../src/authz/snapshot.ts'
import { AppError } from '../../../src/core/errors.ts'
import { profileWithRoles } from '../../support/profiles.ts'
import { fc } from '../../support/properties.ts'

const profiles = new Map([
  ['web-application', profileWithRoles('web-application', ['user', 'writer'])],
  ['openlm', profileWithRoles('openlm', ['admin_role'])],
])

const snapshot = compileSnapshot({
  services: [
    { id: 'app', profile: 'web-application', authorization: 'on' },
    { id: 'other', profile: 'web-application', authorization: 'on' },
    { id: 'lm', profile: 'openlm', authorization: 'on' },
    { id: 'open', profile: 'web-application', authorization: 'off' },
  ],
  profiles,
  revision: 7,
})

function grant(role: string, service: string | null = null): HeldGrant {
  return { role, service, scope: null }
}

function holder(grants: readonly HeldGrant[]): Subject {
  return { id: 'ann', grants, permissions: [], memberships: [] }
}

function asked(grants: readonly HeldGrant[] | null, service: string) {
  const { effect, rule } = decide(snapshot, grants === null ? null : holder(grants), { service, name: null })
  return `${effect} ${rule}`
}

test('a role of the profile reaches every service of that profile', () => {
  const grants = [grant('web-application:user')]
  assert.equal(asked(grants, 'app'), 'allow role-reaches-service')
  assert.equal(asked(grants, 'other'), 'allow role-reaches-service')
})

test('a role for one service reaches that service alone', () => {
  const grants = [grant('web-application:user', 'app')]
  assert.equal(asked(grants, 'app'), 'allow role-reaches-service')
  assert.equal(asked(grants, 'other'), 'deny no-role')
})

test('a role of another profile does not apply, whichever service it names', () => {
  assert.equal(asked([grant('openlm:admin_role')], 'app'), 'deny no-role')
  assert.equal(asked([grant('openlm:admin_role', 'app')], 'app'), 'deny no-role')
})

test('administrator passes on every service, and for one service on that one', () => {
  assert.equal(asked([grant('administrator')], 'app'), 'allow role-reaches-service')
  assert.equal(asked([grant('administrator')], 'lm'), 'allow role-reaches-service')
  assert.equal(asked([grant('administrator', 'lm')], 'lm'), 'allow role-reaches-service')
  assert.equal(asked([grant('administrator', 'lm')], 'app'), 'deny no-role')
})

test('N-1: no role, no page, also where authorization is off', () => {
  assert.equal(asked([], 'app'), 'deny no-role')
  assert.equal(asked([], 'open'), 'deny no-role')
})

test('with authorization off any role that exists is enough, whatever it is for', () => {
  assert.equal(asked([grant('openlm:admin_role', 'lm')], 'open'), 'allow authorization-off')
  assert.equal(asked([grant('web-application:user')], 'open'), 'allow authorization-off')
  assert.equal(asked([grant('ghost')], 'open'), 'deny no-role')
})

test('a caller without a session is denied, also where authorization is off', () => {
  assert.equal(asked(null, 'app'), 'deny no-session')
  assert.equal(asked(null, 'open'), 'deny no-session')
})

test('a service that is not there is denied, to the administrator too', () => {
  assert.equal(asked([grant('administrator')], 'nowhere'), 'deny unknown-service')
  assert.equal(asked([grant('administrator', 'nowhere')], 'constructor'), 'deny unknown-service')
})

test('a role that the profile does not ship never applies, even with its prefix', () => {
  assert.equal(asked([grant('web-application:ghost')], 'app'), 'deny no-role')
  assert.equal(asked([grant('web-application:')], 'app'), 'deny no-role')
  assert.equal(asked([grant('user')], 'app'), 'deny no-role')
  assert.equal(asked([grant('Administrator')], 'app'), 'deny no-role')
})

test('a decision carries the revision of its snapshot and what became of each grant', () => {
  const grants = [
    grant('openlm:admin_role'),
    grant('web-application:user', 'other'),
    grant('ghost'),
    grant('administrator'),
  ]
  const source = { kind: 'operator' }
  const decision = decide(snapshot, holder(grants), { service: 'app', name: null }, null, { trail: true })
  assert.deepEqual(decision, {
    effect: 'allow',
    rule: 'role-reaches-service',
    conflict: false,
    hidden: false,
    trail: [
      { kind: 'grant', role: 'openlm:admin_role', service: null, source, outcome: 'other-profile', standsFor: null },
      {
        kind: 'grant',
        role: 'web-application:user',
        service: 'other',
        source,
        outcome: 'other-service',
        standsFor: null,
      },
      { kind: 'grant', role: 'ghost', service: null, source, outcome: 'unknown-role', standsFor: null },
      {
        kind: 'grant',
        role: 'administrator',
        service: null,
        source,
        outcome: 'applies',
        standsFor: 'web-application:user',
      },
    ],
    obligations: [],
    revision: 7,
  })
})

test('where authorization is on, a service is open exactly to those with a role that applies to it', () => {
  const role = fc.constantFrom(
    'administrator',
    'web-application:user',
    'web-application:writer',
    'openlm:admin_role',
    'ghost',
  )
  const service = fc.constantFrom('app', 'other', 'lm', null)
  const grants = fc.array(
    fc.tuple(role, service).map(([name, where]) => grant(name, where)),
    { maxLength: 5 },
  )
  fc.assert(
    fc.property(grants, fc.constantFrom('app', 'other', 'lm'), (held, where) => {
      const { effect } = decide(snapshot, holder(held), { service: where, name: null })
      assert.equal(effect === 'allow', effectiveRoles(snapshot, holder(held), where).length > 0)
    }),
  )
})

test('the roles for a service are the granted ones that apply, sorted, each once', () => {
  const grants = [
    grant('web-application:writer'),
    grant('web-application:user', 'app'),
    grant('web-application:user'),
    grant('openlm:admin_role'),
    grant('administrator'),
    grant('ghost'),
  ]
  assert.deepEqual(effectiveRoles(snapshot, holder(grants), 'app'), [
    'administrator',
    'web-application:user',
    'web-application:writer',
  ])
  assert.deepEqual(effectiveRoles(snapshot, holder(grants), 'lm'), ['administrator', 'openlm:admin_role'])
  assert.deepEqual(effectiveRoles(snapshot, holder(grants), 'nowhere'), [])
})

test('known roles are administrator and those that profiles ship', () => {
  assert.ok(knownRole(snapshot, 'administrator'))
  assert.ok(knownRole(snapshot, 'openlm:admin_role'))
  assert.ok(!knownRole(snapshot, 'openlm:ghost'))
  assert.ok(!knownRole(snapshot, 'user'))
})

test('a service without its profile does not compile', () => {
  const services = [{ id: 'x', profile: 'none', authorization: 'on' as const }]
  assert.throws(
    () => compileSnapshot({ services, profiles, revision: 1 }),
    (error) => error instanceof AppError && error.code === 'CONFIG_INVALID',
  )
})

test('two services of one id do not compile', () => {
  const service = { id: 'x', profile: 'openlm', authorization: 'on' as const }
  assert.throws(
    () => compileSnapshot({ services: [service, service], profiles, revision: 1 }),
    (error) => error instanceof AppError && error.code === 'CONFIG_INVALID',
  )
})
