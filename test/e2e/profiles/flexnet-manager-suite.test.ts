import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide } from '../../../src/authz/decide.ts'
import type { DirectoryRole, HeldGrant, ObjectFacts, ScopeEntry } from '../../../src/authz/model.ts'
import { compileSnapshot } from '../../../src/authz/snapshot.ts'
import { loadShippedProfiles } from '../../../src/profiles/shipped.ts'
import { licenceGateway } from '../../support/licence-gateway.ts'

const profiles = await loadShippedProfiles()
const OPERATOR = 'flexnet-manager-suite:operator'

const within = (type: string, id: string): ScopeEntry => ({ type, id, children: true })

function license(...above: readonly string[]): ObjectFacts {
  const ancestors = above.map((name) => {
    const [type = '', id = ''] = name.split(':')
    return { type, id, accessList: null }
  })
  return { type: 'license', id: 'l1', owner: null, ownerGroups: [], accessList: null, ancestors }
}

function asked(
  name: string,
  object: ObjectFacts | null,
  roles: readonly DirectoryRole[],
  grants: readonly HeldGrant[],
) {
  const services = [{ id: 's', profile: 'flexnet-manager-suite', authorization: 'on' as const }]
  const snapshot = compileSnapshot({ services, profiles, roles, revision: 1 })
  return decide(snapshot, { id: 'ann', grants }, { service: 's', name }, object)
}

const held = (...roles: readonly string[]): readonly HeldGrant[] => roles.map((role) => ({ role, service: null }))

test('N-12: the values of a role’s scope hold together, and a group includes what is below it', () => {
  const scope = [within('location', 'emea'), within('cost-center', '42')]
  const emea = { name: 'emea-42', parents: [OPERATOR], permissions: [], scope }
  const effect = (...above: readonly string[]) =>
    asked('changeLicense', license(...above), [emea], held('emea-42')).effect
  assert.equal(effect('location:emea', 'cost-center:42'), 'allow')
  assert.equal(effect('location:berlin', 'location:emea', 'cost-center:42', 'category:cad'), 'allow')
  for (const above of [['location:emea'], ['cost-center:42'], ['location:apac', 'cost-center:42'], []]) {
    assert.equal(effect(...above), 'deny', above.join(' '))
  }
})

test('N-12: a new role without statements sees nothing', () => {
  const empty = { name: 'new', parents: [], permissions: [] }
  assert.equal(asked('readLicense', license(), [empty], held('new')).rule, 'no-role')
})

test('G-14: of several roles, the scope of one never widens the actions of another', () => {
  const roles = [
    {
      name: 'reads-emea',
      parents: ['flexnet-manager-suite:view-only'],
      permissions: [],
      scope: [within('location', 'emea')],
    },
    { name: 'works-apac', parents: [OPERATOR], permissions: [], scope: [within('location', 'apac')] },
  ]
  const effect = (name: string, at: string) =>
    asked(name, license(`location:${at}`), roles, held('reads-emea', 'works-apac')).effect
  assert.equal(effect('readLicense', 'emea'), 'allow')
  assert.equal(effect('changeLicense', 'emea'), 'deny')
  assert.equal(effect('changeLicense', 'apac'), 'allow')
  assert.equal(effect('readLicense', 'elsewhere'), 'deny')
})

const READS = ['licenses', 'purchases', 'assets', 'applications', 'reports']
const CLOSED = ['inventory', 'enterprise-groups', 'system-settings', 'accounts']

test('N-13: View Only reads but for settings, inventory and enterprise groups; Operators do all but accounts; Administrators all', async () => {
  const statuses = async (role: string, lines: readonly string[]) => {
    const gateway = await licenceGateway({
      profile: 'flexnet-manager-suite',
      roles: [role],
      answer: () => ({ body: '{"items":[]}' }),
    })
    const all: number[] = []
    for (const line of lines) all.push((await gateway.ask(line)).status)
    await gateway.close()
    return new Set(all)
  }
  const read = (areas: readonly string[]) => areas.map((area) => `GET /Suite/${area}`)
  const write = (areas: readonly string[]) => areas.map((area) => `PUT /Suite/${area}/1`)
  assert.deepEqual(await statuses('view-only', read(READS)), new Set([200]))
  assert.deepEqual(await statuses('view-only', read(CLOSED)), new Set([404]))
  assert.deepEqual(await statuses('view-only', write(READS)), new Set([403]))
  const accounts = ['accounts']
  const others = [...READS, ...CLOSED].filter((area) => area !== 'accounts')
  assert.deepEqual(await statuses('operator', [...read(others), ...write(others)]), new Set([200]))
  assert.deepEqual(await statuses('operator', [...read(accounts), ...write(accounts)]), new Set([404, 403]))
  assert.deepEqual(await statuses('administrator', [...read(accounts), ...write(accounts)]), new Set([200]))
})
