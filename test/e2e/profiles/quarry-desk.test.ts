/** The profile of a made-up service, written by somebody who had read docs/profiles.md and nothing else, at work. */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { ObjectFacts } from '../../../src/authz/model.ts'
import { loadProfiles } from '../../../src/profiles/load.ts'
import { licenceGateway, type Seen, type Setup } from '../../support/licence-gateway.ts'

const made = await loadProfiles(join(import.meta.dirname, '../../cases/decisions/profiles'))
assert.ok(made.ok, made.ok ? '' : made.error.join('\n'))
const profiles = made.value

function stored(type: string, id: string, over: Partial<ObjectFacts> = {}): ObjectFacts {
  return { type, id, owner: null, ownerGroups: [], accessList: null, ancestors: [], ...over }
}

const STORED = [
  stored('site', 's1', { owner: { group: 'd1' } }),
  stored('site', 's2', { owner: { group: 'd2' } }),
  stored('rig', 'r2', { accessList: { operators: ['ann'], groups: [] } }),
  stored('rig', 'r3', { accessList: { operators: [], groups: [] } }),
  stored('lease', 'l1', { owner: { operator: 'ann' } }),
]
const GROUPS = ['d1', 'd2'].map((id) => ({ id, parent: null, name: id, roles: [] }))

const PEOPLE = {
  vic: { roles: ['viewer'], group: 'd1' },
  ann: { roles: ['operator'], group: 'd1' },
  olga: { roles: ['operator'], group: 'd2' },
  con: { roles: ['controller'], group: 'd1' },
  boss: { roles: ['chief'], group: null },
} as const
type Person = keyof typeof PEOPLE

const ROWS = ['r1', 'r2', 'r3', 'r4'].map((rig) => ({ rig, user: 'u', cost_center: 'cc-4711', price: '12345' }))
const CSV = ['rig,user,cost_center,price', ...ROWS.map((row) => Object.values(row).join(',')), ''].join('\r\n')

function service({ url }: Seen): { body: string; headers?: Record<string, string> } {
  if (url.endsWith('usage.csv')) return { body: CSV, headers: { 'Content-Type': 'text/csv' } }
  if (url.endsWith('usage.json')) return { body: JSON.stringify(ROWS) }
  if (url.includes('/rigs?')) return { body: JSON.stringify({ rigs: [{ id: 'r1' }, { id: 'r2' }, { id: 'r3' }] }) }
  if (url.endsWith('/sites')) return { body: JSON.stringify({ sites: [{ id: 's1' }, { id: 's2' }] }) }
  return { body: '{}' }
}

function setup(person: Person): Setup {
  const { roles, group } = PEOPLE[person]
  return {
    profile: 'quarry-desk',
    profiles,
    roles,
    person: {
      id: person,
      account: person,
      memberships: group === null ? [] : [{ group, rights: [], source: 'local' }],
    },
    groups: GROUPS,
    stored: STORED,
    answer: service,
  }
}

/** Who asks what; the body; the status; what the answer holds; what it must not hold. */
const REQUESTS: readonly [Person | null, string, unknown, number, RegExp?, RegExp?][] = [
  [null, 'GET /api/v2/health', undefined, 200],
  [null, 'POST /license/checkout', 'no JSON', 200],
  [null, 'GET /api/v2/sites', undefined, 401],
  ['boss', 'GET /license/checkout', undefined, 404],
  ['vic', 'GET /api/v2/sites', undefined, 200, /s1/, /s2/],
  ['boss', 'GET /api/v2/sites', undefined, 200, /s1.*s2/],
  ['vic', 'GET /api/v2/sites/s2', undefined, 404],
  ['vic', 'GET /api/v2/sites/s1/rigs?page=1', undefined, 200, /r1/, /r2|r3/],
  ['olga', 'GET /api/v2/sites/s1/rigs?page=1', undefined, 404],
  ['vic', 'GET /api/v2/rigs/r2', undefined, 404],
  ['ann', 'HEAD /api/v2/rigs/r2', undefined, 200],
  ['vic', 'GET /api/v2/rigs/r4', undefined, 200],
  ['vic', 'PATCH /api/v2/rigs/r1', { name: 'x' }, 403],
  ['ann', 'PATCH /api/v2/rigs/r3', { name: 'x' }, 404],
  ['boss', 'DELETE /api/v2/rigs/r3', undefined, 200],
  ['ann', 'POST /api/v2/sites/s1/rigs', { name: 'n' }, 403],
  ['ann', 'POST /api/v2/leases', { lease: { rigs: ['r1', 'r2'], hours: 4 } }, 200],
  ['olga', 'POST /api/v2/leases', { lease: { rigs: ['r1', 'r2'], hours: 4 } }, 404],
  ['olga', 'POST /api/v2/leases/l1/release', undefined, 404],
  ['ann', 'POST /api/v2/leases/l1/release', undefined, 200],
  ['boss', 'POST /api/v2/leases/l1/release', undefined, 200],
  ['ann', 'POST /api/v2/rpc', { method: 'rig.reboot', params: { rig: 'r1' } }, 200],
  ['olga', 'POST /api/v2/rpc', { method: 'site.close', params: { site: 's1' } }, 404],
  ['ann', 'POST /api/v2/rpc', { method: 'licence.reset', params: {} }, 403],
  ['ann', 'POST /api/v2/rpc', { method: 'rig.reboot', params: {} }, 403],
  ['vic', 'GET /api/v2/reports/usage.json', undefined, 200, /"r1".*"r4"/, /"r2"|"r3"|cc-4711|12345/],
  ['ann', 'GET /api/v2/reports/usage.csv', undefined, 200, /r1,u,cc-4711,\*{5}\r\nr2.*\r\nr4/, /r3|12345/],
  ['con', 'GET /api/v2/reports/usage.csv', undefined, 200, /r1,u,cc-4711,12345\r\nr4,u,cc-4711,12345/, /r2|r3/],
  ['vic', 'GET /api/v2/notifications', undefined, 200],
]

for (const person of [null, ...(Object.keys(PEOPLE) as Person[])]) {
  test(`G-12: a profile written from its page alone decides for ${person ?? 'nobody in particular'} as its author expects`, async () => {
    const gateway = await licenceGateway(setup(person ?? 'vic'))
    try {
      for (const [who, line, body, status, holds, lacks] of REQUESTS.filter(([each]) => each === person)) {
        const headers = typeof body === 'string' ? { 'Content-Type': 'application/octet-stream' } : {}
        const reply = await gateway.ask(line, { body, headers, anonymous: who === null })
        assert.equal(reply.status, status, `${who}: ${line}: ${reply.body}`)
        if (holds !== undefined) assert.match(reply.body, holds, `${who}: ${line}`)
        if (lacks !== undefined) assert.doesNotMatch(reply.body, lacks, `${who}: ${line}`)
      }
    } finally {
      await gateway.close()
    }
  })
}
