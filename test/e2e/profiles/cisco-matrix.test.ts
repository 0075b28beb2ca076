import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { z } from 'zod'
import type { ObjectFacts } from '../../../src/authz/model.ts'
import { ciscoLicenseManager } from '../../../src/demo/services/cisco-license-manager.ts'
import { demoTwins } from '../../support/demo-twins.ts'
import { licenceGateway, matrix } from '../../support/licence-gateway.ts'

const PROFILE = 'cisco-license-manager'
const names = z.array(z.string())
const MATRIX = z
  .strictObject({
    administrator: names,
    'inventory-management': names,
    'pak-management': names,
    'license-management': names,
    'report-management': names,
    devices: names,
    paks: names,
    bodies: z.record(z.string(), z.record(z.string(), z.unknown())),
  })
  .parse(matrix(PROFILE))
/** The highest first. */
const CHAIN = [
  'administrator',
  'inventory-management',
  'pak-management',
  'license-management',
  'report-management',
] as const

const mine = (type: string, id: string): ObjectFacts => ({
  type,
  id,
  owner: { operator: 'op-1' },
  ownerGroups: [],
  accessList: { operators: ['op-1'], groups: [] },
  ancestors: [],
})

/** Everything is the caller's, so that roles alone decide. */
const STORED = [mine('device', 'dev-1'), mine('pak', 'pak-1'), mine('device-group', 'core')]
const ROUTES = ciscoLicenseManager.open().routes

/** An operation as the demo service takes it: what it reads is asked for by GET. */
function requestOf(operation: string): readonly [line: string, body: object | undefined] {
  const body = MATRIX.bodies[operation] ?? { device: 'dev-1' }
  const method = ROUTES.find(({ path }) => path === `/api/${operation}`)?.method ?? assert.fail(operation)
  return method === 'get' ? [`GET /api/${operation}?device=dev-1`, undefined] : [`POST /api/${operation}`, body]
}

for (const [rank, role] of CHAIN.entries()) {
  describe(`C-1 ${role}`, async () => {
    const twins = await demoTwins(ciscoLicenseManager)
    const { answer } = twins
    const gateway = await licenceGateway({ profile: PROFILE, roles: [role], stored: STORED, answer })
    after(() => Promise.all([gateway.close(), twins.close()]))
    for (const [place, lowest] of CHAIN.entries()) {
      const allowed = rank <= place
      for (const operation of MATRIX[lowest]) {
        test(`C-1, C-2: ${role} ${allowed ? 'may' : 'may not'} ${operation}`, async () => {
          const before = gateway.seen.length
          const [line, sent] = requestOf(operation)
          const { status, body } = await gateway.ask(line, { body: sent })
          assert.equal(status, allowed ? 200 : 403, body)
          assert.equal(gateway.seen.length - before, allowed ? 1 : 0)
          if (allowed) assert.equal((await twins.direct(line, sent)).status, 200)
        })
      }
    }
    test(`C-2: what ${role} was refused has left nothing behind at the service`, () => twins.alike())
  })
}

test('C-1: the table has 53 operations', () => {
  assert.equal(CHAIN.flatMap((role) => MATRIX[role]).length, 53)
})

test('C-11: ten operations ask the lists of devices and six those of PAKs', () => {
  assert.deepEqual([MATRIX.devices.length, MATRIX.paks.length], [10, 6])
})

const EVERYTHING = { device: 'dev-1', pak: 'pak-1', group: 'core', user: 'bob' }

const nobodys = (type: string, id: string): ObjectFacts => ({
  ...mine(type, id),
  owner: { operator: 'bob' },
  accessList: { operators: ['bob'], groups: [] },
})

describe('C-11 in literal mode', async () => {
  const gateway = await licenceGateway({
    profile: PROFILE,
    roles: ['inventory-management'],
    config: { settings: { accessLists: 'literal' } },
    stored: [nobodys('device', 'dev-1'), nobodys('pak', 'pak-1'), nobodys('device-group', 'core')],
    answer: () => ({ body: '{"paks":[],"devices":[]}' }),
  })
  after(() => gateway.close())
  const open = CHAIN.slice(1).flatMap((role) => MATRIX[role])
  /** A move between groups asks in every mode: nobody lets himself in. */
  const moves = ['addDevicesToGroup', 'removeDeviceFromGroup']
  const marked = [...MATRIX.devices, ...MATRIX.paks, ...moves]
  for (const operation of open) {
    const asks = marked.includes(operation)
    test(`C-11, C-24: literally, ${operation} ${asks ? 'asks' : 'does not ask'} the lists`, async () => {
      const { status } = await gateway.ask(`POST /api/${operation}`, { body: EVERYTHING })
      assert.equal(status, asks ? 404 : 200)
    })
  }
})
