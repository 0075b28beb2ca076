import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { instant } from '../../../src/core/time.ts'
import { describeSession } from '../../../src/session/inspection.ts'
import type { LiveSession } from '../../../src/session/sessions.ts'
import type { Grant, Operator } from '../../../src/store/ports.ts'

const T0 = Date.parse('2026-03-02T08:00:00Z')
const LOCKED: Grant = {
  role: 'administrator',
  service: null,
  source: 'assertion',
  locked: true,
  expiresAt: null,
  scope: null,
}
const ANN: Operator = {
  id: 'o1',
  provider: 'okta',
  account: 'ann@example.com',
  displayName: 'Ann',
  email: null,
  enabled: true,
  createdAt: instant(T0),
  lastSignInAt: null,
  grants: [LOCKED],
  permissions: [],
  memberships: [],
}
const LIVE: LiveSession = {
  session: {
    id: 's1',
    operatorId: 'o1',
    provider: 'okta',
    nameId: 'ann',
    nameIdFormat: null,
    sessionIndex: '_i',
    authnContext: null,
    attributes: [
      ['groups', ['a', 'b']],
      ['__proto__', ['x']],
      ['constructor', []],
    ],
    authenticatedAt: instant(T0 - 1500),
    signedInAt: instant(T0),
    sessionNotOnOrAfter: null,
    lastActivityAt: instant(T0 + 1),
  },
  expiresAt: instant(T0 + 2_100_001),
  governedBy: 'timeout',
}
const OPTIONS = { now: instant(T0 + 1_002), offsetSeconds: 300, includeAttributes: false, pathOf: () => undefined }

describe('GET session', () => {
  test('has exactly the keys of the contract, in their order', () => {
    assert.equal(
      JSON.stringify(describeSession(LIVE, ANN, OPTIONS)),
      '{"operator":{"id":"o1","account":"ann@example.com","displayName":"Ann","email":null,"source":"saml",' +
        '"roles":[{"name":"administrator","service":null,"source":"assertion","locked":true}],"groups":[]},' +
        '"identityProvider":"okta","nameId":"ann","sessionIndex":"_i","authnContext":null,' +
        '"authenticatedAt":"2026-03-02T07:59:58.500Z","signedInAt":"2026-03-02T08:00:00.000Z",' +
        '"lastActivityAt":"2026-03-02T08:00:00.001Z","expiresAt":"2026-03-02T08:35:00.001Z",' +
        '"secondsLeft":2098,"governedBy":"timeout","offsetSeconds":300}',
    )
  })

  test('names local accounts as local', () => {
    const live = { ...LIVE, session: { ...LIVE.session, provider: 'local', authenticatedAt: null } }
    const shown = describeSession(live, { ...ANN, provider: 'local' }, OPTIONS)
    assert.equal(shown.operator.source, 'local')
    assert.equal(shown.identityProvider, 'local')
    assert.equal(shown.authenticatedAt, null)
  })

  test('leaves out grants that are over', () => {
    const temporary = (expiresAt: number): Grant => ({ ...LOCKED, role: 'helpdesk', expiresAt: instant(expiresAt) })
    const rolesWith = (grant: Grant) =>
      describeSession(LIVE, { ...ANN, grants: [grant] }, OPTIONS).operator.roles.map(({ name }) => name)
    assert.deepEqual(rolesWith(temporary(OPTIONS.now)), [])
    assert.deepEqual(rolesWith(temporary(OPTIONS.now + 1)), ['helpdesk'])
  })

  test('shows attributes only when asked, each as an own key whatever its name', () => {
    assert.ok(!('attributes' in describeSession(LIVE, ANN, OPTIONS)))
    const shown = describeSession(LIVE, ANN, { ...OPTIONS, includeAttributes: true })
    assert.equal(JSON.stringify(shown.attributes), '{"groups":["a","b"],"__proto__":["x"],"constructor":[]}')
    assert.equal(Object.getPrototypeOf(shown.attributes), Object.prototype)
  })
})

test('the groups of an operator are shown by their paths; one that is gone is not', () => {
  const memberships = ['g2', 'gone', 'g1'].map((group) => ({ group, rights: [], source: 'local' as const }))
  const paths = new Map([
    ['g1', 'acme'],
    ['g2', 'acme/Grün'],
  ])
  const options = { ...OPTIONS, pathOf: (group: string) => paths.get(group) }
  assert.deepEqual(describeSession(LIVE, { ...ANN, memberships }, options).operator.groups, ['acme', 'acme/Grün'])
})
