/** A decision that throws: nothing passes, the answer is 500, and somebody is told. */

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { test } from 'node:test'
import type { AccessList } from '../../src/authz/model.ts'
import { listen } from '../support/echo-upstream.ts'
import { GRANT, operator, service, testGateway } from '../support/gateway.ts'
import { ask } from '../support/raw-client.ts'

const PROFILE = 'cisco-license-manager'

test('a decision that throws is a denial with 500 and an alarm, until one about that service is made again', async () => {
  let isBroken = true
  let asked = 0
  const upstream = createServer((_req, res) => {
    asked += 1
    res.end('{}')
  })
  const stored = {
    service: 'clm',
    type: 'device',
    id: 'd',
    owner: null,
    ownerGroups: [],
    ancestors: [],
    get accessList(): AccessList | null {
      if (isBroken) throw new TypeError('facts that cannot be read')
      return null
    },
  }
  const gateway = await testGateway({
    services: [service({ id: 'clm', profile: PROFILE, upstream: [await listen(upstream)] })],
    operator: operator({ grants: [{ ...GRANT, role: `${PROFILE}:inventory-management` }] }),
    stored: [stored],
  })
  const read = async () => {
    const headers = { Host: 'gw.test', Cookie: gateway.cookie, Accept: 'application/json' }
    return ask(gateway.url, '/app/api/getLicensesOnDevice?device=d', { headers })
  }
  try {
    const failed = await read()
    assert.deepEqual([failed.status, JSON.parse(failed.body).code, asked], [500, 'INTERNAL', 0])
    assert.ok(!failed.body.includes('cannot be read'))
    assert.deepEqual(gateway.alarms(), ['DECISION_FAILED clm'])
    isBroken = false
    assert.equal((await read()).status, 200)
    assert.deepEqual(gateway.alarms(), [])
  } finally {
    await gateway.close()
    upstream.closeAllConnections()
    upstream.close()
  }
})
