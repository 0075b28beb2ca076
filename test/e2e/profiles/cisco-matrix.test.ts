import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { z } from 'zod'
import type { ObjectFacts } from '../../../src/authz/model.ts'
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
const STORED = [mine('device', 'd1'), mine('pak', 'p1'), mine('device-group', 'g1')]
const BODY = { device: 'd1', pak: 'p1', group: 'g1', user: 'bob' }

for (const [rank, role] of CHAIN.entries()) {
  describe(`C-1 ${role}`, async () => {
    const answer = () => ({ body: '{"paks":[],"devices":[]}' })
    const gateway = await licenceGateway({ profile: PROFILE, roles: [role], stored: STORED, answer })
    after(() => gateway.close())
    for (const [place, lowest] of CHAIN.entries()) {
      const allowed = rank <= place
      for (const operation of MATRIX[lowest]) {
        test(`C-1, C-2: ${role} ${allowed ? 'may' : 'may not'} ${operation}`, async () => {
          const before = gateway.seen.length
          const { status, body } = await gateway.ask(`POST /api/${operation}`, { body: BODY })
          assert.equal(status, allowed ? 200 : 403, body)
          assert.equal(gateway.seen.length - before, allowed ? 1 : 0)
        })
      }
    }
  })
}

test('C-1: the table has 53 operations', () => {
  assert.equal(CHAIN.flatMap((role) => MATRIX[role]).length, 53)
})

test('C-11: ten operations ask the lists of devices and six those of PAKs', () => {
  assert.deepEqual([MATRIX.devices.length, MATRIX.paks.length], [10, 6])
})

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
    stored: [nobodys('device', 'd1'), nobodys('pak', 'p1'), nobodys('device-group', 'g1')],
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
      const { status } = await gateway.ask(`POST /api/${operation}`, { body: BODY })
      assert.equal(status, asks ? 404 : 200)
    })
  }
})
