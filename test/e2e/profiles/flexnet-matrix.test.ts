import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { z } from 'zod'
import { flexnetLicenseServer } from '../../../src/demo/services/flexnet-license-server.ts'
import { demoTwins } from '../../support/demo-twins.ts'
import { licenceGateway, matrix } from '../../support/licence-gateway.ts'

const PROFILE = 'flexnet-license-server'
const ENDPOINTS = z
  .array(z.strictObject({ request: z.string(), body: z.unknown().optional(), needs: z.array(z.string()).min(1) }))
  .parse(matrix(PROFILE))
const ROLES = ['role_read', 'role_reservations', 'role_dropclient', 'role_admin', 'role_offline', 'role_producer']
const OF_DEFAULT_ADMIN = ['role_read', 'role_reservations', 'role_dropclient', 'role_admin']

function isAllowed(needs: readonly string[], role: string): boolean {
  if (needs.includes('anybody')) return true
  return role === 'default_admin' ? needs.some((need) => OF_DEFAULT_ADMIN.includes(need)) : needs.includes(role)
}

for (const role of [...ROLES, 'default_admin']) {
  describe(`F-5 ${role}`, async () => {
    const twins = await demoTwins(flexnetLicenseServer)
    const gateway = await licenceGateway({ profile: PROFILE, roles: [role], answer: twins.answer })
    after(() => Promise.all([gateway.close(), twins.close()]))
    for (const { request, body: sent, needs } of ENDPOINTS) {
      const allowed = isAllowed(needs, role)
      test(`F-5: ${role} ${allowed ? 'may' : 'may not'} ${request}`, async () => {
        const before = gateway.seen.length
        const { status, body } = await gateway.ask(request, { body: sent })
        assert.equal(gateway.seen.length - before, allowed ? 1 : 0, 'a refused request does not reach the server')
        if (!allowed) return assert.deepEqual([status, JSON.parse(body).code], [403, 'ROLE_MISSING'])
        const direct = await twins.direct(request, sent)
        assert.deepEqual({ status, body }, { status: direct.status, body: direct.body })
        assert.ok(status < 300 || (status === 410 && request.endsWith('rest_licensing_keys')), `${status} ${body}`)
      })
    }
    test(`F-5: what ${role} was refused has left nothing behind at the server`, () => twins.alike())
  })
}

describe('F-5 without a session', async () => {
  const gateway = await licenceGateway({ profile: PROFILE, roles: [] })
  after(() => gateway.close())
  for (const { request, needs } of ENDPOINTS) {
    const open = needs.includes('anybody')
    test(`F-5, F-14: without a session ${request} ${open ? 'passes' : 'asks for one'}`, async () => {
      const { status } = await gateway.ask(request, { anonymous: true })
      assert.equal(status, open ? 200 : 401)
    })
  }
})
